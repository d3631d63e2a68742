"""Losses and gradients that are NaN or infinite: seen at once, and traced to where they began."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from funnet import probe, tree
from funnet.containers import Array, Tree
from funnet.errors import NonFiniteError
from funnet.layer import Layer


def check_loss(who: str, net: Layer, params: Tree, x: Tree, target: Tree, value: Any) -> None:
    """Raise NonFiniteError, with the first place where it stands, if the loss of a batch is not finite."""
    if not math.isfinite(value):
        with np.errstate(all="ignore"):
            why = _origin(net, params, x, target)
        raise NonFiniteError("a finite loss", f"{value}", who=who, why=why)


def check_vector(who: str, what: str, params: Tree, vector: Array) -> None:
    """Raise NonFiniteError, with the path, if a vector (P,) like the parameters is not finite."""
    with np.errstate(over="ignore"):  # of large numbers, whose squares have no sum: a closer look follows
        if math.isfinite(np.dot(vector, vector)):
            return
    for path, leaf in zip(tree.paths(params), tree.leaves(tree.unravel(params, vector)), strict=True):
        if not np.isfinite(leaf).all():
            raise NonFiniteError(f"a finite {what}", f"{_odd(leaf)} in the {what} of {path}", who=who)


def _origin(net: Layer, params: Tree, x: Tree, target: Tree) -> str:
    for name, values in (("the batch's x", x), ("the batch's target", target), ("params", params)):
        for path, leaf in zip(tree.paths(values), tree.leaves(values), strict=True):
            if leaf.dtype.kind in "fc" and not np.isfinite(leaf).all():
                return f"the first is {_odd(leaf)} in {'/'.join(filter(None, (name, path)))}"
    for seen in probe.trace(net, params, x):
        if not all(np.isfinite(leaf).all() for leaf in tree.leaves(seen.y)):
            return f"the first is in the output of {'/'.join(filter(None, (seen.path, str(seen.layer))))}"
    return "the output of the network is finite: the loss or the penalty made it"


def _odd(leaf: Array) -> str:
    index = tuple(int(i) for i in np.argwhere(~np.isfinite(leaf))[0])
    return f"{leaf[index]} at {index}"
