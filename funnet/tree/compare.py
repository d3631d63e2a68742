"""Whether two trees are the same, and how large one is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from funnet.core import checks
from funnet.core.arrays import foreign_shape, is_array
from funnet.core.containers import Array, Buffer, FrozenDict, Tree, describe, is_leaf, parts
from funnet.errors import ConfigError, DtypeError, ShapeError, TreeError
from funnet.tree.traverse import children_like, leaves, walk


def same_structure(tree: Tree, other: Tree) -> None:
    """Raise, with the path, unless both trees have the same containers, names, shapes and dtypes."""
    if is_leaf(tree):
        if not is_leaf(other) or (isinstance(other, np.ndarray) and not is_array(other)):
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
    for (name, child), twin in zip(children, children_like(children, other), strict=True):
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
    if foreign_shape(x) is not None or foreign_shape(y) is not None:  # comparing them makes arrays, or warns
        return x is y
    return bool(x == y or (x != x and y != y))


def equal(a: Tree, b: Tree) -> bool:
    """Whether two trees, Buffers included, are the same to the last bit (a NaN equals itself)."""
    return _compare(a, b, lambda x, y: x.tobytes() == y.tobytes())


def allclose(a: Tree, b: Tree, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
    """Whether two trees, Buffers included, are built alike and agree as `np.allclose` means it."""
    for name, value in (("rtol", rtol), ("atol", atol)):
        if not checks.is_number(value) or value < 0:
            raise ConfigError(f"{name} to be a number of at least 0", repr(value), who="allclose")
    return _compare(a, b, lambda x, y: bool(np.allclose(x, y, float(rtol), float(atol))))


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
