"""Metrics: functions of (y, target) that give a float, an average over the examples of the batch.

Weights and padding count as they do in losses: the target may be `Weighted`, y a `Padded`.
"""

from __future__ import annotations

import math

import numpy as np

from funnet.core import checks
from funnet.core.containers import Array, Tree
from funnet.core.padded import Padded, chosen
from funnet.errors import DataError, DtypeError, NonFiniteError
from funnet.losses.targets import in_range, labels_or_rows
from funnet.losses.weighting import is_whole, taken_apart, weights_of

_WHO = "metrics"


def accuracy(y: Tree, target: Tree) -> float:
    """The fraction of rows whose largest entry is at the target's class; NaN if one holds a NaN.

    y (N, …, C); the target is labels (N, …) or one row of class weights an example, (N, …, C).
    Raises ShapeError, DtypeError or DataError as SoftmaxCrossEntropy does.
    """
    truth, guess, weights, odd = _counted(y, target)
    return math.nan if odd.any() else float(np.average(truth == guess, weights=weights))


def confusion_matrix(y: Tree, target: Tree) -> Array:
    """Counts (C, C): row true class, column predicted class.     y (N, …, C), target as for `accuracy`

    Under weights other than 0 and 1 they are the sums of the weights.
    Raises NonFiniteError if a row holds a NaN, and else what `accuracy` raises.
    """
    truth, guess, weights, odd = _counted(y, target)
    if odd.any():
        got = f"NaN in {np.count_nonzero(odd)} of {odd.size} rows"
        raise NonFiniteError("y and target without a NaN", got, who=_WHO)
    size = (y.values if isinstance(y, Padded) else y).shape[-1]
    return np.bincount(truth * size + guess, weights, minlength=size * size).reshape(size, size)


def classes(y: Array, target: Array) -> Array:
    """The target as labels (N, …), whichever of the two forms it has."""
    return _labels(y, labels_or_rows(_WHO, _scores(y), target))


def _labels(y: Array, t: Array) -> Array:
    return t.argmax(axis=-1) if t.ndim == y.ndim else in_range(_WHO, t, y.shape[-1])


def _counted(y: Tree, target: Tree) -> tuple[Array, Array, Array | None, Array]:
    """(true class, predicted class, weight, whether one of both is of a NaN) of each row that counts.

    There are no weights, None, if every weight is 1.
    """
    if is_whole(y, target):
        t = labels_or_rows(_WHO, _scores(y), target)
        return _labels(y, t).ravel(), y.argmax(axis=-1).ravel(), None, _odd(y, t).ravel()
    values, target, weights, lengths = taken_apart(_WHO, y, target)
    t = labels_or_rows(_WHO, _scores(values), target)
    rows = values.shape[:-1]
    w = weights_of(_WHO, values.shape, len(rows), weights, lengths)
    w = np.broadcast_to(w.reshape(*w.shape, *(1,) * (len(rows) - w.ndim)), rows)
    counts = w > 0
    if not counts.any():
        raise DataError("a weight above 0", "none", who=_WHO)
    truth = _labels(values, chosen(counts, t, t.dtype.type(0)))
    weights = None if (w[counts] == 1).all() else w[counts]
    return truth[counts], values.argmax(axis=-1)[counts], weights, _odd(values, t)[counts]


def _scores(y: Tree) -> Array:
    """y, if it is an array of real numbers."""
    scores = checks.array(_WHO, y, "y")
    if scores.dtype.kind not in "biuf":
        raise DtypeError("y of real numbers", f"dtype {scores.dtype}", who=_WHO)
    return scores


def _odd(y: Array, t: Array) -> Array:
    """Whether a row of y (N, …, C) or of a target like it holds a NaN: it has no largest entry."""
    odd: Array = np.isnan(y) | np.isnan(t) if t.ndim == y.ndim else np.isnan(y)
    return np.asarray(odd.any(axis=-1))
