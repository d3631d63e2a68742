"""Metrics: functions of (y, target) that give a float, an average over the examples of the batch."""

from __future__ import annotations

import numpy as np

from funnet import expect, losses
from funnet.containers import Array


def accuracy(y: Array, target: Array) -> float:
    """The fraction of rows whose largest entry is at the target's class.

    y (N, …, C); the target is labels (N, …) or one row of class weights an example, (N, …, C).
    Raises ShapeError, DtypeError or DataError as SoftmaxCrossEntropy does.
    """
    return float((classes(y, target) == y.argmax(axis=-1)).mean())


def confusion_matrix(y: Array, target: Array) -> Array:
    """Counts (C, C): row true class, column predicted class.     y (N, …, C), target as for `accuracy`"""
    labels, size = classes(y, target), y.shape[-1]
    pairs = labels.ravel() * size + y.argmax(axis=-1).ravel()
    return np.bincount(pairs, minlength=size * size).reshape(size, size)


def classes(y: Array, target: Array) -> Array:
    """The target as labels (N, …), whichever of the two forms it has."""
    expect.rank("metrics", expect.array("metrics", y, "y"), 2, "(N, ..., C)", "y")
    fits = isinstance(target, np.ndarray) and target.shape == y.shape
    t = target if fits else losses.one_hot_like("metrics", y, target)
    labels: Array = t.argmax(axis=-1)
    return labels
