"""Normalisation."""

from __future__ import annotations

import numpy as np

from funnet.core.containers import Array
from funnet.program.kernels.affine import fitting


def batch_norm(
    x: Array, scale: Array, shift: Array, moments_mean: Array, moments_variance: Array, eps: float
) -> Array:
    """Each channel normalised by its running moments."""
    z = (fitting(x, scale, len(scale)) - moments_mean) / np.sqrt(moments_variance + eps)
    y: Array = scale * z + shift
    return y


def layer_norm(x: Array, scale: Array, shift: Array, eps: float) -> Array:
    """Each vector normalised by its own moments."""
    z = widened(fitting(x, scale, len(scale)))
    z = z - z[..., :1]
    z -= (z @ np.full(z.shape[-1], 1.0 / z.shape[-1], z.dtype))[..., None]
    z /= np.sqrt(mean_square(z) + eps)
    y: Array = z.astype(x.dtype, copy=False) * scale
    y += shift
    return y


def rms_norm(x: Array, scale: Array, eps: float) -> Array:
    """Each vector divided by its root mean square."""
    y: Array = (
        fitting(x, scale, len(scale)) / np.sqrt(mean_square(x) + eps).astype(x.dtype, copy=False) * scale
    )
    return y


def mean_square(x: Array) -> Array:
    """The mean of x² over the last axis, in at least float32."""
    total: Array = np.einsum("...c,...c->...", x, x, dtype=np.result_type(x.dtype, np.float32))[..., None]
    total *= 1.0 / x.shape[-1]
    return total


def group_norm(x: Array, scale: Array, shift: Array, groups: int, eps: float) -> Array:
    """Each example normalised over its positions and the channels of a group."""
    z = widened(fitting(x, scale, len(scale)).reshape(len(x), -1, len(scale)))
    share, each = 1.0 / z.shape[1], len(scale) // groups
    z = z - np.repeat(z[:, :1, ::each], each, axis=-1)
    z -= means_of_groups(sums_of_rows(z) * share, groups)
    z /= np.sqrt(means_of_groups(sums_of_rows(z * z) * share, groups) + eps)
    y: Array = z.astype(x.dtype, copy=False) * scale
    y += shift
    return y.reshape(x.shape)


def means_of_groups(x: Array, groups: int) -> Array:
    """(N, 1, C): each channel of x (N, C) replaced by the mean of its group."""
    each = x.shape[-1] // groups
    return np.repeat(x.reshape(len(x), 1, groups, each).mean(axis=-1), each, axis=-1)


def sums_of_rows(x: Array) -> Array:
    """Σ x (…, R, C) over R, pairwise where there are many rows: NumPy and BLAS add them one by one."""
    x, few = widened(x), 2048
    while x.shape[-2] > few:
        folded, few = x.shape[-2] // 16, 64
        even, odd = np.split(x, [folded * 16], axis=-2)
        x = np.add.reduce(even.reshape(*x.shape[:-2], 16, folded, x.shape[-1]), axis=-3)
        x[..., 0, :] += np.add.reduce(odd, axis=-2)
    sums: Array = np.ones(x.shape[-2], x.dtype) @ x
    return sums


def widened(x: Array) -> Array:
    """x in at least float32."""
    return x.astype(np.result_type(x, np.float32), copy=False)
