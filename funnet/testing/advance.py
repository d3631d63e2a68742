"""The clause on `advance`: in training it renews the Buffer of every layer that ran, and nothing else."""

from __future__ import annotations

import copy
import types
from collections.abc import Iterator
from typing import Any

import attrs

from funnet import tree
from funnet.core.containers import Buffer, Tree, has_buffer, is_leaf, parts
from funnet.errors import FunnetError
from funnet.nn.layer import Layer, rewrite
from funnet.testing.report import Finding
from funnet.testing.subject import named_leaves


def check_advance(net: Layer, params: Tree, x: Tree, trained: bool, mode: str) -> list[Finding]:
    """`advance` changes no leaf, nothing in inference, mutates nothing, and forgets no layer inside."""

    def failed(path: str, detail: str, reason: str = "advance") -> Finding:
        return Finding(path, "failed", reason, detail, mode)

    before = tree.fingerprint(params)
    new = net.advance(params, net(params, x)[1])
    if tree.fingerprint(params) != before:
        return [failed("params", "by advance", "mutated input")]
    if not trained and not tree.equal(params, new):
        return [failed("params", "it changes parameters in inference")]
    try:
        tree.same_structure(params, new)
    except FunnetError as error:
        return [failed("params", str(error))]
    pairs = zip(named_leaves("params", params).items(), tree.leaves(new), strict=True)
    wrong = [path for (path, a), b in pairs if not tree.equal(a, b)]
    if wrong:
        return [failed(path, "it changes what is trained") for path in wrong]
    return [failed(path, detail) for path, detail in _forgotten(net, params, x).items()]


@attrs.define(eq=False)
class _Watch:
    """What a layer inside a network was called with, and whether it was asked to advance."""

    layer: Layer
    path: str
    passes: list[tuple[Tree, Tree]] = attrs.field(factory=list)
    asked: bool = False


def _forgotten(net: Layer, params: Tree, x: Tree) -> dict[str, str]:
    """(path, detail) of what `net.advance` leaves as it was, though a layer inside that ran would renew it.

    Every layer inside is watched during a forward pass, and then advanced alone. A Buffer that this renews
    must be renewed in the parameters of the network too, in as many places as there are layers that hold
    it. Where it is in no place, because a combinator keeps it in another form, its layer must be asked.
    """
    watches: list[_Watch] = []
    watched = rewrite(net, lambda layer, path: _watched(layer, path, watches))
    *inside, _ = watches
    _, cache = watched(params, x)
    old, new = buffers(params), buffers(watched.advance(params, cache))
    asked = [watch for watch in inside if watch.asked]
    holders: dict[str, list[_Watch]] = {}
    for watch in inside:
        for value in _renewed(watch):
            holders.setdefault(tree.fingerprint(value), []).append(watch)
    found: dict[str, str] = {}
    for bits, renewing in holders.items():
        places = [path for path, value in old.items() if tree.fingerprint(value) == bits]
        stale = [path for path in places if tree.equal(old[path], new[path])]
        detail = f"{renewing[0].layer} ran in training, and this was not renewed"
        if len(places) - len(stale) < min(len(places), _apart(renewing)):
            found |= {"/".join(filter(None, ("params", path))): detail for path in stale}
        elif not places and not any(watch in asked for watch in renewing):
            found["params"] = detail
    return found


def _watched(layer: Layer, path: str, watches: list[_Watch]) -> Layer:
    """The same layer in a class of the same name that tells what it is asked."""
    kind: Any = type(layer)
    watch = _Watch(layer, path)
    watches.append(watch)

    def call(self: Any, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        y, cache = kind.__call__(self, params, x)
        watch.passes.append((params, cache))
        return y, cache

    def advance(self: Any, params: Tree, cache: Tree) -> Tree:
        watch.asked = True
        return kind.advance(self, params, cache)

    methods = {"__slots__": (), "__call__": call, "advance": advance}
    made: Layer = copy.copy(layer)
    same = types.new_class(kind.__name__, (kind,), {}, lambda names: names.update(methods))
    object.__setattr__(made, "__class__", same)
    return made


def _renewed(watch: _Watch) -> Iterator[Tree]:
    """The contents of the Buffers that the layer, asked alone, would renew, each as it was."""
    for params, cache in watch.passes:
        old, new = buffers(params), buffers(watch.layer.advance(params, cache))
        yield from (value for path, value in old.items() if path in new and not tree.equal(value, new[path]))


def _apart(watches: list[_Watch]) -> int:
    """The number of layers that hold none of the others."""
    paths = {watch.path for watch in watches}
    return sum(not any(_inside(other, path) for other in paths) for path in paths)


def _inside(path: str, other: str) -> bool:
    """Whether a path is below another one."""
    return path != other and (not other or path.startswith(f"{other}/"))


def buffers(node: Tree, path: str = "") -> dict[str, Tree]:
    """The contents of the innermost Buffers of a tree, by path."""
    if isinstance(node, Buffer) and not has_buffer(node.value):
        return {path: node.value}
    inside = [("", node.value)] if isinstance(node, Buffer) else [] if is_leaf(node) else parts(node) or []
    found: dict[str, Tree] = {}
    for name, child in inside:
        found |= buffers(child, "/".join(filter(None, (path, str(name)))))
    return found
