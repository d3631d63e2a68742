"""What losses and metrics expect of their targets."""

from __future__ import annotations

import functools

import numpy as np

from funnet.core import checks
from funnet.core.containers import Array, Tree, describe, read_only
from funnet.errors import DataError, DtypeError, ShapeError
from funnet.ops.numeric import largest, least, row_sums

_TOLERANCE = 1e-3
_NAMES = "OSUT"  # the kinds of objects and strings


def numbers(who: object, y: Tree, target: Tree) -> Array:
    """The target in the dtype of y, if it is an array of numbers shaped like y."""
    y = checks.floating(who, y, "y")
    if y.dtype.kind != "f":
        raise DtypeError("y of real numbers", f"dtype {y.dtype}", who=who)
    t = checks.plain(who, target, "target", "a NumPy array of numbers")
    if t.dtype.kind not in "biuf":
        raise DtypeError("target to be a NumPy array of numbers", describe(t), who=who, fix=_as_numbers(t))
    if t.shape != y.shape:
        why = "y and target do not broadcast"
        fix = f"reshape it with target.reshape{y.shape}" if t.size == y.size else ""
        raise ShapeError(f"target of shape {y.shape}", f"shape {t.shape}", who=who, why=why, fix=fix)
    return t if t.dtype == y.dtype else t.astype(y.dtype)


def labels(who: object, y: Tree, target: Tree, other: str = "") -> Array:
    """The target (N, …), if it is an array of integers with one for each row of y (N, …, C)."""
    checks.rank(who, y, 2, "(N, ..., C)", "y")
    t = checks.plain(who, target, "target")
    if t.shape != y.shape[:-1]:
        expected = f"target of shape {y.shape[:-1]} (labels){other}"
        raise ShapeError(expected, f"shape {t.shape}", who=who)
    if t.dtype.kind not in "iu":
        raise DtypeError("integer labels", f"dtype {t.dtype}", who=who, fix=numbering(t, "target"))
    return t


def numbering(labels: Array, name: str) -> str:
    """The fix for labels, an array of this name, that are not integers: numbers, or names of classes."""
    if labels.dtype.kind == "c":
        return ""
    if labels.dtype.kind in "bf" or (labels.dtype.kind in _NAMES and checks.converts(labels, int)):
        return f"convert them with {name}.astype(int)"
    names = f"{name}.astype(str)" if labels.dtype.kind == "O" else name
    return f"number them with np.unique({names}, return_inverse=True)[1]"


def _as_numbers(target: Array) -> str:
    """The fix for a target that is not an array of numbers."""
    if target.dtype.kind not in _NAMES:
        return ""
    if checks.converts(target, float):
        return "convert it with target.astype(float)"
    return numbering(target, "target")


def labels_or_rows(who: object, y: Tree, target: Tree) -> Array:
    """The target as `labels`, or as `numbers` if it is shaped like y."""
    if isinstance(target, np.ndarray) and target.shape == y.shape:
        checks.rank(who, y, 2, "(N, ..., C)", "y")
        return numbers(who, y, target)
    return labels(who, y, target, f" or {y.shape} (distributions)")


def in_range(who: object, labels: Array, classes: int) -> Array:
    """The labels as indices. Raises DataError unless they are from 0 to below the number of classes."""
    if least(labels) < 0 or largest(labels) >= classes:
        index = tuple(int(i) for i in np.argwhere((labels < 0) | (labels >= classes))[0])
        why = f"y has {classes} classes"
        raise DataError(f"labels from 0 to {classes - 1}", f"{labels[index]} at {index}", who=who, why=why)
    return labels.astype(np.intp, copy=False)


def places(labels: Array, classes: int) -> Array:
    """Where the labels (N, …) stand in an array (N, …, C) that is laid out flat, (N, …, 1)."""
    starts = _kept_starts if labels.size <= _KEPT else _starts
    return (starts(labels.size, classes) + labels.reshape(-1)).reshape(*labels.shape, 1)


def _starts(rows: int, classes: int) -> Array:
    return read_only(np.arange(0, rows * classes, classes))


_KEPT = 2**12  # rows; to count more than that costs little beside their loss
_kept_starts = functools.lru_cache(maxsize=8)(_starts)


def one_hot(labels: Array, like: Array) -> Array:
    """Labels (N, …) as rows of zeros and a one, (N, …, C)."""
    t = np.zeros(like.shape, like.dtype)
    t.reshape(-1)[places(labels, like.shape[-1])] = 1.0
    return t


def distributions(who: object, t: Array) -> Array:
    """The rows, if none has a negative entry and each has the sum 1. Raises DataError otherwise."""
    totals = row_sums(t)[..., 0]
    if not (least(t) >= 0 and largest(np.abs(totals - 1.0)) <= _TOLERANCE):
        row = tuple(int(i) for i in np.unravel_index(np.abs(totals - 1.0).argmax(), totals.shape))
        got = f"row {row} with sum {totals[row]:.6g} and least entry {t.min():.6g}"
        raise DataError("rows of the target to be distributions", got, who=who)
    return t


def reachable(who: object, y: Array, t: Array) -> None:
    """Raise DataError if a target, labels or rows, is on a class that y masks with −inf."""
    rows = t if t.shape == y.shape else one_hot(t, y)
    wrong = np.argwhere((y == -np.inf) & (rows > 0))
    if len(wrong):
        index = tuple(int(i) for i in wrong[0])
        got = f"{rows[index]:.6g} at {index}"
        raise DataError("no target on a class masked with -inf", got, who=who)
