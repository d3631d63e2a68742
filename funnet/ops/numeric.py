"""Elementary functions that neither overflow nor lose digits, and sums."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from funnet.core.containers import Array, read_only


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^−x) = e^x / (e^x + 1), to the last digits at both ends."""
    one, top = _sigmoid_limits(x.dtype)
    y: Array = np.exp(x if largest(x) < top else np.minimum(x, top))
    y /= y + one
    return y


@functools.lru_cache(maxsize=32)
def _sigmoid_limits(dtype: np.dtype[Any]) -> tuple[Array, float]:
    """1, and an x below which e^x does not overflow and above which the sigmoid is 1 to the last bit."""
    return unit(dtype), 0.9 * float(np.log(np.finfo(dtype).max))


@functools.lru_cache(maxsize=32)
def unit(dtype: np.dtype[Any]) -> Array:
    """The number 1 as an array (), which NumPy adds to a small array in half the time of 1.0."""
    return read_only(np.ones((), dtype))


def positive_part(x: Array) -> Array:
    """max(x, 0)."""
    return _beside_zeros(np.maximum, x)


def negative_part(x: Array) -> Array:
    """min(x, 0)."""
    return _beside_zeros(np.minimum, x)


def _beside_zeros(f: np.ufunc, x: Array) -> Array:
    """f(x, 0).  NumPy compares two arrays five times as fast as an array and a number.

    The zeros are kept for the next time, so they are few.
    """
    if x.size <= _AT_ONCE:
        small: Array = f(x, _zeros(x.shape, x.dtype))
        return small
    y, zeros = np.empty(x.shape, x.dtype), _zeros((_AT_ONCE,), x.dtype)
    entries, made = x.reshape(-1), y.reshape(-1)
    for start in range(0, x.size, _AT_ONCE):
        part = entries[start : start + _AT_ONCE]
        f(part, zeros[: part.size], out=made[start : start + _AT_ONCE])
    return y


_AT_ONCE = 2**16  # entries; so an array that is kept has at most half a megabyte in float64


@functools.lru_cache(maxsize=32)
def _zeros(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    return read_only(np.zeros(shape, dtype))


def softplus(x: Array) -> Array:
    """log(1 + e^x) = max(x, 0) + log(1 + e^−|x|)."""
    y: Array = positive_part(x) + np.log1p(np.exp(-np.abs(x)))
    return y


def log_softmax(x: Array) -> Array:
    """x − log Σ e^x over the last axis, shifted by the largest entry; −inf stays −inf."""
    y = shifted(x, row_max(x))
    y -= np.log(row_sums(np.exp(y)))
    return y


def softmax(x: Array) -> Array:
    """e^x / Σ e^x over the last axis."""
    y: Array = np.exp(tempered(x))
    y /= row_sums(y)
    return y


def tempered(x: Array) -> Array:
    """x, or each row of x less its largest entry: softmax is the same, and no power of e overflows.

    x itself if all entries are so small that neither their powers nor sums of those can overflow or vanish.
    """
    return x if harmless(x) else shifted(x, row_max(x))


def shifted(x: Array, highest: Array) -> Array:
    """x less the largest entry of its row, one at +inf as its limit: 0 there and −inf everywhere beside it.

    Two at +inf have no limit and are NaN. What is too far below to be told is −inf.
    """
    top = largest(highest)
    if -_half(x.dtype) < least(x) and top < _half(x.dtype):
        return np.subtract(x, highest, order="C")
    if top == np.inf:
        tops = x == np.inf
        at_top = np.where(tops.sum(axis=-1, keepdims=True) > 1, np.nan, 0.0)
        x = np.where(highest == np.inf, np.where(tops, at_top, -np.inf), x).astype(x.dtype)
        highest = np.where(highest == np.inf, 0.0, highest).astype(x.dtype)
    with np.errstate(over="ignore"):
        return np.subtract(x, highest, order="C")


@functools.lru_cache(maxsize=32)
def _half(dtype: np.dtype[Any]) -> float:
    """Half the largest number: the difference of two that are smaller is a number."""
    return float(np.finfo(dtype).max) / 2.0


def finite_below(x: Array) -> Array:
    """x with the least number for −inf, whose product with 0 is 0; x itself if it holds none."""
    return x if least(x) > -np.inf else np.maximum(x, np.finfo(x.dtype).min)


def finite(x: Array) -> Array:
    """x with the largest numbers for ±inf, whose product with 0 is 0; x itself if it is finite."""
    if -np.inf < least(x) and largest(x) < np.inf:
        return x
    limits = np.finfo(x.dtype)
    return np.clip(x, limits.min, limits.max)


def harmless(x: Array) -> bool:
    """Whether no power of e, nor the sum of a row of them, nor the cube of it, can overflow or vanish."""
    limit = _harmless(x.dtype, x.shape[-1])
    small: bool = -limit < least(x) and largest(x) < limit
    return small


def least(x: Array) -> Any:
    """The smallest entry, or NaN if there is one, of complex numbers its real part; faster than min."""
    return x.item(x.argmin()).real


def largest(x: Array) -> Any:
    """The largest entry, or NaN if there is one, likewise."""
    return x.item(x.argmax()).real


@functools.lru_cache(maxsize=32)
def _harmless(dtype: np.dtype[Any], count: int) -> float:
    """An x for which the sum of `count` numbers e^x is finite, and its cube as well."""
    return math.log(float(np.finfo(dtype).max) / count) / 3.0


def rows(x: Array) -> Array:
    """x (N, …, C) as (R, C), with one axis before the last."""
    return x if x.ndim == 2 else x.reshape(-1, x.shape[-1])


def column_sums(x: Array) -> Array:
    """Σ x (N, …, C) over all axes but the last, in the dtype of x."""
    r = rows(x)
    if len(r) <= _MANY and r.itemsize > 2:
        sums: Array = _ones(len(r), r.dtype).dot(r)
        return sums
    return narrowed(wide_sums(r), x.dtype)


def wide_sums(x: Array) -> Array:
    """Σ x (…, R, C) over the last axis but one, (…, C), in at least float32: a product with a row of ones.

    BLAS adds rows one by one, as NumPy does over every axis but the last, and many of them lose digits.
    So long columns are folded, 16 rows onto one, until few are left: like NumPy's pairwise sums.
    """
    x = widened(x)
    few = _MANY
    while x.shape[-2] > few:
        folded, few = x.shape[-2] // _FOLD, _FEW
        even, odd = np.split(x, [folded * _FOLD], axis=-2)
        x = np.add.reduce(even.reshape(*x.shape[:-2], _FOLD, folded, x.shape[-1]), axis=-3)
        x[..., 0, :] += np.add.reduce(odd, axis=-2)
    sums: Array = _ones(x.shape[-2], x.dtype) @ x
    return sums


_MANY, _FEW, _FOLD = 2048, 64, 16  # rows


def widened(x: Array) -> Array:
    """x in at least float32; x itself where it is."""
    return x if x.itemsize > 2 else x.astype(np.float32)


def narrowed(x: Array, dtype: np.dtype[Any]) -> Array:
    """x in the dtype; what is beyond it is infinite, without a warning: who reads it, looks."""
    if x.dtype == dtype:
        return x
    with np.errstate(over="ignore"):
        return x.astype(dtype)


def inner(a: Array, b: Array) -> Any:
    """Σ a b over all entries, as a number of their dtype: products of runs, added pairwise."""
    if a.size <= _MANY:
        return np.vdot(a, b)
    a, b = a.reshape(-1), b.reshape(-1)
    whole = a.size // _MANY * _MANY
    runs = np.vecdot(a[:whole].reshape(-1, _MANY), b[:whole].reshape(-1, _MANY))
    return np.add.reduce(runs) + np.vdot(a[whole:], b[whole:])


def row_sums(x: Array) -> Array:
    """Σ x over the last axis, which is kept with length 1, as a product likewise."""
    sums: Array = rows(x).dot(ones(x.shape[-1], x.dtype))
    return sums.reshape(*x.shape[:-1], 1)


def ones(count: int, dtype: np.dtype[Any]) -> Array:
    """A row of ones, kept for the next time if it is short."""
    return _ones(count, dtype) if count <= _AT_ONCE else np.ones(count, dtype)


@functools.lru_cache(maxsize=32)
def _ones(count: int, dtype: np.dtype[Any]) -> Array:
    return read_only(np.ones(count, dtype))


def row_max(x: Array) -> Array:
    """The largest entry over the last axis, which is kept with length 1.

    Short rows are laid out as columns, of which NumPy compares many at once.
    """
    if x.shape[-1] > _SHORT or x.size == x.shape[-1]:
        most: Array = np.maximum.reduce(x, axis=-1, keepdims=True)
    else:
        most = np.maximum.reduce(rows(x).T.copy()).reshape(*x.shape[:-1], 1)
    return most


_SHORT = 256
