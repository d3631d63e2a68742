"""Variants of Adam: another second moment, another first, and another start.

g is the gradient and p the parameters, both vectors (P,); t counts steps from 1; all operations are
elementwise. m, v, m̂ and v̂ are the moments of `moments`, but for what is said.
"""

from __future__ import annotations

import math

import attrs
import numpy as np

from funnet.core import checks
from funnet.core.containers import Array, Tree, record
from funnet.optim.adam_and_adamw import Moments, next_moments
from funnet.optim.base import (
    Optimizer,
    Rate,
    check_gradient,
    check_state,
    number_field,
    rate_at,
    rate_field,
    wide,
    zeros_for,
)


@record
class NadamMoments:
    """Steps taken, both moments (P,), and the product of the momenta so far."""

    step: int
    m: Array
    v: Array
    product: float


@attrs.frozen
class adamax(Optimizer):
    """Adam with the largest gradient in place of the second moment, as b2 fades it.

    v ← max(b2 v, |g| + eps),  delta = −rate m̂ / v.     Kingma & Ba 2014, arXiv:1412.6980, section 7.1.
    """

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
        g, t = wide(g), state.step + 1
        m = self.b1 * state.m + (1 - self.b1) * g
        v = np.maximum(self.b2 * state.v, np.abs(g) + self.eps)
        delta = -rate_at(self.rate, state.step) * (m / (1 - self.b1**t)) / v
        return delta.astype(p.dtype, copy=False), Moments(t, m, v)


@attrs.frozen
class nadam(Optimizer):
    """Adam with Nesterov's momentum, which grows from b1/2 to b1.

    μₜ = b1 (1 − ½ 0.96^(psi t)),  Mₜ = μ₁ ⋯ μₜ
    delta = −rate (μₜ₊₁ m / (1 − Mₜ₊₁) + (1 − μₜ) g / (1 − Mₜ)) / (√v̂ + eps)
    Dozat 2016, Incorporating Nesterov momentum into Adam.
    """

    rate: Rate = rate_field()
    b1: float = number_field(0.9, checks.fraction)
    b2: float = number_field(0.999, checks.fraction)
    eps: float = number_field(1e-8, checks.positive)
    psi: float = number_field(0.004, checks.not_negative)

    def init(self, params: Tree) -> NadamMoments:
        zeros = zeros_for(params)
        return NadamMoments(0, zeros, zeros, 1.0)

    def update(self, g: Array, state: NadamMoments, p: Array) -> tuple[Array, NadamMoments]:
        check_gradient(self, g, p)
        check_state(self, state, NadamMoments, p)
        t = state.step + 1
        m, v = next_moments(self.b1, self.b2, state.m, state.v, g)
        mu, mu_next = (self.b1 * (1 - 0.5 * 0.96 ** (self.psi * i)) for i in (t, t + 1))
        product = state.product * mu
        ahead = mu_next / (1 - product * mu_next) * m + (1 - mu) / (1 - product) * wide(g)
        delta = -rate_at(self.rate, state.step) * ahead / (np.sqrt(v / (1 - self.b2**t)) + self.eps)
        return delta.astype(p.dtype, copy=False), NadamMoments(t, m, v, product)


@attrs.frozen
class radam(Optimizer):
    """Adam that adapts only as far as the variance of its second moment is known.

    ρ∞ = 2 / (1 − b2) − 1,  ρₜ = ρ∞ − 2 t b2ᵗ / (1 − b2ᵗ)
    delta = −rate r m̂ √(1 − b2ᵗ) / (√v + eps),  r² = (ρₜ − 4)(ρₜ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρₜ),  if ρₜ > 5,
    delta = −rate m̂ before that.     Liu et al. 2019, arXiv:1908.03265, with the threshold of its code.
    """

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
        step = m / (1 - self.b1**t)
        unbiased = 1 - self.b2**t
        last = 2 / (1 - self.b2) - 1
        rho = last - 2 * t * self.b2**t / unbiased
        if rho > 5:
            r = math.sqrt((rho - 4) * (rho - 2) * last / ((last - 4) * (last - 2) * rho))
            step *= r * math.sqrt(unbiased) / (np.sqrt(v) + self.eps)
        delta = -rate_at(self.rate, state.step) * step
        return delta.astype(p.dtype, copy=False), Moments(t, m, v)
