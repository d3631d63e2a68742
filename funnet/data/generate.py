"""Sets made by a formula."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from funnet.core import checks
from funnet.core.containers import Array
from funnet.core.key import Key
from funnet.errors import ConfigError


def spiral(
    key: Key, points: int = 100, arms: int = 3, noise: float = 0.2, dtype: npt.DTypeLike = np.float32
) -> tuple[Array, Array]:
    """(x, labels): arms of a spiral in the plane, each a class.     x (N, 2), labels (N,),  N = arms · points

    x = r (sin φ, cos φ),  φ = 4 (j + r) + noise · z,  z standard normal, r from 0 to 1 in even steps,
    for the arms j = 0, 1, ... one after the other.
    Raises ConfigError for a parameter out of range.
    Karpathy 2015, CS231n, Putting it together: minimal neural network case study.

        >>> x, labels = spiral(Key(0), points=2)
        >>> labels
        array([0, 0, 1, 1, 2, 2])
    """
    checks.key("spiral", key)
    checks.fits("spiral", checks.count("spiral", "points", points), checks.count("spiral", "arms", arms), 16)
    kind = checks.dtype("spiral", dtype)
    if not checks.is_number(noise) or noise < 0:
        raise ConfigError("noise to be a number of at least 0", repr(noise), who="spiral")
    z = key.generator().standard_normal((arms, points))
    r = np.linspace(0.0, 1.0, points)
    phi = 4.0 * (np.arange(arms)[:, None] + r) + noise * z
    x = r[:, None] * np.stack([np.sin(phi), np.cos(phi)], axis=-1)
    return x.reshape(-1, 2).astype(kind), np.repeat(np.arange(arms), points)


def sine_sequences(
    count: int = 100,
    length: int = 20,
    step: float = 0.1,
    start: float = 0.0,
    dtype: npt.DTypeLike = np.float32,
) -> tuple[Array, Array]:
    """(x, target): sin and cos over one stretch of time, cut into windows.     x, target (N, T, 1)

    x[n, t] = sin τ,  target[n, t] = cos τ,  τ = start + (n T + t) step,  N = count, T = length
    Each window goes on where the one before it ends, so a recurrent net may carry its state from one to
    the next; `x.reshape(1, -1, 1)` is the whole stretch, and a later one starts at start + N T step.
    Raises ConfigError for a parameter out of range.

        >>> x, target = sine_sequences(count=8, length=5)
        >>> x.shape
        (8, 5, 1)
    """
    for name, value in (("count", count), ("length", length)):
        checks.count("sine_sequences", name, value)
    checks.fits("sine_sequences", count, length, 16)
    kind = checks.dtype("sine_sequences", dtype)
    if not checks.is_number(step) or step <= 0:
        raise ConfigError("step to be a positive number", repr(step), who="sine_sequences")
    if not checks.is_number(start):
        raise ConfigError("start to be a finite number", repr(start), who="sine_sequences")
    tau = float(start) + float(step) * np.arange(count * length).reshape(count, length, 1)
    return np.sin(tau).astype(kind), np.cos(tau).astype(kind)
