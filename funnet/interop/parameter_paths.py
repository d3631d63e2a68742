"""The records of parameters by their paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from funnet import tree
from funnet.core.containers import Buffer, FrozenDict, Tree, freeze, is_leaf, parts, rebuild
from funnet.errors import CheckpointError
from funnet.interop.layouts import RULES


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


def in_dtype(record: Tree, own: Tree, sources: Tree, who: str, name: str) -> Tree:
    """The record in the dtype of our own, frozen. CheckpointError if a number is too large for it."""
    leaves = tree.leaves(own)
    dtype = leaves[0].dtype if leaves else np.dtype(np.float32)  # of what is tied nothing is left
    with np.errstate(over="ignore"):
        cast = freeze(tree.cast(record, dtype))
    if _not_finite(cast) > _not_finite(sources):
        fix = "cast the parameters to float64 with tree.cast"
        raise CheckpointError(f"{name} in numbers that {dtype} can hold", "larger ones", who=who, fix=fix)
    return cast


def _not_finite(node: Tree) -> int:
    """How many of its numbers are NaN or infinite."""
    arrays = [leaf for _, leaf in tree.walk(node, buffers=True) if is_leaf(leaf)]
    return sum(array.size - int(np.isfinite(array).sum()) for array in arrays)
