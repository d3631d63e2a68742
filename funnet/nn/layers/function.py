"""A layer made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from funnet.core import checks
from funnet.core.containers import Tree
from funnet.core.key import Key
from funnet.nn.layer import Layer


def _no_params(key: Key, x: Tree) -> Tree:
    return ()


@attrs.frozen
class Lambda(Layer):
    """A layer from a forward function and its vjp.

    forward(params, x) -> (y, cache),  vjp(params, cache, dy) -> (dparams, dx),  init(key, x) -> params.
    Without `init` it has the parameters (). It compares and pickles as its functions do.

        >>> import numpy as np, funnet as fn
        >>> square = fn.Lambda(lambda p, x: (x * x, x), lambda p, x, dy: (p, 2 * x * dy))
        >>> square((), np.array([[3.0]]))[0]
        array([[9.]])
    """

    _forward: Callable[[Tree, Any], tuple[Tree, Tree]] = attrs.field(validator=checks.function)
    _vjp: Callable[[Tree, Any, Any], tuple[Tree, Tree]] = attrs.field(validator=checks.function)
    _init: Callable[[Key, Any], Tree] = attrs.field(default=_no_params, validator=checks.function)

    def init(self, key: Key, x: Tree) -> Tree:
        return self._init(key, x)

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        return self._forward(params, x)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        return self._vjp(params, cache, dy)
