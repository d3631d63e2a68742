"""The affine map."""

from __future__ import annotations

import attrs

from funnet import expect, initializers
from funnet.containers import Array, Tree, record
from funnet.initializers import Initializer
from funnet.key import Key
from funnet.layer import Layer


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

    width: int = attrs.field(validator=expect.positive_integer)
    bias: bool = attrs.field(default=True, validator=expect.boolean)
    w_init: Initializer = attrs.field(default=initializers.glorot_uniform(), validator=expect.function)
    b_init: Initializer = attrs.field(default=initializers.zeros(), validator=expect.function)

    def init(self, key: Key, x: Tree) -> Affine:
        expect.rank(self, expect.floating(self, x), 2, "(N, ..., I)")
        w = self.w_init(key.child("w"), (x.shape[-1], self.width), x.dtype)
        return Affine(w, self.b_init(key.child("b"), (self.width,), x.dtype) if self.bias else ())

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        w, b = self._unpack(params)
        x = expect.floating(self, x)
        expect.width(self, x, w, "params.w")
        y: Array = x.reshape(-1, len(w)) @ w
        if self.bias:
            y += b
        return y.reshape(*x.shape[:-1], self.width), x

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Affine, Array]:
        w, _ = self._unpack(params)
        dparams = self.param_vjp(params, cache, dy)
        return dparams, (dy.reshape(-1, self.width) @ w.T).reshape(cache.shape)

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Affine:
        x = cache
        expect.like(self, dy, (*x.shape[:-1], self.width), x.dtype)
        rows = dy.reshape(-1, self.width)
        return Affine(x.reshape(-1, x.shape[-1]).T @ rows, rows.sum(axis=0) if self.bias else ())

    def _unpack(self, params: Tree) -> tuple[Array, Array]:
        w, b = expect.params(self, params, Affine).w, params.b
        expect.axes(self, w, (None, self.width), "params.w")
        if self.bias:
            expect.like(self, b, (self.width,), w.dtype, "params.b")
        return w, b
