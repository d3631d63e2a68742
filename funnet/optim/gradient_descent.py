"""Descent along the gradient, and along its running sum.

g is the gradient and p the parameters, both vectors (P,); all operations are elementwise. The velocity is
kept in at least float32. `rate` is a number or a schedule (see `schedules`).
"""

from __future__ import annotations

import attrs

from funnet.core import checks
from funnet.core.containers import Array, Tree, record
from funnet.optim.base import (
    Optimizer,
    Rate,
    check_gradient,
    check_kind,
    check_state,
    number_field,
    rate_at,
    rate_field,
    zeros_for,
)


@record
class Velocity:
    """Steps taken, and the velocity (P,)."""

    step: int
    v: Array


@attrs.frozen
class sgd(Optimizer):
    """Gradient descent: delta = −rate g.     The state is the number of steps taken."""

    rate: Rate = rate_field()

    def init(self, params: Tree) -> int:
        return 0

    def update(self, g: Array, state: int, p: Array) -> tuple[Array, int]:
        check_gradient(self, g, p)
        check_kind(self, state, int)
        return -rate_at(self.rate, state) * g, state + 1


@attrs.frozen
class momentum(Optimizer):
    """Gradient descent with a heavy ball: v ← momentum v + g,  delta = −rate v.  Polyak 1964."""

    rate: Rate = rate_field()
    momentum: float = number_field(0.9, checks.fraction)

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
    momentum: float = number_field(0.9, checks.fraction)

    def init(self, params: Tree) -> Velocity:
        return Velocity(0, zeros_for(params))

    def update(self, g: Array, state: Velocity, p: Array) -> tuple[Array, Velocity]:
        check_gradient(self, g, p)
        check_state(self, state, Velocity, p)
        v = self.momentum * state.v + g
        delta = -rate_at(self.rate, state.step) * (g + self.momentum * v)
        return delta.astype(p.dtype, copy=False), Velocity(state.step + 1, v)
