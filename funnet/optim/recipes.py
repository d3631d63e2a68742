"""Optimizers: each a frozen value that reads like its paper.

g is the gradient and p the parameters, both vectors (P,); t counts steps from 1; all operations are
elementwise. Moments are kept in at least float32. `rate` is a number or a schedule (see `schedules`).
"""

from __future__ import annotations

import attrs
import numpy as np

from funnet import expect
from funnet.containers import Array, Tree, record
from funnet.optim.optimizer import (
    Optimizer,
    Rate,
    check_gradient,
    check_state,
    rate_at,
    rate_field,
    zeros_for,
)


@record
class Velocity:
    """Steps taken, and the velocity (P,)."""

    step: int
    v: Array


@record
class Moments:
    """Steps taken, and the first and second moment of the gradient, m and v (P,)."""

    step: int
    m: Array
    v: Array


@attrs.frozen
class sgd(Optimizer):
    """Gradient descent: delta = −rate g.     The state is the number of steps taken."""

    rate: Rate = rate_field()

    def init(self, params: Tree) -> int:
        return 0

    def update(self, g: Array, state: int, p: Array) -> tuple[Array, int]:
        check_gradient(self, g, p)
        check_state(self, state, int, p)
        return -rate_at(self.rate, state) * g, state + 1


@attrs.frozen
class momentum(Optimizer):
    """Gradient descent with a heavy ball: v ← momentum v + g,  delta = −rate v.  Polyak 1964."""

    rate: Rate = rate_field()
    momentum: float = attrs.field(default=0.9, converter=expect.number, validator=expect.fraction)

    def init(self, params: Tree) -> Velocity:
        return Velocity(0, zeros_for(params))

    def update(self, g: Array, state: Velocity, p: Array) -> tuple[Array, Velocity]:
        check_gradient(self, g, p)
        check_state(self, state, Velocity, p)
        v = self.momentum * state.v + g
        delta = -rate_at(self.rate, state.step) * v
        return delta.astype(p.dtype, copy=False), Velocity(state.step + 1, v)


@attrs.frozen
class nesterov(Optimizer):
    """Momentum that looks ahead: v ← momentum v + g,  delta = −rate (g + momentum v).

    The form of Sutskever et al. 2013, written for the parameters at which the gradient is taken.
    """

    rate: Rate = rate_field()
    momentum: float = attrs.field(default=0.9, converter=expect.number, validator=expect.fraction)

    def init(self, params: Tree) -> Velocity:
        return Velocity(0, zeros_for(params))

    def update(self, g: Array, state: Velocity, p: Array) -> tuple[Array, Velocity]:
        check_gradient(self, g, p)
        check_state(self, state, Velocity, p)
        v = self.momentum * state.v + g
        delta = -rate_at(self.rate, state.step) * (g + self.momentum * v)
        return delta.astype(p.dtype, copy=False), Velocity(state.step + 1, v)


@attrs.frozen
class adam(Optimizer):
    """Adaptive moments.

    m ← b1 m + (1 − b1) g          v ← b2 v + (1 − b2) g²
    m̂ = m / (1 − b1ᵗ)             v̂ = v / (1 − b2ᵗ)             delta = −rate m̂ / (√v̂ + eps)
    Kingma & Ba 2014, arXiv:1412.6980.
    """

    rate: Rate = rate_field()
    b1: float = attrs.field(default=0.9, converter=expect.number, validator=expect.fraction)
    b2: float = attrs.field(default=0.999, converter=expect.number, validator=expect.fraction)
    eps: float = attrs.field(default=1e-8, converter=expect.number, validator=expect.positive)

    def init(self, params: Tree) -> Moments:
        zeros = zeros_for(params)
        return Moments(0, zeros, zeros)

    def update(self, g: Array, state: Moments, p: Array) -> tuple[Array, Moments]:
        check_gradient(self, g, p)
        check_state(self, state, Moments, p)
        g = g.astype(state.m.dtype, copy=False)
        t = state.step + 1
        m = self.b1 * state.m + (1 - self.b1) * g
        v = self.b2 * state.v + (1 - self.b2) * (g * g)
        m_hat = m / (1 - self.b1**t)
        v_hat = v / (1 - self.b2**t)
        delta = -rate_at(self.rate, state.step) * m_hat / (np.sqrt(v_hat) + self.eps)
        return delta.astype(p.dtype, copy=False), Moments(t, m, v)
