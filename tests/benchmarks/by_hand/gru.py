"""A gated recurrent unit, whose last state goes through a linear layer; x is (N, T, I)."""

from __future__ import annotations

import numpy as np

from tests.benchmarks.by_hand.common import Array, Arrays, sigmoid


def forward(params: Arrays, x: Array) -> tuple[Array, Arrays]:
    w, u, b, w_out, b_out = params
    width = len(u)
    b_x, b_m = b[: 3 * width], b[3 * width :]
    h = np.zeros((len(x), width), x.dtype)
    hs, gates = [h], []
    for t in range(x.shape[1]):
        from_x, from_h = x[:, t] @ w + b_x, h @ u
        r = sigmoid(from_x[:, :width] + from_h[:, :width])
        z = sigmoid(from_x[:, width : 2 * width] + from_h[:, width : 2 * width])
        m = from_h[:, 2 * width :] + b_m
        n = np.tanh(from_x[:, 2 * width :] + r * m)
        h = (1 - z) * n + z * h
        hs.append(h)
        gates.append((r, z, m, n))
    return h @ w_out + b_out, [x, hs, gates]


def backward(params: Arrays, saved: Arrays, dy: Array) -> Arrays:
    w, u, b, w_out, _ = params
    x, hs, gates = saved
    dw, du, db = np.zeros_like(w), np.zeros_like(u), np.zeros_like(b)
    dh = dy @ w_out.T
    for t in reversed(range(x.shape[1])):
        r, z, m, n = gates[t]
        da_n = dh * (1 - z) * (1 - n**2)
        da_r = da_n * m * r * (1 - r)
        da_z = dh * (hs[t] - n) * z * (1 - z)
        dm = da_n * r
        from_x = np.concatenate([da_r, da_z, da_n], axis=1)
        from_h = np.concatenate([da_r, da_z, dm], axis=1)
        dw += x[:, t].T @ from_x
        du += hs[t].T @ from_h
        db += np.concatenate([from_x.sum(axis=0), dm.sum(axis=0)])
        dh = dh * z + from_h @ u.T
    return [dw, du, db, hs[-1].T @ dy, dy.sum(axis=0)]
