"""What the tables call with: good inputs, and ways to go wrong with them."""

from typing import Any

import numpy as np

import funnet as fn
from funnet.core.containers import Tree

Mistake = tuple[Any, type[fn.FunnetError], str]


def draw(*shape: int, dtype: str = "f4") -> np.ndarray:
    """A Gaussian array, the same every time."""
    return fn.Key(0).generator().standard_normal(shape).astype(dtype)


IMAGES = draw(2, 5, 4, 3)
STEPS = draw(3, 4, 6)
STATE = draw(3, 3)
ROWS = draw(4, 3)
INDICES = np.array([[0, 1], [2, 1], [1, 1]])


def init(layer: fn.Layer, x: Tree) -> Tree:
    """The parameters for an example."""
    return layer.init(fn.Key(0), x)


def run(layer: fn.Layer, example: Tree, x: Tree) -> Tree:
    """The layer, initialised on an example, called with x."""
    return layer(init(layer, example), x)


def back(layer: fn.Layer, x: Tree, dy: Tree) -> Tree:
    """The layer's vjp at x, of a dy."""
    params = init(layer, x)
    _, cache = layer(params, x)
    return layer.vjp(params, cache, dy)
