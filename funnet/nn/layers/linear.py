"""The affine map."""

from __future__ import annotations

import attrs
import numpy as np

from funnet.core import cached, checks
from funnet.core.containers import Array, Tree, record
from funnet.core.key import Key
from funnet.nn import initializers
from funnet.nn.initializers import Initializer
from funnet.nn.layer import Layer
from funnet.ops.numeric import column_sums, rows


@record
class Affine:
    """Weights and bias of an affine map: w (I, O), b (O,), or b () where there is none."""

    w: Array
    b: Array | tuple[()]


@attrs.frozen
class Linear(Layer):
    """An affine map of the last axis.

    y = x w + b                 x (N, …, I)   w (I, O)   b (O,)   y (N, …, O),   O = width
    dw = Σ xᵀ dy   db = Σ dy   dx = dy wᵀ        (sums over all axes but the last)
    Raises ShapeError if the last axis of x is not I, DtypeError if x has another dtype than w.
    """

    width: int = attrs.field(validator=checks.positive_integer)
    bias: bool = attrs.field(default=True, validator=checks.boolean)
    w_init: Initializer = attrs.field(default=initializers.glorot_uniform(), validator=checks.initializer)
    b_init: Initializer = attrs.field(default=initializers.zeros(), validator=checks.initializer)

    def init(self, key: Key, x: Tree) -> Affine:
        checks.rank(self, checks.floating(self, x), 2, "(N, ..., I)")
        draw = initializers.drawn
        w = draw(self, "w", self.w_init, key, (x.shape[-1], self.width), x.dtype)
        return Affine(w, draw(self, "b", self.b_init, key, (self.width,), x.dtype) if self.bias else ())

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        w, b = self._unpack(params)
        x = checks.width(self, x, w, "params.w")
        y: Array = rows(x).dot(w)
        if self.bias:
            y += b
        return y if x.ndim == 2 else y.reshape(*x.shape[:-1], self.width), x

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Affine, Array]:
        w, _ = self._unpack(params)
        dparams = self.param_vjp(params, cache, dy)
        x: Array = cache
        if x.shape[-1] != len(w) or x.dtype != w.dtype:
            raise cached.foreign(self, cache)
        dx: Array = rows(dy).dot(w.T)
        return dparams, dx if x.ndim == 2 else dx.reshape(x.shape)

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Affine:
        x = cached.vectors(self, cache)
        checks.shaped(self, dy, (*x.shape[:-1], self.width), x.dtype)
        return Affine(rows(x).T.dot(rows(dy)), column_sums(dy) if self.bias else ())

    def _unpack(self, params: Tree) -> tuple[Array, Array]:
        w, b = checks.params(self, params, Affine).w, params.b
        if type(w) is not np.ndarray or w.ndim != 2 or w.shape[1] != self.width:
            checks.axes(self, w, (None, self.width), "params.w")
        if self.bias:
            checks.shaped(self, b, (self.width,), w.dtype, "params.b")
        else:
            checks.no_bias(self, b)
        return w, b
