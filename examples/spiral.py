"""Unwind a spiral with sigmoids and with ReLUs, side by side, and watch the gradient vanish.

    python examples/spiral.py
    python examples/spiral.py --raw

Three arms of 100 points; a 2-50-50-3 net; softmax cross entropy and ½ · 10⁻³ Σ w² over the weights; 50,000
steps of rate 0.1 on all points at once, from weights 0.1 · normal. Both nets start from the same weights.

That is the recipe of a tutorial but for one thing: its points lay in the unit disc (`--raw`), and here their
coordinates have deviation 1. To tell the arms apart in the middle takes a first layer of large weights if the
inputs are small, and these the penalty forbids: on raw points sigmoids stop at 96 %, here at 98 %.

Where all points fit in one batch there are better methods than gradient descent: from the same weights
L-BFGS gets to the loss of the 50,000 steps in some two hundred evaluations of the gradient.

Prints losses and accuracies and saves four pictures: the data, the decision boundaries, the losses, and the
mean |gradient| of each layer's weights over time, of the loss without the penalty. In the first steps the
last layer of the sigmoid net has some ten times the gradient of its first, and its first a fifth of what the
first layer of the ReLU net has; it learns nothing for hundreds of steps.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import attrs
import numpy as np
from matplotlib.figure import Figure
from tqdm import tqdm, trange

import funnet as fn

LOSS = fn.SoftmaxCrossEntropy()
PENALTY = fn.L2(1e-3)
ACTIVATIONS = {"sigmoid": fn.Sigmoid(), "ReLU": fn.Relu()}
LAYERS = ["layer1", "layer2", "layer3"]
EARLY = 10  # steps
EVALUATIONS = 500  # of the gradient, at most, for L-BFGS


@attrs.frozen
class Run:
    """A trained net, its parameters, and what was seen on the way."""

    net: fn.Layer
    params: fn.tree.Tree
    history: fn.History
    seconds: float
    quick: fn.History  # of L-BFGS


def main(argv: list[str] | None = None) -> dict[str, float]:
    """Train both nets, judge, draw; return the closing figures."""
    args = arguments(argv)
    key = fn.Key(args.seed)
    x, labels = fn.data.spiral(key.child("data"))
    if not args.raw:
        (x,) = fn.data.normalise(x)
    optimizer = fn.sgd(0.1)

    runs, figures = {}, {}
    for name, activation in ACTIVATIONS.items():
        net = spiral_net(activation)
        state = fn.init(net, optimizer, key, x[:1])
        with trange(args.steps, desc=name, disable=args.quiet, unit="step") as steps:
            run = runs[name] = train(net, optimizer, state, x, labels, steps)
        loss, _ = fn.value_and_grad(net, LOSS, run.params, x, labels, penalty=PENALTY)
        there = np.flatnonzero(run.quick["loss"] <= loss)
        early = {layer: run.history[layer][:EARLY].mean() for layer in LAYERS}
        figures |= {
            f"{name}, final loss": float(loss),
            f"{name}, evaluations of L-BFGS to that": there[0] + 1.0 if there.size else np.inf,
            f"{name}, training accuracy": fn.metrics.accuracy(net(run.params, x)[0], labels),
            f"{name}, early gradient, layer 1": early["layer1"],
            f"{name}, early gradient, layer 3 to 1": early["layer3"] / early["layer1"],
            f"{name}, seconds of training": run.seconds,
        }

    draw(runs, x, labels, args.out)
    for name, value in figures.items():
        print(f"{name:<42}{value:>10.4g}")
    print(f"pictures in {args.out}/")
    return figures


def spiral_net(activation: fn.Layer) -> fn.Layer:
    """2-50-50-3."""
    w_init = fn.initializers.normal(0.1)
    return fn.Sequential(
        {
            "layer1": fn.Linear(50, w_init=w_init),
            "act1": activation,
            "layer2": fn.Linear(50, w_init=w_init),
            "act2": activation,
            "layer3": fn.Linear(3, w_init=w_init),
        }
    )


def train(
    net: fn.Layer,
    optimizer: fn.Optimizer,
    state: fn.TrainState,
    x: np.ndarray,
    labels: np.ndarray,
    steps: tqdm,
) -> Run:
    """The loop: a new state each step; at ever longer intervals a look at the loss and the gradient.

    Then L-BFGS, from the same start.
    """
    first = state.params
    sampled = set(np.geomspace(1, len(steps), 200).astype(int) - 1)
    history = fn.History()
    start = time.perf_counter()
    for step in steps:
        before = state.params
        state, value = fn.train_step(net, LOSS, optimizer, state, x, labels, penalty=PENALTY)
        if step in sampled:
            _, dparams = fn.value_and_grad(net, LOSS, before, x, labels)
            weights = fn.tree.select(dparams, "**/w")
            sizes = {path.removesuffix("/w"): np.abs(dw).mean() for path, dw in weights.items()}
            history = history.append({"step": step + 1, "loss": value, **sizes})
            steps.set_postfix(loss=f"{value:.4f}", refresh=False)
    seconds, limit = time.perf_counter() - start, min(EVALUATIONS, len(steps))
    _, quick = fn.minimize(net, LOSS, first, x, labels, penalty=PENALTY, evaluations=limit)
    return Run(net, state.params, history, seconds, quick.history)


def draw(runs: dict[str, Run], x: np.ndarray, labels: np.ndarray, out: Path) -> None:
    """Save the four pictures."""
    out.mkdir(parents=True, exist_ok=True)
    fn.plot.scatter(x, labels).figure.savefig(out / "spiral-data.png", dpi=150)

    figure = Figure(figsize=(11, 4.8), layout="constrained")
    for (name, run), axes in zip(runs.items(), figure.subplots(1, 2, sharey=True), strict=True):
        fn.plot.decision_boundary(run.net, run.params, x, labels, axes=axes).set_title(name)
    figure.savefig(out / "spiral-boundaries.png", dpi=150)

    columns = {"step": runs["ReLU"].history["step"]}
    columns |= {name: run.history["loss"] for name, run in runs.items()}
    axes = fn.plot.curves(columns, list(runs), x="step", label="loss, penalty included")
    for (name, run), dashes in zip(runs.items(), ("-.", ":"), strict=True):
        at, losses = run.quick["evaluation"], run.quick["loss"]
        axes.plot(at, losses, dashes, color="#d55e00", label=f"{name}, L-BFGS")
    axes.legend()
    axes.set(xscale="log", yscale="log", xlabel="evaluations of the gradient")
    axes.figure.savefig(out / "spiral-losses.png", dpi=150)

    figure = Figure(figsize=(11, 4.4), layout="constrained")
    for (name, run), axes in zip(runs.items(), figure.subplots(1, 2, sharey=True), strict=True):
        fn.plot.gradient_sizes(run.history, LAYERS, axes=axes).set(title=name, xscale="log")
    figure.savefig(out / "spiral-gradients.png", dpi=150)


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=50_000, help="steps of training (50,000)")
    parser.add_argument("--raw", action="store_true", help="points as the tutorial had them, not normalised")
    parser.add_argument("--seed", type=int, default=0, help="number of the random key (0)")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the pictures (out)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
