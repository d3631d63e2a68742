"""Watching a network at work: what every layer in it was given and gave."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from funnet.core.containers import Tree
from funnet.nn.combinators.repeat import Repeat
from funnet.nn.layer import Layer, children, output, rewrite


@attrs.frozen(eq=False)
class Seen:
    """One call of one layer."""

    path: str
    layer: Layer
    params: Tree
    y: Tree


@attrs.frozen(eq=False)
class _Probe(Layer):
    """The layer inside, reporting each of its calls."""

    layer: Layer
    path: str
    report: Callable[[Seen], None]

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        y, cache = output(self.layer, params, x)
        self.report(Seen(self.path, self.layer, params, y))
        return y, cache

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        return self.layer.vjp(params, cache, dy)


def _unrolled(layer: Layer, _: str) -> Layer:
    return layer.unrolled() if isinstance(layer, Repeat) else layer


def trace(net: Layer, params: Tree, x: Tree) -> list[Seen]:
    """The layers of `net` that have no layers inside, by first call, each as it was last called."""
    seen: dict[str, Seen] = {}

    def note(call: Seen) -> None:
        seen[call.path] = call

    def probed(layer: Layer, path: str) -> Layer:
        return layer if children(layer) else _Probe(layer, path, note)

    rewrite(rewrite(net, _unrolled), probed)(params, x)
    return list(seen.values())
