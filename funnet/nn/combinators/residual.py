"""A layer with a way around it."""

from __future__ import annotations

import attrs
import numpy as np

from funnet import tree
from funnet.core.containers import Tree
from funnet.core.key import Key
from funnet.errors import FunnetError
from funnet.nn.combinators.children import check_layer, summed
from funnet.nn.layer import Layer, cotangents, output


@attrs.frozen(cache_hash=True)
class Residual(Layer):
    """y = x + f(x),  dx = dy + dx of f.     The parameters are those of f.

    Raises ShapeError if f changes the shape. He et al. 2015, arXiv:1512.03385.
    """

    layer: Layer = attrs.field(validator=check_layer)

    def init(self, key: Key, x: Tree) -> Tree:
        return self.layer.init(key, x)

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        y, cache = output(self.layer, params, x)
        try:
            tree.same_structure(x, y)
        except FunnetError as error:
            error.who = error.who or str(self)
            error.why = "the layer inside must keep the shape and dtype of x"
            raise
        return tree.map(np.add, x, y), cache

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        dparams, dx = cotangents(self.layer, params, cache, dy)
        return dparams, summed(dy, dx)

    def advance(self, params: Tree, cache: Tree) -> Tree:
        return self.layer.advance(params, cache)
