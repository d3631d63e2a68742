"""Adam: steps from running moments of the gradient.

g is the gradient and p the parameters, both vectors (P,); t counts steps from 1; all operations are
elementwise. Here, and in the variants,

m ← b1 m + (1 − b1) g          v ← b2 v + (1 − b2) g²
m̂ = m / (1 − b1ᵗ)             v̂ = v / (1 − b2ᵗ)

kept in at least float32. `rate` is a number or a schedule (see `schedules`).
"""

from __future__ import annotations

import math

import attrs
import numpy as np

from funnet.core import checks
from funnet.core.containers import Array, Tree, record
from funnet.optim.base import (
    Optimizer,
    Rate,
    check_gradient,
    check_state,
    number_field,
    path_mask,
    rate_at,
    rate_field,
    zeros_for,
)


@record
class Moments:
    """Steps taken, and the first and second moment of the gradient, m and v (P,)."""

    step: int
    m: Array
    v: Array


@record
class DecayedMoments:
    """Steps taken, both moments, and the mask of the parameters that decay, all (P,)."""

    step: int
    m: Array
    v: Array
    mask: Array


@attrs.frozen
class adam(Optimizer):
    """Adaptive moments: delta = −rate m̂ / (√v̂ + eps).  Kingma & Ba 2014, arXiv:1412.6980."""

    rate: Rate = rate_field()
    b1: float = number_field(0.9, checks.fraction)
    b2: float = number_field(0.999, checks.fraction)
    eps: float = number_field(1e-8, checks.positive)

    def init(self, params: Tree) -> Moments:
        zeros = zeros_for(params)
        return Moments(0, zeros, zeros)

    def update(self, g: Array, state: Moments, p: Array) -> tuple[Array, Moments]:
        check_gradient(self, g, p)
        check_state(self, state, Moments, p)
        t = state.step + 1
        m, v = next_moments(self.b1, self.b2, state.m, state.v, g)
        delta = scaled(-rate_at(self.rate, state.step), m, v, self.b1, self.b2, self.eps, t)
        return delta.astype(p.dtype, copy=False), Moments(t, m, v)


@attrs.frozen
class adamw(Optimizer):
    """Adam with weight decay apart from the gradient: delta = −rate (m̂ / (√v̂ + eps) + decay p).

    Only parameters whose path matches the glob `where` decay. Raises TreeError if it matches none.
    Loshchilov & Hutter 2017, arXiv:1711.05101.
    """

    rate: Rate = rate_field()
    b1: float = number_field(0.9, checks.fraction)
    b2: float = number_field(0.999, checks.fraction)
    eps: float = number_field(1e-8, checks.positive)
    decay: float = number_field(0.01, checks.not_negative)
    where: str = checks.where_field("**/w")

    def init(self, params: Tree) -> DecayedMoments:
        zeros = zeros_for(params)
        return DecayedMoments(0, zeros, zeros, path_mask(self, params, self.where))

    def update(self, g: Array, state: DecayedMoments, p: Array) -> tuple[Array, DecayedMoments]:
        check_gradient(self, g, p)
        check_state(self, state, DecayedMoments, p)
        t = state.step + 1
        m, v = next_moments(self.b1, self.b2, state.m, state.v, g)
        rate = rate_at(self.rate, state.step)
        delta = scaled(-rate, m, v, self.b1, self.b2, self.eps, t)
        delta -= rate * self.decay * (state.mask * p)
        return delta.astype(p.dtype, copy=False), DecayedMoments(t, m, v, state.mask)


def next_moments(b1: float, b2: float, m: Array, v: Array, g: Array) -> tuple[Array, Array]:
    """(m, v) after one gradient more."""
    g = g.astype(m.dtype, copy=False)
    m, v = b1 * m, b2 * v
    m += (1 - b1) * g
    v += (1 - b2) * (g * g)
    return m, v


def scaled(factor: float, m: Array, v: Array, b1: float, b2: float, eps: float, t: int) -> Array:
    """factor m̂ / (√v̂ + eps) = factor r / (1 − b1ᵗ) · m / (√v + eps r), r = √(1 − b2ᵗ), in one new vector."""
    root = math.sqrt(1 - b2**t)
    u: Array = np.sqrt(v)
    u += eps * root
    np.divide(m, u, out=u)
    u *= factor * root / (1 - b1**t)
    return u
