"""Arrays: of numbers, labels, logits, lengths; inputs for layers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import numpy.typing as npt

from funnet.core import checks
from funnet.core.arrays import shown
from funnet.core.containers import Array, Tree
from funnet.core.key import Key
from funnet.core.padded import Padded
from funnet.errors import ConfigError
from funnet.testing import arguments


def keys() -> st.SearchStrategy[Key]:
    """Keys; they shrink to Key(0)."""
    return st.builds(Key, st.integers(0, 2**32 - 1))


def arrays(
    shape: tuple[int, ...] | st.SearchStrategy[tuple[int, ...]],
    *,
    dtype: npt.DTypeLike = "float64",
    domain: tuple[float, float] | None = None,
    away_from: Sequence[float] = (),
    margin: float = 1e-2,
    entries: bool = False,
    ties: bool = False,
) -> st.SearchStrategy[Array]:
    """Arrays of random numbers: standard normal, or uniform in a `domain`.

    No entry is nearer than `margin` to a number in `away_from`, where a function may have a kink, nor to
    the ends of the domain. They print as `random_array(shape, key)`, and shape and key shrink.

    With `entries` each entry is drawn by itself, a multiple of 1/64 from −4 to 4 or in the domain, and
    shrinks to a simple number: for properties that depend on the values. With `ties` these are multiples
    of 1/2, so that many are equal and many are 0.

    Raises ConfigError unless the domain is finite and has room between its margins.
    """
    shapes = shape if isinstance(shape, st.SearchStrategy) else st.just(shape)
    if not isinstance(shape, st.SearchStrategy):
        _check_shape("arrays", shape)
    checks.true_or_false("arrays", "ties", ties)
    checks.true_or_false("arrays", "entries", entries)
    _check_options("arrays", dtype, domain, away_from, margin)
    if entries or ties:
        elements = _multiples(2 if ties else 64, domain, margin)
        far = elements.filter(lambda value: all(abs(value - point) >= margin for point in away_from))
        return hnp.arrays(dtype, shapes, elements=far, fill=st.nothing())
    options = {"dtype": dtype, "domain": domain, "away_from": tuple(away_from), "margin": margin}
    changed = {name: st.just(value) for name, value in options.items() if value != _OPTIONS[name]}
    return st.builds(random_array, shapes, keys(), **changed)


_OPTIONS = {"dtype": "float64", "domain": None, "away_from": (), "margin": 1e-2}


def _multiples(parts: int, domain: tuple[float, float] | None, margin: float) -> st.SearchStrategy[float]:
    """Multiples of 1/parts that shrink to the nearest to 0."""
    low, high = (-4.0, 4.0) if domain is None else (domain[0] + margin, domain[1] - margin)
    return st.integers(math.ceil(parts * low), math.floor(parts * high)).map(lambda count: count / parts)


def random_array(
    shape: tuple[int, ...],
    key: Key,
    *,
    dtype: npt.DTypeLike = "float64",
    domain: tuple[float, float] | None = None,
    away_from: Sequence[float] = (),
    margin: float = 1e-2,
) -> Array:
    """The array that `arrays` draws for this shape and key. Eight decimals, so that it prints exactly."""
    _check_shape("random_array", shape)
    _check_options("random_array", dtype, domain, away_from, margin)
    generator = checks.key("random_array", key).generator()
    if domain is None:
        x = generator.standard_normal(shape)
    else:
        x = generator.uniform(domain[0] + margin, domain[1] - margin, shape)
    x = np.round(x, 8)
    for point in away_from:
        side = np.where(x < point, -margin, margin)
        x = np.where(np.abs(x - point) < margin, point + side, x)
    return x.astype(dtype)


def rows(width: int = 3) -> st.SearchStrategy[Array]:
    """Inputs (N, width), N from 2 to 6."""
    checks.count("rows", "width", width)
    return arrays(st.tuples(st.integers(2, 6), st.just(width)))


def sequences(width: int = 2, *, padded: bool = False) -> st.SearchStrategy[Tree]:
    """Inputs (N, T, width), N from 2 to 3 and T from 1 to 4; if `padded`, a `Padded` of them."""
    checks.count("sequences", "width", width)
    checks.true_or_false("sequences", "padded", padded)
    whole = arrays(st.tuples(st.integers(2, 3), st.integers(1, 4), st.just(width)))
    return whole.flatmap(lambda x: st.builds(Padded, st.just(x), lengths(*x.shape[:2]))) if padded else whole


def images(channels: int = 2) -> st.SearchStrategy[Array]:
    """Inputs (N, H, W, channels), N from 2 to 3, H and W from 3 to 5."""
    checks.count("images", "channels", channels)
    side = st.integers(3, 5)
    return arrays(st.tuples(st.integers(2, 3), side, side, st.just(channels)))


def labels(count: int, classes: int) -> st.SearchStrategy[Array]:
    """Class labels (count,), integers in [0, classes)."""
    _counts("labels", count=count, classes=classes)
    return indices((count,), classes)


def indices(shape: tuple[int, ...], count: int) -> st.SearchStrategy[Array]:
    """Integers in [0, count), each drawn by itself."""
    _check_shape("indices", shape)
    _counts("indices", count=count)
    return hnp.arrays(np.int64, shape, elements=st.integers(0, count - 1), fill=st.nothing())


def logits(count: int, classes: int, *, extreme: bool = False) -> st.SearchStrategy[Array]:
    """Logits (count, classes); if `extreme`, up to ±1e4 and with some classes masked by −inf, never all."""
    _counts("logits", count=count, classes=classes)
    checks.true_or_false("logits", "extreme", extreme)
    return _extremes(count, classes) if extreme else arrays((count, classes))


def _check_shape(who: str, shape: object) -> None:
    """Raise ConfigError unless a shape is a tuple of integers."""
    if not isinstance(shape, tuple) or not all(checks.is_integer(n) and n >= 0 for n in shape):
        raise ConfigError("shape to be a tuple of integers or a strategy", shown(shape), who=who)
    checks.fits(who, 8, *shape)


def _check_options(
    who: str,
    dtype: npt.DTypeLike,
    domain: tuple[float, float] | None,
    away_from: Sequence[float],
    margin: float,
) -> None:
    """Raise unless these are a dtype of floats, an interval with room between its margins, and numbers."""
    checks.dtype(who, dtype)
    if not checks.is_number(margin) or margin < 0:
        raise ConfigError("margin to be a number of at least 0", shown(margin), who=who)
    if not isinstance(away_from, Sequence) or not all(map(checks.is_number, away_from)):
        raise ConfigError("away_from to be numbers", shown(away_from), who=who)
    if domain is not None:
        low, high = arguments.manner(who, "full", domain).domain
        if not (checks.is_number(high - low) and low + margin < high - margin):
            expected = f"a finite domain (low, high) that is wider than two margins of {margin}"
            raise ConfigError(expected, shown(domain), who=who)


def _counts(who: str, **counts: int) -> None:
    """Raise ConfigError unless all are positive integers."""
    for name, value in counts.items():
        checks.count(who, name, value)


@st.composite
def _extremes(draw: st.DrawFn, count: int, classes: int) -> Array:
    large = st.integers(-10_000, 10_000).map(float)
    finite = st.one_of(_multiples(64, None, 0.0), large)
    x = draw(hnp.arrays(np.float64, (count, classes), elements=finite, fill=st.nothing()))
    masked = draw(hnp.arrays(np.bool_, (count, classes), fill=st.nothing()))
    masked[masked.all(axis=-1), -1] = False
    return np.where(masked, -np.inf, x)


def lengths(count: int, steps: int) -> st.SearchStrategy[Array]:
    """Lengths (count,) of sequences of at most `steps` steps, at least 1."""
    _counts("lengths", count=count, steps=steps)
    return hnp.arrays(np.int64, (count,), elements=st.integers(1, steps), fill=st.nothing())


def masks(count: int, steps: int) -> st.SearchStrategy[Array]:
    """Masks (count, steps) of padded sequences, true where a step is real."""
    _counts("masks", count=count, steps=steps)
    return _masks(count, steps)


@st.composite
def _masks(draw: st.DrawFn, count: int, steps: int) -> Array:
    mask: Array = np.arange(steps) < draw(lengths(count, steps))[:, None]
    return mask
