"""Steps of one size for every parameter."""

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
    path_mask,
    rate_at,
    rate_field,
    wide,
    zeros_for,
)


@record
class DecayedMomentum:
    """Steps taken, the average of the gradients m, and the mask of the parameters that decay, both (P,)."""

    step: int
    m: Array
    mask: Array


@attrs.frozen
class lion(Optimizer):
    """Evolved sign momentum: delta = −rate (sign(b1 m + (1 − b1) g) + decay p),  m ← b2 m + (1 − b2) g.

    Its rate is 3 to 10 times smaller than Adam's, and its decay as many times larger. Only parameters whose
    path matches the glob `where` decay. Raises TreeError if it matches none.
    Chen et al. 2023, arXiv:2302.06675.
    """

    rate: Rate = rate_field()
    b1: float = number_field(0.9, checks.fraction)
    b2: float = number_field(0.99, checks.fraction)
    decay: float = number_field(0.1, checks.not_negative)
    where: str = checks.where_field("**/w")

    def init(self, params: Tree) -> DecayedMomentum:
        return DecayedMomentum(0, zeros_for(params), path_mask(self, params, self.where))

    def update(self, g: Array, state: DecayedMomentum, p: Array) -> tuple[Array, DecayedMomentum]:
        check_gradient(self, g, p)
        check_state(self, state, DecayedMomentum, p)
        g = wide(g)
        sign = np.sign(self.b1 * state.m + (1 - self.b1) * g)
        m = self.b2 * state.m + (1 - self.b2) * g
        delta = -rate_at(self.rate, state.step) * (sign + self.decay * (state.mask * p))
        return delta.astype(p.dtype, copy=False), DecayedMomentum(state.step + 1, m, state.mask)
