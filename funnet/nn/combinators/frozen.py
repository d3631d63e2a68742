"""A layer that is not trained."""

from __future__ import annotations

import attrs

from funnet.core.containers import Buffer, Tree, describe
from funnet.core.key import Key
from funnet.errors import TreeError
from funnet.nn.combinators.children import check_layer
from funnet.nn.layer import Layer, cotangents, output


@attrs.frozen(cache_hash=True)
class Frozen(Layer):
    """The layer inside with its parameters in a Buffer: y and dx are its own, its weights get no gradient.

    The mode reaches inside: in training its batch statistics and dropout keys move on as ever.

        >>> import funnet as fn, numpy as np
        >>> net = fn.Sequential([fn.Frozen(fn.Linear(3)), fn.Relu(), fn.Linear(2)])
        >>> fn.tree.paths(net.init(fn.Key(0), np.ones((1, 4))))
        ['2/w', '2/b']
    """

    layer: Layer = attrs.field(validator=check_layer)

    def init(self, key: Key, x: Tree) -> Buffer:
        return Buffer(self.layer.init(key, x))

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        return output(self.layer, self._inside(params), x)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Buffer, Tree]:
        _, dx = cotangents(self.layer, self._inside(params), cache, dy)
        return params, dx

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Tree:
        return params

    def advance(self, params: Tree, cache: Tree) -> Tree:
        old = self._inside(params)
        new = self.layer.advance(old, cache)
        return params if new is old else Buffer(new)

    def _inside(self, params: Tree) -> Tree:
        if not isinstance(params, Buffer):
            raise TreeError("params to be a Buffer", describe(params), who=self)
        return params.value
