"""Broken copies of a layer, so that users can show that their tests bite.

for mutant in fn.testing.mutants(MyLayer()):
    with pytest.raises(fn.testing.GradientError):
        fn.testing.check_layer(mutant, x)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.containers import Array, Tree
from funnet.core.key import Key
from funnet.nn.layer import Layer

Gradient = tuple[Tree, Tree]


def mutants(layer: Layer, leaf: int = 0) -> tuple[Mutant, ...]:
    """A copy of the layer for every kind of fault.

    Faults of a single gradient go to the one numbered `leaf` among those of the parameters and, last, of x;
    −1 is that of x. Where that gradient is zero, a wrong sign is none, and no check can tell.
    """
    checks.instance("mutants", "layer", layer, Layer)
    checks.count("mutants", "leaf", leaf, -1)
    return tuple(Mutant(layer, kind, leaf) for kind in KINDS)


@attrs.frozen(eq=False)
class Mutant(Layer):
    """The layer inside with a fault of a kind."""

    layer: Layer
    kind: str
    leaf: int
    seen: list[Any] = attrs.field(factory=list, repr=False)
    kept: list[Any] = attrs.field(factory=list, repr=False)

    @property
    def reason(self) -> str:
        """The reason a check should give."""
        return KINDS[self.kind][0]

    def init(self, key: Key, x: Tree) -> Tree:
        return self.layer.init(key, x)

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        if self.kind == "input edited in place":
            for array in tree.leaves(x):
                _edit(array)
        y, cache = self.layer(params, x)
        if self.kind == "parameter in the cache":
            cache = (cache, params)
        self.seen[:] = [cache]
        return y, cache

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> Gradient:
        if self.kind == "parameter in the cache":
            cache = cache[0]
        if self.kind == "cotangent edited in place":
            for array in tree.leaves(dy):
                _edit(array)
        if self.kind == "absolute cotangent":
            dy = tree.map(np.abs, dy)
        if self.kind == "stale cache":
            cache = self.seen[0]
        gradient = self.layer.vjp(params, cache, dy)
        own = {"aliased output": self._reused, "one dead entry": self._with_a_dead_entry}
        change = own.get(self.kind, KINDS[self.kind][1])
        return gradient if change is None else self._changed(change, gradient, dy)

    def advance(self, params: Tree, cache: Tree) -> Tree:
        return self.layer.advance(params, cache[0] if self.kind == "parameter in the cache" else cache)

    def _reused(self, g: Array, _: Array) -> Array:
        """The gradient in an array that every call fills again."""
        if not self.kept or self.kept[0].dtype != g.dtype:
            self.kept[:] = [np.array(g)]
        buffer: Array = self.kept[0]
        np.copyto(buffer, g)
        return buffer

    def _with_a_dead_entry(self, g: Array, _: Array) -> Array:
        """The gradient without the entry that was largest at the first call."""
        self.kept[:] = self.kept or [np.abs(g).argmax()]
        made = np.array(g)
        made[np.unravel_index(self.kept[0], g.shape)] = 0.0
        return made

    def _changed(self, change: Callable[[Array, Array], Array], gradient: Gradient, dy: Tree) -> Gradient:
        """The gradient with one leaf changed."""
        count = len(tree.leaves(gradient))
        places = iter(range(count))
        first = tree.leaves(dy)[0]
        made: Gradient = tree.map(
            lambda g: change(g, first) if next(places) == self.leaf % count else g, gradient
        )
        return made


def _edit(array: Array) -> None:
    """Change an array in place; what holds indices still holds indices."""
    array[...] = 1.5 * array if array.dtype.kind == "f" else array[::-1].copy()


def _random(g: Array, _: Array) -> Array:
    return g * np.random.default_rng().uniform(0.5, 1.5)


KINDS: dict[str, tuple[str, Callable[[Array, Array], Array] | None]] = {
    "wrong sign": ("value", lambda g, dy: -g),
    "missing": ("value", lambda g, dy: np.zeros_like(g)),
    "one dead entry": ("value", None),
    "mean for sum": ("value", lambda g, dy: g / max(2, len(dy))),
    "off by 1e-4": ("value", lambda g, dy: g * (1.0 + 1e-4)),
    "doubled": ("value", lambda g, dy: 2.0 * g),
    "constant added": ("not linear in dy", lambda g, dy: g + 1e-6),
    "absolute cotangent": ("not linear in dy", None),
    "wrong dtype": ("dtype", lambda g, dy: g.astype(np.float32 if g.dtype == np.float64 else np.float64)),
    "wrong shape": ("shape", lambda g, dy: g[None]),
    "stale cache": ("not repeatable", None),
    "hidden randomness": ("not repeatable", _random),
    "input edited in place": ("mutated input", None),
    "cotangent edited in place": ("mutated input", None),
    "aliased output": ("aliased output", None),
    "parameter in the cache": ("parameter in cache", None),
}
"""Kinds of fault: the reason a check should give, and what happens to the gradient."""
