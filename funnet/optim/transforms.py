"""What changes a gradient on its way to an optimizer, or a step on its way to the parameters; `chain`.

    chain(clip_by_norm(1.0), weight_decay(1e-4), momentum(0.1), scale_rate(0.1, "encoder/**"))

Each transform is an Optimizer whose update gives what the next link gets; `fn.init` refuses transforms
without an optimizer. Globs are matched against the paths of the parameters once, in `init`, and the mask
(P,) is the state. They raise TreeError if they match nothing, or if `init` gets a vector, which has no
paths.
"""

from __future__ import annotations

import math

import attrs
import numpy as np

from funnet.core import checks
from funnet.core.containers import Array, Tree, describe
from funnet.errors import ConfigError, NonFiniteError, TreeError
from funnet.optim.base import (
    Optimizer,
    Transform,
    check_gradient,
    check_state,
    path_mask,
    updated,
)


@attrs.frozen
class clip_by_norm(Transform):
    """g · min(1, limit / ‖g‖), the norm taken over all parameters together.

    Pascanu et al. 2012, arXiv:1211.5063.
    Raises NonFiniteError if the gradient has a NaN or an infinite entry.
    """

    limit: float = attrs.field(converter=checks.number, validator=checks.positive)

    def update(self, g: Array, state: Tree, p: Array) -> tuple[Array, Tree]:
        check_gradient(self, g, p)
        largest = _largest(self, g)
        unit = g / largest if largest else g.copy()
        root = math.sqrt(np.square(unit, dtype=np.float64).sum())
        return (unit * (self.limit / root) if largest * root > self.limit else g.copy()), state


@attrs.frozen
class clip_by_value(Transform):
    """Every entry of g moved into [−limit, limit].

    Raises NonFiniteError if the gradient has a NaN or an infinite entry.
    """

    limit: float = attrs.field(converter=checks.number, validator=checks.positive)

    def update(self, g: Array, state: Tree, p: Array) -> tuple[Array, Tree]:
        check_gradient(self, g, p)
        clips = _largest(self, g) > self.limit
        return (np.clip(g, -self.limit, self.limit) if clips else g.copy()), state


def _largest(who: object, g: Array) -> float:
    """The largest |entry| of a finite gradient."""
    largest = float(np.abs(g).max(initial=0.0))
    if not math.isfinite(largest):
        raise NonFiniteError("a finite gradient", f"a largest entry of {largest}", who=who)
    return largest


@attrs.frozen
class weight_decay(Transform):
    """g + decay p, for the parameters whose path matches the glob `where`: the gradient of ½ decay ‖p‖².

    An adaptive optimizer behind it adapts to the decay too; `adamw`, `lion` and `lamb` keep it apart.
    """

    decay: float = attrs.field(converter=checks.number, validator=checks.not_negative)
    where: str = checks.where_field("**/w")

    def init(self, params: Tree) -> Array:
        return path_mask(self, params, self.where)

    def update(self, g: Array, state: Array, p: Array) -> tuple[Array, Array]:
        check_gradient(self, g, p)
        check_state(self, state, np.ndarray, p)
        return g + self.decay * (p * state), state


@attrs.frozen
class scale_rate(Transform):
    """Rates by path: `factor` times the step of the parameters whose path matches the glob `where`.

    It stands behind the optimizer: `chain(adam(1e-3), scale_rate(0.1, "encoder/**"))`.
    """

    factor: float = attrs.field(converter=checks.number, validator=checks.not_negative)
    where: str = checks.where_field()

    def init(self, params: Tree) -> Array:
        return path_mask(self, params, self.where)

    def update(self, g: Array, state: Array, p: Array) -> tuple[Array, Array]:
        check_gradient(self, g, p)
        check_state(self, state, np.ndarray, p)
        return np.where(state, self.factor * g, g), state


@attrs.frozen
class only(Transform):
    """Train a part: no step for the parameters whose path does not match the glob `where`.

    Behind the optimizer it keeps all else to the last bit, whatever momentum or decay would do to it:
    `chain(adamw(1e-3), only("head/**"))`. In front of `clip_by_norm` it takes the rest out of the norm;
    it may stand in both places.
    """

    where: str = checks.where_field()

    def init(self, params: Tree) -> Array:
        return path_mask(self, params, self.where)

    def update(self, g: Array, state: Array, p: Array) -> tuple[Array, Array]:
        check_gradient(self, g, p)
        check_state(self, state, np.ndarray, p)
        return np.where(state, g, g.dtype.type(0)), state


@attrs.frozen
class Chain(Optimizer):
    """Optimizers one after the other, each on what the one before it gave."""

    links: tuple[Optimizer, ...] = attrs.field()

    @links.validator
    def _check(self, _: object, links: object) -> None:
        if not isinstance(links, tuple) or not links:
            raise ConfigError("at least one optimizer", "none", who="chain")
        for link in links:
            if not isinstance(link, Optimizer):
                raise ConfigError("optimizers and transforms", repr(link), who="chain")

    def init(self, params: Tree) -> tuple[Tree, ...]:
        return tuple(link.init(params) for link in self.links)

    def update(self, g: Array, state: Tree, p: Array) -> tuple[Array, Tree]:
        if not isinstance(state, tuple) or len(state) != len(self.links):
            raise TreeError(f"opt_state to be a tuple of {len(self.links)}", describe(state), who=self)
        states = []
        for link, own in zip(self.links, state, strict=True):
            g, new = updated(link, g, own, p)
            states.append(new)
        return g, tuple(states)


def chain(*links: Optimizer) -> Optimizer:
    """Transforms, an optimizer, and what changes its steps, in this order."""
    return Chain(links)
