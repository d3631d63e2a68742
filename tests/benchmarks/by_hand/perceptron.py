"""Linear layers and activations."""

from __future__ import annotations

import numpy as np

from tests.benchmarks.by_hand.common import Array, Arrays, sigmoid


def sigmoids_forward(params: Arrays, x: Array) -> tuple[Array, Arrays]:
    """Four layers, each with a sigmoid."""
    w1, b1, w2, b2, w3, b3, w4, b4 = params
    h1 = sigmoid(x @ w1 + b1)
    h2 = sigmoid(h1 @ w2 + b2)
    h3 = sigmoid(h2 @ w3 + b3)
    y = sigmoid(h3 @ w4 + b4)
    return y, [x, h1, h2, h3, y]


def sigmoids_backward(params: Arrays, saved: Arrays, dy: Array) -> Arrays:
    _, _, w2, _, w3, _, w4, _ = params
    x, h1, h2, h3, y = saved
    d4 = dy * y * (1 - y)
    d3 = d4 @ w4.T * h3 * (1 - h3)
    d2 = d3 @ w3.T * h2 * (1 - h2)
    d1 = d2 @ w2.T * h1 * (1 - h1)
    return [
        x.T @ d1,
        d1.sum(axis=0),
        h1.T @ d2,
        d2.sum(axis=0),
        h2.T @ d3,
        d3.sum(axis=0),
        h3.T @ d4,
        d4.sum(axis=0),
    ]


def two_forward(params: Arrays, x: Array) -> tuple[Array, Arrays]:
    """Two layers with a sigmoid between them."""
    w1, b1, w2, b2 = params
    h1 = sigmoid(x @ w1 + b1)
    return h1 @ w2 + b2, [x, h1]


def two_backward(params: Arrays, saved: Arrays, dy: Array) -> Arrays:
    w2 = params[2]
    x, h1 = saved
    d1 = dy @ w2.T * h1 * (1 - h1)
    return [x.T @ d1, d1.sum(axis=0), h1.T @ dy, dy.sum(axis=0)]


def three_forward(params: Arrays, x: Array) -> tuple[Array, Arrays]:
    """Three layers with ReLUs between them."""
    w1, b1, w2, b2, w3, b3 = params
    h1 = np.maximum(x @ w1 + b1, 0)
    h2 = np.maximum(h1 @ w2 + b2, 0)
    return h2 @ w3 + b3, [x, h1, h2]


def three_backward(params: Arrays, saved: Arrays, dy: Array) -> Arrays:
    _, _, w2, _, w3, _ = params
    x, h1, h2 = saved
    d2 = dy @ w3.T * (h2 > 0)
    d1 = d2 @ w2.T * (h1 > 0)
    return [x.T @ d1, d1.sum(axis=0), h1.T @ d2, d2.sum(axis=0), h2.T @ dy, dy.sum(axis=0)]


def deep_forward(params: Arrays, x: Array) -> tuple[Array, Arrays]:
    """Any number of layers with ReLUs between them."""
    hs = [x]
    for i in range(0, len(params) - 2, 2):
        hs.append(np.maximum(hs[-1] @ params[i] + params[i + 1], 0))
    return hs[-1] @ params[-2] + params[-1], hs


def deep_backward(params: Arrays, saved: Arrays, dy: Array) -> Arrays:
    grads = []
    for i, h in reversed(list(enumerate(saved))):
        grads += [dy.sum(axis=0), h.T @ dy]
        if i:
            dy = dy @ params[2 * i].T * (h > 0)
    return grads[::-1]
