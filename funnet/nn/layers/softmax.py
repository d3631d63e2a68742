"""Softmax and its logarithm over the last axis.

An entry of −inf is a masked class: its probability and its gradient are exactly 0.
Raises ShapeError if x has no class axis, DataError if a row is nothing but −inf.
To train a classifier leave both out and use `SoftmaxCrossEntropy`, which takes logits.
"""

from __future__ import annotations

import attrs
import numpy as np

from funnet.core import checks
from funnet.core.containers import Array, Tree
from funnet.nn.layer import Layer
from funnet.ops.numeric import log_softmax, row_sums, softmax


def _logits(layer: Layer, params: Tree, x: Tree) -> Array:
    checks.no_params(layer, params)
    checks.rank(layer, checks.floating(layer, x), 2, "(N, ..., C)")
    checks.unmasked(layer, x)
    return np.asarray(x)


@attrs.frozen
class Softmax(Layer):
    """y = eˣ / Σ eˣ,  dx = y (dy − Σ dy y).     x, y (N, …, C)"""

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        y = softmax(_logits(self, params, x))
        return y, y

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        y = cache
        dy = checks.like(self, dy, y)
        return (), y * (dy - row_sums(dy * y))


@attrs.frozen
class LogSoftmax(Layer):
    """y = x − log Σ eˣ,  dx = dy − e^y Σ dy.     x, y (N, …, C)"""

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        y = log_softmax(_logits(self, params, x))
        return y, y

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        y = cache
        dy = checks.like(self, dy, y)
        return (), dy - np.exp(y) * row_sums(dy)
