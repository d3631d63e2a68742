"""Weights from other libraries."""

import numpy as np

import funnet as fn
from funnet.errors import CheckpointError, ConfigError, DtypeError
from funnet.interop import from_sklearn, from_torch
from tests.messages.inputs import Mistake, draw

NET = fn.Sequential([fn.Linear(5), fn.Tanh(), fn.Linear(4)])
PARAMS = NET.init(fn.Key(0), draw(3, 6))
TORCH = {
    f"{name}.{kind}": np.zeros(shape, "f4")
    for name, shape in (("0", (5, 6)), ("2", (4, 5)))
    for kind, shape in (("weight", shape), ("bias", shape[:1]))
}


class Perceptron:
    """What scikit-learn fits."""

    def __init__(self, hidden: int) -> None:
        self.coefs_ = [np.zeros((6, hidden)), np.zeros((hidden, 4))]
        self.intercepts_ = [np.zeros(hidden), np.zeros(4)]


FOREIGN: list[Mistake] = [
    (lambda: from_sklearn(object(), PARAMS), DtypeError, "from_sklearn: … and intercepts_, got object"),
    (
        lambda: from_sklearn(Perceptron(7), PARAMS),
        CheckpointError,
        "from_sklearn: … got w and b of shapes [((6, 7), (7,)), ((7, 4), (4,))]",
    ),
    (
        lambda: from_sklearn(Perceptron(5), ()),
        CheckpointError,
        "from_sklearn: … got w and b of shapes [((6, 5), (5,)), ((5, 4), (4,))]",
    ),
    (
        lambda: from_sklearn(Perceptron(5), (PARAMS[0], (), PARAMS[2], np.ones(3))),
        CheckpointError,
        "from_sklearn: … got w and b of shapes [((6, 5), (5,)), ((5, 4), (4,))]",
    ),
    (
        lambda: from_torch({}, like=PARAMS),
        CheckpointError,
        "from_torch: … got a file that lacks 0 (weight), 0 (bias), 2 (weight), 2 (b",
    ),
    (
        lambda: from_torch({**TORCH, "0.weight": np.zeros((6, 5), "f4")}, like=PARAMS),
        CheckpointError,
        "from_torch: … got a file that has 0.weight as (6, 5), not (5, 6); say which",
    ),
    (
        lambda: from_torch({**TORCH, "4.weight": np.zeros((5, 6), "f4")}, like=PARAMS),
        CheckpointError,
        "from_torch: … got a file that has besides 4.weight; say which module is wh",
    ),
    (
        lambda: from_torch({k: v for k, v in TORCH.items() if k != "2.bias"}, like=PARAMS),
        CheckpointError,
        "from_torch: … got a file that lacks 2.bias; say which module is which with",
    ),
    (
        lambda: from_torch(TORCH, like=()),
        CheckpointError,
        "from_torch: … got a file that has besides 0.weight, 0.bias, 2.weight,",
    ),
    (
        lambda: from_torch(TORCH, like=PARAMS, names={"0": "9"}),
        CheckpointError,
        "from_torch: … got a file that lacks 9.weight, 9.bias and has besides",
    ),
    (
        lambda: from_torch(TORCH, like=PARAMS, names={"9": "0"}),
        ConfigError,
        "from_torch: … (they are 0, 2), got '9'",
    ),
    (
        lambda: from_torch({**TORCH, "0.weight": np.zeros((5, 6), "i1")}, like=PARAMS),
        DtypeError,
        "from_torch: … expected 0.weight of floats, got dtype int8",
    ),
    (
        lambda: from_torch({**TORCH, "0.bias": np.full(5, 1e300)}, like=PARAMS),
        CheckpointError,
        "from_torch: … expected 0 in numbers that float32 can hold, got larger ones; cast the parameters",
    ),
    (
        lambda: from_torch(TORCH, like=PARAMS, net=NET.init),
        DtypeError,
        "from_torch: … expected net to be an instance of Layer, got",
    ),
    (
        lambda: from_torch(TORCH, like=PARAMS, names={"0": "2"}),
        CheckpointError,
        "from_torch: … got a file that lacks 2 (weight), 2 (bias) and has besides",
    ),
]
