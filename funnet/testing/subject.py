"""A function with its derivative, at one point: what every check is a check of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.containers import Array, Tree

Forward = Callable[[Tree, Any], tuple[Tree, Tree]]
Vjp = Callable[[Tree, Any, Any], tuple[Tree, Tree]]


@attrs.frozen(eq=False)
class Pair:
    """forward(params, x) -> (y, cache) and vjp(params, cache, dy) -> (dparams, dx), at params, x and dy."""

    forward: Forward
    vjp: Vjp
    params: Tree
    x: Tree
    dy: Tree

    def pull(self, dy: Tree) -> tuple[Tree, Tree]:
        """(dparams, dx) for the cotangent `dy`, from a forward pass of its own."""
        _, cache = checks.both("forward", self.forward(self.params, self.x), "y, cache")
        dparams, dx = checks.both("vjp", self.vjp(self.params, cache, dy), "dparams, dx")
        return dparams, dx

    def cast(self, dtype: str) -> Pair:
        """The same pair with all floats in another dtype."""
        params, x, dy = (tree.cast(value, dtype) for value in (self.params, self.x, self.dy))
        return attrs.evolve(self, params=params, x=x, dy=dy)


def copied(node: Tree) -> Tree:
    """The tree with writeable copies of its leaves."""
    return tree.map(np.array, node)


def gaussian(node: Tree, generator: np.random.Generator) -> Tree:
    """A tree like this one, with standard normal numbers for its floats and zeros for its other leaves."""
    return tree.map(
        lambda leaf: (
            np.asarray(generator.standard_normal(leaf.shape), leaf.dtype)
            if leaf.dtype.kind == "f"
            else np.zeros_like(leaf)
        ),
        node,
    )


def named_leaves(name: str, node: Tree) -> dict[str, Array]:
    """The leaves of a tree by path, with `name` in front."""
    found = zip(tree.paths(node), tree.leaves(node), strict=True)
    return {f"{name}/{path}" if path else name: leaf for path, leaf in found}


def rounded(node: Tree) -> Tree:
    """The tree with its floats in float64, at numbers that float32 has too."""
    return tree.cast(tree.cast(node, "float32"), "float64")


def norm(array: Tree) -> float:
    """The Euclidean norm of all entries."""
    return float(np.linalg.norm(np.ravel(array)))
