"""Normalisation."""

from __future__ import annotations

import attrs
import numpy as np

from funnet import expect
from funnet.containers import Array, Buffer, Tree, describe, read_only, record
from funnet.errors import TreeError
from funnet.key import Key
from funnet.layer import Layer
from funnet.numeric import column_sums


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
    moments. They start at 0 and 1.
    Raises ShapeError if the last axis of x is not C.
    Ioffe & Szegedy 2015, arXiv:1502.03167.
    """

    momentum: float = attrs.field(default=0.9, converter=expect.number, validator=expect.fraction)
    eps: float = attrs.field(default=1e-5, converter=expect.number, validator=expect.positive)
    training: bool = attrs.field(default=False, kw_only=True, validator=expect.boolean)

    def init(self, key: Key, x: Tree) -> BatchScaleShift:
        expect.rank(self, expect.floating(self, x), 2, "(N, ..., C)")
        zero, one = (read_only(np.full(x.shape[-1], value, x.dtype)) for value in (0.0, 1.0))
        return BatchScaleShift(one, zero, Buffer(Moments(zero, one)))

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Tree]:
        scale, shift, moments = self._unpack(params)
        x = expect.width(self, x, scale, "params.scale")
        if self.training:
            count = x.size // x.shape[-1]
            mean = column_sums(x) / count
            z = x - mean
            moments = Moments(mean, column_sums(z * z) / count)
        else:
            z = x - moments.mean
        z /= self._sigma(moments)
        return scale * z + shift, (z, moments if self.training else ())

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[BatchScaleShift, Array]:
        scale, _, running = self._unpack(params)
        z, batch = cache
        dy = expect.like(self, dy, z)
        dscale, dshift = column_sums(z * dy), column_sums(dy)
        if self.training:
            count = z.size // z.shape[-1]
            dx = scale / self._sigma(batch) * (dy - dshift / count - z * (dscale / count))
        else:
            dx = scale / self._sigma(running) * dy
        return BatchScaleShift(dscale, dshift, params.moments), dx

    def advance(self, params: Tree, cache: Tree) -> BatchScaleShift:
        if not self.training:
            made: BatchScaleShift = params
            return made
        scale, shift, old = self._unpack(params)
        _, new = cache
        keep, take = self.momentum, 1.0 - self.momentum
        moments = Moments(keep * old.mean + take * new.mean, keep * old.variance + take * new.variance)
        return BatchScaleShift(scale, shift, Buffer(moments))

    def _sigma(self, moments: Moments) -> Array:
        sigma: Array = np.sqrt(moments.variance + self.eps)
        return sigma

    def _unpack(self, params: Tree) -> tuple[Array, Array, Moments]:
        p = expect.params(self, params, BatchScaleShift)
        expect.axes(self, p.scale, (None,), "params.scale")
        expect.like(self, p.shift, p.scale, "params.shift")
        if not isinstance(p.moments, Buffer):
            raise TreeError("params.moments to be a Buffer", describe(p.moments), who=self)
        moments = expect.params(self, p.moments.value, Moments)
        for name, values in (("mean", moments.mean), ("variance", moments.variance)):
            expect.like(self, values, p.scale, f"params.moments.{name}")
        return p.scale, p.shift, moments
