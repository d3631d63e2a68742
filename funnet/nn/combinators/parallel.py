"""Layers side by side."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from funnet.core import checks
from funnet.core.containers import Tree
from funnet.core.key import Key
from funnet.errors import at
from funnet.nn.combinators.children import (
    Children,
    advanced,
    check_children,
    frozen_children,
    named,
    packed,
    summed,
    unpacked,
)
from funnet.nn.layer import Layer, cotangents, output


@attrs.frozen(cache_hash=True)
class Parallel(Layer):
    """Each layer on an input of its own: y = (f₁(x₁), …, fₙ(xₙ)),  dx = (dx₁, …, dxₙ).

    Inputs, outputs and parameters come in the kind of container of `layers`: a tuple, or a mapping with
    its names.
    """

    layers: Children = attrs.field(converter=frozen_children, validator=check_children)

    def init(self, key: Key, x: Tree) -> Tree:
        return _init(self, self.layers, key, unpacked(self, self.layers, x, "x"))

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        own, inputs = unpacked(self, self.layers, params), unpacked(self, self.layers, x, "x")
        return _forward(self.layers, own, inputs)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        dparams, dxs = _backward(self, self.layers, params, cache, dy)
        return dparams, packed(self.layers, dxs)

    def advance(self, params: Tree, cache: Tree) -> Tree:
        return advanced(self, self.layers, params, cache)


@attrs.frozen(cache_hash=True)
class Branch(Layer):
    """Every layer on the same input: y = (f₁(x), …, fₙ(x)),  dx = dx₁ + … + dxₙ.

    Outputs and parameters come in the kind of container of `layers`: a tuple, or a mapping with its names.
    Raises ConfigError if there is no layer.
    """

    layers: Children = attrs.field(
        converter=frozen_children,
        validator=[checks.hyperparameter("at least one layer", bool), check_children],
    )

    def init(self, key: Key, x: Tree) -> Tree:
        return _init(self, self.layers, key, [x] * len(self.layers))

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        own = unpacked(self, self.layers, params)
        return _forward(self.layers, own, [x] * len(self.layers))

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        dparams, dxs = _backward(self, self.layers, params, cache, dy)
        return dparams, summed(*dxs)

    def advance(self, params: Tree, cache: Tree) -> Tree:
        return advanced(self, self.layers, params, cache)


def _init(who: Layer, layers: Children, key: Key, inputs: Sequence[Tree]) -> Tree:
    checks.key(who, key)
    pairs = zip(named(layers), inputs, strict=True)
    return packed(layers, [at(name, layer.init, key.child(name), x) for (name, layer), x in pairs])


def _forward(layers: Children, own: Sequence[Tree], inputs: Sequence[Tree]) -> tuple[Tree, Tree]:
    rows = zip(named(layers), own, inputs, strict=True)
    made = [at(name, output, layer, p, x) for (name, layer), p, x in rows]
    return packed(layers, [y for y, _ in made]), packed(layers, [cache for _, cache in made])


def _backward(who: Layer, layers: Children, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, list[Tree]]:
    own, caches = unpacked(who, layers, params), unpacked(who, layers, cache, "cache")
    rows = zip(named(layers), own, caches, unpacked(who, layers, dy, "dy"), strict=True)
    made = [at(name, cotangents, layer, p, c, d) for (name, layer), p, c, d in rows]
    return packed(layers, [dp for dp, _ in made]), [dx for _, dx in made]
