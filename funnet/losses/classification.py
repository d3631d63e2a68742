"""Losses of scores for classes: on logits, or on log-probabilities."""

from __future__ import annotations

import attrs
import numpy as np

from funnet.core import checks
from funnet.core.containers import Array, Tree
from funnet.errors import DataError, ShapeError
from funnet.losses import targets
from funnet.losses.base import Entrywise, Rowwise, Share, Value, total
from funnet.ops.numeric import largest, least, positive_part, row_max, row_sums, shifted


@attrs.frozen
class BinaryCrossEntropy(Entrywise):
    """Of logits y against targets t in [0, 1].

    value = mean (max(y, 0) − y t + log(1 + e^−|y|)),  dy = (σ(y) − t) / K.     y, t (N, …) with K entries
    """

    def formula(self, y: Array, t: Array, share: Share) -> tuple[Value, Array]:
        if not (least(t) >= 0 and largest(t) <= 1):
            raise DataError("targets in [0, 1]", f"values from {t.min()} to {t.max()}", who=self)
        size = np.abs(y)
        e = np.exp(-size)
        terms = np.log1p(e)
        if largest(size) < np.inf:
            terms += positive_part(y)
            terms -= y * t
        else:
            gap = np.abs(t - (y > 0))
            np.multiply(size, gap, where=gap > 0, out=size)
            terms += np.where(gap > 0, size, 0.0)
        dy = np.maximum(e, y >= 0)  # for e is at most 1
        e += 1.0
        dy /= e
        dy -= t
        dy *= share
        return total(terms, share), dy


@attrs.frozen
class SoftmaxCrossEntropy(Rowwise):
    """Of logits y against class labels, or against a distribution over the classes.

    value = −Σ t log p / R,  dy = (p − t) / R,  p = softmax(y)       y (N, …, C), R rows in all
    The target is labels (N, …), integers in [0, C), or t (N, …, C), rows that sum to 1. With
    `label_smoothing` s, t becomes (1 − s) t + s/C (Szegedy et al. 2015, arXiv:1512.00567). A logit of
    −inf masks its class: p and dy are 0 there, C does not count it, and no target may be on it.
    """

    label_smoothing: float = attrs.field(default=0.0, converter=checks.number, validator=checks.fraction)

    def fitted(self, y: Tree, target: Tree) -> Array:
        return targets.labels_or_rows(self, checks.floating(self, y, "y"), target)

    def formula(self, y: Array, t: Array, share: Share) -> tuple[Value, Array]:
        if t.ndim == y.ndim:
            targets.distributions(self, t)
        else:
            t = targets.in_range(self, t, y.shape[-1])
        return _cross_entropy(self, y, self._smoothed(y, t) if self.label_smoothing else t, share)

    def _smoothed(self, y: Array, t: Array) -> Array:
        checks.unmasked(self, y)
        rows = t if t.ndim == y.ndim else targets.one_hot(t, y)
        possible = y != -np.inf
        even = possible / possible.sum(axis=-1, keepdims=True, dtype=y.dtype)
        mixed: Array = (1.0 - self.label_smoothing) * rows + self.label_smoothing * even
        return mixed


@attrs.frozen
class KLDivergence(Rowwise):
    """Of a distribution t from the softmax p of logits y: what a code for p wastes on data from t.

    value = Σ t (log t − log p) / R,  dy = (p − t) / R       y, t (N, …, C), R rows in all
    The rows of the target sum to 1; 0 log 0 is 0. Log-probabilities are logits too: the softmax leaves
    them as they are. Masks with −inf are as for SoftmaxCrossEntropy. Kullback & Leibler 1951.
    """

    def fitted(self, y: Tree, target: Tree) -> Array:
        checks.rank(self, checks.floating(self, y, "y"), 2, "(N, ..., C)", "y")
        return targets.numbers(self, y, target)

    def formula(self, y: Array, t: Array, share: Share) -> tuple[Value, Array]:
        value, dy = _cross_entropy(self, y, targets.distributions(self, t), share)
        terms = t * np.log(np.where(t > 0, t, y.dtype.type(1)))
        return value + total(terms, share), dy


@attrs.frozen
class NegativeLogLikelihood(Rowwise):
    """Of log-probabilities y, as LogSoftmax gives them, against class labels.

    value = −Σ y at the label / R,  dy = −1 / R at the label and 0 elsewhere
    y (N, …, C), labels (N, …), integers in [0, C), R of them. Of logits SoftmaxCrossEntropy is the same
    in one step. No label may be on a class whose y is −inf.
    """

    def fitted(self, y: Tree, target: Tree) -> Array:
        return targets.labels(self, checks.floating(self, y, "y"), target)

    def formula(self, y: Array, t: Array, share: Share) -> tuple[Value, Array]:
        at = targets.places(targets.in_range(self, t, y.shape[-1]), y.shape[-1])
        value = -total(y.take(at), share)
        if value == np.inf:
            targets.reachable(self, y, t)
        dy = np.zeros(y.shape, y.dtype)
        dy.reshape(-1)[at] = -share
        return value, dy


@attrs.frozen
class Hinge(Rowwise):
    """How far the score of the class is from beating every other by 1.

    value = Σ max(0, 1 + r − s) / R       y (N, …, C), C ≥ 2, labels (N, …), integers in [0, C), R of them
    s is the score y at the label, r the largest other one. Where 1 + r − s > 0, dy is −1 / R at the label
    and 1 / R at the rival, the first of equals; elsewhere, at the kink too, it is 0.
    Crammer & Singer 2001, JMLR 2:265; a single score f and labels ±1 are y = (−f/2, f/2).
    """

    def fitted(self, y: Tree, target: Tree) -> Array:
        t = targets.labels(self, checks.floating(self, y, "y"), target)
        if y.shape[-1] < 2:
            raise ShapeError("y of at least two classes", f"shape {y.shape}", who=self)
        return t

    def formula(self, y: Array, t: Array, share: Share) -> tuple[Value, Array]:
        classes = y.shape[-1]
        at = targets.places(targets.in_range(self, t, classes), classes)
        score = y.take(at)
        if least(score) == -np.inf:
            targets.reachable(self, y, t)
        others = np.array(y, order="C")
        others.reshape(-1)[at] = -np.inf
        rival = targets.places(others.argmax(axis=-1), classes)
        margin = 1.0 + others.take(rival) - score
        push = np.multiply(margin > 0, share, dtype=y.dtype)
        dy = np.zeros(y.shape, y.dtype)
        dy.reshape(-1)[at] = -push
        dy.reshape(-1)[rival] = push
        return total(np.maximum(margin, 0.0), share), dy


def _cross_entropy(who: object, y: Array, t: Array, share: Share) -> tuple[Value, Array]:
    """(−Σ share · Σ t log p, share · (p − t)) of logits y, for labels or rows t.

    log p = z − log Σ e^z with z = y − max y, so that no power overflows.
    """
    highest = row_max(y)
    if least(highest) == -np.inf:
        checks.unmasked(who, y)
    z = shifted(y, highest)
    if t.ndim < y.ndim:
        at = targets.places(t, y.shape[-1])
        met = z.take(at)
    else:
        met = row_sums(_times(t, z))
    p = np.exp(z, out=z)
    sums = row_sums(p)
    value = total(np.log(sums) - met, share)
    if value == np.inf:
        targets.reachable(who, y, t)
    p *= share / sums
    if t.ndim < y.ndim:
        p.reshape(-1)[at] -= share
    else:
        p -= t * share
    return value, p


def _times(t: Array, z: Array) -> Array:
    """t z, and 0 where t is 0 and z is −inf."""
    if least(z) > -np.inf:
        return t * z
    return np.multiply(t, z, where=t > 0, out=np.zeros_like(z))
