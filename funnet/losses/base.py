"""What a loss is, and the average over the terms of a batch."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from funnet.core.containers import Array, Tree
from funnet.core.padded import Padded, chosen
from funnet.errors import DtypeError
from funnet.losses.targets import numbers
from funnet.losses.weighting import is_whole, shares, taken_apart

Value = np.floating[Any]
Share = float | Array


class Loss(ABC):
    """What training makes small."""

    __slots__ = ()

    @abstractmethod
    def __call__(self, y: Tree, target: Tree) -> tuple[Value, Tree]:
        """(value, dy)."""


class Average(Loss):
    """A loss that is an average of terms, stated for one array; weights and padding are dealt with here.

    In float16 it is computed in float32.
    """

    __slots__ = ()

    @abstractmethod
    def fitted(self, y: Tree, target: Tree) -> Array:
        """The target as labels, or in the dtype of y. Raises unless both are arrays that fit each other."""

    @abstractmethod
    def axes(self, y: Array) -> int:
        """How many axes of y, from the first on, number the terms."""

    @abstractmethod
    def formula(self, y: Array, t: Array, share: Share) -> tuple[Value, Array]:
        """(Σ share · term, its gradient). A share is a number, or an array that broadcasts to y."""

    def __call__(self, y: Tree, target: Tree) -> tuple[Value, Tree]:
        if is_whole(y, target):
            t = self.fitted(y, target)
            return self._value(y, t, 1.0 / math.prod(y.shape[: self.axes(y)]))
        values, target, weights, lengths = taken_apart(self, y, target)
        t = self.fitted(values, target)
        share = shares(self, values.shape, self.axes(values), weights, lengths)
        counts = share > 0
        if not counts.all():  # any values will do that every loss accepts
            values = chosen(counts, values, values.dtype.type(0))
            t = chosen(counts, t, t.dtype.type(0 if t.dtype.kind in "iu" else 1 / values.shape[-1]))
        share = share.reshape(*share.shape, *(1,) * (values.ndim - share.ndim))
        share = share.astype(np.result_type(values.dtype, np.float32))
        value, dy = self._value(values, t, share)
        return value, dy if lengths is None else Padded(dy, y.lengths)

    def _value(self, y: Array, t: Array, share: Share) -> tuple[Value, Array]:
        if not y.dtype.isnative:
            fix = "convert y with y.astype(y.dtype.newbyteorder('='))"
            raise DtypeError("y in the byte order of this machine", f"dtype {y.dtype.str}", who=self, fix=fix)
        if y.dtype != np.float16:
            return self.formula(y, t, share)
        t = t.astype(np.float32) if t.dtype == np.float16 else t
        value, dy = self.formula(y.astype(np.float32), t, share)
        with np.errstate(over="ignore"):  # what is beyond float16 is infinite there
            return value.astype(np.float16), dy.astype(np.float16)


class Entrywise(Average):
    """An average over all entries of y, the target shaped like it."""

    __slots__ = ()

    def fitted(self, y: Tree, target: Tree) -> Array:
        return numbers(self, y, target)

    def axes(self, y: Array) -> int:
        return y.ndim


class Rowwise(Average):
    """An average over the rows of y (N, …, C), one score for each of C classes."""

    __slots__ = ()

    def axes(self, y: Array) -> int:
        return y.ndim - 1


def total(terms: Array, share: Share) -> Value:
    """Σ share · term."""
    value: Value = (
        np.add.reduce(terms, axis=None) * share
        if isinstance(share, float)
        else np.add.reduce(terms * share, axis=None)
    )
    return value
