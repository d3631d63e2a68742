"""Weights in two places: Tied has them once, a file may have them once or twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from funnet import tree
from funnet.core.containers import Array, Tree, is_leaf, parts, rebuild
from funnet.errors import CheckpointError
from funnet.interop.layouts import RULES
from funnet.interop.matching import Wanted
from funnet.interop.tensors import joined
from funnet.nn import combinators as cs
from funnet.nn.layer import Layer, children, rewrite

_WHO = "from_torch"


def holds_ties(net: Layer) -> bool:
    """Whether there is a Tied in the network."""
    return isinstance(net, cs.Tied) or any(map(holds_ties, children(net).values()))


def unrolled(net: Layer) -> Layer:
    """The network with a Sequential, which has the same parameters, for every Repeat that is one."""
    return rewrite(net, lambda layer, _: layer.unrolled() if isinstance(layer, cs.Repeat) else layer)


def untied(net: Layer, params: Tree) -> Tree:
    """The parameters with what is tied in both places."""
    return _untied(unrolled(net), params) if holds_ties(net) else params


def _untied(net: Layer, params: Tree) -> Tree:
    if isinstance(net, cs.Tied):
        params = net.untied(params)
    for path, child in children(net).items():
        if holds_ties(child):
            params = tree.set(params, path, _untied(child, tree.get(params, path)))
    return params


def wanted_of(own: Any, held: Any) -> Wanted | None:
    """What must be there for a record, of which ties leave `held`; None if there is no rule for it."""
    rule = RULES.get(type(own))
    if rule is None:
        return None
    unknown = [field for field in _holes(own, rule.fields) if field != "b"]  # () is no bias
    if unknown:  # there is no network that says what it is tied to
        here = {piece: getattr(own, field) for field, piece in rule.fields.items()}
        needed = {piece: leaf.shape for piece, leaf in here.items() if is_leaf(leaf)}
        return Wanted(needed, {rule.fields[field]: None for field in unknown})
    if any(type(child) is tuple and name != "b" for name, child in parts(own) or ()):
        return None
    shapes = rule.shapes(own)
    if held is None:
        return Wanted({}, shapes)
    tied = {piece for field, piece in _holes(held, rule.fields).items() if piece in shapes}
    return Wanted(
        {piece: shape for piece, shape in shapes.items() if piece not in tied},
        {piece: shape for piece, shape in shapes.items() if piece in tied},
    )


def check_ties(
    wanted: Mapping[str, Wanted],
    theirs: Mapping[str, Mapping[str, Array]],
    pairs: Mapping[str, str],
    made: Mapping[str, Any],
    whole: Mapping[str, Any] | None,
) -> None:
    """Raise unless what the source has twice is the same in both places.

    `whole` are the records with what is tied in both; without them, some other tensor must be the same.
    """
    once = [theirs[name][piece] for path, name in pairs.items() for piece in wanted[path].needed]
    for path, name in pairs.items():
        found, fields = theirs[name], RULES[type(made[path])].fields
        if whole is None:
            tied = wanted[path].optional.keys() & found.keys()
            odd = next((piece for piece in sorted(tied) if not is_among(found[piece], once)), None)
        elif fields:
            here, twin = made[path], whole[path]
            there = [(field, piece) for field, piece in fields.items() if piece in found]
            odd = next((p for f, p in there if not tree.equal(getattr(here, f), getattr(twin, f))), None)
        else:
            odd = None if tree.equal(made[path], whole[path]) else ""
        if odd is not None:
            fix = "give net=net" if whole is None else "load them into the network without its Tied"
            expected = f"{joined(name, odd) if odd else name} to be what it is tied to"
            raise CheckpointError(expected, "other numbers", who=_WHO, fix=fix)


def with_holes(held: Tree, record: Tree) -> Tree:
    """The record with () wherever what ties have left of it has one."""
    if type(held) is tuple and not held:
        return ()
    inside = None if is_leaf(held) else parts(held)
    if inside is None:
        return record
    rows = zip(inside, parts(record) or (), strict=True)
    return rebuild(held, [with_holes(own, new) for (_, own), (_, new) in rows])


def _holes(own: Any, fields: Mapping[str, str]) -> dict[str, str]:
    """{field: piece} of the fields of a record that hold () for they are tied to another place."""
    return {field: piece for field, piece in fields.items() if type(getattr(own, field)) is tuple}


def is_among(array: Array, others: list[Array]) -> bool:
    """Whether an array, or its transpose, is one of the others."""
    return any(np.array_equal(array, other) or np.array_equal(array.T, other) for other in others)
