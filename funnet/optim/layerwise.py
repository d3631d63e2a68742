"""Steps in proportion to the parameters, leaf by leaf."""

from __future__ import annotations

import attrs
import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.containers import Array, Tree, read_only, record
from funnet.optim.adam_and_adamw import DecayedMoments, next_moments, scaled
from funnet.optim.base import (
    Optimizer,
    Rate,
    check_gradient,
    check_kind,
    check_state,
    number_field,
    path_mask,
    rate_at,
    rate_field,
    wide,
    zeros_for,
)


@record
class LeafMoments:
    """Adam's moments with the mask of decay, and the number of the leaf each parameter is in, (P,)."""

    moments: DecayedMoments
    leaf: Array


@attrs.frozen
class lamb(Optimizer):
    """Adam with decay, each leaf's step stretched to the length of the leaf: for large batches.

    u = m̂ / (√v̂ + eps) + decay p,  delta = −rate ‖pₗ‖ / ‖uₗ‖ u      m̂, v̂ as in `adam`
    ‖pₗ‖ is the norm over the leaf; where one of the norms is 0 their ratio is 1. Only parameters whose path
    matches the glob `where` decay. Raises TreeError if it matches none. A vector counts as one leaf.
    You et al. 2019, arXiv:1904.00962, with φ(z) = z.
    """

    rate: Rate = rate_field()
    b1: float = number_field(0.9, checks.fraction)
    b2: float = number_field(0.999, checks.fraction)
    eps: float = number_field(1e-6, checks.positive)
    decay: float = number_field(0.01, checks.not_negative)
    where: str = checks.where_field("**/w")

    def init(self, params: Tree) -> LeafMoments:
        zeros, sizes = zeros_for(params), [leaf.size for leaf in tree.leaves(params)]
        moments = DecayedMoments(0, zeros, zeros, path_mask(self, params, self.where))
        return LeafMoments(moments, read_only(np.repeat(np.arange(len(sizes)), np.array(sizes, int))))

    def update(self, g: Array, state: LeafMoments, p: Array) -> tuple[Array, LeafMoments]:
        check_gradient(self, g, p)
        check_state(self, state, LeafMoments, p)
        old, leaf = state.moments, state.leaf
        check_kind(self, old, DecayedMoments)
        checks.shaped(self, leaf, p.shape, np.dtype(np.intp), "opt_state.leaf")
        t = old.step + 1
        m, v = next_moments(self.b1, self.b2, old.m, old.v, g)
        u = scaled(1.0, m, v, self.b1, self.b2, self.eps, t) + self.decay * (old.mask * wide(p))
        p_norm, u_norm = _norms(p, leaf), _norms(u, leaf)
        ratio = np.divide(p_norm, u_norm, out=np.ones_like(u_norm), where=(p_norm > 0) & (u_norm > 0))
        delta = -rate_at(self.rate, old.step) * ratio.astype(u.dtype)[leaf] * u
        moments = DecayedMoments(t, m, v, old.mask)
        return delta.astype(p.dtype, copy=False), LeafMoments(moments, leaf)


def _norms(vector: Array, leaf: Array) -> Array:
    """The norm of each leaf (L,), in float64."""
    norms: Array = np.sqrt(np.bincount(leaf, np.square(vector, dtype=np.float64)))
    return norms
