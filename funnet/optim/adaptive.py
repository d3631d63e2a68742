"""A rate for every parameter, from the squares of its gradients.

g is the gradient and p the parameters, both vectors (P,); all operations are elementwise. Squares are kept
in at least float32. `rate` is a number or a schedule (see `schedules`).
"""

from __future__ import annotations

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
    rate_at,
    rate_field,
    wide,
    zeros_for,
)


@record
class Squares:
    """Steps taken, and the sum or the average v (P,) of the squared gradients."""

    step: int
    v: Array


@record
class SquaresAndSteps:
    """Steps taken, and the averages of the squared gradients v and of the squared steps u, both (P,)."""

    step: int
    v: Array
    u: Array


@attrs.frozen
class adagrad(Optimizer):
    """Adaptive gradients: v ← v + g²,  delta = −rate g / (√v + eps).

    Duchi, Hazan & Singer 2011, JMLR 12.
    """

    rate: Rate = rate_field()
    eps: float = number_field(1e-10, checks.positive)

    def init(self, params: Tree) -> Squares:
        return Squares(0, zeros_for(params))

    def update(self, g: Array, state: Squares, p: Array) -> tuple[Array, Squares]:
        check_gradient(self, g, p)
        check_state(self, state, Squares, p)
        g = wide(g)
        v = state.v + g * g
        delta = -rate_at(self.rate, state.step) * g / (np.sqrt(v) + self.eps)
        return delta.astype(p.dtype, copy=False), Squares(state.step + 1, v)


@attrs.frozen
class rmsprop(Optimizer):
    """The gradient over its root mean square: v ← rho v + (1 − rho) g²,  delta = −rate g / (√v + eps).

    Tieleman & Hinton 2012, Neural networks for machine learning, lecture 6.5.
    """

    rate: Rate = rate_field()
    rho: float = number_field(0.9, checks.fraction)
    eps: float = number_field(1e-8, checks.positive)

    def init(self, params: Tree) -> Squares:
        return Squares(0, zeros_for(params))

    def update(self, g: Array, state: Squares, p: Array) -> tuple[Array, Squares]:
        check_gradient(self, g, p)
        check_state(self, state, Squares, p)
        g = wide(g)
        v = self.rho * state.v + (1 - self.rho) * (g * g)
        delta = -rate_at(self.rate, state.step) * g / (np.sqrt(v) + self.eps)
        return delta.astype(p.dtype, copy=False), Squares(state.step + 1, v)


@attrs.frozen
class adadelta(Optimizer):
    """Steps as large as those before them, in the parameters' own units, so that 1 is a rate for all.

    v ← rho v + (1 − rho) g²,  x = √(u + eps) / √(v + eps) g,  u ← rho u + (1 − rho) x²,  delta = −rate x
    Zeiler 2012, arXiv:1212.5701.
    """

    rate: Rate = rate_field(1.0)
    rho: float = number_field(0.9, checks.fraction)
    eps: float = number_field(1e-6, checks.positive)

    def init(self, params: Tree) -> SquaresAndSteps:
        zeros = zeros_for(params)
        return SquaresAndSteps(0, zeros, zeros)

    def update(self, g: Array, state: SquaresAndSteps, p: Array) -> tuple[Array, SquaresAndSteps]:
        check_gradient(self, g, p)
        check_state(self, state, SquaresAndSteps, p)
        g = wide(g)
        v = self.rho * state.v + (1 - self.rho) * (g * g)
        x = np.sqrt(state.u + self.eps) / np.sqrt(v + self.eps) * g
        u = self.rho * state.u + (1 - self.rho) * (x * x)
        delta = -rate_at(self.rate, state.step) * x
        return delta.astype(p.dtype, copy=False), SquaresAndSteps(state.step + 1, v, u)
