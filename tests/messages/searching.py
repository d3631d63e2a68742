"""Minimising, searching a rate."""

from typing import Any

import numpy as np

import funnet as fn
from funnet.core.containers import Tree
from funnet.errors import ConfigError, DataError, DtypeError, NonFiniteError, ShapeError, TreeError
from tests.messages.inputs import Mistake, draw

NET = fn.Sequential([fn.Linear(5), fn.Tanh(), fn.Linear(4)])
X, LABELS = draw(3, 6), np.array([0, 3, 1])
STATE = fn.init(NET, fn.adam(1e-3), fn.Key(0), X)
PARAMS = STATE.params
COMMON = {"net": NET, "loss": fn.SoftmaxCrossEntropy()}
RUN = {**COMMON, "optimizer": fn.adam(1e-3), "state": STATE, "data": (X, LABELS)}


def minimize(**changed: Any) -> Tree:
    """`minimize`, one argument wrong."""
    return fn.minimize(**{**COMMON, "params": PARAMS, "x": X, "target": LABELS, **changed})


def find_rate(**changed: Any) -> Tree:
    """`find_rate`, one argument wrong."""
    return fn.find_rate(**{**RUN, "optimizer": fn.sgd, **changed})


SEARCHING: list[Mistake] = [
    (lambda: minimize(method="SGD"), ConfigError, "minimize: … of L-BFGS-B, CG, BFGS, TNC, SLSQP, got 'SGD'"),
    (
        lambda: minimize(method=["CG"]),
        ConfigError,
        "minimize: … of L-BFGS-B, CG, BFGS, TNC, SLSQP, got ['CG']",
    ),
    (lambda: minimize(evaluations=0), ConfigError, "minimize: … evaluations to be a positive integer, got 0"),
    (lambda: minimize(evaluations=1.5), ConfigError, "minimize: … to be a positive integer, got 1.5"),
    (lambda: minimize(params=()), TreeError, "minimize: … expected parameters to change, got none"),
    (
        lambda: minimize(params=STATE),
        TreeError,
        "Sequential( … params to be a tuple of 3, got a TrainState record",
    ),
    (
        lambda: minimize(net=fn.Linear),
        DtypeError,
        "minimize: … got <class 'funnet.nn.layers.linear.Linear'>; give an",
    ),
    (
        lambda: minimize(loss=fn.SoftmaxCrossEntropy),
        DtypeError,
        "minimize: … got <class",
    ),
    (lambda: minimize(loss=None), DtypeError, "minimize: … expected loss to be a function, got None"),
    (
        lambda: minimize(x=X[:, :3]),
        ShapeError,
        "0/Linear(5): … 6 (params.w is (6, 5)), got x of shape (3, 3)",
    ),
    (
        lambda: minimize(target=LABELS[:2]),
        ShapeError,
        "SoftmaxCross … or (3, 4) (distributions), got shape (2,)",
    ),
    (
        lambda: minimize(target=LABELS + 1),
        DataError,
        "SoftmaxCross … from 0 to 3 (y has 4 classes), got 4 at (1,)",
    ),
    (
        lambda: minimize(target=None),
        DtypeError,
        "SoftmaxCross … expected target to be a NumPy array, got None",
    ),
    (
        lambda: minimize(x=X * np.nan),
        NonFiniteError,
        "evaluation 1: … nan at (0, 0) in the batch's x), got nan",
    ),
    (
        lambda: minimize(x=np.where(X > 0, np.inf, X)),
        NonFiniteError,
        "evaluation 1: … 0) in the batch's x), got nan",
    ),
    (lambda: minimize(penalty=3), DtypeError, "minimize: … expected penalty to be a function, got 3"),
    (lambda: minimize(penalty=fn.L2(0.1, "**/kernel")), TreeError, "expected  … 2/w, 2/b), got '**/kernel'"),
    (lambda: find_rate(low=0), ConfigError, "find_rate: … expected 0 < low < high, got low=0, high=10.0"),
    (lambda: find_rate(low=1, high=0.1), ConfigError, "find_rate: … 0 < low < high, got low=1, high=0.1"),
    (lambda: find_rate(low="1e-6"), ConfigError, "find_rate: … 0 < low < high, got low='1e-6', high=10.0"),
    (lambda: find_rate(high=np.inf), ConfigError, "find_rate: … 0 < low < high, got low=1e-06, high=inf"),
    (lambda: find_rate(steps=1), ConfigError, "find_rate: … steps to be an integer of at least 2, got 1"),
    (lambda: find_rate(steps=2.5), ConfigError, "find_rate: … steps to be an integer of at least 2, got 2.5"),
    (lambda: find_rate(batch_size=0), ConfigError, "find_rate: … batch_size to be a positive integer, got 0"),
    (lambda: find_rate(drop_last=1), ConfigError, "find_rate: … drop_last to be True or False, got 1"),
    (lambda: find_rate(drop_last=True), ConfigError, "find_rate: … batch_size to be at most 3 (data has 3"),
    (
        lambda: find_rate(drop_last=True, data=[(X, LABELS)]),
        ConfigError,
        "find_rate: … a pair (x, target) with drop_last (batches come as they are), got batches",
    ),
    (
        lambda: find_rate(optimizer=fn.adam(1e-3)),
        DtypeError,
        "find_rate: … got a adam record; give the function that makes one of a",
    ),
    (
        lambda: find_rate(optimizer=lambda rate: None),
        DtypeError,
        "find_rate: … instance of Optimizer, got None",
    ),
    (
        lambda: find_rate(state=PARAMS),
        DtypeError,
        "find_rate: … to be an instance of TrainState, got a tuple of 3",
    ),
    (lambda: find_rate(data=X), TreeError, "data: … expected a pair (x, target), got float32[3, 6]"),
    (
        lambda: find_rate(data=(X, LABELS[:2])),
        ShapeError,
        "data: … of examples in every array, got 0: 3, 1: 2",
    ),
    (
        lambda: find_rate(data=(X * np.nan, LABELS)),
        NonFiniteError,
        "step 0: … at (0, 0) in the batch's x), got nan",
    ),
    (
        lambda: find_rate(data=[]),
        DataError,
        "data: … for every epoch), got none; give a list, not a generator",
    ),
    (
        lambda: find_rate(optimizer=fn.L2),
        DtypeError,
        "find_rate: … be an instance of Optimizer, got a L2 record",
    ),
    (
        lambda: find_rate(loss=fn.Hinge),
        DtypeError,
        "find_rate: … got <class 'funnet.losses.classification.Hinge'>; give an",
    ),
    (
        lambda: minimize(penalty=fn.L1),
        DtypeError,
        "minimize: … got <class 'funnet.losses.penalties.L1'>; give an instance, as",
    ),
]
