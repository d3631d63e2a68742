"""The Elman network, whole and as one step."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from funnet.core import cached, checks, padded
from funnet.core.containers import Array, Tree
from funnet.core.key import Key
from funnet.nn import initializers
from funnet.nn.initializers import Initializer
from funnet.nn.layer import Layer
from funnet.nn.layers import gates
from funnet.nn.layers.gates import Recurrent
from funnet.ops.numeric import column_sums

_ACTIVATIONS: dict[str, Callable[..., Any]] = {"tanh": np.tanh, "relu": functools.partial(np.maximum, 0.0)}


@attrs.frozen
class RNN(Layer):
    """Elman's recurrent network.

    h_t = f(x_t w + h_{t−1} u + b),  y_t = h_t        x (N, T, I)   y (N, T, H)   h (N, H),   H = width
    da_t = f'(h_t) (dy_t + da_{t+1} uᵀ)               f' = 1 − h² for tanh, [h > 0] for relu
    dw = Σ x_tᵀ da_t   du = Σ h_{t−1}ᵀ da_t   db = Σ da_t   dx_t = da_t wᵀ   dh_0 = da_1 uᵀ
    Called with x it starts from h_0 = 0; called with (x, h_0) it gives (y, h_T), and h_0 may be () for 0.
    With `time_major` x is (T, N, I) and y (T, N, H). Of a `Padded` x every sequence stops at its end: its
    state stays, y is a `Padded` with zeros behind.
    Raises ShapeError, DtypeError or DataError if x, h_0 or the lengths do not fit.
    Elman 1990, Finding structure in time; Werbos 1990, Backpropagation through time.
    """

    width: int = attrs.field(validator=checks.positive_integer)
    activation: str = attrs.field(default="tanh", validator=checks.one_of(*_ACTIVATIONS))
    time_major: bool = attrs.field(default=False, validator=checks.boolean)
    w_init: Initializer = attrs.field(default=initializers.glorot_uniform(), validator=checks.initializer)
    u_init: Initializer = attrs.field(default=initializers.orthogonal(), validator=checks.initializer)
    b_init: Initializer = attrs.field(default=initializers.zeros(), validator=checks.initializer)

    def init(self, key: Key, x: Tree) -> Recurrent:
        return _init(self, key, gates.given(self, x, self.time_major)[0])

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        w, u, b = gates.unpack(self, params, self.width, 1, 1)
        values, lengths, h0 = gates.given(self, x, self.time_major)
        checks.width(self, values, w, "params.w")
        steps = gates.rows(values, lengths, self.time_major)
        size, count, inputs = steps.shape
        h = np.empty((size + 1, count, self.width), steps.dtype)
        h[0] = gates.initial(self, h0, h[0])
        np.matmul(steps.reshape(-1, inputs), np.vstack([w, b]), out=h[1:].reshape(-1, self.width))
        over = gates.padding(lengths, size)
        activation, product = _ACTIVATIONS[self.activation], np.empty_like(h[0])
        for t in range(size):
            new = h[t + 1]
            np.dot(h[t], u, out=product)
            new += product
            activation(new, out=new)
            if over is not None:
                np.copyto(new, 0.0, where=over[t])
        last = None if h0 is None else h[1:][padded.ends(lengths)].copy()
        return padded.pack(h[1:], lengths, last, self.time_major), (steps, h, lengths, h0)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Recurrent, Tree]:
        dparams, da, dh = self._back(params, cache, dy)
        *_, lengths, h0 = cache
        dx = gates.to_input(da, params.w)
        return dparams, padded.pack(dx, lengths, h0 if padded.is_start(h0) else dh, self.time_major)

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Recurrent:
        return self._back(params, cache, dy)[0]

    def _back(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Recurrent, Array, Array]:
        """(dparams, da (T, N, H), dh_0 (N, H))."""
        w, u, _ = gates.unpack(self, params, self.width, 1, 1)
        steps, h, lengths, h0 = gates.kept(self, cache, w, self.width)
        da, dlast = gates.cotangent(self, dy, h[1:], lengths, h0 is not None, self.time_major)
        if dlast is not None:
            da[padded.ends(lengths)] += checks.like(self, dlast, h[0], "dh")
        slope, dh, back = _slope(self, h[1:]), np.zeros_like(h[0]), np.ascontiguousarray(u.T)
        for t in reversed(range(len(da))):
            now = da[t]
            now += dh
            now *= slope[t]
            np.dot(now, back, out=dh)
        dw, db = gates.of_input(steps, da)
        return Recurrent(dw, gates.of_state(h, da), db), da, dh


@attrs.frozen
class RNNCell(Layer):
    """One step of an RNN, for `Scan`: (x, h) -> (y, h'),  y = h' = f(x w + h u + b).

    da = f'(h') (dy + dh')                      x (N, I)   y, h, h' (N, H),   H = width;   h may be () for 0
    dw = xᵀ da   du = hᵀ da   db = Σ da   dx = da wᵀ   dh = da uᵀ
    Raises TreeError, ShapeError or DtypeError if x and h do not fit.
    """

    width: int = attrs.field(validator=checks.positive_integer)
    activation: str = attrs.field(default="tanh", validator=checks.one_of(*_ACTIVATIONS))
    w_init: Initializer = attrs.field(default=initializers.glorot_uniform(), validator=checks.initializer)
    u_init: Initializer = attrs.field(default=initializers.orthogonal(), validator=checks.initializer)
    b_init: Initializer = attrs.field(default=initializers.zeros(), validator=checks.initializer)

    def init(self, key: Key, x: Tree) -> Recurrent:
        x, _ = checks.pair(self, x, "a pair (x, h)")
        checks.rank(self, checks.floating(self, x), 2, "(N, I)")
        return _init(self, key, x)

    def __call__(self, params: Tree, x: Tree) -> tuple[tuple[Array, Array], Tree]:
        w, u, b = gates.unpack(self, params, self.width, 1, 1)
        x, h = checks.pair(self, x, "a pair (x, h)")
        x = checks.width(self, x, w, "params.w")
        new = x @ w
        new += gates.initial(self, h, new) @ u
        new += b
        _ACTIVATIONS[self.activation](new, out=new)
        return (new, new.copy()), (x, h, new)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Recurrent, tuple[Array, Tree]]:
        w, u, _ = gates.unpack(self, params, self.width, 1, 1)
        x, h, new = cached.parts(self, cache, 3)
        cached.array(self, cached.vectors(self, x, len(w), w.dtype), (len(x), len(w)), w.dtype)
        cached.array(self, new, (len(x), self.width), w.dtype)
        dy, dh = checks.pair(self, dy, "a pair (dy, dh)")
        da = checks.like(self, dy, new) + checks.like(self, dh, new, "dh")
        da *= _slope(self, new)
        dparams = Recurrent(x.T @ da, gates.initial(self, h, new).T @ da, column_sums(da))
        return dparams, (da @ w.T, () if padded.is_start(h) else da @ u.T)


def _init(layer: RNN | RNNCell, key: Key, x: Array) -> Recurrent:
    draw, width = initializers.drawn, layer.width
    return Recurrent(
        draw(layer, "w", layer.w_init, key, (x.shape[-1], width), x.dtype),
        draw(layer, "u", layer.u_init, key, (width, width), x.dtype),
        draw(layer, "b", layer.b_init, key, (width,), x.dtype),
    )


def _slope(layer: RNN | RNNCell, h: Array) -> Array:
    """The derivative of the activation, from its value."""
    if layer.activation == "relu":
        return (h > 0).astype(h.dtype)
    slope: Array = np.square(h)
    np.subtract(1.0, slope, out=slope)
    return slope
