"""Arrays: of numbers, labels, logits, lengths; inputs for layers."""

from __future__ import annotations

from collections.abc import Sequence

import hypothesis.strategies as st
import numpy as np

from funnet.containers import Array, Tree
from funnet.key import Key
from funnet.sequences import Padded


def keys() -> st.SearchStrategy[Key]:
    """Keys; they shrink to Key(0)."""
    return st.builds(Key, st.integers(0, 2**32 - 1))


def arrays(
    shape: tuple[int, ...] | st.SearchStrategy[tuple[int, ...]],
    *,
    dtype: str = "float64",
    domain: tuple[float, float] | None = None,
    away_from: Sequence[float] = (),
    margin: float = 1e-2,
    ties: bool = False,
) -> st.SearchStrategy[Array]:
    """Arrays of random numbers: standard normal, or uniform in a `domain`.

    No entry is nearer than `margin` to a number in `away_from`, where a function may have a kink, nor to
    the ends of the domain. With `ties` entries are rounded to halves, so that many are equal and many are 0.
    """
    shapes = st.just(shape) if isinstance(shape, tuple) else shape

    def make(shape: tuple[int, ...], key: Key) -> Array:
        generator = key.generator()
        if domain is None:
            x = generator.standard_normal(shape)
        else:
            x = generator.uniform(domain[0] + margin, domain[1] - margin, shape)
        if ties:
            x = np.round(2.0 * x) / 2.0
        for point in away_from:
            side = np.where(x < point, -margin, margin)
            x = np.where(np.abs(x - point) < margin, point + side, x)
        return x.astype(dtype)

    return st.builds(make, shapes, keys())


def rows(width: int = 3) -> st.SearchStrategy[Array]:
    """Inputs (N, width), N from 2 to 6."""
    return arrays(st.tuples(st.integers(2, 6), st.just(width)))


def sequences(width: int = 2, *, padded: bool = False) -> st.SearchStrategy[Tree]:
    """Inputs (N, T, width), N from 2 to 3 and T from 1 to 4; if `padded`, a `Padded` of them."""
    whole = arrays(st.tuples(st.integers(2, 3), st.integers(1, 4), st.just(width)))
    return whole.flatmap(lambda x: st.builds(Padded, st.just(x), lengths(*x.shape[:2]))) if padded else whole


def images(channels: int = 2) -> st.SearchStrategy[Array]:
    """Inputs (N, H, W, channels), N from 2 to 3, H and W from 3 to 5."""
    side = st.integers(3, 5)
    return arrays(st.tuples(st.integers(2, 3), side, side, st.just(channels)))


def labels(count: int, classes: int) -> st.SearchStrategy[Array]:
    """Class labels (count,), integers in [0, classes)."""
    return st.builds(lambda key: key.generator().integers(0, classes, count), keys())


def logits(count: int, classes: int, *, extreme: bool = False) -> st.SearchStrategy[Array]:
    """Logits (count, classes); if `extreme`, up to ±1e4 and with some classes masked by −inf, never all."""
    plain = arrays((count, classes))
    return st.builds(_extremes, plain, keys()) if extreme else plain


def _extremes(x: Array, key: Key) -> Array:
    generator = key.generator()
    x = x * 10.0 ** generator.uniform(0.0, 3.5, x.shape)
    masked = generator.random(x.shape) < 0.2
    masked[np.arange(len(x)), x.argmax(axis=-1)] = False
    return np.where(masked, -np.inf, np.clip(x, -1e4, 1e4))


def lengths(count: int, steps: int) -> st.SearchStrategy[Array]:
    """Lengths (count,) of sequences of at most `steps` steps, at least 1."""
    return st.lists(st.integers(1, steps), min_size=count, max_size=count).map(np.array)


def masks(count: int, steps: int) -> st.SearchStrategy[Array]:
    """Masks (count, steps) of padded sequences, true where a step is real."""
    return lengths(count, steps).map(lambda ends: np.arange(steps) < ends[:, None])
