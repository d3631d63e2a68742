"""Affine maps, tables, and what rearranges."""

from __future__ import annotations

import numpy as np

from funnet.core.containers import Array


def linear(x: Array, w: Array, b: Array | None = None) -> Array:
    """y = x w + b over the last axis."""
    y: Array = fitting(x, w, len(w)).reshape(-1, len(w)).dot(w)
    if b is not None:
        y += b
    return y.reshape(*x.shape[:-1], w.shape[1])


def fitting(x: Array, w: Array, width: int) -> Array:
    """x, if its last axis and its dtype are those of the weights."""
    if x.shape[-1] != width or x.dtype != w.dtype:
        raise ValueError(f"expected x of {w.dtype} with last axis {width}, got {x.dtype} of shape {x.shape}")
    return x


def embedding(x: Array, w: Array) -> Array:
    """The row of w for each index."""
    if x.dtype.kind not in "iu" or x.min() < 0 or x.max() >= len(w):
        raise ValueError(
            f"expected indices from 0 to {len(w) - 1}, got {x.dtype} from {x.min()} to {x.max()}"
        )
    y: Array = w[x]
    return y


def flatten(x: Array) -> Array:
    """One row per example."""
    return x.reshape(len(x), -1)


def flatten_channels_first(x: Array) -> Array:
    """One row per example, the channels one after the other."""
    return np.moveaxis(x, -1, 1).reshape(len(x), -1)


def reshape(x: Array, shape: tuple[int, ...]) -> Array:
    """Another shape for each example."""
    return x.reshape(len(x), *shape)


def concatenate(*arrays: Array) -> Array:
    """Arrays joined along their last axis."""
    return np.concatenate(arrays, axis=-1)
