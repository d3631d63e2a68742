"""Where parameters start: frozen values that map (key, shape, dtype) to a read-only array.

The fans of a weight of shape (..., I, O) are fan_in = r·I and fan_out = r·O, where r is the product of
the leading axes (the receptive field of a convolution, 1 for a dense layer). `scale` multiplies every
number drawn.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from funnet.core import checks
from funnet.core.containers import Array, describe, freeze, read_only
from funnet.core.key import Key
from funnet.errors import DtypeError, FunnetError, ShapeError, at

_RULES = {(1.0, "mean"): "glorot", (2.0, "in"): "he", (1.0, "in"): "lecun"}
_TRUNCATED_STD = 0.8796256610342398  # of a standard normal cut off at ±2


class Initializer(ABC):
    """A distribution of initial values."""

    __slots__ = ()

    @abstractmethod
    def draw(self, key: Key, shape: tuple[int, ...]) -> Array:
        """A new float64 array of the shape."""

    def __call__(self, key: Key, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
        """The array for a parameter. The same numbers come in every dtype, up to rounding.

        Raises DtypeError for what is not a key or a dtype of floats, ShapeError for a shape that is not a
        tuple of positive integers, or of an array that does not fit into memory.
        """
        who = type(self).__name__
        checks.key(who, key)
        dtype = checks.dtype(who, dtype, "fc")
        if not isinstance(shape, tuple) or not all(checks.is_integer(n) and n > 0 for n in shape):
            raise ShapeError("a tuple of positive integers", repr(shape), who=who)
        try:
            drawn = self.draw(key, shape)
            made = drawn.astype(dtype, copy=False)
            return freeze(made) if made is drawn else read_only(made)
        except FunnetError:
            raise
        except (MemoryError, OverflowError, ValueError) as error:
            raise ShapeError("an array that fits into memory", f"shape {shape}", who=who) from error


def drawn(
    who: object, name: str, init: Callable[..., Array], key: Key, shape: tuple[int, ...], dtype: Any
) -> Array:
    """The parameter `name` of a layer, drawn from the child of the key that is called so.

    Raises DtypeError for a key that is none, and unless `init` gives an array of this shape and dtype.
    """
    w = at(who, init, checks.key(who, key).child(name), shape, dtype)
    if not isinstance(w, np.ndarray) or w.shape != shape or w.dtype != dtype:
        expected = f"the initializer of {name} to give {np.dtype(dtype)}{list(shape)}"
        raise DtypeError(expected, describe(w), who=who)
    return w


@attrs.frozen
class Constant(Initializer):
    """Every entry is `value`."""

    value: float = attrs.field(validator=checks.hyperparameter("a finite number", checks.is_number))

    def draw(self, key: Key, shape: tuple[int, ...]) -> Array:
        return np.full(shape, float(self.value))


@attrs.frozen
class Normal(Initializer):
    """Normal with mean 0 and standard deviation `std`."""

    std: float = attrs.field(default=1.0, validator=checks.positive)

    def draw(self, key: Key, shape: tuple[int, ...]) -> Array:
        return self.std * key.generator().standard_normal(shape)


@attrs.frozen
class Uniform(Initializer):
    """Uniform in [−limit, limit), of variance limit²/3."""

    limit: float = attrs.field(default=1.0, validator=checks.positive)

    def draw(self, key: Key, shape: tuple[int, ...]) -> Array:
        return key.generator().uniform(-self.limit, self.limit, shape)


@attrs.frozen
class TruncatedNormal(Initializer):
    """Normal cut off at two of its deviations, then stretched so that its standard deviation is `std`."""

    std: float = attrs.field(default=1.0, validator=checks.positive)

    def draw(self, key: Key, shape: tuple[int, ...]) -> Array:
        generator = key.generator()
        z = generator.standard_normal(shape)
        while (outside := np.abs(z) > 2).any():
            z[outside] = generator.standard_normal(int(outside.sum()))
        return z * (self.std / _TRUNCATED_STD)


@attrs.frozen
class VarianceScaling(Initializer):
    """A distribution of variance scale² · gain / fan; fan is fan_in, or the mean of both fans."""

    gain: float = attrs.field(validator=checks.positive)
    fan: str = attrs.field(validator=checks.one_of("in", "mean"))
    distribution: str = attrs.field(validator=checks.one_of("normal", "uniform"))
    scale: float = attrs.field(default=1.0, validator=checks.positive)

    def __str__(self) -> str:
        name = _RULES.get((self.gain, self.fan))
        scale = "" if self.scale == 1.0 else f"{self.scale:g}"
        return f"{name}_{self.distribution}({scale})" if name else repr(self)

    def draw(self, key: Key, shape: tuple[int, ...]) -> Array:
        fan_in, fan_out = fans(shape)
        std = self.scale * math.sqrt(self.gain / (fan_in if self.fan == "in" else (fan_in + fan_out) / 2))
        if self.distribution == "normal":
            return Normal(std).draw(key, shape)
        return Uniform(math.sqrt(3) * std).draw(key, shape)


@attrs.frozen
class Orthogonal(Initializer):
    """`scale` times a matrix (prod(...)·I, O) with orthonormal rows or columns, uniformly distributed.

    Saxe, McClelland & Ganguli 2014, arXiv:1312.6120.
    """

    scale: float = attrs.field(default=1.0, validator=checks.positive)

    def draw(self, key: Key, shape: tuple[int, ...]) -> Array:
        fan_in, _ = fans(shape)
        rows, columns = sorted((fan_in, shape[-1]), reverse=True)
        q, r = np.linalg.qr(key.generator().standard_normal((rows, columns)))
        q = self.scale * q * np.sign(np.diag(r))
        return np.ascontiguousarray(q if fan_in == rows else q.T).reshape(shape)


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight of this shape."""
    if not isinstance(shape, tuple) or not all(map(checks.is_integer, shape)) or len(shape) < 2:
        raise ShapeError("a weight of shape (..., I, O)", f"shape {shape}", why="the fan rule needs both")
    field = math.prod(shape[:-2])
    return field * shape[-2], field * shape[-1]


def zeros() -> Initializer:
    """0 everywhere."""
    return Constant(0.0)


def ones() -> Initializer:
    """1 everywhere."""
    return Constant(1.0)


def constant(value: float) -> Initializer:
    """`value` everywhere."""
    return Constant(value)


def normal(std: float = 1.0) -> Initializer:
    """N(0, std²), whatever the fans."""
    return Normal(std)


def uniform(limit: float = 1.0) -> Initializer:
    """U(−limit, limit), whatever the fans."""
    return Uniform(limit)


def truncated_normal(std: float = 1.0) -> Initializer:
    """Normal of deviation `std` without tails, whatever the fans."""
    return TruncatedNormal(std)


def glorot_normal(scale: float = 1.0) -> Initializer:
    """Variance scale² · 2 / (fan_in + fan_out). Glorot & Bengio 2010."""
    return VarianceScaling(1.0, "mean", "normal", scale)


def glorot_uniform(scale: float = 1.0) -> Initializer:
    """Variance scale² · 2 / (fan_in + fan_out). Glorot & Bengio 2010."""
    return VarianceScaling(1.0, "mean", "uniform", scale)


def he_normal(scale: float = 1.0) -> Initializer:
    """Variance scale² · 2 / fan_in. He et al. 2015, arXiv:1502.01852."""
    return VarianceScaling(2.0, "in", "normal", scale)


def he_uniform(scale: float = 1.0) -> Initializer:
    """Variance scale² · 2 / fan_in. He et al. 2015, arXiv:1502.01852."""
    return VarianceScaling(2.0, "in", "uniform", scale)


def lecun_normal(scale: float = 1.0) -> Initializer:
    """Variance scale² / fan_in. LeCun et al. 1998, Efficient BackProp."""
    return VarianceScaling(1.0, "in", "normal", scale)


def lecun_uniform(scale: float = 1.0) -> Initializer:
    """Variance scale² / fan_in. LeCun et al. 1998, Efficient BackProp."""
    return VarianceScaling(1.0, "in", "uniform", scale)


def orthogonal(scale: float = 1.0) -> Initializer:
    """Orthonormal rows or columns, times `scale`. Saxe et al. 2014, arXiv:1312.6120."""
    return Orthogonal(scale)
