"""Composition."""

from __future__ import annotations

import attrs
import numpy as np

from funnet import tree
from funnet.combinators.children import (
    Children,
    advanced,
    check_children,
    frozen_children,
    in_order,
    name_at,
    named,
    packed,
    unpacked,
)
from funnet.containers import Tree
from funnet.errors import at, passing
from funnet.key import Key
from funnet.layer import Layer


@attrs.frozen(cache_hash=True)
class Sequential(Layer):
    """One layer after the other: y = fₙ(… f₂(f₁(x))).

    `layers` is a list, or a dict of named layers; the parameters are a tuple, or a mapping with the same
    names. dx is the chain rule from the last layer to the first. Without layers it is the identity.

        >>> import funnet as fn
        >>> print(fn.Sequential({"hidden": fn.Linear(25), "act": fn.Tanh(), "out": fn.Linear(2)}))
        Sequential({'hidden': Linear(25), 'act': Tanh(), 'out': Linear(2)})
    """

    layers: Children = attrs.field(
        converter=frozen_children,
        validator=check_children,
        eq=lambda layers: tuple(named(layers)),  # mappings are equal whatever their order
    )

    def init(self, key: Key, x: Tree) -> Tree:
        made: list[Tree] = []
        for name, layer in named(self.layers):
            made.append(at(name, layer.init, key.child(name), x))
            if len(made) < len(self.layers):
                x, _ = at(name, layer, made[-1], x)
        return packed(self.layers, made)

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        own = unpacked(self, self.layers, params)
        caches: list[Tree] = []
        try:
            for layer, p in zip(in_order(self.layers), own, strict=True):
                x, cache = layer(p, x)
                caches.append(cache)
        except Exception as error:
            passing(error, name_at(self.layers, len(caches)))
            raise
        return x, packed(self.layers, caches)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        if not self.layers:
            return params, tree.map(np.copy, dy)
        own, caches = self._unpack(params, cache)
        made, dx = self._back(own, caches, dy, 0)
        return packed(self.layers, made), dx

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Tree:
        own, caches = self._unpack(params, cache)
        first = next((i for i, p in enumerate(own) if p != () and tree.leaves(p)), None)
        if first is None:
            return params
        made, dy = self._back(own, caches, dy, first + 1)
        name, layer = list(named(self.layers))[first]
        dfirst = at(name, layer.param_vjp, own[first], caches[first], dy)
        return packed(self.layers, [*own[:first], dfirst, *made])

    def advance(self, params: Tree, cache: Tree) -> Tree:
        return advanced(self, self.layers, params, cache)

    def _unpack(self, params: Tree, cache: Tree) -> tuple[list[Tree], list[Tree]]:
        return unpacked(self, self.layers, params), unpacked(self, self.layers, cache, "cache")

    def _back(self, own: list[Tree], caches: list[Tree], dy: Tree, first: int) -> tuple[list[Tree], Tree]:
        """dparams of the layers from `first` on, and the cotangent of what the first of them read."""
        made: list[Tree] = []
        steps = list(zip(in_order(self.layers), own, caches, strict=True))[first:]
        try:
            for layer, p, c in reversed(steps):
                dp, dy = layer.vjp(p, c, dy)
                made.append(dp)
        except Exception as error:
            passing(error, name_at(self.layers, len(own) - 1 - len(made)))
            raise
        return made[::-1], dy
