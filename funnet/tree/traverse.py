"""The leaves of a tree: one by one, by path, and as one vector."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from funnet.core import checks
from funnet.core.arrays import conversion, is_array
from funnet.core.containers import (
    Array,
    Buffer,
    Tree,
    check_name,
    describe,
    is_leaf,
    parts,
    read_only,
    rebuild,
    values,
)
from funnet.errors import DtypeError, ShapeError, TreeError

_FIRST = "as in the first tree"


def map(f: Callable[..., Tree], tree: Tree, *rest: Tree) -> Tree:
    """The tree of `f(leaf, *leaves)` over the leaves of `tree` and the leaves of `rest` in their place.

    Buffers and other passengers come from `tree`. Raises TreeError, with the path, where a tree of
    `rest` is built differently.
    """
    if is_leaf(tree):
        for other in rest:
            if not is_leaf(other):
                raise TreeError(f"an array like {describe(tree)}", describe(other), why=_FIRST)
        try:
            return f(tree, *rest)
        except TypeError:
            if not callable(f):
                raise DtypeError("f to be a function", describe(f), who="map") from None
            raise
    children = None if isinstance(tree, Buffer) else parts(tree)
    if children is None:
        return tree
    others = [children_like(children, other) for other in rest]
    made = []
    for index, (name, child) in enumerate(children):
        try:
            made.append(map(f, child, *(other[index] for other in others)))
        except TreeError as error:
            raise error.under(name) from None
    return rebuild(tree, made)


def children_like(children: list[tuple[object, Tree]], other: Tree) -> list[Tree]:
    """The children of `other`, if they have the names of those. Raises TreeError otherwise."""
    found = parts(other)
    if found is None or [name for name, _ in found] != [name for name, _ in children]:
        names = ", ".join(str(name) for name, _ in children)
        got = describe(other) + (f": {', '.join(str(name) for name, _ in found)}" if found else "")
        raise TreeError(f"a container of {names or 'nothing'}", got, why=_FIRST)
    return [child for _, child in found]


def walk(tree: Tree, *, buffers: bool) -> Iterator[tuple[str, Tree]]:
    """(path, value) of every leaf and every passenger, in order; of those in Buffers if `buffers`."""
    return _walk(tree, (), checks.true_or_false("walk", "buffers", buffers))


def _walk(node: Tree, path: tuple[str, ...], buffers: bool) -> Iterator[tuple[str, Tree]]:
    children = None if is_leaf(node) else parts(node)
    if isinstance(node, Buffer):
        if buffers:
            yield from _walk(node.value, path, buffers)
    elif children is None:
        yield "/".join(path), node
    else:
        for name, child in children:
            if isinstance(name, str):
                check_name(name)
            yield from _walk(child, (*path, str(name)), buffers)


def named_leaves(tree: Tree) -> list[tuple[str, Array]]:
    """(path, leaf) of every leaf, in order."""
    return [(path, value) for path, value in walk(tree, buffers=False) if is_leaf(value)]


def leaves(tree: Tree) -> list[Array]:
    """The arrays of a tree, in order."""
    found: list[Array] = []
    _collect((tree,), found)
    return found


def _collect(nodes: Sequence[Tree], found: list[Array]) -> None:
    for node in nodes:
        kind = type(node)
        if kind is np.ndarray:
            found.append(node)
        elif kind is tuple:
            _collect(node, found)
        elif (children := values(node)) is None:
            if is_leaf(node):
                found.append(node)
        elif kind is not Buffer:
            _collect(children, found)


def paths(tree: Tree) -> list[str]:
    """The paths of the arrays of a tree, in the order of `leaves`."""
    return [path for path, _ in named_leaves(tree)]


def cast(tree: Tree, dtype: npt.DTypeLike) -> Tree:
    """The tree with its floats, those in Buffers too, in another floating dtype."""
    return _cast(tree, checks.dtype("cast", dtype, "fc"))


def _cast(tree: Tree, dtype: np.dtype[Any]) -> Tree:
    if is_leaf(tree):
        return tree.astype(dtype) if tree.dtype.kind == "f" else tree
    children = values(tree)
    return rebuild(tree, [_cast(child, dtype) for child in children]) if children else tree


def ravel(tree: Tree) -> Array:
    """The leaves as one new vector (P,). A tree without leaves gives an empty float32 vector.

    Raises DtypeError, with the path, unless all leaves have one dtype and are of no subclass of arrays.
    """
    found = leaves(tree)
    if not found:
        return np.zeros(0, np.float32)
    dtype = found[0].dtype
    for path, leaf in named_leaves(tree) if any(map(_is_foreign, found)) else ():
        if _is_foreign(leaf):
            fix = f"convert it with {conversion(leaf, 'leaf')}"
            raise DtypeError("a plain NumPy array", describe(leaf), who=path, fix=fix)
    try:
        return np.concatenate(found, axis=None, dtype=dtype, casting="no")
    except TypeError:
        path, other = next((path, leaf) for path, leaf in named_leaves(tree) if leaf.dtype != dtype)
        raise DtypeError(f"{dtype}", f"{other.dtype}", who=path, why="one tree has one dtype") from None


def _is_foreign(leaf: Array) -> bool:
    """Whether it is of a subclass of arrays, which may mean something else by arithmetic."""
    return type(leaf) is not np.ndarray and isinstance(leaf, np.ndarray) and not is_array(leaf)


def unravel(tree: Tree, vector: Array) -> Tree:
    """A tree built like `tree` whose leaves are read-only views into `vector`; inverse to `ravel`.

    Raises ShapeError if the vector has another length, DtypeError if it has another dtype.
    """
    if not is_array(vector):
        code = conversion(vector, "vector")
        raise DtypeError("a vector", describe(vector), fix=f"convert it with {code}" if code else "")
    try:
        made, size = _refilled((tree,), read_only(vector[:]), 0)
    except (IndexError, ValueError):  # it has no axis, or no more numbers for a leaf
        size = sum(leaf.size for leaf in leaves(tree))
    if vector.shape != (size,):
        raise ShapeError(f"a vector of shape ({size},)", f"shape {vector.shape}", why="the tree's size")
    return made[0]


def _refilled(nodes: Sequence[Tree], vector: Array, start: int) -> tuple[list[Tree], int]:
    """Nodes like those with views into the vector as leaves, the first from `start`; and where they end."""
    made = []
    for node in nodes:
        kind: Any = type(node)
        if kind is np.ndarray or (kind is not tuple and is_leaf(node)):
            if node.dtype != vector.dtype:
                raise DtypeError(f"a vector of {node.dtype}", f"{vector.dtype}", why="as the tree")
            end = start + node.size
            made.append(vector[start:end].reshape(node.shape))
            start = end
        elif kind is Buffer or not (children := values(node)):
            made.append(node)
        else:
            inside, start = _refilled(children, vector, start)
            made.append(rebuild(node, inside))
    return made, start
