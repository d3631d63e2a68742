"""The layers inside a combinator: a tuple of them, or a mapping of names to them.

Parameters come in the same kind of container, with the same names.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from funnet import tree
from funnet.core.containers import FrozenDict, Tree, describe
from funnet.errors import ConfigError, TreeError, passing
from funnet.nn.layer import Layer, children

Children = tuple[Layer, ...] | FrozenDict


def frozen_children(layers: Iterable[Layer] | Mapping[str, Layer]) -> Children:
    """Converter of a field `layers`: a list becomes a tuple, a dict a FrozenDict."""
    if isinstance(layers, Mapping):
        return FrozenDict(layers)
    try:
        return tuple(layers)
    except TypeError:
        got, fix = str(layers) if isinstance(layers, Layer) else describe(layers), "put it in a list"
        raise ConfigError("a list or a dict of layers", got, who="layers", fix=fix) from None


def check_children(instance: object, attribute: attrs.Attribute[Any], layers: Children) -> None:
    """Validator of a field `layers`: ConfigError unless all of them are layers."""
    for name, layer in named(layers):
        check_layer(instance, attribute, layer, name)


def check_layer(instance: object, attribute: attrs.Attribute[Any], layer: object, name: object = "") -> None:
    """Validator of a field that holds one layer."""
    if not isinstance(layer, Layer):
        fix = "call the class" if isinstance(layer, type) and issubclass(layer, Layer) else ""
        if isinstance(layer, tuple | list | Mapping):
            fix = "make one of them, as Sequential([...])"
        what = f"{attribute.name}[{name!r}]" if name != "" else attribute.name
        raise ConfigError(f"{what} to be a layer", repr(layer), who=type(instance).__name__, fix=fix)


def check_time_major(instance: Any, attribute: attrs.Attribute[Any], value: bool) -> None:
    """Validator of a field `time_major`: ConfigError unless all inside that see the same x agree with it."""
    for path, layer, own in (found for child in children(instance).values() for found in _in_time(child, "")):
        if own != value:
            expected = f"time_major={value} of the layer inside too"
            who = "/".join(filter(None, (path, str(layer))))
            fix = f"give both the same, as {type(instance).__name__}(..., time_major={own})"
            raise ConfigError(expected, who, who=type(instance).__name__, fix=fix)


def _in_time(layer: Layer, path: str) -> Iterator[tuple[str, Layer, bool]]:
    """(path, layer, its time_major) of the layers with axes in time, but for what is inside of those."""
    kind: Any = type(layer)
    if attrs.has(kind) and any(field.name == "time_major" for field in attrs.fields(kind)):
        own: Any = layer
        yield path, layer, own.time_major
    else:
        for name, child in children(layer).items():
            yield from _in_time(child, "/".join(filter(None, (path, name))))


def named(layers: Children) -> Iterator[tuple[Any, Layer]]:
    """(name or index, layer) in order."""
    return enumerate(layers) if isinstance(layers, tuple) else iter(layers.items())


def in_order(layers: Children) -> Iterable[Layer]:
    """The layers."""
    return layers if isinstance(layers, tuple) else layers.values()


def name_at(layers: Children, index: int) -> Any:
    """The name of the layer in this place, or its index."""
    return index if isinstance(layers, tuple) else list(layers)[index]


def packed(layers: Children, values: list[Tree]) -> Tree:
    """The values, one a layer and in their order, in the container of the layers."""
    return tuple(values) if isinstance(layers, tuple) else FrozenDict(dict(zip(layers, values, strict=True)))


def unpacked(who: object, layers: Children, values: Tree, what: str = "params") -> Sequence[Tree]:
    """The values in the order of the layers. Raises TreeError unless their container fits the layers'."""
    if isinstance(layers, tuple):
        if isinstance(values, tuple | list) and len(values) == len(layers):
            return values
        raise TreeError(f"{what} to be a tuple of {len(layers)}", describe(values), who=who)
    if isinstance(values, Mapping) and values.keys() == layers.keys():
        return [values[name] for name in layers]
    raise TreeError(f"{what} to be a mapping of {', '.join(layers)}", _names(values), who=who)


def summed(*trees: Tree) -> Tree:
    """The sum of trees of one form, which are gradients. Raises TreeError for what has no sum."""
    try:
        return functools.reduce(functools.partial(tree.map, np.add), trees)
    except (TypeError, ValueError) as error:
        raise TreeError("gradients of one shape, of numbers", str(error), who="dparams") from error


def _names(values: Tree) -> str:
    return f"one of {', '.join(map(str, values))}" if isinstance(values, Mapping) else describe(values)


def advanced(who: object, layers: Children, params: Tree, caches: Tree) -> Tree:
    """The parameters, each child's advanced; the very same object if nothing moved."""
    old, new = unpacked(who, layers, params), []
    steps = zip(in_order(layers), old, unpacked(who, layers, caches, "cache"), strict=True)
    try:
        for layer, p, c in steps:
            new.append(layer.advance(p, c))
    except Exception as error:
        passing(error, name_at(layers, len(new)))
        raise
    return params if all(map(operator.is_, old, new)) else packed(layers, new)
