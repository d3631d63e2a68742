"""What changes a gradient on its way to an optimizer, and `chain`, which puts both together.

    chain(clip_by_norm(1.0), weight_decay(1e-4), momentum(0.1))

Each transform is an Optimizer whose update gives a gradient; the last link of a chain turns it into a step.
"""

from __future__ import annotations

import math

import attrs
import numpy as np

from funnet import expect, tree
from funnet.containers import Array, Tree, describe, read_only
from funnet.errors import ConfigError, NonFiniteError, TreeError
from funnet.optim.optimizer import Optimizer, check_gradient, check_state


@attrs.frozen
class clip_by_norm(Optimizer):
    """g · min(1, limit / ‖g‖), the norm taken over all parameters together.

    Pascanu et al. 2012, arXiv:1211.5063.
    Raises NonFiniteError if the gradient has a NaN or an infinite entry.
    """

    limit: float = attrs.field(converter=expect.number, validator=expect.positive)

    def update(self, g: Array, state: Tree, p: Array) -> tuple[Array, Tree]:
        check_gradient(self, g, p)
        largest = float(np.abs(g).max(initial=0.0))
        if not math.isfinite(largest):
            raise NonFiniteError("a finite gradient", f"a largest entry of {largest}", who=self)
        norm = largest * math.sqrt(np.square(g / largest, dtype=np.float64).sum()) if largest else 0.0
        return (g * (self.limit / norm) if norm > self.limit else g.copy()), state


@attrs.frozen
class weight_decay(Optimizer):
    """g + decay p, for the parameters whose path matches the glob `where`: the gradient of ½ decay ‖p‖².

    The state is the mask, made once from the paths.
    Raises TreeError if the glob matches nothing, or if `init` gets a vector, which has no paths.
    """

    decay: float = attrs.field(converter=expect.number, validator=expect.not_negative)
    where: str = "**/w"

    def init(self, params: Tree) -> Array:
        return path_mask(self, params, self.where)

    def update(self, g: Array, state: Array, p: Array) -> tuple[Array, Array]:
        check_gradient(self, g, p)
        check_state(self, state, np.ndarray, p)
        return g + self.decay * (p * state), state


@attrs.frozen
class Chain(Optimizer):
    """Optimizers one after the other, each on what the one before it gave."""

    links: tuple[Optimizer, ...]

    def init(self, params: Tree) -> tuple[Tree, ...]:
        return tuple(link.init(params) for link in self.links)

    def update(self, g: Array, state: Tree, p: Array) -> tuple[Array, Tree]:
        if not isinstance(state, tuple) or len(state) != len(self.links):
            raise TreeError(f"opt_state to be a tuple of {len(self.links)}", describe(state), who=self)
        states = []
        for link, own in zip(self.links, state, strict=True):
            g, new = link.update(g, own, p)
            states.append(new)
        return g, tuple(states)


def chain(*links: Optimizer) -> Optimizer:
    """Transforms, and an optimizer last."""
    if not links:
        raise ConfigError("at least one optimizer", "none", who="chain")
    for link in links:
        if not isinstance(link, Optimizer):
            raise ConfigError("optimizers and transforms", repr(link), who="chain")
    return Chain(links)


def path_mask(who: object, params: Tree, where: str) -> Array:
    """The mask of a glob as a read-only boolean vector (P,); any vector will do where the glob is "**"."""
    if isinstance(params, np.ndarray) and where != "**":
        fix = "init the optimizer with the tree of parameters"
        raise TreeError(f"a tree with paths to match {where!r}", "a vector", who=who, fix=fix)
    return read_only(tree.mask(params, where))
