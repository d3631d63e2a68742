"""Write the four equations of backpropagation out in NumPy, and find the same numbers in funnet.

    python examples/backprop_equations.py

A net of sigmoids learns the sine on [0, 2π] from mini-batches of 10. Before training and after every epoch
a batch goes through funnet and through `four_equations`, in which BP1 to BP4 are a line of NumPy each, and
the δ of every layer, ∂C/∂b and ∂C/∂w are compared. Prints the largest relative difference of each and the R²
of the fit; saves two pictures: the fit with its residuals, and the learning curve.

The equations are those of Nielsen 2015, Neural Networks and Deep Learning, chapter 2. There an example is a
column and a = σ(w a + b); here a batch has an example in each row, so a = σ(a w + b), and his w is our wᵀ.
"""

from __future__ import annotations

import argparse
import functools
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import funnet as fn

NET = fn.Sequential([fn.Linear(30), fn.Sigmoid(), fn.Linear(30), fn.Sigmoid(), fn.Linear(1), fn.Sigmoid()])
LOSS = fn.SquaredError()  # C = ½ Σ (y − t)² / N
BATCH = 10
LAYERS = 3

Gradients = dict[str, list[np.ndarray]]  # of every layer of weights, the first layer first


def four_equations(
    weights: list[np.ndarray], biases: list[np.ndarray], x: np.ndarray, t: np.ndarray
) -> Gradients:
    """Backpropagation in NumPy alone: δ = ∂C/∂z (N, O), ∂C/∂b (O,) and ∂C/∂w (I, O) of every layer."""
    z, a = [], [x]
    for w, b in zip(weights, biases, strict=True):
        z.append(a[-1] @ w + b)
        a.append(sigma(z[-1]))

    last = len(weights) - 1
    delta = {last: (a[-1] - t) / len(x) * sigma_prime(z[last])}  # BP1: δᴸ = ∂C/∂aᴸ ⊙ σ'(zᴸ)
    for i in reversed(range(last)):
        delta[i] = delta[i + 1] @ weights[i + 1].T * sigma_prime(z[i])  # BP2: δˡ = (wˡ⁺¹ᵀ δˡ⁺¹) ⊙ σ'(zˡ)
    db = [delta[i].sum(axis=0) for i in range(last + 1)]  # BP3: ∂C/∂b = δ, summed over the batch
    dw = [a[i].T @ delta[i] for i in range(last + 1)]  # BP4: ∂C/∂w = a δ with the a that goes in, likewise
    return {"δ": [delta[i] for i in range(last + 1)], "∂C/∂b": db, "∂C/∂w": dw}


def sigma(z: np.ndarray) -> np.ndarray:
    """The sigmoid σ."""
    return 1 / (1 + np.exp(-z))


def sigma_prime(z: np.ndarray) -> np.ndarray:
    """Its derivative σ'."""
    return sigma(z) * (1 - sigma(z))


def backward_pass(params: fn.tree.Tree, x: np.ndarray, t: np.ndarray) -> Gradients:
    """The same from funnet: the chain of `vjp`s from the last layer to the first, as Sequential runs it.

    The cotangent that reaches a Linear is that of its output z, which is δ; what its `vjp` makes of it is
    ∂C/∂w and ∂C/∂b, and the cotangent for the layer below.
    """
    y, caches = NET(params, x)
    _, cotangent = LOSS(y, t)
    found = {"δ": [], "∂C/∂b": [], "∂C/∂w": []}
    for layer, p, cache in reversed(list(zip(NET.layers, params, caches, strict=True))):
        above = cotangent
        dparams, cotangent = layer.vjp(p, cache, above)
        if isinstance(layer, fn.Linear):
            for name, value in zip(found, (above, dparams.b, dparams.w), strict=True):
                found[name].insert(0, value)
    return found


def differences(pairs: list[tuple[Gradients, Gradients]]) -> dict[str, list[float]]:
    """The largest difference of each quantity, layer by layer.

    Relative to its largest entry in all batches: a sum of δ that happens to be almost zero is not judged by
    its own size.
    """
    largest = {}
    for name in pairs[0][0]:
        largest[name] = []
        for layer in range(LAYERS):
            ours, by_hand = (np.stack([g[name][layer] for g in side]) for side in zip(*pairs, strict=True))
            largest[name].append(float(np.abs(ours - by_hand).max() / np.abs(by_hand).max()))
    return largest


def falling_rate(step: int, steps: int) -> float:
    """From 0.02 to 0 in a straight line."""
    return 0.02 * (1 - step / steps)


def main(argv: list[str] | None = None) -> dict[str, float]:
    """Train, compare, judge, draw; return the closing figures."""
    args = arguments(argv)
    key = fn.Key(args.seed)
    angles, fine = (np.linspace(0, 2 * np.pi, count)[:, None] for count in (200, 2001))
    x, x_fine = fn.data.normalise(angles, fine)
    t = 0.5 + 0.4 * np.sin(angles)  # within the reach of a sigmoid

    pairs = []

    def compare(state: fn.TrainState, _: object) -> None:
        batch = next(fn.data.batches((x, t), BATCH, key.child("compared").child(state.step)))
        weights, biases = (list(fn.tree.select(state.params, f"**/{name}").values()) for name in "wb")
        pairs.append((backward_pass(state.params, *batch), four_equations(weights, biases, *batch)))

    optimizer = fn.adam(functools.partial(falling_rate, steps=args.epochs * len(x) // BATCH))
    state = fn.init(NET, optimizer, key, x[:1])
    compare(state, None)
    state, history = fn.fit(
        NET,
        LOSS,
        optimizer,
        state,
        (x, t),
        epochs=args.epochs,
        batch_size=BATCH,
        progress=not args.quiet,
        callback=compare,
    )

    largest = differences(pairs)
    y, _ = NET(state.params, x_fine)
    fit, truth = (y.ravel() - 0.5) / 0.4, np.sin(fine.ravel())
    draw(fine.ravel(), truth, fit, history, args.out)

    print(f"largest relative difference from BP1 to BP4 on {len(pairs)} batches")
    print("layer" + "".join(f"{name:>12}" for name in largest))
    for layer, row in enumerate(zip(*largest.values(), strict=True), start=1):
        print(f"{layer:<5}" + "".join(f"{value:>12.1e}" for value in row))
    figures = {
        "largest relative difference": float(np.max(list(largest.values()))),
        "R² of the fit": float(1 - np.square(fit - truth).sum() / np.square(truth - truth.mean()).sum()),
        "largest residual": float(np.abs(fit - truth).max()),
        "seconds of training": history["seconds"][-1],
    }
    for name, value in figures.items():
        print(f"{name:<28}{value:>14.8g}")
    print(f"pictures in {args.out}/")
    return figures


def draw(x: np.ndarray, truth: np.ndarray, fit: np.ndarray, history: fn.History, out: Path) -> None:
    """Save the two pictures."""
    out.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(7, 5.5), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    fn.plot.series(truth, fit, time=x, axes=above).set(xlabel="", ylabel="sin x")
    below.plot(x, fit - truth, color="black", linewidth=1.2)
    below.axhline(0, color="0.65", linewidth=0.8)
    below.grid(alpha=0.3)
    below.set(xlabel="x (radians)", ylabel="prediction − truth")
    figure.savefig(out / "backprop-fit.png", dpi=150)

    axes = fn.plot.curves(history, ["loss"], label="½ squared error")
    axes.set_yscale("log")
    axes.figure.savefig(out / "backprop-curve.png", dpi=150)


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=300, help="passes over the 200 points (300)")
    parser.add_argument("--seed", type=int, default=0, help="number of the random key (0)")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the pictures (out)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
