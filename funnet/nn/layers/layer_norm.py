"""Normalisation of each vector by itself."""

from __future__ import annotations

import attrs
import numpy as np

from funnet.core import cached, checks
from funnet.core.containers import Array, Tree, read_only, record
from funnet.core.key import Key
from funnet.nn.layer import Layer
from funnet.ops.numeric import column_sums, narrowed, widened


@record
class ScaleShift:
    """What a normalisation learns: scale (C,), shift (C,)."""

    scale: Array
    shift: Array


@record
class Scale:
    """What a normalisation without a shift learns: scale (C,)."""

    scale: Array


@attrs.frozen
class LayerNorm(Layer):
    """Normalise each vector over its channels.

    y = scale z + shift,  z = (x − μ) / σ,  σ = √(v + eps)        x, y, z (N, …, C)   scale, shift (C,)
    dscale = Σ z dy   dshift = Σ dy                               (sums over all axes but the last)
    dx = (g − mean(g) − z mean(z g)) / σ,  g = scale dy           (means over the last axis)
    μ and v are the mean and the biased variance of each vector over its last axis; a vector of equal
    numbers, or of a single one, becomes the shift.
    Raises ShapeError if the last axis of x is not C.
    Ba, Kiros & Hinton 2016, arXiv:1607.06450.
    """

    eps: float = attrs.field(default=1e-5, converter=checks.number, validator=checks.positive)

    def init(self, key: Key, x: Tree) -> ScaleShift:
        return begun(self, x)

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Tree]:
        scale, shift = unpack(self, params)
        x = checks.width(self, x, scale, "params.scale")
        z = widened(x)
        z = z - z[..., :1]  # then small differences of large numbers keep their digits
        z -= _inner(z, np.full(z.shape[-1], 1.0 / z.shape[-1], z.dtype))
        sigma = np.sqrt(_mean_square(z) + self.eps)
        z /= sigma
        z, sigma = narrowed(z, x.dtype), narrowed(sigma, x.dtype)
        y = z * scale
        y += shift
        return y, (z, sigma)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[ScaleShift, Array]:
        scale, _ = unpack(self, params)
        z, sigma = cached.parts(self, cache, 2)
        dy = checks.like(self, dy, cached.vectors(self, z, len(scale), scale.dtype))
        cached.array(self, sigma, (*z.shape[:-1], 1), z.dtype)
        along_z = z * dy
        dparams = ScaleShift(column_sums(along_z), column_sums(dy))
        share = scale * (1.0 / len(scale))
        dx = dy * scale
        dx -= _inner(dy, share)
        dx -= np.multiply(z, _inner(along_z, share), out=along_z)
        dx /= sigma
        return dparams, dx


@attrs.frozen
class RMSNorm(Layer):
    """Divide each vector by its root mean square.

    y = scale z,  z = x / ρ,  ρ = √(mean(x²) + eps)               x, y, z (N, …, C)   scale (C,)
    dscale = Σ z dy                                               (sum over all axes but the last)
    dx = (g − z mean(z g)) / ρ,  g = scale dy                     (means over the last axis)
    Raises ShapeError if the last axis of x is not C.
    Zhang & Sennrich 2019, arXiv:1910.07467.
    """

    eps: float = attrs.field(default=1e-5, converter=checks.number, validator=checks.positive)

    def init(self, key: Key, x: Tree) -> Scale:
        checks.rank(self, checks.floating(self, x), 2, "(N, ..., C)")
        return Scale(read_only(np.ones(x.shape[-1], x.dtype)))

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Tree]:
        scale = self._unpack(params)
        x = checks.width(self, x, scale, "params.scale")
        rms = np.sqrt(_mean_square(x) + self.eps).astype(x.dtype, copy=False)
        z = x / rms
        return z * scale, (z, rms)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Scale, Array]:
        scale = self._unpack(params)
        z, rms = cached.parts(self, cache, 2)
        dy = checks.like(self, dy, cached.vectors(self, z, len(scale), scale.dtype))
        cached.array(self, rms, (*z.shape[:-1], 1), z.dtype)
        along_z = z * dy
        dscale = column_sums(along_z)
        dx = dy * scale
        dx -= np.multiply(z, _inner(along_z, scale * (1.0 / len(scale))), out=along_z)
        dx /= rms
        return Scale(dscale), dx

    def _unpack(self, params: Tree) -> Array:
        scale = checks.params(self, params, Scale).scale
        checks.axes(self, scale, (None,), "params.scale")
        return scale


def begun(layer: Layer, x: Tree) -> ScaleShift:
    """Scales of 1 and shifts of 0 for the channels of the example x."""
    checks.rank(layer, checks.floating(layer, x), 2, "(N, ..., C)")
    zero, one = (read_only(np.full(x.shape[-1], value, x.dtype)) for value in (0.0, 1.0))
    return ScaleShift(one, zero)


def unpack(layer: Layer, params: Tree) -> tuple[Array, Array]:
    """(scale, shift), if they fit each other."""
    p = checks.params(layer, params, ScaleShift)
    checks.axes(layer, p.scale, (None,), "params.scale")
    checks.like(layer, p.shift, p.scale, "params.shift")
    return p.scale, p.shift


def _inner(x: Array, w: Array) -> Array:
    """The inner product of each vector with w (C,), the last axis one of length 1."""
    made: Array = (x @ w)[..., None]
    return made


def _mean_square(x: Array) -> Array:
    """The mean of x² over the last axis, likewise; the squares of float16 are summed in float32."""
    wide = np.result_type(x.dtype, np.float32)
    total: Array = np.einsum("...c,...c->...", x, x, dtype=wide)[..., None]
    total *= 1.0 / x.shape[-1]
    return total
