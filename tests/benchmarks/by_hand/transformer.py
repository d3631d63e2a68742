"""A pre-norm transformer block: attention, then a hidden layer; x is (N, T, C)."""

from __future__ import annotations

import math

import numpy as np

from tests.benchmarks.by_hand.common import Array, Arrays

HEADS = 4
SCALE = math.sqrt(2 / math.pi)


def normalize(x: Array) -> tuple[Array, Array]:
    """(z, σ): each vector with mean 0 and variance 1."""
    centred = x - x.mean(axis=-1, keepdims=True)
    sigma = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5)
    return centred / sigma, sigma


def normalize_back(dz: Array, z: Array, sigma: Array) -> Array:
    return (dz - dz.mean(axis=-1, keepdims=True) - z * (z * dz).mean(axis=-1, keepdims=True)) / sigma


def split(x: Array) -> Array:
    """(N, T, C) in heads, (N, heads, T, C / heads)."""
    n, time, width = x.shape
    return x.reshape(n, time, HEADS, width // HEADS).transpose(0, 2, 1, 3)


def join(x: Array) -> Array:
    n, _, time, width = x.shape
    return x.transpose(0, 2, 1, 3).reshape(n, time, HEADS * width)


def rows(x: Array) -> Array:
    return x.reshape(-1, x.shape[-1])


def forward(params: Arrays, x: Array) -> tuple[Array, Arrays]:
    scale1, shift1, wq, bq, wk, wv, bv, wo, bo, scale2, shift2, w1, b1, w2, b2 = params
    z1, sigma1 = normalize(x)
    a1 = scale1 * z1 + shift1
    q, k, v = split(a1 @ wq + bq), split(a1 @ wk), split(a1 @ wv + bv)
    scores = q @ k.transpose(0, 1, 3, 2) / math.sqrt(q.shape[-1])
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    o = join(p @ v)
    m = x + o @ wo + bo
    z2, sigma2 = normalize(m)
    a2 = scale2 * z2 + shift2
    h = a2 @ w1 + b1
    t = np.tanh(SCALE * (h + 0.044715 * h * h * h))
    g = 0.5 * h * (1 + t)
    y = m + g @ w2 + b2
    return y, [z1, sigma1, a1, q, k, v, p, o, z2, sigma2, a2, h, t, g]


def backward(params: Arrays, saved: Arrays, dy: Array) -> Arrays:
    _, _, wq, _, wk, wv, _, wo, _, scale2, _, w1, _, w2, _ = params
    z1, _, a1, q, k, v, p, o, z2, sigma2, a2, h, t, g = saved
    dt = (1 - t**2) * SCALE * (1 + 3 * 0.044715 * h**2)
    dh = dy @ w2.T * 0.5 * (1 + t + h * dt)
    da2 = dh @ w1.T
    dm = dy + normalize_back(da2 * scale2, z2, sigma2)
    do = split(dm @ wo.T)
    dv = p.transpose(0, 1, 3, 2) @ do
    dp = do @ v.transpose(0, 1, 3, 2)
    dscores = p * (dp - (p * dp).sum(axis=-1, keepdims=True)) / math.sqrt(q.shape[-1])
    dq = join(dscores @ k)
    dk = join(dscores.transpose(0, 1, 3, 2) @ q)
    dv = join(dv)
    da1 = dq @ wq.T + dk @ wk.T + dv @ wv.T
    return [
        (da1 * z1).sum(axis=(0, 1)),
        da1.sum(axis=(0, 1)),
        rows(a1).T @ rows(dq),
        dq.sum(axis=(0, 1)),
        rows(a1).T @ rows(dk),
        rows(a1).T @ rows(dv),
        dv.sum(axis=(0, 1)),
        rows(o).T @ rows(dm),
        dm.sum(axis=(0, 1)),
        (da2 * z2).sum(axis=(0, 1)),
        da2.sum(axis=(0, 1)),
        rows(a2).T @ rows(dh),
        dh.sum(axis=(0, 1)),
        rows(g).T @ rows(dy),
        dy.sum(axis=(0, 1)),
    ]
