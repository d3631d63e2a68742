"""The leaves of a tree: one by one, by path, and as one vector."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from funnet.containers import (
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
        return f(tree, *rest)
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
    return _walk(tree, (), buffers)


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
    _collect(tree, found)
    return found


def _collect(node: Tree, found: list[Array]) -> None:
    if type(node) is tuple:
        for child in node:
            _collect(child, found)
    elif is_leaf(node):
        found.append(node)
    elif type(node) is not Buffer:
        for child in values(node) or ():
            _collect(child, found)


def paths(tree: Tree) -> list[str]:
    """The paths of the arrays of a tree, in the order of `leaves`."""
    return [path for path, _ in named_leaves(tree)]


def cast(tree: Tree, dtype: npt.DTypeLike) -> Tree:
    """The tree with its floats, those in Buffers too, in another floating dtype."""
    if is_leaf(tree):
        return tree.astype(dtype) if tree.dtype.kind == "f" else tree
    children = values(tree)
    return rebuild(tree, [cast(child, dtype) for child in children]) if children else tree


def ravel(tree: Tree) -> Array:
    """The leaves as one new vector (P,). A tree without leaves gives an empty float32 vector.

    Raises DtypeError, with the path, unless all leaves have one dtype.
    """
    found = leaves(tree)
    if not found:
        return np.zeros(0, np.float32)
    if any(leaf.dtype != found[0].dtype for leaf in found):
        path, odd = next((p, leaf) for p, leaf in named_leaves(tree) if leaf.dtype != found[0].dtype)
        raise DtypeError(str(found[0].dtype), str(odd.dtype), who=path, why="one tree has one dtype")
    return np.concatenate([leaf.ravel() for leaf in found])


def unravel(tree: Tree, vector: Array) -> Tree:
    """A tree built like `tree` whose leaves are read-only views into `vector`; inverse to `ravel`.

    Raises ShapeError if the vector has another length, DtypeError if it has another dtype.
    """
    found = leaves(tree)
    size = sum(leaf.size for leaf in found)
    if not isinstance(vector, np.ndarray):
        raise DtypeError("a vector", describe(vector))
    if vector.shape != (size,):
        raise ShapeError(f"a vector of shape ({size},)", f"shape {vector.shape}", why="the tree's size")
    if found and vector.dtype != found[0].dtype:
        raise DtypeError(f"a vector of {found[0].dtype}", f"{vector.dtype}", why="as the tree")
    rest, start, views = read_only(vector[:]), 0, []
    for leaf in found:
        views.append(rest[start : start + leaf.size].reshape(leaf.shape))
        start += leaf.size
    return _refilled(tree, iter(views))


def _refilled(node: Tree, new: Iterator[Array]) -> Tree:
    """A tree like `node` with other leaves, taken one by one."""
    if is_leaf(node):
        return next(new)
    children = None if type(node) is Buffer else values(node)
    return rebuild(node, [_refilled(child, new) for child in children]) if children else node
