"""Time for memory."""

from __future__ import annotations

import attrs

from funnet.core.containers import Tree, has_buffer
from funnet.core.key import Key
from funnet.nn.combinators.children import check_layer
from funnet.nn.layer import Layer, cotangents, output


@attrs.frozen(cache_hash=True)
class Remat(Layer):
    """The layer inside, whose cache is made anew in the backward pass: what is kept is x alone.

    y, dparams and dx are its own to the last bit, for one more forward pass, and in training another
    where there are Buffers to renew. Of a chain of n layers, each √n of them in a Remat of their own,
    the inputs of √n pieces and the inside of one piece are held at a time.
    Chen et al. 2016, arXiv:1604.06174.
    """

    layer: Layer = attrs.field(validator=check_layer)

    def init(self, key: Key, x: Tree) -> Tree:
        return self.layer.init(key, x)

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        y, _ = output(self.layer, params, x)
        return y, x

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        return cotangents(self.layer, params, self._again(params, cache), dy)

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Tree:
        return self.layer.param_vjp(params, self._again(params, cache), dy)

    def advance(self, params: Tree, cache: Tree) -> Tree:
        return self.layer.advance(params, self._again(params, cache)) if has_buffer(params) else params

    def _again(self, params: Tree, x: Tree) -> Tree:
        """The cache of the layer inside."""
        return output(self.layer, params, x)[1]
