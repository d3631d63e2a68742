"""Long short-term memory."""

from __future__ import annotations

import attrs
import numpy as np

from funnet.core import checks, padded
from funnet.core.containers import Array, Tree, read_only
from funnet.core.key import Key
from funnet.nn import initializers
from funnet.nn.initializers import Initializer
from funnet.nn.layer import Layer
from funnet.nn.layers import gates
from funnet.nn.layers.gates import Recurrent

_GATES = "candidate", "forget", "input", "output"


@attrs.frozen
class LSTM(Layer):
    """Long short-term memory.

    g, f, i, o = tanh(a_g), σ(a_f), σ(a_i), σ(a_o),   a = x_t w + h_{t−1} u + b       a (N, 4H) in this order
    c_t = f c_{t−1} + i g,   y_t = h_t = o tanh(c_t)      x (N, T, I)   y (N, T, H)   h, c (N, H),   H = width
    dc = dc_t + dh_t o (1 − tanh² c_t)   da_o = dh_t tanh(c_t) o (1 − o)   da_f = dc c_{t−1} f (1 − f)
    da_i = dc g i (1 − i)   da_g = dc i (1 − g²)   dc_{t−1} = dc f   dh_{t−1} = dy_{t−1} + da uᵀ
    dw = Σ x_tᵀ da   du = Σ h_{t−1}ᵀ da   db = Σ da   dx_t = da wᵀ
    Called with x it starts from zeros; called with (x, (h_0, c_0)) it gives (y, (h_T, c_T)), and () stands
    for the zeros. With `time_major` x is (T, N, I) and y (T, N, H). Of a `Padded` x every sequence stops at
    its end: its state stays, y is a `Padded` with zeros behind.
    Each gate's weights are drawn by themselves, and `forget_bias` is added to the bias of f, so that an
    untrained memory lasts. σ(a) is ½ + ½ tanh(a/2): a gate has the absolute precision of its dtype, not the
    relative one, which c and h could not keep anyway.
    Raises ShapeError, DtypeError, DataError or TreeError if x, the state or the lengths do not fit.
    Hochreiter & Schmidhuber 1997; Gers et al. 2000 (forget gate); Jozefowicz et al. 2015 (its bias).
    """

    width: int = attrs.field(validator=checks.positive_integer)
    forget_bias: float = attrs.field(
        default=1.0,
        converter=checks.number,
        validator=checks.hyperparameter("a finite number", checks.is_number),
    )
    time_major: bool = attrs.field(default=False, validator=checks.boolean)
    w_init: Initializer = attrs.field(default=initializers.glorot_uniform(), validator=checks.initializer)
    u_init: Initializer = attrs.field(default=initializers.orthogonal(), validator=checks.initializer)
    b_init: Initializer = attrs.field(default=initializers.zeros(), validator=checks.initializer)

    def init(self, key: Key, x: Tree) -> Recurrent:
        checks.key(self, key)
        x = gates.given(self, x, self.time_major)[0]
        w = gates.drawn(self, self.w_init, key.child("w"), (x.shape[-1], self.width), x, _GATES)
        u = gates.drawn(self, self.u_init, key.child("u"), (self.width, self.width), x, _GATES)
        b = gates.drawn(self, self.b_init, key.child("b"), (self.width,), x, _GATES).copy()
        b[self.width : 2 * self.width] += self.forget_bias
        return Recurrent(w, u, read_only(b))

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        w, u, b = gates.unpack(self, params, self.width, 4, 4)
        values, lengths, start = gates.given(self, x, self.time_major)
        checks.width(self, values, w, "params.w")
        steps = gates.rows(values, lengths, self.time_major)
        size, count, _ = steps.shape
        h = np.empty((size + 1, count, self.width), steps.dtype)
        cell = np.empty((size + 1, 5, count, self.width), h.dtype)  # c_{t−1}, g, f, i, o
        h[0] = cell[0, 0] = cell[size, 1:] = 0.0
        if not padded.is_start(start):
            h[0], cell[0, 0] = self._pair(start, "a state (h, c)", h[0], "h", "c")
        wb, u = (gates.by_gate(weights, 4, slice(1, 4)) for weights in (np.vstack([w, b]), u))
        np.matmul(steps[:, None], wb, out=cell[:size, 1:])
        over = gates.padding(lengths, size)
        half = np.array(0.5, h.dtype)  # an array is multiplied sooner than a float
        product, pair = np.empty((4, *h[0].shape), h.dtype), np.empty((2, *h[0].shape), h.dtype)
        for t in range(size):
            block, c, new = cell[t], cell[t + 1, 0], h[t + 1]
            a, sigmoids = block[1:], block[2:]
            np.matmul(h[t], u, out=product)
            a += product
            np.tanh(a, out=a)
            sigmoids *= half
            sigmoids += half
            np.multiply(block[:2], block[2:4], out=pair)  # c f, g i
            np.add(pair[0], pair[1], out=c)
            np.tanh(c, out=new)
            new *= block[4]
            if over is not None:
                np.copyto(new, 0.0, where=over[t])
        last = None
        if start is not None:
            end = padded.ends(lengths)
            last = h[1:][end].copy(), cell[1:, 0][end].copy()
        return padded.pack(h[1:], lengths, last, self.time_major), (steps, cell, h, lengths, start)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Recurrent, Tree]:
        dparams, da, dh, dc = self._back(params, cache, dy)
        *_, lengths, start = cache
        dx = gates.to_input(da, params.w)
        dstart = start if padded.is_start(start) else (dh, dc)
        return dparams, padded.pack(dx, lengths, dstart, self.time_major)

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Recurrent:
        return self._back(params, cache, dy)[0]

    def _back(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Recurrent, Array, Array, Array]:
        """(dparams, da (T, N, 4H), dh_0, dc_0)."""
        w, u, _ = gates.unpack(self, params, self.width, 4, 4)
        steps, cell, h, lengths, start = gates.kept(self, cache, w, self.width, slots=5, more=1)
        dhs, dlast = gates.cotangent(self, dy, h[1:], lengths, start is not None, self.time_major)
        dc_end = np.zeros_like(h[0])
        if dlast is not None:
            dh_end, dc_end = self._pair(dlast, "dstate to be a pair (dh, dc)", h[0], "dh", "dc")
            dhs[padded.ends(lengths)] += dh_end
        da = np.empty((*dhs.shape[:2], 4 * self.width), h.dtype)
        by_gate = da.reshape(*dhs.shape[:2], 4, self.width).swapaxes(1, 2)
        dh, dc = np.zeros_like(h[0]), dc_end.copy() if lengths is None else np.zeros_like(h[0])
        back = np.ascontiguousarray(u.T)
        for t, now, of_c in gates.backwards(_slopes, cell, h):
            if lengths is not None:
                np.copyto(dc, dc_end, where=(lengths == t + 1)[:, None])
            dh += dhs[t]
            np.multiply(of_c, dh, out=of_c)
            dc += of_c
            np.multiply(now[:3], dc, out=by_gate[t, :3])
            np.multiply(now[3], dh, out=by_gate[t, 3])
            dc *= cell[t, 2]
            np.dot(da[t], back, out=dh)
        dw, db = gates.of_input(steps, da)
        return Recurrent(dw, gates.of_state(h, da), db), da, dh, dc

    def _pair(self, state: Tree, what: str, like: Array, *names: str) -> list[Array]:
        """h and c of a state, if they are like that."""
        pair = zip(checks.pair(self, state, what), names, strict=True)
        return [checks.like(self, a, like, name) for a, name in pair]


def _slopes(cell: Array, h: Array) -> tuple[Array, Array]:
    """∂c/∂a_g, ∂c/∂a_f, ∂c/∂a_i, ∂h/∂a_o  (T, 4, N, H) and ∂h/∂c (T, N, H), of all steps."""
    old, c, h = cell[:-1], cell[1:, 0], h[1:]
    slopes = np.empty((len(h), 4, *h.shape[1:]), h.dtype)
    np.multiply(old[:, :2], old[:, 2:4], out=slopes[:, 1:3])
    np.multiply(slopes[:, 2], old[:, 1], out=slopes[:, 0])
    np.subtract(old[:, 3], slopes[:, 0], out=slopes[:, 0])
    rest = 1.0 - old[:, 2:]
    np.multiply(slopes[:, 1:3], rest[:, :2], out=slopes[:, 1:3])
    np.multiply(h, rest[:, 2], out=slopes[:, 3])
    through_c = np.tanh(c)
    through_c *= h
    np.subtract(old[:, 4], through_c, out=through_c)
    return slopes, through_c
