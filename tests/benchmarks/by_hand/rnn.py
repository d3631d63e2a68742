"""Elman's network, whose last state goes through a linear layer; x is (N, T, I)."""

from __future__ import annotations

import numpy as np

from tests.benchmarks.by_hand.common import Array, Arrays


def forward(params: Arrays, x: Array) -> tuple[Array, Arrays]:
    w, u, b, w_out, b_out = params
    hs = [np.zeros((len(x), len(u)), x.dtype)]
    for t in range(x.shape[1]):
        hs.append(np.tanh(x[:, t] @ w + hs[t] @ u + b))
    return hs[-1] @ w_out + b_out, [x, hs]


def backward(params: Arrays, saved: Arrays, dy: Array) -> Arrays:
    w, u, b, w_out, _ = params
    x, hs = saved
    dw, du, db = np.zeros_like(w), np.zeros_like(u), np.zeros_like(b)
    dh = dy @ w_out.T
    for t in reversed(range(x.shape[1])):
        da = dh * (1 - hs[t + 1] ** 2)
        dw += x[:, t].T @ da
        du += hs[t].T @ da
        db += da.sum(axis=0)
        dh = da @ u.T
    return [dw, du, db, hs[-1].T @ dy, dy.sum(axis=0)]
