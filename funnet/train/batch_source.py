"""What training is fed with: a pair of arrays that is cut anew for every epoch, or an iterable of batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sized
from typing import cast

import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.containers import Tree
from funnet.core.key import Key
from funnet.errors import ConfigError, DataError, FunnetError
from funnet.nn.layer import Layer
from funnet.train.step import examples
from funnet.tree.batches import batches, length, take

Pair = tuple[Tree, Tree]
Batches = Iterable[Pair]


def feed(
    data: Pair | Batches, size: int, order: Key | None, *, drop_last: bool = False
) -> Iterator[tuple[Tree, Tree, int]]:
    """(x, target, number of examples) of the batches of an epoch.

    A pair is cut into batches of `size`, in an order drawn from the key; batches come as they are.
    Raises TreeError or ShapeError for a batch that is no pair, DataError if there are none.
    """
    if is_pair(data):
        _count(data)
        for batch in batches(data, size, order, drop_last=drop_last):
            yield *batch, length(batch)
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


def steps_per_epoch(who: object, data: Pair | Batches, size: int, *, drop_last: bool = False) -> int | None:
    """The number of batches in an epoch, where it is known.

    Raises ConfigError unless `size` is a positive integer and there is a batch left with `drop_last`, which
    is for a pair; what `examples` raises for a pair.
    """
    if not checks.is_integer(size) or size < 1:
        raise ConfigError("batch_size to be an integer of at least 1", repr(size), who=who)
    checks.true_or_false(who, "drop_last", drop_last)
    if is_pair(data):
        count = _count(data)
        if drop_last and count < size:
            why = f"data has {count} examples, and drop_last leaves out a batch of fewer"
            raise ConfigError(f"batch_size to be at most {count}", repr(size), who=who, why=why)
        return count // size if drop_last else -(-count // size)
    if drop_last:
        why, fix = "batches come as they are", "leave the short batch out of data"
        raise ConfigError("a pair (x, target) with drop_last", "batches", who=who, why=why, fix=fix)
    return len(data) if isinstance(data, Sized) else None


def _count(data: Tree) -> int:
    """The number of examples of a pair. Raises as `examples`, or if its target is of numbers, not arrays."""
    count, (_, target) = examples("data", data), data
    if any(value is not None for _, value in tree.walk(target, buffers=True)):
        length(target)
    return count


def check_short_batch(
    net: Layer, params: Tree, data: Pair | Batches, size: int, *, drop_last: bool = False
) -> None:
    """Raise what a network in training mode raises for one example and not for two, if a batch is that short.

    A channel of BatchNorm with one value, say, has no variance. The error also says what to do about it.
    """
    if not is_pair(data):
        return
    count, (x, _) = length(data), cast(Pair, data)
    if count < 2 or (size > 1 and (drop_last or count % size != 1)):
        return
    error = _error_for(net, params, take(x, slice(0, 1)))
    if error is None or _error_for(net, params, take(x, slice(0, 2))) is not None:
        return
    fix = "every batch is one example: give a larger batch_size"
    if size > 1:
        fix = f"the last batch of {count} examples is one: give drop_last=True, or another batch_size"
    if isinstance(error, FunnetError):
        error.fix = fix
    else:
        error.add_note(fix)
    raise error


@np.errstate(all="ignore")  # as in a step
def _error_for(net: Layer, params: Tree, x: Tree) -> Exception | None:
    try:
        net(params, x)
    except Exception as error:
        return error
    return None


def is_pair(data: object) -> bool:
    """Whether data is (x, target), or nothing to iterate; a list of tuples gives batches."""
    if isinstance(data, list):
        return len(data) == 2 and not isinstance(data[0], tuple)
    return isinstance(data, tuple | np.ndarray | Mapping) or not isinstance(data, Iterable)
