"""The network, the data and the states that the calls of the table work on."""

import numpy as np

import funnet as fn
from funnet.train.history import History


def draw(*shape: int) -> np.ndarray:
    """A Gaussian array in float32, the same every time."""
    return fn.Key(5).child("fuzz").generator().standard_normal(shape).astype(np.float32)


X, LABELS = draw(6, 4), np.arange(6) % 3
IMAGES = draw(2, 12, 12, 2)
POINTS = draw(12, 2)
KEY = fn.Key(0)
NET = fn.Sequential(
    {"first": fn.Linear(5), "norm": fn.BatchNorm(), "drop": fn.Dropout(0.5), "out": fn.Linear(3)}
)
SMALL = fn.Sequential([fn.Linear(2), fn.Tanh(), fn.Linear(3)])
LOSS, SQUARES = fn.SoftmaxCrossEntropy(), fn.MeanSquaredError()
ADAM = fn.adam(1e-2)
STATE = fn.init(NET, ADAM, KEY, X)
PARAMS = SMALL.init(KEY, X)
Y = SMALL(PARAMS, X)[0]
PLANE = SMALL.init(KEY, POINTS)
ROWS = {"epoch": [1, 2, 3], "step": [1, 2, 3], "loss": [3.0, 2.0, 1.0], "gradient/0/w": [1.0, 2.0, 3.0]}


def history() -> History:
    """Three rows with what training writes."""
    made = History()
    for row in zip(*ROWS.values(), strict=True):
        made = made.append(dict(zip(ROWS, row, strict=True)))
    return made


HISTORY = history()


class Perceptron:
    """What scikit-learn fits."""

    def __init__(self) -> None:
        self.coefs_ = [np.zeros((4, 2)), np.zeros((2, 3))]
        self.intercepts_ = [np.zeros(2), np.zeros(3)]


TORCH = {
    "0.weight": np.zeros((2, 4), "f4"),
    "0.bias": np.zeros(2, "f4"),
    "2.weight": np.zeros((3, 2), "f4"),
    "2.bias": np.zeros(3, "f4"),
}
