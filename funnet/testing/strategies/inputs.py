"""Inputs and parameters that fit a network."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis.strategies as st
import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.containers import Tree
from funnet.core.key import Key
from funnet.core.padded import Padded
from funnet.errors import FunnetError
from funnet.nn import combinators as cs, layers as ls
from funnet.nn.layer import Layer, children
from funnet.testing import arguments
from funnet.testing.strategies.numbers import arrays, images, indices, keys, lengths, rows

_THROUGH = (
    cs.Branch,
    cs.Frozen,
    cs.Remat,
    cs.Repeat,
    cs.Residual,
    cs.Sequential,
    cs.Tied,
)
_IMAGES = ls.AvgPool2d, ls.Conv2d, ls.ConvTranspose2d, ls.MaxPool2d
_STEPS = ls.AvgPool1d, ls.Conv1d, ls.MaxPool1d
_TIME = (
    cs.Bidirectional,
    cs.Reverse,
    cs.Scan,
    cs.TimeDistributed,
    ls.GRU,
    ls.LSTM,
    ls.Last,
    ls.MultiHeadAttention,
    ls.PositionalEncoding,
    ls.RNN,
)
_SHAPED = cs.Add, cs.Concat, cs.Parallel, ls.Embedding, ls.Flatten, ls.GlobalAvgPool, ls.RNNCell, ls.Reshape


def inputs_for(layer: Layer) -> st.SearchStrategy[Tree]:
    """Inputs that a layer or a network accepts, of a small random size.

    What it is, the first layer inside says that does not take any rows: sequences, padded or not, for
    layers over time, images for layers over space, indices for Embedding, tuples for Parallel, Add and
    Concat; otherwise rows. Their last axis is 4, or a width of a layer inside if only that is accepted.
    """
    arguments.layer("inputs_for", layer)
    first = _first(layer)
    if isinstance(first, cs.Add):
        shapes = st.tuples(st.integers(2, 5), st.integers(1, 4))
        return shapes.flatmap(lambda shape: st.tuples(arrays(shape), arrays(shape)))
    if isinstance(first, cs.Concat):
        return st.tuples(arrays((3, 2)), arrays((3, 4)))
    if isinstance(first, cs.Parallel):
        inner = {name: arrays((4, 3)) for name in children(first)}
        named = not isinstance(first.layers, tuple)
        return st.fixed_dictionaries(inner) if named else st.tuples(*inner.values())
    if isinstance(first, ls.RNNCell):
        return st.tuples(arrays((4, 3)), st.just(()))
    if isinstance(first, ls.Embedding):
        return indices((3, 4), first.count)
    if isinstance(first, _IMAGES):
        return images(_width(layer, 2, 5, 5))
    if isinstance(first, _STEPS) or (isinstance(first, _TIME) and not _takes_padded(layer)):
        return arrays((3, 4, _width(layer, 3, 4)))
    if isinstance(first, _TIME):
        time_major = bool(getattr(first, "time_major", False))
        whole = arrays((3, 4, _width(layer, 3, 4)))
        return whole | st.builds(Padded, whole, lengths(*((4, 3) if time_major else (3, 4))))
    return arrays((3, 4, 2)) if isinstance(first, ls.GlobalAvgPool) else rows(_width(layer, 2))


def _width(layer: Layer, *axes: int) -> int:
    """The last axis of an x, its others given, that the layer accepts."""
    for width in (4, *_widths(layer)):
        x = np.ones((*axes, width), np.float32)
        try:
            layer(layer.init(Key(0), x), x)
        except FunnetError:
            continue
        return width
    return 4


def _widths(layer: Layer) -> Iterator[int]:
    """The widths of the layers inside."""
    if isinstance(width := getattr(layer, "width", None), int):
        yield width
    for child in children(layer).values():
        yield from _widths(child)


def _first(layer: Layer) -> Layer | None:
    """The first layer inside that says what x must be, if one does."""
    if not isinstance(layer, _THROUGH):
        return layer if isinstance(layer, (*_IMAGES, *_STEPS, *_TIME, *_SHAPED)) else None
    inside = next(filter(None, map(_first, children(layer).values())), None)
    return inside or (layer if isinstance(layer, cs.Branch) else None)


def _takes_padded(layer: Layer) -> bool:
    """Whether every layer inside takes a Padded, or an array that one behind it made of one."""
    if isinstance(layer, cs.Sequential):
        for child in children(layer).values():
            if not _takes_padded(child):
                return False
            if isinstance(child, ls.Last):
                return True
        return True
    if isinstance(layer, (*_THROUGH, cs.Bidirectional, cs.Reverse)):
        return all(map(_takes_padded, children(layer).values()))
    return isinstance(layer, _TIME)


def params_for(layer: Layer, x: Tree) -> st.SearchStrategy[Tree]:
    """Parameters of a layer for inputs like `x`: its initial ones, moved by small random numbers."""
    arguments.layer("params_for", layer)
    return st.builds(random_params, st.just(layer), st.just(x), keys())


def random_params(layer: Layer, x: Tree, key: Key) -> Tree:
    """The parameters that `params_for` draws for this layer, input and key."""
    arguments.layer("random_params", layer)
    generator = checks.key("random_params", key).child("noise").generator()
    params = layer.init(key, x)
    moved = tree.map(lambda leaf: leaf + 0.1 * generator.standard_normal(leaf.shape), params)
    return tree.freeze(tree.map(lambda leaf, like: leaf.astype(like.dtype), moved, params))
