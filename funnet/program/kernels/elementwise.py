"""Functions of each entry, and softmax."""

from __future__ import annotations

import numpy as np

from funnet.core.containers import Array


def relu(x: Array) -> Array:
    """max(x, 0)"""
    return np.maximum(x, 0.0, order="C")


def leaky_relu(x: Array, slope: float) -> Array:
    """x where x > 0, else slope x"""
    below = slope * np.minimum(x, 0.0, order="C") if slope else 0.0
    y: Array = np.maximum(x, 0.0, order="C") + below
    return y


def elu(x: Array, alpha: float) -> Array:
    """x where x > 0, else alpha (eˣ − 1)"""
    y: Array = np.maximum(x, 0.0, order="C") + alpha * np.expm1(np.minimum(x, 0.0, order="C"))
    return y


def selu(x: Array) -> Array:
    """λ x where x > 0, else λ α (eˣ − 1)"""
    y: Array = 1.0507009873554804934193349852946 * elu(x, 1.6732632423543772848170429916717)
    return y


def gelu(x: Array) -> Array:
    """x/2 (1 + tanh(√(2/π) (z + 0.044715 z³))) with z = x kept in [−10, 10]"""
    z = np.clip(x, -10.0, 10.0)
    y: Array = z * z
    y *= 0.7978845608028654 * 0.044715
    y += 0.7978845608028654
    y *= z
    y = np.tanh(y)
    y += 1.0
    y *= 0.5
    y *= finite_below(x)
    return y


def silu(x: Array) -> Array:
    """x σ(x)"""
    return finite_below(x) * sigmoid(x)


def mish(x: Array) -> Array:
    """x tanh(softplus x)"""
    y: Array = finite_below(x) * np.tanh(softplus(x))
    return y


def tanh(x: Array) -> Array:
    """tanh x"""
    y: Array = np.tanh(x)
    return y


def hard_sigmoid(x: Array) -> Array:
    """x/6 + 1/2 kept in [0, 1]"""
    return np.clip(x / 6.0 + 0.5, 0.0, 1.0)


def hard_tanh(x: Array) -> Array:
    """x kept in [−1, 1]"""
    return np.clip(x, -1.0, 1.0)


def hard_swish(x: Array) -> Array:
    """x times its hard sigmoid"""
    return finite_below(x) * hard_sigmoid(x)


def finite_below(x: Array) -> Array:
    """x with the least number for −inf"""
    y: Array = np.maximum(x, np.finfo(x.dtype).min)
    return y


def softplus(x: Array) -> Array:
    """log(1 + eˣ)"""
    y: Array = np.maximum(x, 0.0, order="C") + np.log1p(np.exp(-np.abs(x)))
    return y


def sigmoid(x: Array) -> Array:
    """eˣ / (eˣ + 1), which is 1 for large x"""
    y: Array = np.exp(np.minimum(x, 0.9 * float(np.log(np.finfo(x.dtype).max))))
    y /= y + 1.0
    return y


def softmax(x: Array) -> Array:
    """eˣ / Σ eˣ over the last axis, each row less its largest entry unless all are small"""
    limit = float(np.log(float(np.finfo(x.dtype).max) / x.shape[-1])) / 3.0
    small = -limit < x.min() and x.max() < limit
    y: Array = np.exp(x if small else shifted(x))
    y /= row_sums(y)
    return y


def log_softmax(x: Array) -> Array:
    """x − log Σ eˣ over the last axis"""
    y = shifted(x)
    y -= np.log(row_sums(np.exp(y)))
    return y


def shifted(x: Array) -> Array:
    """x less the largest entry of its row; one at +inf is 0 and all beside it −inf"""
    highest, tops = x.max(axis=-1, keepdims=True), x == np.inf
    if tops.any():
        at_top = np.where(tops.sum(axis=-1, keepdims=True) > 1, np.nan, 0.0)
        x = np.where(highest == np.inf, np.where(tops, at_top, -np.inf), x).astype(x.dtype)
        highest = np.where(highest == np.inf, 0.0, highest).astype(x.dtype)
    with np.errstate(over="ignore"):
        y: Array = np.subtract(x, highest, order="C")
    return y


def row_sums(x: Array) -> Array:
    """Σ x over the last axis, as a product with ones"""
    sums: Array = x.reshape(-1, x.shape[-1]).dot(np.ones(x.shape[-1], x.dtype))
    return sums.reshape(*x.shape[:-1], 1)
