"""Losses and metrics: outputs, targets, hyperparameters."""

import numpy as np

import funnet as fn
from funnet.errors import ConfigError, DataError, DtypeError, ShapeError
from tests.messages.inputs import Mistake, draw

Y, NUMBERS, LABELS = draw(3, 4), draw(3, 4), np.array([0, 3, 1])
MASKED = np.where(Y[0, 0] == Y, -np.inf, Y).astype("f4")
ALL_MASKED = np.where(np.arange(3)[:, None] == 0, -np.inf, Y).astype("f4")
SOFTMAX, SQUARES, HINGE = fn.SoftmaxCrossEntropy(), fn.MeanSquaredError(), fn.Hinge()
LIKELIHOOD, DIVERGENCE, LOGISTIC = fn.NegativeLogLikelihood(), fn.KLDivergence(), fn.BinaryCrossEntropy()

LOSSES: list[Mistake] = [
    (
        lambda: SOFTMAX(Y[:, 0], LABELS),
        ShapeError,
        "SoftmaxCross … y with axes (N, ..., C), got y of shape (3,)",
    ),
    (
        lambda: SOFTMAX(Y.astype(int), LABELS),
        DtypeError,
        "SoftmaxCross … got dtype int64; convert it with y.astype(np.float32)",
    ),
    (
        lambda: SOFTMAX((Y, Y), LABELS),
        DtypeError,
        "SoftmaxCross … expected y to be a NumPy array, got a tuple of 2",
    ),
    (lambda: SOFTMAX(MASKED, LABELS), DataError, "SoftmaxCross … with -inf, got 1 at (0, 0)"),
    (lambda: SOFTMAX(ALL_MASKED, LABELS), DataError, "SoftmaxCross … got nothing but -inf in row (0,)"),
    (lambda: fn.SoftmaxCrossEntropy("0.1"), ConfigError, "SoftmaxCross … be a number in [0, 1), got '0.1'"),
    (lambda: fn.SoftmaxCrossEntropy(-0.1), ConfigError, "SoftmaxCross … to be a number in [0, 1), got -0.1"),
    (lambda: fn.SoftmaxCrossEntropy(np.nan), ConfigError, "SoftmaxCross … be a number in [0, 1), got nan"),
    (
        lambda: HINGE(Y, LABELS + 1),
        DataError,
        "Hinge(): … labels from 0 to 3 (y has 4 classes), got 4 at (1,)",
    ),
    (
        lambda: HINGE(Y, LABELS - 1),
        DataError,
        "Hinge(): … labels from 0 to 3 (y has 4 classes), got -1 at (0,)",
    ),
    (
        lambda: HINGE(Y[:, :1], LABELS * 0),
        ShapeError,
        "Hinge(): … y of at least two classes, got shape (3, 1)",
    ),
    (
        lambda: HINGE(Y, np.array([1.0, -1.0, 1.0])),
        DtypeError,
        "Hinge(): … got dtype float64; convert them with target.astype(int)",
    ),
    (
        lambda: HINGE(Y, np.array([-1, 1, 1])),
        DataError,
        "Hinge(): … 0 to 3 (y has 4 classes), got -1 at (0,)",
    ),
    (
        lambda: LIKELIHOOD(Y, NUMBERS),
        ShapeError,
        "NegativeLogLikelihood(): … of shape (3,) (labels), got shape (3, 4)",
    ),
    (
        lambda: LIKELIHOOD(Y, LABELS + 1),
        DataError,
        "NegativeLogLikelihood(): … to 3 (y has 4 classes), got 4 at (1,)",
    ),
    (lambda: LIKELIHOOD(MASKED, LABELS), DataError, "NegativeLogLikelihood(): … with -inf, got 1 at (0, 0)"),
    (
        lambda: DIVERGENCE(Y, LABELS),
        ShapeError,
        "KLDivergence(): … 4) (y and target do not broadcast), got shape (3,)",
    ),
    (
        lambda: DIVERGENCE(Y, NUMBERS),
        DataError,
        "KLDivergence(): … got row (2,) with sum -2.55111 and least entry -1.26542",
    ),
    (
        lambda: DIVERGENCE(Y, np.full((3, 4), 0.3)),
        DataError,
        "KLDivergence(): … got row (0,) with sum 1.2 and least entry 0.3",
    ),
    (
        lambda: DIVERGENCE(Y, -np.full((3, 4), 0.25)),
        DataError,
        "KLDivergence(): … got row (0,) with sum -1 and least entry -0.25",
    ),
    (
        lambda: LOGISTIC(Y, LABELS),
        ShapeError,
        "BinaryCrossEntropy(): … and target do not broadcast), got shape (3,)",
    ),
    (
        lambda: LOGISTIC(Y, NUMBERS),
        DataError,
        "BinaryCrossEntropy(): … got values from -1.2654215097427368 to 1.3040000200271606",
    ),
    (
        lambda: SQUARES(Y, NUMBERS.astype(complex)),
        DtypeError,
        "MeanSquaredError(): … numbers, got complex128[3, 4]",
    ),
    (
        lambda: SQUARES(Y, np.ma.masked_array(NUMBERS, NUMBERS > 1)),
        DtypeError,
        "MeanSquaredError(): … plain NumPy array of numbers, got a MaskedArray of float32[3, 4]; give its",
    ),
    (
        lambda: LOGISTIC(Y, NUMBERS.view(np.matrix)),
        DtypeError,
        "BinaryCrossEntropy(): … got a matrix of float32[3, 4]; convert it with np.asarray(target)",
    ),
    (
        lambda: SOFTMAX(Y, np.array(["a", "c", "b"])),
        DtypeError,
        "SoftmaxCross … got dtype <U1; number them with np.unique(target, return_inverse=True)[1]",
    ),
    (
        lambda: fn.metrics.accuracy(Y, np.array(["a", None, "b"], object)),
        DtypeError,
        "metrics: … dtype object; number them with np.unique(target.astype(str), return_inverse=True)[1]",
    ),
    (
        lambda: SOFTMAX(Y, fn.Weighted(LABELS, np.ma.masked_array([1.0, 1.0, 1.0]))),
        DtypeError,
        "SoftmaxCross … weights to be a plain NumPy array of numbers, got a MaskedArray of float64[3]; conv",
    ),
    (lambda: fn.Huber(0), ConfigError, "Huber: … expected delta to be a positive number, got 0"),
    (lambda: fn.Huber("1"), ConfigError, "Huber: … expected delta to be a positive number, got '1'"),
    (lambda: fn.Huber(np.nan), ConfigError, "Huber: … expected delta to be a positive number, got nan"),
    (
        lambda: fn.metrics.accuracy(Y, LABELS + 1),
        DataError,
        "metrics: … to 3 (y has 4 classes), got 4 at (1,)",
    ),
]
