"""The layers inside a combinator: a tuple of them, or a mapping of names to them.

Parameters come in the same kind of container, with the same names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from funnet.containers import FrozenDict, Tree, describe
from funnet.errors import ConfigError, TreeError, at
from funnet.layer import Layer

Children = tuple[Layer, ...] | FrozenDict


def frozen_children(layers: Iterable[Layer] | Mapping[str, Layer]) -> Children:
    """Converter of a field `layers`: a list becomes a tuple, a dict a FrozenDict."""
    if not isinstance(layers, Iterable):
        raise ConfigError("a list or a dict of layers", f"{layers}", who="layers", fix="put it in a list")
    return FrozenDict(layers) if isinstance(layers, Mapping) else tuple(layers)


def check_children(instance: object, attribute: attrs.Attribute[Any], layers: Children) -> None:
    """Validator of a field `layers`: ConfigError unless all of them are layers."""
    for name, layer in named(layers):
        check_layer(instance, attribute, layer, name)


def check_layer(instance: object, attribute: attrs.Attribute[Any], layer: object, name: object = "") -> None:
    """Validator of a field that holds one layer."""
    if not isinstance(layer, Layer):
        fix = "call the class" if isinstance(layer, type) and issubclass(layer, Layer) else ""
        what = f"{attribute.name}[{name!r}]" if name != "" else attribute.name
        raise ConfigError(f"{what} to be a layer", repr(layer), who=type(instance).__name__, fix=fix)


def named(layers: Children) -> Iterator[tuple[Any, Layer]]:
    """(name or index, layer) in order."""
    return iter(layers.items()) if isinstance(layers, FrozenDict) else enumerate(layers)


def packed(layers: Children, values: list[Tree]) -> Tree:
    """The values, one a layer and in their order, in the container of the layers."""
    return (
        FrozenDict(dict(zip(layers, values, strict=True)))
        if isinstance(layers, FrozenDict)
        else tuple(values)
    )


def unpacked(who: object, layers: Children, values: Tree, what: str = "params") -> list[Tree]:
    """The values in the order of the layers. Raises TreeError unless their container fits the layers'."""
    if isinstance(layers, FrozenDict):
        if isinstance(values, Mapping) and values.keys() == layers.keys():
            return [values[name] for name in layers]
        raise TreeError(f"{what} to be a mapping of {', '.join(layers)}", _names(values), who=who)
    if not isinstance(values, tuple | list) or len(values) != len(layers):
        raise TreeError(f"{what} to be a tuple of {len(layers)}", describe(values), who=who)
    return list(values)


def _names(values: Tree) -> str:
    return f"one of {', '.join(map(str, values))}" if isinstance(values, Mapping) else describe(values)


def advanced(who: object, layers: Children, params: Tree, caches: Tree) -> Tree:
    """The parameters, each child's advanced; the very same object if nothing moved."""
    old = unpacked(who, layers, params)
    new = [
        at(name, layer.advance, p, cache)
        for (name, layer), p, cache in zip(
            named(layers), old, unpacked(who, layers, caches, "cache"), strict=True
        )
    ]
    return params if all(a is b for a, b in zip(old, new, strict=True)) else packed(layers, new)
