"""Sequences x (N, T, C), or (T, N, C) where time is the major axis."""

from __future__ import annotations

import numpy as np

from funnet.core.containers import Array
from funnet.program.kernels.affine import fitting


def last(x: Array, time_major: bool) -> Array:
    """The last step of each sequence."""
    steps = x if time_major else x.swapaxes(0, 1)
    y: Array = steps[np.full(steps.shape[1], len(steps)) - 1, np.arange(steps.shape[1])]
    return y


def steps_of(x: Array) -> Array:
    """The steps of all sequences, one after the other."""
    return x.reshape(-1, *x.shape[2:])


def in_sequences(y: Array, x: Array) -> Array:
    """The steps put together again into sequences like those of x."""
    return y.reshape(*x.shape[:2], *y.shape[1:])


def sinusoidal(x: Array) -> Array:
    """x (N, T, C) plus the sines and cosines of where each step stands."""
    steps, width = x.shape[1:]
    omega = 10000.0 ** (-2.0 * (np.arange(width) // 2) / width)
    angles = np.arange(steps)[:, None] * omega
    y: Array = x + np.where(np.arange(width) % 2, np.cos(angles), np.sin(angles)).astype(x.dtype)
    return y


def positions(x: Array, w: Array) -> Array:
    """x (N, T, C) plus a learned vector for where each step stands."""
    if x.shape[1] > len(w):
        raise ValueError(f"expected at most {len(w)} steps, got {x.shape[1]}")
    y: Array = fitting(x, w, w.shape[1]) + w[: x.shape[1]]
    return y


def backwards(x: Array, time_major: bool) -> Array:
    """The steps in the other order."""
    return x[::-1] if time_major else x.swapaxes(0, 1)[::-1].swapaxes(0, 1)
