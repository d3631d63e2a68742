"""Penalties: frozen values that map params to (value, dparams), to be added to a loss.

`where` is a glob over the paths of the parameters (see `tree`); by default weights, and no biases, are
penalised. Raises TreeError if the glob matches nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import attrs
import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.containers import Array, Tree
from funnet.ops.numeric import widened


class Penalty(ABC):
    """What is added to a loss for the parameters' sake."""

    __slots__ = ()

    @abstractmethod
    def __call__(self, params: Tree) -> tuple[np.floating[Any], Tree]:
        """(value, dparams)."""


@attrs.frozen
class L2(Penalty):
    """value = ½ strength Σ w²,  dw = strength w."""

    strength: float = attrs.field(converter=checks.number, validator=checks.not_negative)
    where: str = checks.where_field("**/w")

    def __call__(self, params: Tree) -> tuple[np.floating[Any], Tree]:
        w = _chosen(params, self.where)
        value = np.square(widened(w)).sum() * (0.5 * self.strength)
        return value.astype(w.dtype), tree.unravel(params, self.strength * w)


@attrs.frozen
class L1(Penalty):
    """value = strength Σ |w|,  dw = strength sign(w), so 0 at 0."""

    strength: float = attrs.field(converter=checks.number, validator=checks.not_negative)
    where: str = checks.where_field("**/w")

    def __call__(self, params: Tree) -> tuple[np.floating[Any], Tree]:
        w = _chosen(params, self.where)
        value = np.abs(widened(w)).sum() * self.strength
        return value.astype(w.dtype), tree.unravel(params, self.strength * np.sign(w))


def _chosen(params: Tree, where: str) -> Array:
    """The parameters as a vector, 0 where the glob does not match."""
    vector: Array = tree.ravel(params) * tree.mask(params, where)
    return vector
