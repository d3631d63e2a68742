"""Vectors for indices."""

from __future__ import annotations

import attrs
import numpy as np

from funnet.core import cached, checks, padded
from funnet.core.containers import Array, Tree, record
from funnet.core.key import Key
from funnet.core.padded import Padded
from funnet.errors import DataError, DtypeError
from funnet.nn import initializers
from funnet.nn.initializers import Initializer
from funnet.nn.layer import Layer


@record
class Table:
    """A vector for each index: w (K, C)."""

    w: Array


@attrs.frozen
class Embedding(Layer):
    """A learned vector for each of `count` indices: letters, words, categories.

    y = w[x]                          x (N, …) integers from 0 to K − 1   w (K, C)   y (N, …, C)
    dw[k] = Σ dy where x is k         dx = 0, integers like x             K = count, C = width
    w is float32, whatever the integers; `tree.cast` makes another dtype of the parameters of a whole net.
    Of a `Padded` x (N, T) what stands behind the ends is not read, and y is a `Padded` with zeros there.
    Raises DtypeError if x holds no integers, DataError if one is out of range.
    """

    count: int = attrs.field(validator=checks.positive_integer)
    width: int = attrs.field(validator=checks.positive_integer)
    w_init: Initializer = attrs.field(default=initializers.normal(), validator=checks.initializer)

    def init(self, key: Key, x: Tree) -> Table:
        self._given(x)
        shape = self.count, self.width
        return Table(initializers.drawn(self, "w", self.w_init, key, shape, np.float32))

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        w = checks.params(self, params, Table).w
        checks.axes(self, w, (self.count, self.width), "params.w")
        checks.floating(self, w, "params.w")
        indices, lengths = self._given(x)
        y = padded.zeroed(w[indices], lengths)
        return padded.with_lengths(y, lengths), (indices, lengths)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Table, Tree]:
        dparams = self.param_vjp(params, cache, dy)
        indices, lengths = cache
        return dparams, padded.with_lengths(np.zeros_like(indices), lengths)

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Table:
        indices, lengths = self._cached(cache)
        dy = padded.cotangent_alone(self, dy, (*indices.shape, self.width), lengths)
        dy = padded.zeroed(dy, lengths)
        return Table(_summed_by_index(indices.ravel(), dy.reshape(-1, self.width), self.count))

    def _cached(self, cache: Tree) -> tuple[Array, Array | None]:
        """(indices, lengths) of a cache."""
        indices, lengths = cached.parts(self, cache, 2)
        cached.kind(self, indices, "iu")
        if not indices.size or not indices.ndim or indices.min() < 0 or indices.max() >= self.count:
            raise cached.foreign(self, indices)
        return indices, cached.lengths(self, lengths, len(indices))

    def _given(self, x: Tree) -> tuple[Array, Array | None]:
        """(indices, lengths), the indices in the padding 0."""
        if not isinstance(x, Padded):
            return self._in_range(checks.array(self, x)), None
        lengths = x.lengths.value
        indices = checks.array(self, x.values)
        checks.rank(self, indices, 2, "(N, T)")
        padded.check_lengths(self, lengths, *indices.shape[:2])
        return self._in_range(padded.zeroed(indices, lengths)), lengths

    def _in_range(self, x: Array) -> Array:
        if x.dtype.kind not in "iu":
            raise DtypeError("x of integers", f"dtype {x.dtype}", who=self, why="they are indices")
        if x.min() < 0 or x.max() >= self.count:
            index = tuple(int(i) for i in np.argwhere((x < 0) | (x >= self.count))[0])
            raise DataError(f"indices from 0 to {self.count - 1}", f"{x[index]} at {index}", who=self)
        return x


def _summed_by_index(indices: Array, rows: Array, count: int) -> Array:
    """total (K, C), total[k] the sum of the rows (M, C) whose index is k."""
    order = np.argsort(indices, kind="stable")
    ordered = indices[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    total = np.zeros((count, rows.shape[1]), rows.dtype)
    total[ordered[starts]] = np.add.reduceat(rows[order], starts, axis=0)
    return total
