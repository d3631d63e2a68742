"""Losses and metrics with weights and padding."""

import numpy as np

import funnet as fn
from funnet.errors import DataError, DtypeError, ShapeError, TreeError
from funnet.losses import Weighted
from tests.messages.inputs import Mistake, draw

Y, NUMBERS, LABELS = draw(3, 4), draw(3, 4), np.array([0, 3, 1])
STEPS, PADDED = draw(3, 4, 5), fn.Padded(draw(3, 4, 5), [4, 1, 2])
STEP_LABELS = np.zeros((3, 4), int)
SOFTMAX, SQUARES, LOGISTIC = fn.SoftmaxCrossEntropy(), fn.MeanSquaredError(), fn.BinaryCrossEntropy()

WEIGHTS: list[Mistake] = [
    (
        lambda: SOFTMAX(Y, Weighted(LABELS, np.array([1.0, 1.0]))),
        ShapeError,
        "SoftmaxCross … of shape (3,), got shape (2,)",
    ),
    (
        lambda: SOFTMAX(Y, Weighted(LABELS, np.array([1.0, -1.0, 1.0]))),
        DataError,
        "SoftmaxCross … at least 0, got -1.0 at (1,)",
    ),
    (
        lambda: SOFTMAX(Y, Weighted(LABELS, np.zeros(3))),
        DataError,
        "SoftmaxCross … expected a weight above 0, got none",
    ),
    (
        lambda: SOFTMAX(Y, Weighted(LABELS, np.array([1.0, np.nan, 1.0]))),
        DataError,
        "SoftmaxCross … of at least 0, got nan at (1,)",
    ),
    (
        lambda: SOFTMAX(Y, Weighted(LABELS, [1.0, 1.0, 1.0])),
        DtypeError,
        "SoftmaxCross … array of numbers, got a list of 3",
    ),
    (
        lambda: SOFTMAX(Y, Weighted(LABELS, None)),
        DtypeError,
        "SoftmaxCross … to be a NumPy array of numbers, got None",
    ),
    (
        lambda: SOFTMAX(Y, Weighted(LABELS, 1.0)),
        DtypeError,
        "SoftmaxCross … to be a NumPy array of numbers, got 1.0",
    ),
    (
        lambda: SOFTMAX(Y, Weighted(LABELS, np.array(["a", "b", "c"]))),
        DtypeError,
        "SoftmaxCross … array of numbers, got <U1[3]",
    ),
    (
        lambda: SOFTMAX(Y, Weighted(LABELS, np.ones((3, 4)))),
        ShapeError,
        "SoftmaxCross … of shape (3,), got shape (3, 4)",
    ),
    (
        lambda: SOFTMAX(Y, Weighted(LABELS + 1, np.ones(3))),
        DataError,
        "SoftmaxCross … 3 (y has 4 classes), got 4 at (1,)",
    ),
    (
        lambda: SOFTMAX(Y, Weighted(LABELS.tolist(), np.ones(3))),
        DtypeError,
        "SoftmaxCross … a NumPy array, got a list of 3",
    ),
    (
        lambda: SOFTMAX(Y, Weighted(Weighted(LABELS, np.ones(3)), np.ones(3))),
        DtypeError,
        "SoftmaxCross … array, got a Weighted record",
    ),
    (
        lambda: SOFTMAX(Y, fn.Padded(STEP_LABELS, [4, 1, 2])),
        TreeError,
        "SoftmaxCross … the target), got float32[3, 4]",
    ),
    (
        lambda: SOFTMAX(PADDED, fn.Padded(STEP_LABELS, [4, 1, 1])),
        DataError,
        "SoftmaxCross … of y, [4 1 2], got [4 1 1]",
    ),
    (
        lambda: SOFTMAX(PADDED, STEP_LABELS[:, :3]),
        ShapeError,
        "SoftmaxCross … (3, 4, 5) (distributions), got shape (3, 3)",
    ),
    (
        lambda: SOFTMAX(PADDED, STEP_LABELS[:, 0]),
        ShapeError,
        "SoftmaxCross … or (3, 4, 5) (distributions), got shape (3,)",
    ),
    (
        lambda: SOFTMAX(PADDED, Weighted(STEP_LABELS, np.ones((3, 3)))),
        ShapeError,
        "SoftmaxCross … (3,) or (3, 4), got shape (3, 3)",
    ),
    (
        lambda: SOFTMAX(fn.Padded(STEPS, [4, 0, 2]), STEP_LABELS),
        DataError,
        "SoftmaxCross … 4 steps), got 0 for sequence 1",
    ),
    (
        lambda: SOFTMAX(fn.Padded(STEPS, [4, 1]), STEP_LABELS),
        ShapeError,
        "SoftmaxCross … each sequence), got shape (2,)",
    ),
    (
        lambda: SOFTMAX(fn.Padded(Y, [4, 1, 2]), STEP_LABELS),
        ShapeError,
        "SoftmaxCross … T, ...), got y of shape (3, 4)",
    ),
    (
        lambda: LOGISTIC(Y, Weighted(np.full((3, 4), 2.0), np.ones(3))),
        DataError,
        "BinaryCrossEntropy(): … got values from 2.0 to 2.0",
    ),
    (
        lambda: SQUARES(Y, fn.Padded(STEPS, [4, 1, 2])),
        TreeError,
        "MeanSquaredError(): … the target), got float32[3, 4]",
    ),
    (
        lambda: SQUARES(PADDED, STEPS[..., 0]),
        ShapeError,
        "MeanSquaredError(): … do not broadcast), got shape (3, 4)",
    ),
    (
        lambda: SQUARES(Y, Weighted(NUMBERS, np.ones((3, 2)))),
        ShapeError,
        "MeanSquaredError(): … or (3, 4), got shape (3, 2)",
    ),
    (
        lambda: SQUARES(Y, Weighted(NUMBERS, -np.ones(3))),
        DataError,
        "MeanSquaredError(): … of at least 0, got -1.0 at (0,)",
    ),
    (
        lambda: fn.metrics.accuracy(Y, Weighted(LABELS, np.array([1.0, 1.0]))),
        ShapeError,
        "metrics: … of shape (3,), got shape (2,)",
    ),
    (
        lambda: fn.metrics.accuracy(Y, Weighted(LABELS, np.zeros(3))),
        DataError,
        "metrics: … a weight above 0, got none",
    ),
]
