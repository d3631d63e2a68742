"""The trees that the old files hold, made again from keys alone."""

import numpy as np

import funnet as fn

X = fn.Key(3).generator().standard_normal((12, 4)).astype(np.float32)
T = (X.sum(axis=1) > 0).astype(np.int64)
NET = fn.Sequential(
    {
        "hidden": fn.Linear(3),
        "norm": fn.BatchNorm(),
        "drop": fn.Dropout(0.25),
        "act": fn.Tanh(),
        "out": fn.Linear(2),
    }
)
ADAM = fn.adam(0.01)


def start() -> fn.TrainState:
    """The state before the first step: what every old file of this net fits."""
    return fn.init(NET, ADAM, fn.Key(7), X)


def trained() -> fn.TrainState:
    """The state after five steps."""
    state = start()
    for _ in range(5):
        state, _ = fn.train_step(NET, fn.SoftmaxCrossEntropy(), ADAM, state, X, T)
    return state
