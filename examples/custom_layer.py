"""Write a layer of your own, prove its gradient with one call, and train it.

    python examples/custom_layer.py

A layer is a class with `init`, `__call__` and `vjp`; nothing has to be registered. This one is the gated
linear unit. The checker passes it, names the parameter whose gradient is wrong in a spoilt copy, and eight
units of it then learn which points of the plane lie within a circle, which no linear map can.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import attrs
import numpy as np

import funnet as fn
from funnet.ops.numeric import sigmoid


@attrs.frozen
class Gated(fn.Layer):
    """An affine map, each unit of which a second one opens or shuts.

    y = a s,  a = x w + b,  s = σ(x v + c)        x (N, I)   w, v (I, O)   b, c (O,)   y (N, O),   O = width
    da = dy s,  dg = dy a s (1 − s)
    dw = xᵀ da   db = Σ da   dv = xᵀ dg   dc = Σ dg   dx = da wᵀ + dg vᵀ
    Dauphin et al. 2017, arXiv:1612.08083.
    """

    width: int

    def init(self, key: fn.Key, x: np.ndarray) -> dict[str, np.ndarray]:
        draw = fn.initializers.glorot_uniform()
        shape = (x.shape[-1], self.width)
        zeros = np.zeros(self.width, x.dtype)
        return {
            "w": draw(key.child("w"), shape, x.dtype),
            "b": zeros,
            "v": draw(key.child("v"), shape, x.dtype),
            "c": zeros,
        }

    def __call__(self, params, x):
        a = x @ params["w"] + params["b"]
        s = sigmoid(x @ params["v"] + params["c"])
        return a * s, (x, a, s)

    def vjp(self, params, cache, dy):
        x, a, s = cache
        da = dy * s
        dg = dy * a * s * (1.0 - s)
        dparams = {"w": x.T @ da, "b": da.sum(axis=0), "v": x.T @ dg, "c": dg.sum(axis=0)}
        return dparams, da @ params["w"].T + dg @ params["v"].T


GATED = Gated(8)


def spoilt_vjp(params, cache, dy):
    """The vjp of GATED with a mistake that training would hide: db is a mean where it should be a sum."""
    dparams, dx = GATED.vjp(params, cache, dy)
    return {**dparams, "b": dparams["b"] / len(dy)}, dx


SPOILT = fn.Lambda(GATED.__call__, spoilt_vjp, GATED.init)


def main(argv: list[str] | None = None) -> dict[str, float]:
    """Check, train, judge, draw; return the closing figures."""
    args = arguments(argv)
    x = fn.Key(args.seed).child("points").generator().standard_normal((1500, 2))
    labels = (np.square(x).sum(axis=1) < 1.4).astype(int)

    report = fn.testing.check_layer(GATED, x[:5])
    print(report, end="\n\n")
    try:
        fn.testing.check_layer(SPOILT, x[:5])
    except fn.testing.GradientError as error:
        print(f"The spoilt copy is caught, at {', '.join(error.paths)}:\n{error}", end="\n\n")
        caught = len(error.paths)

    gated, gated_accuracy = trained(fn.Sequential([GATED, fn.Linear(2)]), x, labels, args)
    _, linear_accuracy = trained(fn.Linear(2), x, labels, args)
    args.out.mkdir(parents=True, exist_ok=True)
    axes = fn.plot.decision_boundary(*gated, x[1000:], labels[1000:])
    axes.figure.savefig(args.out / "custom-layer.png", dpi=150)
    figures = {
        "leaves whose slope was checked": len(report.findings),
        "wrong leaves of the spoilt copy": caught,
        "test accuracy, gated": gated_accuracy,
        "test accuracy, linear": linear_accuracy,
    }
    for name, value in figures.items():
        print(f"{name:<32}{value:>8.4g}")
    print(f"picture in {args.out}/")
    return figures


def trained(
    net: fn.Layer, x: np.ndarray, labels: np.ndarray, args: argparse.Namespace
) -> tuple[tuple[fn.Layer, fn.tree.Tree], float]:
    """((net, params), accuracy on the last 500 points) after training on the first 1,000."""
    loss, optimizer = fn.SoftmaxCrossEntropy(), fn.adam(0.01)
    state = fn.init(net, optimizer, fn.Key(args.seed), x[:1])
    data, test = (x[:1000], labels[:1000]), (x[1000:], labels[1000:])
    state, _ = fn.fit(net, loss, optimizer, state, data, epochs=args.epochs, progress=not args.quiet)
    figures = fn.evaluate(net, loss, state.params, test, metrics={"accuracy": fn.metrics.accuracy})
    return (net, state.params), figures["accuracy"]


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=50, help="passes over the training points (50)")
    parser.add_argument("--seed", type=int, default=0, help="number of the random key (0)")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the picture (out)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
