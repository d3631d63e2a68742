"""Long short-term memory, whose last state goes through a linear layer; x is (N, T, I)."""

from __future__ import annotations

import numpy as np

from tests.benchmarks.by_hand.common import Array, Arrays, sigmoid


def forward(params: Arrays, x: Array) -> tuple[Array, Arrays]:
    w, u, b, w_out, b_out = params
    width = len(u)
    h = c = np.zeros((len(x), width), x.dtype)
    hs, cs, gates = [h], [c], []
    for t in range(x.shape[1]):
        a = x[:, t] @ w + h @ u + b
        g = np.tanh(a[:, :width])
        f = sigmoid(a[:, width : 2 * width])
        i = sigmoid(a[:, 2 * width : 3 * width])
        o = sigmoid(a[:, 3 * width :])
        c = f * c + i * g
        h = o * np.tanh(c)
        hs.append(h)
        cs.append(c)
        gates.append((g, f, i, o))
    return h @ w_out + b_out, [x, hs, cs, gates]


def backward(params: Arrays, saved: Arrays, dy: Array) -> Arrays:
    w, u, b, w_out, _ = params
    x, hs, cs, gates = saved
    dw, du, db = np.zeros_like(w), np.zeros_like(u), np.zeros_like(b)
    dh = dy @ w_out.T
    dc = np.zeros_like(dh)
    for t in reversed(range(x.shape[1])):
        g, f, i, o = gates[t]
        tanh_c = np.tanh(cs[t + 1])
        dc = dc + dh * o * (1 - tanh_c**2)
        da_g = dc * i * (1 - g**2)
        da_f = dc * cs[t] * f * (1 - f)
        da_i = dc * g * i * (1 - i)
        da_o = dh * tanh_c * o * (1 - o)
        da = np.concatenate([da_g, da_f, da_i, da_o], axis=1)
        dw += x[:, t].T @ da
        du += hs[t].T @ da
        db += da.sum(axis=0)
        dh = da @ u.T
        dc = dc * f
    return [dw, du, db, hs[-1].T @ dy, dy.sum(axis=0)]
