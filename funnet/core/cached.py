"""What `vjp` and `advance` expect of a cache: that it is what the layer's call returned.

A look at types, shapes and dtypes: a cache of another layer, or of another call, that has them too passes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from funnet.core.arrays import is_array
from funnet.core.containers import Array, Tree, describe
from funnet.errors import TreeError

Shape = tuple[int, ...]


def foreign(who: object, cache: Tree) -> TreeError:
    """The error for a cache, or a part of one, that the layer did not make."""
    return TreeError("cache to be what the call of this layer returned", describe(cache), who=who)


def parts(who: object, cache: Tree, count: int) -> tuple[Tree, ...]:
    """The parts of a cache, if it is a tuple of so many."""
    if type(cache) is not tuple or len(cache) != count:
        raise foreign(who, cache)
    return cache


def array(who: object, cache: Tree, shape: Shape, dtype: np.dtype[Any]) -> Array:
    """A cache, or a part of one, that is an array of this shape and dtype."""
    if type(cache) is not np.ndarray or cache.shape != shape or cache.dtype != dtype:
        raise foreign(who, cache)
    return cache


def kind(who: object, cache: Tree, kinds: str, axes: int | None = None) -> Array:
    """A cache, or a part of one, of a dtype of one of these kinds, with so many axes if they are given."""
    if not is_array(cache) or cache.dtype.kind not in kinds or axes not in (None, cache.ndim):
        raise foreign(who, cache)
    made: Array = cache
    return made


def vectors(who: object, cache: Tree, size: int | None = None, dtype: np.dtype[Any] | None = None) -> Array:
    """A cache (N, …, C) of floats; C and the dtype are those given, if they are."""
    if (type(cache) is not np.ndarray and not is_array(cache)) or cache.ndim < 2:
        raise foreign(who, cache)
    if cache.dtype.kind not in "fc" if dtype is None else cache.dtype != dtype:
        raise foreign(who, cache)
    if size is not None and cache.shape[-1] != size:
        raise foreign(who, cache)
    made: Array = cache
    return made


def sizes(who: object, cache: Tree, least: int, most: int = 64) -> Shape:
    """A cache that is the shape of an array with so many axes and at least one entry."""
    if (
        type(cache) is not tuple
        or not least <= len(cache) <= most
        or {*map(type, cache)} != {int}
        or min(cache) < 1
    ):
        raise foreign(who, cache)
    return cache


def lengths(who: object, cache: Tree, count: int) -> Array | None:
    """The part of a cache that holds the lengths of so many sequences, or None where they have none."""
    if cache is None:
        return None
    if not is_array(cache) or cache.shape != (count,) or cache.dtype.kind not in "iu":
        raise foreign(who, cache)
    found: Array = cache
    return found
