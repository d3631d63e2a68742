"""How large the gradients and the steps of an optimizer are, by path."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np

from funnet import tree
from funnet.core.containers import Array, Tree
from funnet.optim.base import Optimizer, updated


class Norms:
    """The mean over steps of ‖g‖ and of ‖delta‖ for each leaf of the parameters.

    Vectors g, delta (P,); a norm is the root of the sum of squares over the leaf's part, in float64.
    """

    def __init__(self, params: Tree) -> None:
        named = zip(tree.paths(params), tree.leaves(params), strict=True)
        sizes = {path: leaf.size for path, leaf in named if leaf.size}
        self._paths = list(sizes)
        self._starts = np.cumsum([0, *sizes.values()])[:-1]
        self._sums = np.zeros((2, len(sizes)))
        self._steps = 0

    @property
    def names(self) -> list[str]:
        """The names of the figures in a row."""
        return [f"{name}/{path}" for name in ("gradient", "update") for path in self._paths]

    def see(self, g: Array, delta: Array) -> None:
        """Count one step more."""
        for total, vector in zip(self._sums, (g, delta), strict=True):
            total += np.sqrt(np.add.reduceat(np.square(vector, dtype=np.float64), self._starts))
        self._steps += 1

    def row(self) -> dict[str, float]:
        """{"gradient/<path>": mean, ..., "update/<path>": mean, ...}."""
        means = self._sums / self._steps
        return dict(zip(self.names, means.ravel().tolist(), strict=True))


@attrs.frozen
class Watched(Optimizer):
    """An optimizer that tells of every gradient and every step it makes of one."""

    optimizer: Optimizer
    tell: Callable[[Array, Array], None]

    def init(self, params: Tree) -> Tree:
        return self.optimizer.init(params)

    def update(self, g: Array, state: Tree, p: Array) -> tuple[Array, Tree]:
        delta, state = updated(self.optimizer, g, state, p)
        self.tell(g, delta)
        return delta, state
