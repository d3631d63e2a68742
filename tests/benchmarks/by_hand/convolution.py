"""Convolutions by im2col, pooling and a linear layer; images are (N, H, W, C), kernels (3, 3, I, O)."""

from __future__ import annotations

import numpy as np

from tests.benchmarks.by_hand.common import Array, Arrays


def columns(x: Array) -> Array:
    """The 3 x 3 patches of images as rows, (N·H·W, 9·C)."""
    patches = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
    return patches.transpose(0, 1, 2, 4, 5, 3).reshape(-1, 9 * x.shape[3])


def convolve(cols: Array, w: Array, b: Array, x: Array) -> Array:
    n, high, wide, _ = x.shape
    return (cols @ w.reshape(-1, len(b)) + b).reshape(n, high - 2, wide - 2, len(b))


def convolve_back(dy: Array, w: Array, x: Array) -> Array:
    """dx: each patch's part added where it came from."""
    n, high, wide, width = dy.shape
    dcols = (dy.reshape(-1, width) @ w.reshape(-1, width).T).reshape(n, high, wide, 3, 3, -1)
    dx = np.zeros_like(x)
    for i in range(3):
        for j in range(3):
            dx[:, i : i + high, j : j + wide] += dcols[:, :, :, i, j]
    return dx


def pool(x: Array) -> Array:
    """The largest of each 2 x 2, an odd row or column left over."""
    n, high, wide, width = x.shape
    x = x[:, : high // 2 * 2, : wide // 2 * 2]
    return x.reshape(n, high // 2, 2, wide // 2, 2, width).max(axis=(2, 4))


def pool_back(dy: Array, x: Array, y: Array) -> Array:
    n, high, wide, width = y.shape
    dx = np.zeros_like(x)
    windows = x[:, : 2 * high, : 2 * wide].reshape(n, high, 2, wide, 2, width)
    largest = windows == y[:, :, None, :, None]
    dx[:, : 2 * high, : 2 * wide] = (largest * dy[:, :, None, :, None]).reshape(n, 2 * high, 2 * wide, width)
    return dx


def forward(params: Arrays, x: Array) -> tuple[Array, Arrays]:
    """Twice convolution, ReLU and pooling; then a linear layer."""
    w1, b1, w2, b2, w3, b3 = params
    cols1 = columns(x)
    h1 = np.maximum(convolve(cols1, w1, b1, x), 0)
    p1 = pool(h1)
    cols2 = columns(p1)
    h2 = np.maximum(convolve(cols2, w2, b2, p1), 0)
    p2 = pool(h2)
    y = p2.reshape(len(x), -1) @ w3 + b3
    return y, [cols1, h1, p1, cols2, h2, p2]


def backward(params: Arrays, saved: Arrays, dy: Array) -> Arrays:
    w1, b1, w2, b2, w3, _ = params
    cols1, h1, p1, cols2, h2, p2 = saved
    d2 = pool_back((dy @ w3.T).reshape(p2.shape), h2, p2) * (h2 > 0)
    d1 = pool_back(convolve_back(d2, w2, p1), h1, p1) * (h1 > 0)
    rows1, rows2 = d1.reshape(-1, len(b1)), d2.reshape(-1, len(b2))
    return [
        (cols1.T @ rows1).reshape(w1.shape),
        rows1.sum(axis=0),
        (cols2.T @ rows2).reshape(w2.shape),
        rows2.sum(axis=0),
        p2.reshape(len(dy), -1).T @ dy,
        dy.sum(axis=0),
    ]
