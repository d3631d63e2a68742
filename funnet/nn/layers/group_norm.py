"""Normalisation of each example within groups of its channels."""

from __future__ import annotations

import attrs
import numpy as np

from funnet.core import cached, checks
from funnet.core.containers import Array, Tree
from funnet.core.key import Key
from funnet.errors import ShapeError
from funnet.nn.layer import Layer
from funnet.nn.layers.layer_norm import ScaleShift, begun, unpack
from funnet.ops.numeric import column_sums, narrowed, wide_sums, widened


@attrs.frozen
class GroupNorm(Layer):
    """Normalise each example over all its positions and the channels of a group.

    y = scale z + shift,  z = (x − μ) / σ,  σ = √(v + eps)        x, y, z (N, …, C)   scale, shift (C,)
    dscale = Σ z dy   dshift = Σ dy                               (sums over all axes but the last)
    dx = (g − mean(g) − z mean(z g)) / σ,  g = scale dy           (means as those of x below)
    The C channels are cut into `groups` runs of C / groups; μ and v are the mean and the biased variance
    of an example over a run and all axes between the first and the last; where all are equal, y is the shift.
    Raises ShapeError unless the last axis of x is C and `groups` divides it.
    Wu & He 2018, arXiv:1803.08494.
    """

    groups: int = attrs.field(validator=checks.positive_integer)
    eps: float = attrs.field(default=1e-5, converter=checks.number, validator=checks.positive)

    def init(self, key: Key, x: Tree) -> ScaleShift:
        made = begun(self, x)
        self._check_groups(len(made.scale))
        return made

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Tree]:
        scale, shift = self._unpack(params)
        x = checks.width(self, x, scale, "params.scale")
        z = widened(x.reshape(len(x), -1, len(scale)))
        share, each = 1.0 / z.shape[1], len(scale) // self.groups
        z = z - np.repeat(z[:, :1, ::each], each, axis=-1)  # then small differences keep their digits
        z -= self._means(wide_sums(z) * share)
        sigma = np.sqrt(self._means(wide_sums(z * z) * share) + self.eps)
        z /= sigma
        z, sigma = narrowed(z, x.dtype), narrowed(sigma, x.dtype)
        y = z * scale
        y += shift
        return y.reshape(x.shape), (z.reshape(x.shape), sigma)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[ScaleShift, Array]:
        scale, _ = self._unpack(params)
        z, sigma = cached.parts(self, cache, 2)
        cached.vectors(self, z, len(scale), scale.dtype)
        cached.array(self, sigma, (len(z), 1, len(scale)), z.dtype)
        dy = checks.like(self, dy, z).reshape(len(z), -1, len(scale))
        along_z = z.reshape(dy.shape) * dy
        dshift, dscale = wide_sums(dy), wide_sums(along_z)
        share = scale * (1.0 / dy.shape[1])
        dx = dy * scale
        dx -= self._means(share * dshift)
        dx -= np.multiply(z.reshape(dy.shape), self._means(share * dscale), out=along_z)
        dx /= sigma
        dscale, dshift = (narrowed(column_sums(d), z.dtype) for d in (dscale, dshift))
        return ScaleShift(dscale, dshift), dx.reshape(z.shape)

    def _means(self, x: Array) -> Array:
        """(N, 1, C): each channel of x (N, C) replaced by the mean of its group."""
        each = x.shape[-1] // self.groups
        return np.repeat(x.reshape(len(x), 1, self.groups, each).mean(axis=-1), each, axis=-1)

    def _check_groups(self, channels: int) -> None:
        if channels % self.groups:
            raise ShapeError(
                f"a multiple of {self.groups} channels", f"{channels}", who=self, why="its groups"
            )

    def _unpack(self, params: Tree) -> tuple[Array, Array]:
        scale, shift = unpack(self, params)
        self._check_groups(len(scale))
        return scale, shift
