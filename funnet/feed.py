"""What training is fed with: a pair of arrays that is cut anew for every epoch, or an iterable of batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sized

import numpy as np

from funnet.batches import batches, length
from funnet.containers import Tree
from funnet.errors import DataError
from funnet.key import Key
from funnet.train import examples

Pair = tuple[Tree, Tree]
Batches = Iterable[Pair]


def feed(data: Pair | Batches, size: int, order: Key | None) -> Iterator[tuple[Tree, Tree, int]]:
    """(x, target, number of examples) of the batches of an epoch.

    A pair is cut into batches of `size`, in an order drawn from the key; batches come as they are.
    Raises TreeError or ShapeError for a batch that is no pair, DataError if there are none.
    """
    if is_pair(data):
        examples("data", data)
        for x, target in batches(data, size, order):
            yield x, target, length(target)
        return
    empty = True
    for batch in data:
        count = examples("a batch of data", batch)
        empty = False
        x, target = batch
        yield x, target, count
    if empty:
        why = "data is iterated anew for every epoch"
        raise DataError("at least one batch", "none", who="data", why=why, fix="give a list, not a generator")


def steps(data: Pair | Batches, size: int) -> int | None:
    """The number of batches in an epoch, where it is known. Raises as `examples` for a pair."""
    if is_pair(data):
        return -(-examples("data", data) // size)
    return len(data) if isinstance(data, Sized) else None


def is_pair(data: object) -> bool:
    """Whether data is (x, target), or nothing to iterate; a list of tuples gives batches."""
    if isinstance(data, list):
        return len(data) == 2 and not isinstance(data[0], tuple)
    return isinstance(data, tuple | np.ndarray | Mapping) or not isinstance(data, Iterable)
