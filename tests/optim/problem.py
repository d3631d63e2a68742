"""A small network whose gradient changes along the way, and optimizers to walk down it.

`make_reference.py` walks the same way with PyTorch's optimizers.
"""

import attrs
import numpy as np

import funnet as fn
from funnet.core.containers import Array, FrozenDict
from funnet.nn.layers.linear import Affine

NET = fn.Sequential({"hidden": fn.Linear(4), "act": fn.Tanh(), "out": fn.Linear(2)})
X = np.sin(np.arange(18.0)).reshape(6, 3)
TARGET = np.cos(np.arange(12.0)).reshape(6, 2)
PARAMS = FrozenDict(
    {
        "hidden": Affine(np.sin(1 + np.arange(12.0)).reshape(3, 4), 0.1 * np.arange(4.0)),
        "act": (),
        "out": Affine(np.cos(2 + np.arange(8.0)).reshape(4, 2), np.array([0.3, -0.2])),
    }
)
STEPS = 50


@attrs.frozen
class Case:
    """An optimizer, and PyTorch's name and arguments for the same rule; `decay` is that of the weights."""

    optimizer: fn.Optimizer
    torch: str
    arguments: dict[str, object]
    decay: float = 0.0


CASES = {
    "sgd": Case(fn.sgd(0.3), "SGD", {"lr": 0.3}),
    "momentum": Case(fn.momentum(0.1, 0.8), "SGD", {"lr": 0.1, "momentum": 0.8}),
    "nesterov": Case(fn.nesterov(0.1, 0.8), "SGD", {"lr": 0.1, "momentum": 0.8, "nesterov": True}),
    "adam": Case(fn.adam(0.03, 0.8, 0.99, 1e-3), "Adam", {"lr": 0.03, "betas": (0.8, 0.99), "eps": 1e-3}),
    "adamw": Case(fn.adamw(0.03, decay=0.5), "AdamW", {"lr": 0.03}, decay=0.5),
    "adamax": Case(fn.adamax(0.03, 0.8, 0.9, 1e-3), "Adamax", {"lr": 0.03, "betas": (0.8, 0.9), "eps": 1e-3}),
    "nadam": Case(fn.nadam(0.01, psi=0.1), "NAdam", {"lr": 0.01, "momentum_decay": 0.1}),
    "radam": Case(fn.radam(0.03, b2=0.9), "RAdam", {"lr": 0.03, "betas": (0.9, 0.9)}),
    "rmsprop": Case(fn.rmsprop(0.003, 0.8), "RMSprop", {"lr": 0.003, "alpha": 0.8}),
    "adagrad": Case(fn.adagrad(0.1), "Adagrad", {"lr": 0.1}),
    "adadelta": Case(fn.adadelta(2.0, 0.8, 1e-4), "Adadelta", {"lr": 2.0, "rho": 0.8, "eps": 1e-4}),
}


def gradient(p: Array) -> Array:
    """That of the network's loss at the parameters p."""
    params = fn.tree.unravel(PARAMS, p)
    return fn.tree.ravel(fn.value_and_grad(NET, fn.MeanSquaredError(), params, X, TARGET)[1])


def walk(optimizer: fn.Optimizer, steps: int = STEPS) -> list[Array]:
    """The parameters before the first step, and after each."""
    state, path = optimizer.init(PARAMS), [fn.tree.ravel(PARAMS)]
    for _ in range(steps):
        delta, state = optimizer.update(gradient(path[-1]), state, path[-1])
        path.append(path[-1] + delta)
    return path
