"""Composition."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.containers import Tree
from funnet.core.key import Key
from funnet.errors import at, passing
from funnet.nn.combinators.children import (
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
from funnet.nn.layer import Layer, as_cotangents, as_output, inference, output


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
        checks.key(self, key)
        made: list[Tree] = []
        for name, layer in named(self.layers):
            made.append(at(name, layer.init, key.child(name), x))
            if len(made) < len(self.layers):
                x, _ = at(name, output, inference(layer), made[-1], x)
        return packed(self.layers, made)

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        own = unpacked(self, self.layers, params)
        caches: list[Tree] = []
        try:
            for layer, p in zip(in_order(self.layers), own, strict=True):
                made = layer(p, x)
                x, cache = made if type(made) is tuple and len(made) == 2 else as_output(layer, made)
                caches.append(cache)
        except Exception as error:
            passing(error, name_at(self.layers, len(caches)))
            raise
        return x, packed(self.layers, caches)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        if not self.layers:
            return params, tree.map(np.copy, dy)
        return self._back(params, cache, dy, to_input=True)

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Tree:
        dparams, _ = self._back(params, cache, dy, to_input=False)
        return dparams

    def advance(self, params: Tree, cache: Tree) -> Tree:
        return advanced(self, self.layers, params, cache)

    def _back(self, params: Tree, cache: Tree, dy: Tree, *, to_input: bool) -> tuple[Tree, Tree]:
        """(dparams, dx), from the last layer to the first; without dx, to the first that has parameters."""
        layers = tuple(in_order(self.layers))
        own, caches = unpacked(self, self.layers, params), unpacked(self, self.layers, cache, "cache")
        first = 0 if to_input else _first_with_leaves(own)
        made = list(own)
        try:
            for index in range(len(own) - 1, first - 1, -1):
                layer, p, c = layers[index], own[index], caches[index]
                if index > first or to_input:
                    pair = layer.vjp(p, c, dy)
                    if type(pair) is not tuple or len(pair) != 2:
                        pair = as_cotangents(layer, pair)
                    made[index], dy = pair
                else:
                    made[index] = layer.param_vjp(p, c, dy)
        except Exception as error:
            passing(error, name_at(self.layers, index))
            raise
        return packed(self.layers, made), dy


def _first_with_leaves(params: Sequence[Tree]) -> int:
    """Where in the sequence the first tree with arrays is; its length if there is none."""
    for index, p in enumerate(params):
        if tree.leaves(p):
            return index
    return len(params)
