"""Metrics: functions of (y, target) that give a float, an average over the examples of the batch.

Weights and padding count as they do in losses: the target may be `Weighted`, y a `Padded`.
"""

from __future__ import annotations

import numpy as np

from funnet import expect
from funnet.containers import Array, Tree
from funnet.errors import DataError
from funnet.losses.parts import is_whole, taken_apart, weights_of
from funnet.losses.targets import in_range, labels_or_rows
from funnet.sequences import Padded, chosen

_WHO = "metrics"


def accuracy(y: Tree, target: Tree) -> float:
    """The fraction of rows whose largest entry is at the target's class.

    y (N, …, C); the target is labels (N, …) or one row of class weights an example, (N, …, C).
    Raises ShapeError, DtypeError or DataError as SoftmaxCrossEntropy does.
    """
    truth, guess, weights = _counted(y, target)
    return float(np.average(truth == guess, weights=weights))


def confusion_matrix(y: Tree, target: Tree) -> Array:
    """Counts (C, C): row true class, column predicted class.     y (N, …, C), target as for `accuracy`

    Under weights other than 0 and 1 they are the sums of the weights.
    """
    truth, guess, weights = _counted(y, target)
    size = (y.values if isinstance(y, Padded) else y).shape[-1]
    return np.bincount(truth * size + guess, weights, minlength=size * size).reshape(size, size)


def classes(y: Array, target: Array) -> Array:
    """The target as labels (N, …), whichever of the two forms it has."""
    return _labels(y, labels_or_rows(_WHO, expect.array(_WHO, y, "y"), target))


def _labels(y: Array, t: Array) -> Array:
    return t.argmax(axis=-1) if t.ndim == y.ndim else in_range(_WHO, t, y.shape[-1])


def _counted(y: Tree, target: Tree) -> tuple[Array, Array, Array | None]:
    """(true class, predicted class, weight) of each row that counts; None if every weight is 1."""
    if is_whole(y, target):
        return classes(y, target).ravel(), y.argmax(axis=-1).ravel(), None
    values, target, weights, lengths = taken_apart(_WHO, y, target)
    t = labels_or_rows(_WHO, expect.array(_WHO, values, "y"), target)
    rows = values.shape[:-1]
    w = weights_of(_WHO, values.shape, len(rows), weights, lengths)
    w = np.broadcast_to(w.reshape(*w.shape, *(1,) * (len(rows) - w.ndim)), rows)
    counts = w > 0
    if not counts.any():
        raise DataError("a weight above 0", "none", who=_WHO)
    truth = _labels(values, chosen(counts, t, t.dtype.type(0)))
    same = (w[counts] == 1).all()
    return truth[counts], values.argmax(axis=-1)[counts], None if same else w[counts]
