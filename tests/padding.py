"""The laws of a `Padded`: functions of a census row that raise where it breaks one."""

from collections.abc import Iterator

import numpy as np

import funnet as fn
from funnet import tree
from funnet.core import padded
from funnet.core.containers import Tree
from funnet.core.padded import Padded
from tests.cases import Row
from tests.laws import Law, _modes, _point


def padded_in(node: Tree) -> Iterator[Padded]:
    """Every Padded in an input."""
    if isinstance(node, Padded):
        yield node
    elif isinstance(node, tuple):
        for child in node:
            yield from padded_in(child)


def padding_is_never_read(row: Row) -> None:
    """What stands behind the ends moves no result, and zeros stand there in y and in dx."""
    whole = any(leaf.dtype.kind in "iu" for leaf in tree.leaves(row.x))
    for net in _modes(row):
        params, x, dy = _point(row, net)
        y, cache = net(params, x)
        dparams, dx = net.vjp(params, cache, dy)
        assert tree.equal(_filled(y, 0), y)
        assert tree.equal(_filled(dx, 0), dx)
        again, other = net(params, _filled(x, -1 if whole else np.nan))
        assert tree.equal(again, y)
        assert tree.equal(net.vjp(params, other, _filled(dy, np.nan)), (dparams, dx))
        assert tree.equal(net.advance(params, other), net.advance(params, cache))


def each_sequence_stands_alone(row: Row) -> None:
    """In inference a batch with padding gives each sequence what it gets by itself, without any."""
    net = fn.inference(row.net)
    params, x, dy = _point(row, net)
    y, cache = net(params, x)
    dparams, dx = net.vjp(params, cache, dy)
    alone = []
    for i in range(len(next(padded_in(x)).values)):
        one, cache = net(params, _example(x, i))
        assert tree.allclose(one, _example(y, i), rtol=1e-10, atol=1e-12)
        own, got = net.vjp(params, cache, _example(dy, i))
        assert tree.allclose(got, _example(dx, i), rtol=1e-10, atol=1e-12)
        alone.append(tree.ravel(own))
    assert np.allclose(tree.ravel(dparams), sum(alone), rtol=1e-10, atol=1e-12)


def _filled(node: Tree, value: float) -> Tree:
    """A tree with this value behind the ends of every Padded in it."""
    if isinstance(node, Padded):
        values, lengths = node.values, node.lengths.value
        real = padded.real(lengths, values.shape[1]).T
        return Padded(padded.chosen(real, values, values.dtype.type(value)), lengths)
    return tuple(_filled(child, value) for child in node) if isinstance(node, tuple) else node


def _example(node: Tree, i: int) -> Tree:
    """One example of a batch, cut off at its end."""
    if isinstance(node, Padded):
        return node.values[i : i + 1, : node.lengths.value[i]]
    return tuple(_example(child, i) for child in node) if isinstance(node, tuple) else node[i : i + 1]


LAWS: tuple[Law, ...] = (padding_is_never_read, each_sequence_stands_alone)
