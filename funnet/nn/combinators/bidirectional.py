"""A layer in both directions of time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from funnet.core import cached, checks, padded
from funnet.core.containers import Array, FrozenDict, Tree
from funnet.core.key import Key
from funnet.errors import at
from funnet.nn.combinators.children import (
    advanced,
    check_children,
    check_time_major,
    packed,
    summed,
    unpacked,
)
from funnet.nn.combinators.reverse import Reverse
from funnet.nn.layer import Layer, cotangents, output

_NAMES = "forward", "backward"


def _both(layers: Any) -> Any:
    """Converter: one layer, a pair or a mapping of them becomes a mapping of both names in order."""
    if isinstance(layers, Layer):
        layers = layers, layers
    if isinstance(layers, Mapping) and layers.keys() == set(_NAMES):
        layers = [layers[name] for name in _NAMES]
    pair = isinstance(layers, tuple | list) and len(layers) == 2
    return FrozenDict(dict(zip(_NAMES, layers, strict=True))) if pair else layers


@attrs.frozen(cache_hash=True)
class Bidirectional(Layer):
    """A layer forwards in time and one backwards, side by side.     x (N, T, …)   y (N, T, C + C')

    y = (f(x), R b(R x)) joined along the last axis, or with join="sum" their sum; R reverses each sequence
    within its own length. dx is the sum of both. Given one layer, f and b are two copies of it with
    parameters of their own; a pair gives f and b. The parameters are a mapping of "forward" and "backward".
    Called with (x, state), state is the pair of theirs, or () for the start, and the last states are a
    pair too, that of b at the beginning of x. With `time_major` x is (T, N, …), for f and b too.
    Raises ConfigError if a layer in f or b has another `time_major`, ShapeError or TreeError unless f and b
    give every step, and what they raise.
    Schuster & Paliwal 1997, Bidirectional recurrent neural networks.

        >>> import funnet as fn, numpy as np
        >>> net, x = fn.Bidirectional(fn.GRU(4)), np.ones((2, 7, 3))
        >>> net(net.init(fn.Key(0), x), x)[0].shape
        (2, 7, 8)
    """

    layers: FrozenDict = attrs.field(
        converter=_both,
        validator=[
            checks.hyperparameter(
                "a layer, or two, forward and backward",
                lambda v: isinstance(v, FrozenDict) and tuple(v) == _NAMES,
            ),
            check_children,
        ],
    )
    join: str = attrs.field(default="concat", validator=checks.one_of("concat", "sum"))
    time_major: bool = attrs.field(default=False, validator=[checks.boolean, check_time_major])

    def init(self, key: Key, x: Tree) -> Tree:
        checks.key(self, key)
        inputs, *_ = self._inputs(x)
        return packed(
            self.layers,
            [
                at(name, layer.init, key.child(name), x)
                for (name, layer), x in zip(self._directed(), inputs, strict=True)
            ],
        )

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        own = unpacked(self, self.layers, params)
        inputs, values, lengths, state = self._inputs(x)
        rows = zip(self._directed(), own, inputs, strict=True)
        outs, caches = zip(*(at(name, output, layer, p, x) for (name, layer), p, x in rows), strict=True)
        axes, stateful = values.shape[:2], state is not None
        made = [padded.made(self, y, axes, lengths, stateful) for y in outs]
        a, b = (padded.in_time(y, None, self.time_major) for y, _ in made)
        if self.join == "sum":
            y = a + checks.like(self, b, a, "y of backward")
        else:
            y = np.concatenate([a, b], axis=-1)
        last = tuple(state for _, state in made) if stateful else None
        out = padded.pack(y, lengths, last, self.time_major)
        return out, (packed(self.layers, list(caches)), y.shape, a.shape[-1], lengths, state)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        inner, _, _, _, state = self._cached(cache)
        own = unpacked(self, self.layers, params)
        inner = unpacked(self, self.layers, inner, "cache")
        rows = zip(self._directed(), own, inner, self._cotangents(cache, dy), strict=True)
        dparams, dxs = zip(
            *(at(name, cotangents, layer, p, c, d) for (name, layer), p, c, d in rows), strict=True
        )
        dparams = packed(self.layers, list(dparams))
        if state is None:
            return dparams, summed(*dxs)
        (a, dstate_a), (b, dstate_b) = dxs
        dstate = state if padded.is_start(state) else (dstate_a, dstate_b)
        return dparams, (summed(a, b), dstate)

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Tree:
        own = unpacked(self, self.layers, params)
        inner = unpacked(self, self.layers, self._cached(cache)[0], "cache")
        rows = zip(self._directed(), own, inner, self._cotangents(cache, dy), strict=True)
        return packed(self.layers, [at(name, layer.param_vjp, p, c, d) for (name, layer), p, c, d in rows])

    def advance(self, params: Tree, cache: Tree) -> Tree:
        return advanced(self, FrozenDict(dict(self._directed())), params, self._cached(cache)[0])

    def _cached(self, cache: Tree) -> tuple[Tree, ...]:
        """The parts of a cache."""
        found = cached.parts(self, cache, 5)
        _, shape, width, lengths, _ = found
        if type(width) is not int:
            raise cached.foreign(self, cache)
        cached.lengths(self, lengths, cached.sizes(self, shape, 3)[1])
        return found

    def _directed(self) -> list[tuple[str, Layer]]:
        """The layers by name, the one that runs backwards in a Reverse."""
        forward, backward = self.layers.values()
        return [("forward", forward), ("backward", Reverse(backward, self.time_major))]

    def _inputs(self, x: Tree) -> tuple[list[Tree], Array, Array | None, Tree]:
        """What each direction is given, and x as `sequences.unpack` takes it apart."""
        values, lengths, state = padded.unpack(self, x, self.time_major)
        if state is None:
            return [x, x], values, lengths, state
        whole, _ = x
        return [(whole, own) for own in self._pair(state, "state")], values, lengths, state

    def _cotangents(self, cache: Tree, dy: Tree) -> list[Tree]:
        """The cotangent of what each direction gave."""
        _, shape, width, lengths, state = self._cached(cache)
        stateful = state is not None
        dy, dstate = padded.cotangent(self, dy, shape, lengths, stateful, self.time_major)
        parts = (dy, dy) if self.join == "sum" else (dy[..., :width], dy[..., width:])
        states = self._pair(dstate, "dstate") if stateful else (None, None)
        return [
            padded.pack(part, lengths, own, self.time_major) for part, own in zip(parts, states, strict=True)
        ]

    def _pair(self, state: Tree, name: str) -> tuple[Tree, Tree]:
        """The states of both directions; () stands for each before the first step."""
        if padded.is_start(state):
            return (), ()
        return checks.pair(self, state, f"{name} to be a pair (forward, backward)")
