"""Places in a tree: one by its path, or all that match a glob."""

from __future__ import annotations

import functools

import numpy as np

from funnet.core.arrays import conversion
from funnet.core.containers import Array, Buffer, Tree, describe, freeze, is_leaf, parts, rebuild
from funnet.errors import DtypeError, ShapeError, TreeError
from funnet.tree import globs
from funnet.tree.traverse import named_leaves


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
    choice = ", ".join(map(str, names)) if names else "nothing"
    raise TreeError(f"a path that goes on with one of {choice}", repr(path), why=f"below {where}")


def _fitting(path: str, old: Tree, new: Tree) -> Tree:
    if not is_leaf(old):
        return freeze(new)
    if not is_leaf(new):
        code = conversion(new, "value")
        fix = f"convert it with {code}" if code else ""
        raise TreeError(f"an array like {describe(old)}", describe(new), who=path, fix=fix)
    if new.shape != old.shape:
        raise ShapeError(f"shape {old.shape}", f"shape {new.shape}", who=path)
    if new.dtype != old.dtype:
        raise DtypeError(f"dtype {old.dtype}", f"dtype {new.dtype}", who=path)
    return freeze(new)


def select(tree: Tree, where: str) -> dict[str, Array]:
    """The leaves whose path matches the glob `where`, by path. Raises TreeError if there are none."""
    named = named_leaves(tree)
    chosen = matching(tuple(path for path, _ in named), where)
    return dict(item for item, hit in zip(named, chosen, strict=True) if hit)


def mask(tree: Tree, where: str) -> Array:
    """A boolean vector (P,), true where `ravel(tree)` holds a leaf whose path matches `where`."""
    named = named_leaves(tree)
    chosen = matching(tuple(path for path, _ in named), where)
    return np.repeat(np.array(chosen, bool), [leaf.size for _, leaf in named])


def matching(names: tuple[str, ...], where: str) -> tuple[bool, ...]:
    """Which of the paths match the glob. Raises TreeError if none does, or for what is not a glob."""
    if not isinstance(where, str):
        raise TreeError("a glob, as '**/w'", repr(where))
    if not isinstance(names, tuple | list) or not all(isinstance(name, str) for name in names):
        raise TreeError("paths that are strings", repr(names))
    short = len(where) + sum(map(len, names)) <= _KEPT
    return _kept_matched(tuple(names), where) if short else _matched(names, where)


def _matched(names: tuple[str, ...], where: str) -> tuple[bool, ...]:
    pattern = where.split("/")
    chosen = tuple(globs.matches(pattern, name.split("/")) for name in names)
    if not any(chosen):
        known = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        raise TreeError("a glob that matches a path", repr(where), why=f"the paths are {known or 'none'}")
    return chosen


_KEPT = 2**15  # letters of the glob and all paths together
_kept_matched = functools.lru_cache(maxsize=64)(_matched)
