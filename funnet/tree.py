"""Pytrees: the parameters of a network, seen as a tree or as one flat vector.

A tree is built of tuples, lists, dicts, attrs records and arrays. Every function here is pure, visits
dicts in the order of their sorted names, and, unless it says otherwise, never enters a `Buffer`.

Paths read "0/w" or "encoder/1/scale". Globs match whole paths: "*" stands for one name or a part of
one, "**" for any number of names, so "**/w" is every leaf called w.

    >>> import numpy as np
    >>> from funnet import tree
    >>> params = {"hidden": {"w": np.ones((2, 3)), "b": np.zeros(3)}}
    >>> tree.paths(params)
    ['hidden/b', 'hidden/w']
    >>> vector = tree.ravel(params)
    >>> tree.unravel(params, 2 * vector)["hidden"]["w"][0]
    array([2., 2., 2.])
"""

from __future__ import annotations

import builtins
import functools
import hashlib
import re
from collections.abc import Callable, Iterator

import numpy as np

from funnet.containers import (
    Array,
    Buffer,
    FrozenDict,
    Tree,
    check_name,
    describe,
    freeze,
    is_leaf,
    parts,
    read_only,
    rebuild,
    record,
    values,
)
from funnet.errors import DtypeError, ShapeError, TreeError

__all__ = [
    "Array",
    "Buffer",
    "FrozenDict",
    "Tree",
    "allclose",
    "count",
    "equal",
    "fingerprint",
    "freeze",
    "get",
    "leaves",
    "map",
    "mask",
    "nbytes",
    "paths",
    "ravel",
    "record",
    "same_structure",
    "select",
    "set",
    "unravel",
    "walk",
]

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
    others = [_children_like(children, other) for other in rest]
    made = []
    for index, (name, child) in enumerate(children):
        try:
            made.append(map(f, child, *(other[index] for other in others)))
        except TreeError as error:
            raise error.under(name) from None
    return rebuild(tree, made)


def _children_like(children: list[tuple[object, Tree]], other: Tree) -> list[Tree]:
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


def _named_leaves(tree: Tree) -> list[tuple[str, Array]]:
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
    return [path for path, _ in _named_leaves(tree)]


def ravel(tree: Tree) -> Array:
    """The leaves as one new vector (P,). A tree without leaves gives an empty float32 vector.

    Raises DtypeError, with the path, unless all leaves have one dtype.
    """
    found = leaves(tree)
    if not found:
        return np.zeros(0, np.float32)
    if any(leaf.dtype != found[0].dtype for leaf in found):
        path, odd = next((p, leaf) for p, leaf in _named_leaves(tree) if leaf.dtype != found[0].dtype)
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


def get(tree: Tree, path: str) -> Tree:
    """The subtree or leaf at `path`; paths lead into Buffers too. Raises TreeError for an unknown path."""
    node = tree
    for depth, name in enumerate(_names(path)):
        node = dict(_children_at(node))[_known(node, name, path, depth)]
    return _opened(node)


def set(tree: Tree, path: str, value: Tree) -> Tree:
    """A tree like `tree` with `value` at `path`.

    Raises TreeError for an unknown path, ShapeError or DtypeError for an array that does not fit there.
    """
    return _set(tree, path, 0, value)


def _set(node: Tree, path: str, depth: int, value: Tree) -> Tree:
    if isinstance(node, Buffer):
        return Buffer(_set(node.value, path, depth, value))
    names = _names(path)
    if depth == len(names):
        return _fitting(path, node, value)
    children = _children_at(node)
    known = _known(node, names[depth], path, depth)
    return rebuild(node, [_set(c, path, depth + 1, value) if n == known else c for n, c in children])


def _names(path: str) -> list[str]:
    if not isinstance(path, str):
        raise DtypeError("a path as a string", repr(path))
    return path.split("/") if path else []


def _children_at(node: Tree) -> list[tuple[object, Tree]]:
    children = parts(_opened(node))
    return [] if is_leaf(node) or children is None else children


def _opened(node: Tree) -> Tree:
    while isinstance(node, Buffer):
        node = node.value
    return node


def _known(node: Tree, name: str, path: str, depth: int) -> object:
    names = [known for known, _ in _children_at(node)]
    for known in names:
        if str(known) == name:
            return known
    where = "/".join(path.split("/")[:depth]) or "the tree"
    choice = ", ".join(builtins.map(str, names)) if names else "nothing"
    raise TreeError(f"a path that goes on with one of {choice}", repr(path), why=f"below {where}")


def _fitting(path: str, old: Tree, new: Tree) -> Tree:
    if not is_leaf(old):
        return freeze(new)
    if not is_leaf(new):
        raise TreeError(f"an array like {describe(old)}", describe(new), who=path)
    if new.shape != old.shape:
        raise ShapeError(f"shape {old.shape}", f"shape {new.shape}", who=path)
    if new.dtype != old.dtype:
        raise DtypeError(f"dtype {old.dtype}", f"dtype {new.dtype}", who=path)
    return freeze(new)


def select(tree: Tree, where: str) -> dict[str, Array]:
    """The leaves whose path matches the glob `where`, by path. Raises TreeError if there are none."""
    named = _named_leaves(tree)
    chosen = matching(tuple(path for path, _ in named), where)
    return dict(item for item, hit in zip(named, chosen, strict=True) if hit)


def mask(tree: Tree, where: str) -> Array:
    """A boolean vector (P,), true where `ravel(tree)` holds a leaf whose path matches `where`."""
    named = _named_leaves(tree)
    chosen = matching(tuple(path for path, _ in named), where)
    return np.repeat(np.array(chosen, bool), [leaf.size for _, leaf in named])


@functools.lru_cache(maxsize=256)
def matching(names: tuple[str, ...], where: str) -> tuple[bool, ...]:
    """Which of the paths match the glob. Raises TreeError if none does."""
    pattern = _glob(where)
    chosen = tuple(pattern.fullmatch(name) is not None for name in names)
    if not any(chosen):
        known = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        raise TreeError("a glob that matches a path", repr(where), why=f"the paths are {known or 'none'}")
    return chosen


def _glob(where: str) -> re.Pattern[str]:
    if where == "**":
        return re.compile(".*")
    pattern = ""
    for name in where.split("/"):
        if name == "**":
            pattern += "(?:[^/]+/)*"
        else:
            pattern += "[^/]*".join(re.escape(piece) for piece in name.split("*")) + "/"
    return re.compile(pattern.removesuffix("/") if not where.endswith("/**") else pattern + ".*")


def same_structure(tree: Tree, other: Tree) -> None:
    """Raise, with the path, unless both trees have the same containers, names, shapes and dtypes."""
    if is_leaf(tree):
        if not is_leaf(other):
            raise TreeError(f"an array like {describe(tree)}", describe(other))
        if tree.shape != other.shape:
            raise ShapeError(f"shape {tree.shape}", f"shape {other.shape}")
        if tree.dtype != other.dtype:
            raise DtypeError(f"dtype {tree.dtype}", f"dtype {other.dtype}")
        return None
    children = parts(tree)
    if children is None and parts(other) is None and not is_leaf(other):
        return None
    if isinstance(tree, Buffer) and isinstance(other, Buffer):
        return same_structure(tree.value, other.value)
    if children is None or _kind(tree) is not _kind(other):
        raise TreeError(describe(tree), describe(other))
    for (name, child), twin in zip(children, _children_like(children, other), strict=True):
        try:
            same_structure(child, twin)
        except (TreeError, ShapeError, DtypeError) as error:
            raise error.under(name) from None
    return None


def _kind(node: Tree) -> type:
    """The class of a container; all mappings count as one, and so do lists and tuples."""
    if isinstance(node, dict | FrozenDict):
        return dict
    return tuple if isinstance(node, list) else type(node)


def _compare(a: Tree, b: Tree, same: Callable[[Array, Array], bool]) -> bool:
    try:
        same_structure(a, b)
    except (TreeError, ShapeError, DtypeError):
        return False
    pairs = zip(walk(a, buffers=True), walk(b, buffers=True), strict=True)
    return all(same(x, y) if is_leaf(x) else _same_value(x, y) for (_, x), (_, y) in pairs)


def _same_value(x: object, y: object) -> bool:
    return bool(x == y or (x != x and y != y))


def equal(a: Tree, b: Tree) -> bool:
    """Whether two trees, Buffers included, are the same to the last bit (a NaN equals itself)."""
    return _compare(a, b, lambda x, y: x.tobytes() == y.tobytes())


def allclose(a: Tree, b: Tree, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
    """Whether two trees, Buffers included, are built alike and agree as `np.allclose` means it."""
    return _compare(a, b, lambda x, y: bool(np.allclose(x, y, rtol, atol)))


def count(tree: Tree) -> int:
    """The number of trainable numbers."""
    return sum(leaf.size for leaf in leaves(tree))


def nbytes(tree: Tree) -> int:
    """The bytes of all arrays, those in Buffers included."""
    return sum(value.nbytes for _, value in walk(tree, buffers=True) if is_leaf(value))


def fingerprint(tree: Tree) -> str:
    """A SHA-256 over paths, dtypes, shapes and bits of everything in the tree, Buffers included."""
    digest = hashlib.sha256()
    for path, value in walk(tree, buffers=True):
        if is_leaf(value):
            digest.update(f"{path} {value.dtype.str} {value.shape}\n".encode())
            digest.update(np.ascontiguousarray(value).tobytes())
        else:
            digest.update(f"{path} {value!r}\n".encode())
    return digest.hexdigest()
