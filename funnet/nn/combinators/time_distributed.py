"""A layer applied to every step."""

from __future__ import annotations

import attrs
import numpy as np

from funnet.core import cached, checks, padded
from funnet.core.containers import Array, Tree, describe
from funnet.core.key import Key
from funnet.core.padded import Padded
from funnet.errors import ShapeError
from funnet.nn.combinators.children import check_layer
from funnet.nn.layer import Layer, cotangents, output


@attrs.frozen(cache_hash=True)
class TimeDistributed(Layer):
    """The layer inside on every step by itself: y_nt = f(x_nt),  dx_nt = dx of f.     x, y (N, T, …)

    f is called once, with the steps of all sequences as the rows of one batch (N·T, …): batch statistics
    are those of all steps. Of a `Padded` x it is called with the real steps alone, y and dx are a `Padded`
    with zeros behind the ends. The parameters are those of f. With `time_major` x is (T, N, …).
    Raises ShapeError unless f gives an array with as many rows, and what f raises.

        >>> import funnet as fn, numpy as np
        >>> net, x = fn.TimeDistributed(fn.Sequential([fn.Flatten(), fn.Linear(4)])), np.ones((2, 7, 3, 3))
        >>> net(net.init(fn.Key(0), x), x)[0].shape
        (2, 7, 4)
    """

    layer: Layer = attrs.field(validator=check_layer)
    time_major: bool = attrs.field(default=False, validator=checks.boolean)

    def init(self, key: Key, x: Tree) -> Tree:
        values, lengths = padded.unpack_alone(self, x, self.time_major)
        return self.layer.init(key, self._rows(values, lengths))

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        values, lengths = padded.unpack_alone(self, x, self.time_major)
        rows = self._rows(values, lengths)
        y, cache = output(self.layer, params, rows)
        if not isinstance(y, np.ndarray) or y.shape[:1] != rows.shape[:1]:
            got = describe(y)
            raise ShapeError(f"its layer to give an array of {len(rows)} rows", got, who=self, why="as x has")
        shape = (*values.shape[:2], *y.shape[1:])
        return self._steps(y, shape, lengths), (cache, shape, lengths)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        inner, shape, lengths = self._cached(cache)
        dparams, dx = cotangents(self.layer, params, inner, self._cotangent(dy, shape, lengths))
        return dparams, self._steps(dx, (*shape[:2], *dx.shape[1:]), lengths)

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Tree:
        inner, shape, lengths = self._cached(cache)
        return self.layer.param_vjp(params, inner, self._cotangent(dy, shape, lengths))

    def advance(self, params: Tree, cache: Tree) -> Tree:
        return self.layer.advance(params, self._cached(cache)[0])

    def _cached(self, cache: Tree) -> tuple[Tree, tuple[int, ...], Array | None]:
        """(cache of the layer inside, shape of y, lengths)."""
        inner, shape, lengths = cached.parts(self, cache, 3)
        cached.sizes(self, shape, 2)
        return inner, shape, cached.lengths(self, lengths, shape[self.time_major])

    def _cotangent(self, dy: Tree, shape: tuple[int, ...], lengths: Array | None) -> Array:
        return self._rows(padded.cotangent_alone(self, dy, shape, lengths), lengths)

    def _rows(self, values: Array, lengths: Array | None) -> Array:
        """The real steps of all sequences, one after the other."""
        if lengths is None:
            return values.reshape(-1, *values.shape[2:])
        made: Array = values[self._real(values.shape, lengths)]
        return made

    def _steps(self, rows: Array, shape: tuple[int, ...], lengths: Array | None) -> Tree:
        """The sequences that `_rows` took apart, with zeros in the padding."""
        if lengths is None:
            return rows.reshape(shape)
        values = np.zeros(shape, rows.dtype)
        values[self._real(shape, lengths)] = rows
        return Padded(values, lengths)

    def _real(self, shape: tuple[int, ...], lengths: Array) -> Array:
        mask = padded.real(lengths, shape[not self.time_major])
        return mask if self.time_major else mask.T
