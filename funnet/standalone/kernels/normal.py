"""Normalisation."""

from __future__ import annotations

import numpy as np

from funnet.containers import Array


def batch_norm(
    x: Array, scale: Array, shift: Array, moments_mean: Array, moments_variance: Array, eps: float
) -> Array:
    """Each channel normalised by its running moments."""
    z = (x - moments_mean) / np.sqrt(moments_variance + eps)
    y: Array = scale * z + shift
    return y


def layer_norm(x: Array, scale: Array, shift: Array, eps: float) -> Array:
    """Each vector normalised by its own moments."""
    z = x - (x @ np.full(x.shape[-1], 1.0 / x.shape[-1], x.dtype))[..., None]
    z /= np.sqrt(mean_square(z) + eps).astype(x.dtype, copy=False)
    y: Array = z * scale
    y += shift
    return y


def rms_norm(x: Array, scale: Array, eps: float) -> Array:
    """Each vector divided by its root mean square."""
    y: Array = x / np.sqrt(mean_square(x) + eps).astype(x.dtype, copy=False) * scale
    return y


def mean_square(x: Array) -> Array:
    """The mean of x² over the last axis, in at least float32."""
    total: Array = np.einsum("...c,...c->...", x, x, dtype=np.result_type(x.dtype, np.float32))[..., None]
    total *= 1.0 / x.shape[-1]
    return total


def group_norm(x: Array, scale: Array, shift: Array, groups: int, eps: float) -> Array:
    """Each example normalised over its positions and the channels of a group."""
    z = x.reshape(len(x), -1, len(scale))
    share = 1.0 / z.shape[1]
    z = z - means_of_groups(np.full(z.shape[1], share, z.dtype) @ z, groups)
    squares = np.einsum("npc,npc->nc", z, z, dtype=np.result_type(z.dtype, np.float32))
    z /= np.sqrt(means_of_groups(squares * share, groups) + eps).astype(z.dtype, copy=False)
    y: Array = z * scale
    y += shift
    return y.reshape(x.shape)


def means_of_groups(x: Array, groups: int) -> Array:
    """(N, 1, C): each channel of x (N, C) replaced by the mean of its group."""
    each = x.shape[-1] // groups
    return np.repeat(x.reshape(len(x), 1, groups, each).mean(axis=-1), each, axis=-1)
