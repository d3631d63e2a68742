"""Mini-batches."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.arrays import is_array
from funnet.core.checks import plain
from funnet.core.containers import Array, Tree, describe, is_leaf, rebuild, values
from funnet.core.key import Key
from funnet.errors import DataError, ShapeError


def length(data: Tree, name: str = "data") -> int:
    """The number N of examples in a tree of arrays (N, …).

    Raises ShapeError unless all have the same, DataError if there are none, DtypeError for a subclass of
    arrays.
    """
    sizes: set[int | None] = set()
    _collect_sizes(data, sizes)
    if len(sizes) == 1 and (size := next(iter(sizes))):
        return size
    named = [(path, leaf) for path, leaf in tree.walk(data, buffers=True) if is_leaf(leaf)]
    for path, leaf in named:
        if isinstance(leaf, np.ndarray):
            plain(f"{name}/{path}" if path else name, leaf, "target" if path == "1" else "x")
    if not named:
        raise DataError("NumPy arrays", describe(data), who=name)
    if sizes == {0}:
        raise DataError("at least one example", "an empty array", who=name)
    listed = ", ".join(f"{path or name}: {leaf.shape[0] if leaf.ndim else None}" for path, leaf in named)
    raise ShapeError("the same number of examples in every array", listed, who=name)


def _collect_sizes(node: Tree, sizes: set[int | None]) -> None:
    if is_leaf(node):
        known = node.ndim and (is_array(node) or not isinstance(node, np.ndarray))
        sizes.add(node.shape[0] if known else None)
    else:
        for child in values(node) or ():
            _collect_sizes(child, sizes)


def take(data: Tree, index: object) -> Tree:
    """The rows `index` of every array of a tree, those in Buffers too."""
    if is_leaf(data):
        return data[index]
    children = values(data)
    return rebuild(data, [take(child, index) for child in children]) if children else data


def batches(data: Tree, size: int, key: Key | None = None, *, drop_last: bool = False) -> Iterator[Tree]:
    """Consecutive batches of a tree of arrays (N, …), all cut by one index.

    With a key the examples come in an order drawn from it, otherwise as they stand. The last batch may be
    short; with `drop_last` a short one is left out.
    Raises ConfigError for a bad size, ShapeError or DataError as `length`.
    """
    checks.count("batches", "size", size)
    if key is not None:
        checks.key("batches", key)
    checks.true_or_false("batches", "drop_last", drop_last)
    count = length(data)
    order = np.arange(count) if key is None else key.generator().permutation(count)
    return _cut(data, size, order[: count - count % size] if drop_last else order)


def _cut(data: Tree, size: int, order: Array) -> Iterator[Tree]:
    for start in range(0, len(order), size):
        yield take(data, order[start : start + size])
