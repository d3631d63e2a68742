"""Where in its arguments a call can be spoilt: an argument as a whole, or a node or leaf inside it."""

from collections.abc import Iterator, Mapping
from typing import Any

import funnet as fn
from funnet.core.containers import Buffer, is_leaf, parts, rebuild
from funnet.losses import Loss
from funnet.losses.penalties import Penalty
from funnet.nn.initializers import Initializer
from funnet.testing import Report

Arguments = Mapping[str, Any]
Place = tuple[str, ...]

_VALUES = (
    fn.Layer,
    fn.Optimizer,
    fn.Key,
    fn.History,
    Loss,
    Penalty,
    Initializer,
    fn.Schedule,
    fn.EarlyStopping,
    Report,
)


def places(arguments: Arguments) -> Iterator[Place]:
    """The name of each argument, alone and with what leads to each node inside its value."""
    for name, value in arguments.items():
        yield from _inside(value, (name,))


def at(arguments: Arguments, place: Place) -> Any:
    """What stands there."""
    name, *names = place
    node = arguments[name]
    for step in names:
        node = dict(_children(node))[step]
    return node


def spoilt(arguments: Arguments, place: Place, odd: Any) -> dict[str, Any]:
    """The arguments with something odd there."""
    name, *names = place
    return {**arguments, name: _replaced(arguments[name], names, odd)}


def _inside(node: Any, place: Place) -> Iterator[Place]:
    yield place
    for name, child in _children(node):
        yield from _inside(child, (*place, name))


def _children(node: Any) -> list[tuple[str, Any]]:
    if isinstance(node, Buffer):
        return [("value", node.value)]
    if is_leaf(node) or isinstance(node, _VALUES):
        return []
    return [(str(name), child) for name, child in parts(node) or ()]


def _replaced(node: Any, names: list[str], odd: Any) -> Any:
    if not names:
        return odd
    if isinstance(node, Buffer):
        return Buffer(_replaced(node.value, names[1:], odd))
    inside = [
        _replaced(child, names[1:], odd) if name == names[0] else child for name, child in _children(node)
    ]
    return rebuild(node, inside)
