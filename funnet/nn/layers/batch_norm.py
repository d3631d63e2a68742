"""Normalisation."""

from __future__ import annotations

import attrs
import numpy as np

from funnet.core import cached, checks
from funnet.core.containers import Array, Buffer, Tree, describe, read_only, record
from funnet.core.key import Key
from funnet.errors import ShapeError, TreeError
from funnet.nn.layer import Layer
from funnet.ops.numeric import column_sums, narrowed, rows, widened

_FAR = 4.0  # standard deviations


@record
class Moments:
    """Mean and variance of each channel: mean (C,), variance (C,)."""

    mean: Array
    variance: Array


@record
class BatchScaleShift:
    """What BatchNorm learns, and in a Buffer the running Moments: scale (C,), shift (C,)."""

    scale: Array
    shift: Array
    moments: Buffer


@attrs.frozen
class BatchNorm(Layer):
    """Normalise each channel over the batch.

    y = scale z + shift,  z = (x − μ) / σ,  σ = √(v + eps)        x, y, z (N, …, C)   the rest (C,)
    dscale = Σ z dy   dshift = Σ dy                               (sums and means over all axes but the last)
    dx = scale/σ (dy − mean(dy) − z mean(z dy)) in training,  dx = scale/σ dy in inference
    In training μ and v are the mean and the biased variance of the batch, and `advance` moves the
    running moments: new = momentum · old + (1 − momentum) · batch. In inference μ, v are the running
    moments. They start at 0 and 1. In float16 the moments of a batch are float32.
    Raises ShapeError if the last axis of x is not C, or in training if a channel of x has one value only.
    Ioffe & Szegedy 2015, arXiv:1502.03167.
    """

    momentum: float = attrs.field(default=0.9, converter=checks.number, validator=checks.fraction)
    eps: float = attrs.field(default=1e-5, converter=checks.number, validator=checks.positive)
    training: bool = attrs.field(default=False, kw_only=True, validator=checks.boolean)

    def init(self, key: Key, x: Tree) -> BatchScaleShift:
        checks.rank(self, checks.floating(self, x), 2, "(N, ..., C)")
        zero, one = (read_only(np.full(x.shape[-1], value, x.dtype)) for value in (0.0, 1.0))
        return BatchScaleShift(one, zero, Buffer(Moments(zero, one)))

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Tree]:
        scale, shift, moments = self._unpack(params)
        x = checks.width(self, x, scale, "params.scale")
        if self.training:
            z, moments = self._centred(x)
        else:
            z = x - moments.mean
        z /= self._sigma(moments)
        z = narrowed(z, x.dtype)
        y = z * scale
        y += shift
        return y, (z, moments if self.training else ())

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[BatchScaleShift, Array]:
        scale, _, running = self._unpack(params)
        z, batch = cached.parts(self, cache, 2)
        dy = checks.like(self, dy, cached.vectors(self, z, len(scale), scale.dtype))
        z, wide = widened(z), widened(dy)
        dscale, dshift = column_sums(z * wide), column_sums(wide)
        if self.training:
            count = z.size // z.shape[-1]
            sigma = self._sigma(self._like(batch, widened(scale), "cache."))
            dx = scale / sigma * (wide - dshift / count - z * (dscale / count))
        else:
            dx = scale / self._sigma(running) * dy
        dscale, dshift, dx = (narrowed(d, dy.dtype) for d in (dscale, dshift, dx))
        return BatchScaleShift(dscale, dshift, params.moments), dx

    def advance(self, params: Tree, cache: Tree) -> BatchScaleShift:
        if not self.training:
            made: BatchScaleShift = params
            return made
        scale, shift, old = self._unpack(params)
        _, new = cached.parts(self, cache, 2)
        new = self._like(new, widened(scale), "cache.")
        keep, take = self.momentum, 1.0 - self.momentum
        mean, variance = keep * old.mean + take * new.mean, keep * old.variance + take * new.variance
        moments = Moments(*(narrowed(value, scale.dtype) for value in (mean, variance)))
        return BatchScaleShift(scale, shift, Buffer(moments))

    def _centred(self, x: Array) -> tuple[Array, Moments]:
        """x − μ and the moments of the batch, in at least float32.

        Far from 0 the first row is taken away before the mean: there the mean is less exact than x − μ.
        """
        count = x.size // x.shape[-1]
        if count == 1:
            why = "one value has no variance to train on"
            fix = "take a larger batch, or leave a short last batch out with fit(..., drop_last=True)"
            expected = "at least two values of each channel"
            raise ShapeError(expected, f"x of shape {x.shape}", who=self, why=why, fix=fix)
        x = widened(x)
        mean = column_sums(x) / count
        z = x - mean
        variance = column_sums(z * z) / count
        if (np.abs(mean) > _FAR * np.sqrt(variance)).any():
            first = rows(x)[0]
            z = x - first
            rest = column_sums(z) / count
            z -= rest
            mean, variance = first + rest, column_sums(z * z) / count
        return z, Moments(mean, variance)

    def _sigma(self, moments: Moments) -> Array:
        sigma: Array = np.sqrt(moments.variance + self.eps)
        return sigma

    def _unpack(self, params: Tree) -> tuple[Array, Array, Moments]:
        p = checks.params(self, params, BatchScaleShift)
        checks.axes(self, p.scale, (None,), "params.scale")
        checks.like(self, p.shift, p.scale, "params.shift")
        if not isinstance(p.moments, Buffer):
            raise TreeError("params.moments to be a Buffer", describe(p.moments), who=self)
        return p.scale, p.shift, self._like(p.moments.value, p.scale, "params.moments.")

    def _like(self, moments: Tree, scale: Array, where: str) -> Moments:
        """The moments, if they fit the scale."""
        found = checks.params(self, moments, Moments)
        for name, values in (("mean", found.mean), ("variance", found.variance)):
            checks.like(self, values, scale, f"{where}{name}")
        return found
