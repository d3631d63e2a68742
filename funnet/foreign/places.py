"""The records of parameters by their paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from funnet.containers import Buffer, FrozenDict, Tree, is_leaf, parts, rebuild
from funnet.foreign.records import RULES


def records(node: Tree, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Tree]]:
    """(path, node) of every record with a rule and of every other array, mappings in their own order."""
    if isinstance(node, Buffer):
        yield from records(node.value, path)
    elif type(node) in RULES or is_leaf(node):
        yield "/".join(path), node
    else:
        ordered = isinstance(node, dict | FrozenDict)
        for name, child in node.items() if ordered else parts(node) or ():
            yield from records(child, (*path, str(name)))


def filled(node: Tree, made: Mapping[str, Tree], path: tuple[str, ...] = ()) -> Tree:
    """The tree with other records at their paths."""
    if isinstance(node, Buffer):
        return Buffer(filled(node.value, made, path))
    if type(node) in RULES:
        return made["/".join(path)]
    children = None if is_leaf(node) else parts(node)
    if children is None:
        return node
    return rebuild(node, [filled(child, made, (*path, str(name))) for name, child in children])
