"""Losses: frozen values that map (y, target) to (value, dy).

`value` is a scalar of the dtype of y, `dy` its gradient with respect to y. Prediction and target never
broadcast. All are averages over the N examples of a batch (and over time steps, if there are any), so that
the loss of a batch does not grow with it.

Raises ShapeError if the target does not fit y, DtypeError for labels or targets of the wrong type,
DataError for labels out of range and targets that are no distribution.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import attrs
import numpy as np

from funnet import expect
from funnet.containers import Array, Tree, describe
from funnet.errors import DataError, DtypeError, ShapeError
from funnet.numeric import log_softmax, sigmoid

Value = np.floating[Any]


class Loss(ABC):
    """What training makes small."""

    __slots__ = ()

    @abstractmethod
    def __call__(self, y: Tree, target: Tree) -> tuple[Value, Tree]:
        """(value, dy)."""


@attrs.frozen
class MeanSquaredError(Loss):
    """value = mean (y − t)²,  dy = 2 (y − t) / K.     y, t (N, …) with K entries in all"""

    def __call__(self, y: Tree, target: Tree) -> tuple[Value, Array]:
        error = y - _real(self, y, target)
        return np.square(error).mean(), error * (2.0 / error.size)


@attrs.frozen
class SquaredError(Loss):
    """value = ½ Σ (y − t)² / N,  dy = (y − t) / N.     y, t (N, …)

    Half the squared distance of an example from its target, averaged over the examples.
    """

    def __call__(self, y: Tree, target: Tree) -> tuple[Value, Array]:
        error = y - _real(self, y, target)
        return np.square(error).sum() * (0.5 / len(error)), error * (1.0 / len(error))


@attrs.frozen
class BinaryCrossEntropy(Loss):
    """Of logits y against targets t in [0, 1].

    value = mean (max(y, 0) − y t + log(1 + e^−|y|)),  dy = (σ(y) − t) / K.     y, t (N, …) with K entries
    """

    def __call__(self, y: Tree, target: Tree) -> tuple[Value, Array]:
        t = _real(self, y, target)
        if not ((t >= 0) & (t <= 1)).all():
            raise DataError("targets in [0, 1]", f"values from {t.min()} to {t.max()}", who=self)
        value = (np.maximum(y, 0.0) - y * t + np.log1p(np.exp(-np.abs(y)))).mean()
        return value, (sigmoid(y) - t) * (1.0 / y.size)


@attrs.frozen
class SoftmaxCrossEntropy(Loss):
    """Of logits y against class labels, or against a distribution over the classes.

    value = −Σ t log p / R,  dy = (p − t) / R,  p = softmax(y)       y (N, …, C), R rows in all
    The target is labels (N, …), integers in [0, C), or t (N, …, C), rows that sum to 1. With
    `label_smoothing` s, t becomes (1 − s) t + s/C (Szegedy et al. 2015, arXiv:1512.00567). A logit of
    −inf masks its class: p and dy are 0 there, C does not count it, and no target may be on it.
    """

    label_smoothing: float = attrs.field(default=0.0, converter=expect.number, validator=expect.fraction)

    def __call__(self, y: Tree, target: Tree) -> tuple[Value, Array]:
        expect.rank(self, expect.floating(self, y, "y"), 2, "(N, ..., C)", "y")
        expect.unmasked(self, y)
        t = self._distribution(y, target)
        if self.label_smoothing:
            possible = y != -np.inf
            share = possible / possible.sum(axis=-1, keepdims=True, dtype=y.dtype)
            t = (1.0 - self.label_smoothing) * t + self.label_smoothing * share
        log_p = log_softmax(y)
        rows = y.size // y.shape[-1]
        terms = np.multiply(t, log_p, where=t > 0, out=np.zeros_like(y))
        if not np.isfinite(terms.min()):
            self._check_masks(y, t)
        return terms.sum() * (-1.0 / rows), (np.exp(log_p) - t) * (1.0 / rows)

    def _check_masks(self, y: Array, t: Array) -> None:
        wrong = np.argwhere((y == -np.inf) & (t > 0))
        if len(wrong):
            index = tuple(int(i) for i in wrong[0])
            raise DataError("no target on a class masked with -inf", f"{t[index]:.6g} at {index}", who=self)

    def _distribution(self, y: Array, target: Tree) -> Array:
        if not isinstance(target, np.ndarray) or target.shape != y.shape:
            return one_hot_like(self, y, target)
        t = _real(self, y, target)
        totals = t.sum(axis=-1)
        if (t < 0).any() or not np.allclose(totals, 1.0, atol=1e-3):
            row = tuple(int(i) for i in np.unravel_index(np.abs(totals - 1.0).argmax(), totals.shape))
            got = f"row {row} with sum {totals[row]:.6g} and least entry {t.min():.6g}"
            raise DataError("rows of the target to be distributions", got, who=self)
        return t


def one_hot_like(who: object, y: Array, labels: Tree) -> Array:
    """Labels (N, …) as rows of zeros and a one, like y (N, …, C)."""
    if not isinstance(labels, np.ndarray):
        raise DtypeError("target to be a NumPy array", describe(labels), who=who)
    if labels.shape != y.shape[:-1]:
        expected = f"target of shape {y.shape[:-1]} (labels) or {y.shape} (distributions)"
        raise ShapeError(expected, f"shape {labels.shape}", who=who)
    if labels.dtype.kind not in "iu":
        fix = "convert them with target.astype(int)"
        raise DtypeError("integer labels", f"dtype {labels.dtype}", who=who, fix=fix)
    classes = y.shape[-1]
    if labels.min() < 0 or labels.max() >= classes:
        index = tuple(int(i) for i in np.argwhere((labels < 0) | (labels >= classes))[0])
        raise DataError(
            f"labels from 0 to {classes - 1}",
            f"{labels[index]} at {index}",
            who=who,
            why=f"y has {classes} classes",
        )
    t = np.zeros_like(y)
    np.put_along_axis(t, labels[..., None].astype(np.intp, copy=False), 1.0, axis=-1)
    return t


def _real(who: object, y: Tree, target: Tree) -> Array:
    """The target in the dtype of y, if it is an array of numbers shaped like y."""
    y = expect.floating(who, y, "y")
    if not isinstance(target, np.ndarray) or target.dtype.kind not in "biuf":
        raise DtypeError("target to be a NumPy array of numbers", describe(target), who=who)
    if target.shape != y.shape:
        why = "y and target do not broadcast"
        fix = f"reshape it with target.reshape{y.shape}" if target.size == y.size else ""
        raise ShapeError(f"target of shape {y.shape}", f"shape {target.shape}", who=who, why=why, fix=fix)
    return target.astype(y.dtype, copy=False)
