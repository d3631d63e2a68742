"""Elementary functions that neither overflow nor lose digits."""

from __future__ import annotations

import numpy as np

from funnet.containers import Array


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^−x), from e^−|x| so that nothing overflows and small values keep their digits."""
    e = np.exp(-np.abs(x))
    y: Array = np.where(x >= 0, 1.0, e) / (1.0 + e)
    return y


def softplus(x: Array) -> Array:
    """log(1 + e^x) = max(x, 0) + log(1 + e^−|x|)."""
    y: Array = np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))
    return y


def log_softmax(x: Array) -> Array:
    """x − log Σ e^x over the last axis, shifted by the largest entry; −inf stays −inf."""
    y: Array = x - x.max(axis=-1, keepdims=True)
    y -= np.log(np.exp(y).sum(axis=-1, keepdims=True))
    return y


def softmax(x: Array) -> Array:
    """e^x / Σ e^x over the last axis, shifted by the largest entry."""
    y: Array = np.exp(x - x.max(axis=-1, keepdims=True))
    y /= y.sum(axis=-1, keepdims=True)
    return y
