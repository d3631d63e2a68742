"""Elementwise functions.

Each takes x of any shape (N, …) and gives y and dx of that shape; none has parameters. At a kink the
derivative is the one stated, which is the one from the left unless it says otherwise.
Raises DtypeError if x is no array of floats, ShapeError if dy is not shaped like y.
"""

from __future__ import annotations

import math

import attrs
import numpy as np

from funnet.core import checks
from funnet.core.containers import Array, Tree
from funnet.nn.layer import Layer
from funnet.ops.numeric import finite, finite_below, negative_part, positive_part, sigmoid, softplus, unit

_finite = checks.hyperparameter("a finite number", checks.is_number)


def _floats(layer: Layer, params: Tree, x: Tree) -> Array:
    checks.no_params(layer, params)
    return checks.floating(layer, x)


def _one_if(mask: Array, other: Array) -> Array:
    """1 where the mask is true and the other array, just made, elsewhere; without a branch for an entry."""
    other *= ~mask
    other += mask
    return other


@attrs.frozen
class Relu(Layer):
    """y = max(x, 0),  dx = dy [x > 0], so 0 at 0."""

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        y = positive_part(_floats(self, params, x))
        return y, y

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        y = cache
        return (), checks.like(self, dy, y) * (y > 0)


@attrs.frozen
class LeakyRelu(Layer):
    """y = x where x > 0, else slope x;  dx = dy or slope dy likewise."""

    slope: float = attrs.field(default=0.01, converter=checks.number, validator=_finite)

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        x = _floats(self, params, x)
        below = self.slope * negative_part(x) if self.slope else 0.0
        return positive_part(x) + below, x

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        x = cache
        return (), checks.like(self, dy, x) * _one_if(x > 0, np.full_like(x, self.slope))


@attrs.frozen
class Elu(Layer):
    """y = x where x > 0, else alpha (eˣ − 1);  dx = dy or alpha eˣ dy likewise.

    Clevert et al. 2015, arXiv:1511.07289.
    """

    alpha: float = attrs.field(default=1.0, converter=checks.number, validator=checks.positive)

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        x = _floats(self, params, x)
        return positive_part(x) + self.alpha * np.expm1(negative_part(x)), x

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        x = cache
        return (), checks.like(self, dy, x) * _one_if(x > 0, self.alpha * np.exp(negative_part(x)))


@attrs.frozen
class Selu(Layer):
    """y = λ x where x > 0, else λ α (eˣ − 1), which keeps mean 0 and variance 1.

    dx = λ dy or λ α eˣ dy likewise. Klambauer et al. 2017, arXiv:1706.02515.
    """

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        x = _floats(self, params, x)
        return _SELU_SCALE * (positive_part(x) + _SELU_ALPHA * np.expm1(negative_part(x))), x

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        x = cache
        dy = checks.like(self, dy, x)
        slope = _one_if(x > 0, _SELU_ALPHA * np.exp(negative_part(x)))
        return (), dy * (_SELU_SCALE * slope)


_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


@attrs.frozen
class Gelu(Layer):
    """y = x/2 (1 + t) with t = tanh(√(2/π) (x + 0.044715 x³)), the usual form without the error function.

    dx = dy/2 (1 + t) (1 + (1 − t) √(2/π) (x + 3 · 0.044715 x³)).  Hendrycks & Gimpel 2016, arXiv:1606.08415.
    """

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        x = _floats(self, params, x)
        z = np.clip(x, -_GELU_FLAT, _GELU_FLAT)
        y = _odd_cubic(z, _GELU_CUBIC)
        np.tanh(y, out=y)
        y += 1.0
        y *= 0.5
        y *= finite_below(x)
        return y, x

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        x = cache
        dy = checks.like(self, dy, x)
        z = np.clip(x, -_GELU_FLAT, _GELU_FLAT)
        t = _odd_cubic(z, _GELU_CUBIC)
        np.tanh(t, out=t)
        dx = _odd_cubic(z, 3.0 * _GELU_CUBIC)
        dx *= np.subtract(1.0, t, out=z)
        dx += 1.0
        t += 1.0
        t *= 0.5
        dx *= t
        dx *= dy
        return (), dx


def _odd_cubic(z: Array, cubic: float) -> Array:
    """√(2/π) (z + cubic z³)."""
    made: Array = z * z
    made *= _GELU_SCALE * cubic
    made += _GELU_SCALE
    made *= z
    return made


_GELU_SCALE = math.sqrt(2.0 / math.pi)
_GELU_CUBIC = 0.044715
_GELU_FLAT = 10.0  # from here on t is ±1 to the last bit, and the cube of x may overflow


@attrs.frozen
class Silu(Layer):
    """y = x σ(x),  dx = dy σ (1 + x (1 − σ)). Also called swish. Elfwing et al. 2017, arXiv:1702.03118."""

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        x = _floats(self, params, x)
        return finite_below(x) * sigmoid(x), x

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        x = cache
        dy = checks.like(self, dy, x)
        s = sigmoid(x)
        return (), dy * (s * (1.0 + finite(x) * (1.0 - s)))


@attrs.frozen
class Mish(Layer):
    """y = x t with t = tanh(softplus x),  dx = dy (t + x (1 − t²) σ(x)). Misra 2019, arXiv:1908.08681."""

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        x = _floats(self, params, x)
        return finite_below(x) * np.tanh(softplus(x)), x

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        x = cache
        dy = checks.like(self, dy, x)
        t = np.tanh(softplus(x))
        return (), dy * (t + finite(x) * (1.0 - t * t) * sigmoid(x))


@attrs.frozen
class Softplus(Layer):
    """y = log(1 + eˣ),  dx = dy σ(x)."""

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        x = _floats(self, params, x)
        return softplus(x), x

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        x = cache
        return (), checks.like(self, dy, x) * sigmoid(x)


@attrs.frozen
class Sigmoid(Layer):
    """y = 1 / (1 + e⁻ˣ),  dx = dy y (1 − y)."""

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        y = sigmoid(_floats(self, params, x))
        return y, y

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        y = cache
        return (), checks.like(self, dy, y) * (y * (unit(y.dtype) - y))


@attrs.frozen
class Tanh(Layer):
    """y = tanh x,  dx = dy (1 − y²)."""

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        y = np.tanh(_floats(self, params, x))
        return y, y

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        y = cache
        return (), checks.like(self, dy, y) * (1.0 - y * y)


@attrs.frozen
class HardSigmoid(Layer):
    """y = x/6 + 1/2 kept in [0, 1],  dx = dy/6 where |x| < 3, so 0 at both kinks."""

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        x = _floats(self, params, x)
        return np.clip(x / 6.0 + 0.5, 0.0, 1.0), x

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        x = cache
        return (), (checks.like(self, dy, x) * (1.0 / 6.0)) * (np.abs(x) < 3.0)


@attrs.frozen
class HardTanh(Layer):
    """y = x kept in [−1, 1],  dx = dy where |x| < 1, so 0 at both kinks."""

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        x = _floats(self, params, x)
        return np.clip(x, -1.0, 1.0), x

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        x = cache
        return (), checks.like(self, dy, x) * (np.abs(x) < 1.0)


@attrs.frozen
class HardSwish(Layer):
    """y = x h with h = x/6 + 1/2 kept in [0, 1],  dx = dy (h + x/6 [|x| < 3]).

    Howard et al. 2019, arXiv:1905.02244.
    """

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        x = _floats(self, params, x)
        return finite_below(x) * np.clip(x / 6.0 + 0.5, 0.0, 1.0), x

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        x = cache
        dy = checks.like(self, dy, x)
        slope = np.clip(x / 6.0 + 0.5, 0.0, 1.0) + np.where(np.abs(x) < 3.0, x / 6.0, 0.0)
        return (), dy * slope
