"""Recurrent layers from zero states: x (N, T, I) gives y (N, T, H), or with the first two axes exchanged."""

from __future__ import annotations

import numpy as np

from funnet.core.containers import Array
from funnet.program.kernels.affine import fitting


def rnn(x: Array, w: Array, u: Array, b: Array, activation: str, time_major: bool) -> Array:
    """h_t = f(x_t w + h_{t−1} u + b)"""
    steps = steps_and_one(fitting(x, w, len(w)), time_major)
    y: Array = np.empty((*steps.shape[:2], len(u)), x.dtype)
    np.matmul(steps.reshape(-1, len(w) + 1), np.vstack([w, b]), out=y.reshape(-1, len(u)))
    h = np.zeros_like(y[0])
    for t in range(len(y)):
        a = y[t] + np.dot(h, u)
        y[t] = h = np.tanh(a) if activation == "tanh" else np.maximum(0.0, a)
    return y if time_major else y.swapaxes(0, 1)


def lstm(x: Array, w: Array, u: Array, b: Array, time_major: bool) -> Array:
    """c_t = f c_{t−1} + i g,  h_t = o tanh(c_t),  g, f, i, o = tanh, σ, σ, σ of x_t w + h_{t−1} u + b"""
    steps, u = steps_and_one(fitting(x, w, len(w)), time_major), halved(u, 1, 4, 4)
    a = np.matmul(steps[:, None], halved(np.vstack([w, b]), 1, 4, 4))
    y: Array = np.empty((*steps.shape[:2], a.shape[-1]), x.dtype)
    h, c = np.zeros_like(y[0]), np.zeros_like(y[0])
    for t in range(len(y)):
        now = np.tanh(a[t] + h @ u)
        g, (f, i, o) = now[0], now[1:] * 0.5 + 0.5
        c = c * f + g * i
        y[t] = h = np.tanh(c) * o
    return y if time_major else y.swapaxes(0, 1)


def gru(x: Array, w: Array, u: Array, b: Array, time_major: bool) -> Array:
    """h_t = n + z (h_{t−1} − n),  n = tanh(x_t w_n + b_n + r (h_{t−1} u_n + b_m)),  r, z = σ(x_t w + …)"""
    width, steps = len(u), steps_and_one(fitting(x, w, len(w)), time_major)
    a = np.matmul(steps[:, None], halved(np.vstack([w, b[: 3 * width]]), 0, 2, 3))
    u = halved(u, 0, 2, 3)
    y: Array = np.empty((*steps.shape[:2], width), x.dtype)
    h = np.zeros_like(y[0])
    for t in range(len(y)):
        product = h @ u
        r, z = np.tanh(a[t, :2] + product[:2]) * 0.5 + 0.5
        n = np.tanh(a[t, 2] + r * (product[2] + b[3 * width :]))
        y[t] = h = (h - n) * z + n
    return y if time_major else y.swapaxes(0, 1)


def steps_and_one(x: Array, time_major: bool) -> Array:
    """The steps (T, N, I + 1), time first, with a 1 that the bias meets."""
    x = x if time_major else x.swapaxes(0, 1)
    steps = np.ones((*x.shape[:2], x.shape[2] + 1), x.dtype)
    steps[..., :-1] = x
    return steps


def halved(weights: Array, first: int, last: int, gates: int) -> Array:
    """Weights (I, G H) by gate (G, I, H), some halved: σ(a) is ½ + ½ tanh(a/2)."""
    by_gate = weights.reshape(len(weights), gates, -1).swapaxes(0, 1).copy()
    by_gate[first:last] *= 0.5
    return by_gate
