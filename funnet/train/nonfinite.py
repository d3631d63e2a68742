"""What a step makes and is NaN or infinite: seen at once, and traced to where it began."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from funnet import tree
from funnet.core.containers import Array, Tree, is_leaf, values
from funnet.errors import NonFiniteError, at
from funnet.nn import trace
from funnet.nn.layer import Layer
from funnet.tree.traverse import named_leaves
from funnet.tree.treedef import Form


def check_loss(who: str, net: Layer, params: Tree, x: Tree, target: Tree, value: Any) -> None:
    """Raise NonFiniteError, with the first place where it stands, if the loss of a batch is not finite."""
    if not math.isfinite(value):
        with np.errstate(all="ignore"):
            why = _origin(net, params, x, target)
        raise NonFiniteError("a finite loss", f"{value}", who=who, why=why)


def check_vector(who: str, what: str, params: Tree, vector: Array) -> None:
    """Raise NonFiniteError, with the path, if a vector (P,) like the parameters is not finite."""
    with np.errstate(over="ignore"):  # of large numbers, whose squares have no sum: a closer look follows
        if finite(vector):
            return
    raise NonFiniteError(f"a finite {what}", f"{_first(params, vector, f'the {what}')}", who=who)


def check_state(who: str, params: Tree, opt_state: Tree) -> None:
    """Raise NonFiniteError, with both paths, if an array in the optimizer's state is not finite."""
    for path, leaf in named_leaves(opt_state):
        if not finite(leaf):
            name, like = f"opt_state/{path}" if path else "opt_state", tree.count(params)
            got = _first(params, leaf, name) if leaf.shape == (like,) else f"{_odd(leaf)} in {name}"
            fix = "clip the gradient, as chain(clip_by_norm(1.0), ...)"
            raise NonFiniteError("a finite state of the optimizer", got, who=who, fix=fix)


def advanced(who: str, net: Layer, params: Tree, cache: Tree, form: Form) -> Tree:
    """net.advance(params, cache), for parameters of this form.

    Raises TreeError, ShapeError or DtypeError unless it is built like `params`, NonFiniteError, with the
    path, if an array in a Buffer is not finite that was not there before.
    """
    new = net.advance(params, cache)
    if new is params:
        return params
    try:
        buffers = zip(form.rest(params), form.rest(new), strict=True)
        arrays = [pair for a, b in buffers if a is not b for pair in _pairs(a.value, b.value)]
        sound = all(a.shape == b.shape and a.dtype == b.dtype and finite(b) for a, b in arrays)
    except (AttributeError, LookupError, TypeError, ValueError):
        sound = False
    if not sound:
        at("what advance gives", tree.same_structure, params, new)
        known = {id(leaf) for _, leaf in tree.walk(params, buffers=True)}
        for path, leaf in tree.walk(new, buffers=True):
            if is_leaf(leaf) and id(leaf) not in known and not finite(leaf):
                raise NonFiniteError("finite Buffers", f"{_odd(leaf)} in the new {path}", who=who)
    return new


def _pairs(old: Tree, new: Tree) -> Iterator[tuple[Array, Array]]:
    """The arrays of both trees, place by place, that are not the same object."""
    if old is new:
        return
    if is_leaf(old):
        yield old, new
    else:
        for a, b in zip(values(old) or (), values(new) or (), strict=True):
            yield from _pairs(a, b)


def finite(leaf: Array) -> bool:
    """Whether all entries are: one product tells, unless they are so large that their squares have no sum."""
    kind = leaf.dtype.kind
    if kind == "f":
        vector = leaf if leaf.ndim == 1 else leaf.reshape(-1)
        if math.isfinite(vector.dot(vector)):
            return True
    return kind not in "fc" or bool(np.isfinite(leaf).all())


def _first(params: Tree, vector: Array, name: str) -> str:
    """The first entry that is not finite of a vector (P,) like the parameters, and where it is in them."""
    start = 0
    for path, like in named_leaves(params):
        leaf = vector[start : start + like.size].reshape(like.shape)
        if not np.isfinite(leaf).all():
            return f"{_odd(leaf)} in {name} of {path}"
        start += like.size
    return f"nothing in {name}"


def _origin(net: Layer, params: Tree, x: Tree, target: Tree) -> str:
    for name, part in (("the batch's x", x), ("the batch's target", target), ("params", params)):
        for path, leaf in zip(tree.paths(part), tree.leaves(part), strict=True):
            if leaf.dtype.kind in "fc" and not np.isfinite(leaf).all():
                return f"the first is {_odd(leaf)} in {'/'.join(filter(None, (name, path)))}"
    for seen in trace.trace(net, params, x):
        if not all(np.isfinite(leaf).all() for leaf in tree.leaves(seen.y)):
            return f"the first is in the output of {'/'.join(filter(None, (seen.path, str(seen.layer))))}"
    return "the output of the network is finite: the loss or the penalty made it"


def _odd(leaf: Array) -> str:
    index = tuple(int(i) for i in np.argwhere(~np.isfinite(leaf))[0])
    return f"{leaf[index]} at {index}"
