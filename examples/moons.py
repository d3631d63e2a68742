"""Tell two moons apart with a 2-25-50-25-2 net of sigmoids and the mean squared error.

    python examples/moons.py
    python examples/moons.py --recipe original

2,000 noisy points, 1,400 of them to train on. The quick recipe is small batches, Adam and a rate that falls
to zero; it takes a second. The original one is that of a tutorial: gradient descent with rate 0.01, one
sample at a time and always in the same order, for 1,000 epochs (1.4 million steps), from weights of
deviation 1/√width. The tutorial never trained its biases; here they are trained. With it goes a race: how
long a step takes in funnet, and how long in the tutorial's own way, NumPy written out by hand for one sample.
Prints the final test accuracy and saves three pictures: the data, the decision boundary, learning curves.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import make_moons
from sklearn.model_selection import train_test_split

import funnet as fn

LOSS = fn.MeanSquaredError()
EPOCHS = {"quick": 60, "original": 1000}
ORIGINAL_RATE = 0.01


def main(argv: list[str] | None = None) -> dict[str, float]:
    """Train, judge, draw; return the closing figures."""
    args = arguments(argv)
    points, labels = make_moons(2000, noise=0.2, random_state=100)
    x, x_test, labels_train, labels_test = train_test_split(points, labels, test_size=0.3, random_state=42)
    t, t_test = np.eye(2)[labels_train], np.eye(2)[labels_test]

    epochs = EPOCHS[args.recipe] if args.epochs is None else args.epochs
    if args.recipe == "original":
        net = sigmoid_net(lambda width: fn.initializers.normal(width**-0.5))
        optimizer, options = fn.sgd(ORIGINAL_RATE), {"batch_size": 1, "shuffle": False}
    else:
        net = sigmoid_net(lambda width: fn.initializers.glorot_normal(2.0))
        steps = epochs * len(x) // 20
        optimizer, options = fn.adam(lambda step: 0.01 * (1 - step / steps)), {"batch_size": 20}
    state = fn.init(net, optimizer, fn.Key(args.seed), x[:1])
    start = state
    state, history = fn.fit(
        net,
        LOSS,
        optimizer,
        state,
        (x, t),
        epochs=epochs,
        validation={"train": (x, t), "test": (x_test, t_test)},
        metrics={"accuracy": fn.metrics.accuracy},
        progress=not args.quiet,
        **options,
    )

    figures = {
        "training accuracy": history["train_accuracy"][-1],
        "test accuracy": history["test_accuracy"][-1],
        "test loss": history["test_loss"][-1],
        "steps": state.step,
        "seconds of training": history["seconds"][-1],
    }
    if args.recipe == "original":
        figures |= race(net, start, x[:300], t[:300])
    draw(net, state.params, history, points, labels, x_test, labels_test, args.out)
    for name, value in figures.items():
        print(f"{name:<32}{value:>12.6g}")
    print(f"pictures in {args.out}/")
    return figures


def sigmoid_net(w_init: Callable[[int], fn.initializers.Initializer]) -> fn.Layer:
    """2-25-50-25-2; `w_init` gives the distribution of the weights of a layer of a width."""
    layers = [(fn.Linear(width, w_init=w_init(width)), fn.Sigmoid()) for width in (25, 50, 25, 2)]
    return fn.Sequential([layer for pair in layers for layer in pair])


class ByHand:
    """The net written out for one sample at a time, as a column: lists of arrays, changed in place."""

    def __init__(self, params: fn.tree.Tree) -> None:
        self.weights = [np.array(w.T) for w in fn.tree.select(params, "**/w").values()]
        self.biases = [np.array(b[:, None]) for b in fn.tree.select(params, "**/b").values()]

    def forward(self, x: np.ndarray) -> list[np.ndarray]:
        """The input and the output of every layer."""
        activations = [x]
        for w, b in zip(self.weights, self.biases, strict=True):
            activations.append(1.0 / (1.0 + np.exp(-(np.dot(w, activations[-1]) + b))))
        return activations

    def step(self, x: np.ndarray, t: np.ndarray, rate: float) -> None:
        """One step of gradient descent on ½ Σ (y − t)², which for two outputs is their mean square."""
        activations = self.forward(x)
        y = activations[-1]
        delta = (y - t) * y * (1.0 - y)
        for i in reversed(range(len(self.weights))):
            a = activations[i]
            below = np.dot(self.weights[i].T, delta) * a * (1.0 - a)
            self.weights[i] -= rate * np.dot(delta, a.T)
            self.biases[i] -= rate * delta
            delta = below


def race(net: fn.Layer, state: fn.TrainState, x: np.ndarray, t: np.ndarray) -> dict[str, float]:
    """Microseconds a step of the original recipe takes in funnet and by hand, the best of five laps each.

    Also the largest difference between the parameters of the two after a lap, for they must do the same.
    """
    optimizer = fn.sgd(ORIGINAL_RATE)
    columns = list(zip(x[:, :, None], t[:, :, None], strict=True))
    funnet_laps, hand_laps = [], []
    for _ in range(5):
        clock = time.perf_counter()
        after, _ = fn.fit(
            net, LOSS, optimizer, state, (x, t), epochs=1, batch_size=1, shuffle=False, progress=False
        )
        funnet_laps.append((time.perf_counter() - clock) / len(x))

        by_hand = ByHand(state.params)
        clock = time.perf_counter()
        for column, target in columns:
            by_hand.step(column, target, ORIGINAL_RATE)
        hand_laps.append((time.perf_counter() - clock) / len(x))
    twin = ByHand(after.params)
    pairs = zip(twin.weights + twin.biases, by_hand.weights + by_hand.biases, strict=True)
    return {
        "microseconds a step, funnet": 1e6 * min(funnet_laps),
        "microseconds a step, by hand": 1e6 * min(hand_laps),
        "ratio, funnet to by hand": min(funnet_laps) / min(hand_laps),
        "largest difference in a parameter": max(float(np.abs(a - b).max()) for a, b in pairs),
    }


def shares(y: np.ndarray) -> np.ndarray:
    """Two sigmoid outputs as probabilities: each one's share of their sum."""
    return y / y.sum(axis=-1, keepdims=True)


def draw(
    net: fn.Layer,
    params: fn.tree.Tree,
    history: fn.History,
    points: np.ndarray,
    labels: np.ndarray,
    x_test: np.ndarray,
    labels_test: np.ndarray,
    out: Path,
) -> None:
    """Save the three pictures."""
    out.mkdir(parents=True, exist_ok=True)
    fn.plot.scatter(points, labels).figure.savefig(out / "moons-data.png", dpi=150)

    axes = fn.plot.decision_boundary(net, params, x_test, labels_test, probability=shares)
    axes.figure.savefig(out / "moons-boundary.png", dpi=150)

    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    fn.plot.curves(history, ["train_loss", "test_loss"], label="mean squared error", axes=left)
    fn.plot.curves(history, ["train_accuracy", "test_accuracy"], label="accuracy", axes=right)
    figure.savefig(out / "moons-curves.png", dpi=150)


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", choices=EPOCHS, default="quick", help="how to train (quick)")
    parser.add_argument("--epochs", type=int, help="passes over the training points (60, original: 1000)")
    parser.add_argument("--seed", type=int, default=0, help="number of the random key (0)")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the pictures (out)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
