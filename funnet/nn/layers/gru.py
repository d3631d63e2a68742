"""The gated recurrent unit."""

from __future__ import annotations

import attrs
import numpy as np

from funnet.core import checks, padded
from funnet.core.containers import Array, Tree
from funnet.core.key import Key
from funnet.nn import initializers
from funnet.nn.initializers import Initializer
from funnet.nn.layer import Layer
from funnet.nn.layers import gates
from funnet.nn.layers.gates import Recurrent
from funnet.ops.numeric import column_sums

_GATES = "reset", "update", "candidate"


@attrs.frozen
class GRU(Layer):
    """The gated recurrent unit, its reset gate after the product with the state: one product a step.

    r, z = σ(x_t w + h_{t−1} u + b)   m = h_{t−1} u_n + b_m   n = tanh(x_t w_n + b_n + r m)
    y_t = h_t = n + z (h_{t−1} − n)          x (N, T, I)   y (N, T, H)   h, r, z, m, n (N, H),   H = width
    da_n = dh_t (1 − z) (1 − n²)   dm = da_n r   da_r = da_n m r (1 − r)   da_z = dh_t (h_{t−1} − n) z (1 − z)
    dw = Σ x_tᵀ (da_r, da_z, da_n)   du = Σ h_{t−1}ᵀ (da_r, da_z, dm)   db = Σ (da_r, da_z, da_n, dm)
    dx_t = (da_r, da_z, da_n) wᵀ   dh_{t−1} = dy_{t−1} + z dh_t + (da_r, da_z, dm) uᵀ
    The columns of w (I, 3H) and u (H, 3H) are those of r, z, n; b (4H,) is b_r, b_z, b_n, b_m.
    Called with x it starts from h_0 = 0; called with (x, h_0) it gives (y, h_T), and h_0 may be () for 0.
    With `time_major` x is (T, N, I) and y (T, N, H). Of a `Padded` x every sequence stops at its end: its
    state stays, y is a `Padded` with zeros behind.
    Each gate's weights are drawn by themselves. σ(a) is ½ + ½ tanh(a/2): a gate has the absolute precision
    of its dtype, not the relative one, which h could not keep anyway.
    Raises ShapeError, DtypeError or DataError if x, h_0 or the lengths do not fit.
    Cho et al. 2014, arXiv:1406.1078 (version 1 has the reset gate where it is here).
    """

    width: int = attrs.field(validator=checks.positive_integer)
    time_major: bool = attrs.field(default=False, validator=checks.boolean)
    w_init: Initializer = attrs.field(default=initializers.glorot_uniform(), validator=checks.initializer)
    u_init: Initializer = attrs.field(default=initializers.orthogonal(), validator=checks.initializer)
    b_init: Initializer = attrs.field(default=initializers.zeros(), validator=checks.initializer)

    def init(self, key: Key, x: Tree) -> Recurrent:
        checks.key(self, key)
        x = gates.given(self, x, self.time_major)[0]
        return Recurrent(
            gates.drawn(self, self.w_init, key.child("w"), (x.shape[-1], self.width), x, _GATES),
            gates.drawn(self, self.u_init, key.child("u"), (self.width, self.width), x, _GATES),
            gates.drawn(self, self.b_init, key.child("b"), (self.width,), x, (*_GATES, "state")),
        )

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        w, u, b = gates.unpack(self, params, self.width, 3, 4)
        values, lengths, h0 = gates.given(self, x, self.time_major)
        checks.width(self, values, w, "params.w")
        steps = gates.rows(values, lengths, self.time_major)
        size, count, _ = steps.shape
        h = np.empty((size + 1, count, self.width), steps.dtype)
        h[0] = gates.initial(self, h0, h[0])
        cell = np.empty((size, 4, count, self.width), h.dtype)  # r, z, n, m
        wb, b_m = np.vstack([w, b[: 3 * self.width]]), np.tile(b[3 * self.width :], (count, 1))
        wb, u = (gates.by_gate(weights, 3, slice(2)) for weights in (wb, u))
        np.matmul(steps[:, None], wb, out=cell[:, :3])
        half, product = np.array(0.5, h.dtype), np.empty((3, *h[0].shape), h.dtype)
        over = gates.padding(lengths, size)
        for t in range(size):
            sigmoids, (r, z, n, m), new = cell[t, :2], cell[t], h[t + 1]
            np.matmul(h[t], u, out=product)
            sigmoids += product[:2]
            np.tanh(sigmoids, out=sigmoids)
            sigmoids *= half
            sigmoids += half
            np.add(product[2], b_m, out=m)
            np.multiply(r, m, out=new)
            n += new
            np.tanh(n, out=n)
            np.subtract(h[t], n, out=new)
            new *= z
            new += n
            if over is not None:
                np.copyto(new, 0.0, where=over[t])
        last = None if h0 is None else h[1:][padded.ends(lengths)].copy()
        return padded.pack(h[1:], lengths, last, self.time_major), (steps, cell, h, lengths, h0)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Recurrent, Tree]:
        dparams, da, dh = self._back(params, cache, dy)
        *_, lengths, h0 = cache
        dx = gates.to_input(da, params.w)
        return dparams, padded.pack(dx, lengths, h0 if padded.is_start(h0) else dh, self.time_major)

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Recurrent:
        return self._back(params, cache, dy)[0]

    def _back(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Recurrent, Array, Array]:
        """(dparams, da (T, N, 3H), dh_0)."""
        w, u, _ = gates.unpack(self, params, self.width, 3, 4)
        steps, cell, h, lengths, h0 = gates.kept(self, cache, w, self.width, slots=4)
        dhs, dlast = gates.cotangent(self, dy, h[1:], lengths, h0 is not None, self.time_major)
        if dlast is not None:
            dhs[padded.ends(lengths)] += checks.like(self, dlast, h[0], "dh")
        da = np.empty((*dhs.shape[:2], 3 * self.width), h.dtype)
        by_gate = da.reshape(*dhs.shape[:2], 3, self.width).swapaxes(1, 2)
        dh, kept, back = np.zeros_like(h[0]), np.zeros_like(h[0]), np.ascontiguousarray(u.T)
        for t, slopes, slope_n in gates.backwards(_slopes, cell, h):
            now = dhs[t]
            now += dh
            now += kept
            np.multiply(now, cell[t, 1], out=kept)
            np.multiply(slopes, now, out=slopes)
            np.copyto(by_gate[t], slopes)
            now *= slope_n
            np.dot(da[t], back, out=dh)
        dh += kept
        of_m = by_gate[:, 2]
        db_m, du = column_sums(of_m), gates.of_state(h, da)
        np.copyto(of_m, dhs)
        dw, db = gates.of_input(steps, da)
        return Recurrent(dw, du, np.concatenate([db, db_m])), da, dh


def _slopes(cell: Array, h: Array) -> tuple[Array, Array]:
    """∂h/∂a_r, ∂h/∂a_z, ∂h/∂m (T, 3, N, H) and ∂h/∂a_n (T, N, H), of all steps."""
    old = h[:-1]
    r, z, n, m = cell[: len(old)].swapaxes(0, 1)
    slopes = 1.0 - cell[: len(old), :3]
    of_r, of_z, of_m = slopes.swapaxes(0, 1)
    of_n = 1.0 - n * n
    of_n *= of_z
    np.multiply(of_n, r, out=of_m)
    of_r *= of_m
    of_r *= m
    of_z *= z
    of_z *= old - n
    return slopes, of_n
