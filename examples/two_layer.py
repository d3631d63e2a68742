"""A two-layer net on MNIST, trained by backpropagation in place of numerical gradients.

    python examples/two_layer.py

A tutorial trained 784-50-10 (sigmoid, softmax cross entropy) with a numerical gradient at every step: 45 s
each, 125 hours for its 10,000 steps. Here that gradient is taken once, entry by entry, and compared with the
one of the backward pass, which then does all the steps. `--recipe own` trains the same net with Adam, a
falling rate, L2 and images moved by up to a pixel. Parameters are saved, loaded back and judged again.
Saves accuracy and loss over the epochs. MNIST is downloaded, or read from the folder that FUNNET_DATA names.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from tqdm import tqdm, trange

import funnet as fn

BATCH, EPOCH = 100, 600
LOSS = fn.SoftmaxCrossEntropy()
STEPS = {"original": 10_000, "own": 24_000}


def net_of(recipe: str) -> fn.Layer:
    """784-50-10; the recipes differ in the weights it starts from."""
    w = fn.initializers.normal(0.01) if recipe == "original" else fn.initializers.glorot_normal()
    return fn.Sequential([fn.Linear(50, w_init=w), fn.Sigmoid(), fn.Linear(10, w_init=w)])


def main(argv: list[str] | None = None) -> dict[str, float]:
    """Compare the gradients, train, save, load, draw; return the closing figures."""
    args = arguments(argv)
    steps = STEPS[args.recipe] if args.steps is None else args.steps
    (x, t), (x_test, t_test) = fn.data.mnist()
    x, x_test = (images.reshape(len(images), -1) / np.float32(255) for images in (x, x_test))
    net, key = net_of(args.recipe), fn.Key(args.seed)
    figures = compare_gradients(net, key, x[: args.rows], t[: args.rows], args.quiet)

    state, history, seconds = train(net, args.recipe, key, (x, t), (x_test, t_test), steps, args.quiet)
    args.out.mkdir(parents=True, exist_ok=True)
    fn.save(args.out / "two-layer.npz", state.params)
    loaded = fn.load(args.out / "two-layer.npz", like=state.params)
    again = fn.evaluate(net, LOSS, loaded, (x_test, t_test), metrics={"accuracy": fn.metrics.accuracy})
    figures |= {
        "steps": steps,
        "seconds of training": seconds,
        "train accuracy": history["train_accuracy"][-1],
        "test accuracy": history["test_accuracy"][-1],
        "test accuracy, saved and loaded": again["accuracy"],
    }
    for label in ("loss", "accuracy"):
        axes = fn.plot.curves(history, [f"train_{label}", f"test_{label}"], label=label)
        axes.figure.savefig(args.out / f"two-layer-{label}.png", dpi=150)
    for name, value in figures.items():
        print(f"{name:<42}{value:>12.6g}")
    print(f"pictures and parameters in {args.out}/")
    return figures


def compare_gradients(
    net: fn.Layer, key: fn.Key, x: np.ndarray, t: np.ndarray, quiet: bool
) -> dict[str, float]:
    """The numerical gradient of every parameter on one batch against that of the backward pass, in float64.

    A difference counts relative to the largest entry of its leaf.
    """
    x = x.astype(np.float64)
    params = net.init(key.child("params"), x)
    bar = tqdm(total=4 * fn.tree.count(params), disable=quiet, unit="pass", desc="numerical gradient")

    def value(params: fn.tree.Tree) -> float:
        bar.update()
        return float(LOSS(net(params, x)[0], t)[0])

    start = time.perf_counter()
    numerical = fn.grad.numerical_grad(value, params, step=1e-2)
    slow = time.perf_counter() - start
    bar.close()
    start = time.perf_counter()
    repeats = 100
    for _ in range(repeats):
        _, analytic = fn.value_and_grad(net, LOSS, params, x, t)
    fast = (time.perf_counter() - start) / repeats
    pairs = zip(fn.tree.leaves(numerical), fn.tree.leaves(analytic), strict=True)
    return {
        "parameters": fn.tree.count(params),
        "largest relative difference of gradients": max(
            np.abs(a - b).max() / np.abs(b).max() for a, b in pairs
        ),
        "seconds, numerical gradient": slow,
        "seconds, backward pass": fast,
        "times faster": slow / fast,
    }


def train(
    net: fn.Layer,
    recipe: str,
    key: fn.Key,
    data: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    steps: int,
    quiet: bool,
) -> tuple[fn.TrainState, fn.History, float]:
    """(state, a row of figures for each 600 steps, seconds of the steps) with batches drawn at random."""
    x, t = data
    own = recipe == "own"
    optimizer = fn.adam(lambda step: 5e-3 * (1 - step / steps)) if own else fn.sgd(0.1)
    penalty = fn.L2(5e-5) if own else None
    state = fn.init(net, optimizer, key, x[:1])
    history, seconds = fn.History(), 0.0
    for step in trange(1, steps + 1, disable=quiet, unit="step"):
        start = time.perf_counter()
        generator = key.child("batch").child(step).generator()
        rows = generator.integers(0, len(x), BATCH)
        batch = moved(x[rows], generator) if own else x[rows]
        state, _ = fn.train_step(net, LOSS, optimizer, state, batch, t[rows], penalty=penalty)
        seconds += time.perf_counter() - start
        if step % EPOCH == 0 or step == steps:
            row = {"epoch": step / EPOCH}
            for name, pair in {"train": data, "test": test}.items():
                figures = fn.evaluate(
                    net, LOSS, state.params, pair, metrics={"accuracy": fn.metrics.accuracy}
                )
                row |= {f"{name}_{figure}": value for figure, value in figures.items()}
            history = history.append(row)
    return state, history, seconds


def moved(x: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Images (N, 784), each rolled by up to a pixel down and right."""
    down, right = generator.integers(-1, 2, (2, len(x), 1))
    rows, columns = (np.arange(28) - down) % 28, (np.arange(28) - right) % 28
    places = 28 * rows[:, :, None] + columns[:, None, :]
    return np.take_along_axis(x, places.reshape(len(x), -1), axis=1)


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", choices=STEPS, default="original", help="how to train (original)")
    parser.add_argument("--steps", type=int, help="steps of training (10,000; own: 24,000)")
    parser.add_argument("--rows", type=int, default=100, help="images for the numerical gradient (100)")
    parser.add_argument("--seed", type=int, default=0, help="number of the random key (0)")
    parser.add_argument(
        "--out", type=Path, default=Path("out"), help="folder for pictures and parameters (out)"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
