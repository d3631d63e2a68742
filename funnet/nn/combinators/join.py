"""What brings several arrays together in one."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from funnet import tree
from funnet.core import cached, checks
from funnet.core.containers import Array, Tree, describe, outline, parts, rebuild
from funnet.errors import TreeError
from funnet.nn.layer import Layer


@attrs.frozen
class Add(Layer):
    """The sum of a tuple or mapping of arrays of one shape: y = Σ xᵢ,  dxᵢ = dy.

    Raises ShapeError unless the shapes are equal: nothing is broadcast.
    """

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Tree]:
        names, (first, *others) = _arrays(self, params, x)
        y = first.copy()
        for name, array in zip(names[1:], others, strict=True):
            y += checks.like(self, array, first, f"x[{name!r}]")
        return y, tree.map(outline, x)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        like, *_ = _outlines(self, cache)
        dy = _cotangent(self, dy, like.shape[1:], like.dtype)
        return (), tree.map(lambda _: dy.copy(), cache)


@attrs.frozen
class Concat(Layer):
    """Arrays (N, …, Cᵢ) joined along their last axis: y (N, …, Σ Cᵢ); dxᵢ is the part of dy that is xᵢ's.

    A mapping is joined in the order of its sorted names.
    Raises ShapeError unless all axes but the last are equal.
    """

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Tree]:
        names, arrays = _arrays(self, params, x)
        for name, array in zip(names, arrays, strict=True):
            checks.rank(self, array, 2, "(N, ..., C)")
            checks.shaped(self, array, (*arrays[0].shape[:-1], array.shape[-1]), name=f"x[{name!r}]")
        return np.concatenate(arrays, axis=-1), tree.map(outline, x)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        outlines = _outlines(self, cache)
        ends = np.cumsum([child.shape[-1] for child in outlines])
        dy = _cotangent(self, dy, (*outlines[0].shape[1:-1], int(ends[-1])), outlines[0].dtype)
        return (), rebuild(cache, [part.copy() for part in np.split(dy, ends[:-1], axis=-1)])


def _arrays(layer: Layer, params: Tree, x: Tree) -> tuple[list[Any], list[Array]]:
    """Names and values of a tuple or mapping of arrays, all of one dtype."""
    checks.no_params(layer, params)
    children = None if isinstance(x, np.ndarray) else parts(x)
    if not children:
        raise TreeError("x to be a tuple or mapping of arrays", describe(x), who=layer)
    names = [name for name, _ in children]
    arrays = [checks.floating(layer, array, f"x[{name!r}]") for name, array in children]
    for name, array in zip(names, arrays, strict=True):
        checks.shaped(layer, array, array.shape, arrays[0].dtype, f"x[{name!r}]")
    return names, arrays


def _outlines(layer: Layer, cache: Tree) -> list[Array]:
    """The outlines of the inputs."""
    found = [] if isinstance(cache, np.ndarray) else [child for _, child in parts(cache) or ()]
    if not found:
        raise cached.foreign(layer, cache)
    for part in found:
        cached.vectors(layer, part)
        cached.array(layer, part, (*found[0].shape[:-1], part.shape[-1]), found[0].dtype)
    return found


def _cotangent(layer: Layer, dy: Tree, row: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """`dy` if it is an array (N, *row) of the dtype."""
    dy = checks.floating(layer, dy, "dy")
    return checks.shaped(layer, dy, (len(dy), *row), dtype)
