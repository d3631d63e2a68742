"""What the works share: the sigmoid, losses and optimizers, as textbooks have them."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any
Arrays = list[Any]


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def squared_error(y: Array, t: Array) -> tuple[Any, Array]:
    """½ Σ (y − t)² / N and its gradient."""
    error = y - t
    return (error**2).sum() / (2 * len(y)), error / len(y)


def mean_squared_error(y: Array, t: Array) -> tuple[Any, Array]:
    error = y - t
    return (error**2).mean(), error * (2 / error.size)


def cross_entropy(y: Array, labels: Array) -> tuple[Any, Array]:
    """Of the softmax of y, and its gradient."""
    e = np.exp(y - y.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    rows = np.arange(len(y))
    value = -np.log(p[rows, labels]).mean()
    p[rows, labels] -= 1
    return value, p / len(y)


def sgd(params: Arrays, grads: Arrays, rate: float) -> Arrays:
    return [p - rate * g for p, g in zip(params, grads, strict=True)]


def adam(
    params: Arrays, grads: Arrays, ms: Arrays, vs: Arrays, step: int, rate: float
) -> tuple[Arrays, Arrays, Arrays]:
    """(params, ms, vs) after a step that counts from 1; b1 = 0.9, b2 = 0.999, eps = 1e-8."""
    ms = [0.9 * m + 0.1 * g for m, g in zip(ms, grads, strict=True)]
    vs = [0.999 * v + 0.001 * g**2 for v, g in zip(vs, grads, strict=True)]
    m_hats = [m / (1 - 0.9**step) for m in ms]
    v_hats = [v / (1 - 0.999**step) for v in vs]
    moved = [
        p - rate * m_hat / (np.sqrt(v_hat) + 1e-8)
        for p, m_hat, v_hat in zip(params, m_hats, v_hats, strict=True)
    ]
    return moved, ms, vs
