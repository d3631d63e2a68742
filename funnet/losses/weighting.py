"""Targets with weights, outputs with padding: which terms of a loss or a metric count, and how much."""

from __future__ import annotations

import math

import numpy as np

from funnet.core import checks, padded
from funnet.core.arrays import is_array
from funnet.core.containers import Array, Tree, describe, record
from funnet.core.padded import Padded
from funnet.errors import DataError, DtypeError, FunnetError, ShapeError, TreeError


@record
class Weighted:
    """A target and how much of it counts: weights (N,), or (N, T) and so on, for the first axes of y.

    Weights are not negative and not all 0. Losses and metrics divide by their sum. A mask is weights of
    0 and 1, or booleans: of what is masked nothing is read.

        >>> import funnet as fn, numpy as np
        >>> y, labels = np.zeros((3, 2)), np.array([1, 0, -1])
        >>> value, dy = fn.SoftmaxCrossEntropy()(y, fn.Weighted(labels, np.array([2.0, 1.0, 0.0])))
        >>> round(float(value), 4), dy[:, 0].round(4).tolist()
        (0.6931, [0.3333, -0.1667, 0.0])
    """

    target: Tree
    weights: Array


def is_whole(y: Tree, target: Tree) -> bool:
    """Whether neither weights nor padding come with y or the target."""
    return type(y) is not Padded and type(target) is not Weighted and type(target) is not Padded


def taken_apart(who: object, y: Tree, target: Tree) -> tuple[Tree, Tree, Tree, Array | None]:
    """(values of y, target, weights, lengths), the last two None where there are none.

    Raises TreeError, or what `sequences.check_lengths` raises, unless y and target are padded alike.
    """
    weights = None
    if isinstance(target, Weighted):
        target, weights = target.target, target.weights
        if weights is None:
            raise DtypeError("weights to be a NumPy array of numbers", "None", who=who)
    if not isinstance(y, Padded):
        if isinstance(target, Padded):
            raise TreeError("y to be a Padded", describe(y), who=who, why="as the target")
        return y, target, weights, None
    values, lengths = checks.floating(who, y.values, "y"), y.lengths.value
    checks.rank(who, values, 3, "(N, T, ...)", "y")
    padded.check_lengths(who, lengths, *values.shape[:2])
    if isinstance(target, Padded):
        other = target.lengths.value
        if not np.array_equal(other, lengths):
            raise DataError(f"the target to have the lengths of y, {lengths}", str(other), who=who)
        target = target.values
    return values, target, weights, lengths


def weights_of(who: object, shape: tuple[int, ...], axes: int, weights: Tree, lengths: Array | None) -> Array:
    """The weights for the first of the `axes` that number the terms of a y of this shape, in float64.

    They are 1 where there are none, and 0 in the padding unless one term is a whole sequence.
    """
    w = np.ones(shape[:1]) if weights is None else _fitted(who, shape[:axes], weights)
    if lengths is not None and axes > 1:
        w = _real(w, lengths, shape[1])
    odd = ~((w >= 0) & (w < np.inf))
    if odd.any():
        index = tuple(int(i) for i in np.argwhere(odd)[0])
        raise DataError("finite weights of at least 0", f"{w[index]} at {index}", who=who)
    return w


def shares(who: object, shape: tuple[int, ...], axes: int, weights: Tree, lengths: Array | None) -> Array:
    """The part each term has in the average: the weights over their sum, for the first axes of y.

    Where one term is a whole sequence, each of its real steps has the share of it.
    """
    w = weights_of(who, shape, axes, weights, lengths)
    total = w.sum() * math.prod(shape[w.ndim : axes])
    if not total:
        raise DataError("a weight above 0", "none", who=who)
    share = w / total
    return share if lengths is None or axes > 1 else _real(share, lengths, shape[1])


def extent(y: Tree, target: Tree, examples: int) -> float:
    """How much a batch counts among others: the sum of its weights or real steps, or else its examples.

    Its examples too where weights or padding do not fit y, as a loss of one's own may have it.
    """
    if is_whole(y, target):
        return examples
    try:
        values, _, weights, lengths = taken_apart("batch", y, target)
        if lengths is None:
            return _sum(weights, examples)
        return float(weights_of("batch", values.shape, values.ndim, weights, lengths).sum())
    except FunnetError:
        return examples


def _sum(weights: Tree, examples: int) -> float:
    """The sum of the weights, or the number of examples where they are not weights."""
    fits = isinstance(weights, np.ndarray) and weights.dtype.kind in "biuf" and weights.size
    return float(weights.sum(dtype=np.float64)) if fits and weights.min() >= 0 else examples


def _real(w: Array, lengths: Array, steps: int) -> Array:
    """The weights (N, T, …), 0 in the padding."""
    w = np.broadcast_to(w[:, None], (len(w), steps)) if w.ndim == 1 else w
    return padded.silenced(w, padded.real(lengths, steps).T)


def _fitted(who: object, terms: tuple[int, ...], weights: Tree) -> Array:
    """The weights in float64, if they are numbers for the first of the axes of the terms."""
    if not is_array(weights) or weights.dtype.kind not in "biuf":
        raise checks.not_array(who, weights, "weights", "a NumPy array of numbers")
    if not weights.ndim or weights.shape != terms[: weights.ndim]:
        fits = " or ".join(str(terms[:n]) for n in range(1, len(terms) + 1))
        raise ShapeError(f"weights of shape {fits}", f"shape {weights.shape}", who=who)
    made: Array = weights.astype(np.float64)
    return made
