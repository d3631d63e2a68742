"""A layer run backwards in time."""

from __future__ import annotations

import attrs

from funnet.core import cached, checks, padded
from funnet.core.containers import Array, Tree
from funnet.core.key import Key
from funnet.nn.combinators.children import check_layer, check_time_major
from funnet.nn.layer import Layer, cotangents, output


@attrs.frozen(cache_hash=True)
class Reverse(Layer):
    """The layer inside on x backwards in time, its outputs put back in order.     x (N, T, …)   y (N, T, …)

    y = R f(R x),  dx = R (dx of f for R dy); R reverses each sequence, of a `Padded` within its own length.
    A state goes through as it is: given (x, state), the layer starts from it at the end of x and gives the
    state at the beginning. The parameters are those of f. With `time_major` x is (T, N, …), for f too.
    Raises ConfigError if a layer in f has another `time_major`, ShapeError or TreeError unless f gives every
    step, and what f raises.

        >>> import funnet as fn, numpy as np
        >>> net, x = fn.Reverse(fn.RNN(4)), np.ones((2, 7, 3))
        >>> y, h = net(net.init(fn.Key(0), x), (x, ()))[0]
        >>> bool((y[:, 0] == h).all())
        True
    """

    layer: Layer = attrs.field(validator=check_layer)
    time_major: bool = attrs.field(default=False, validator=[checks.boolean, check_time_major])

    def init(self, key: Key, x: Tree) -> Tree:
        return self.layer.init(key, self._reversed(*padded.unpack(self, x, self.time_major)))

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        values, lengths, state = padded.unpack(self, x, self.time_major)
        stateful = state is not None
        made, cache = output(self.layer, params, self._reversed(values, lengths, state))
        y, last = padded.made(self, made, values.shape[:2], lengths, stateful)
        steps = y.shape if self.time_major else (y.shape[1], y.shape[0], *y.shape[2:])
        return self._reversed(y, lengths, last), (cache, steps, lengths, stateful)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        inner, _, lengths, stateful = self._cached(cache)
        dparams, dx = cotangents(self.layer, params, inner, self._cotangent(cache, dy))
        values, dstate = dx if stateful else (dx, None)
        values = values if lengths is None else values.values
        return dparams, self._reversed(values, lengths, dstate)

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Tree:
        return self.layer.param_vjp(params, self._cached(cache)[0], self._cotangent(cache, dy))

    def advance(self, params: Tree, cache: Tree) -> Tree:
        return self.layer.advance(params, self._cached(cache)[0])

    def _cached(self, cache: Tree) -> tuple[Tree, tuple[int, ...], Array | None, bool]:
        """(cache of the layer inside, shape of y (T, N, …), lengths, whether there is a state)."""
        inner, steps, lengths, stateful = cached.parts(self, cache, 4)
        if type(stateful) is not bool:
            raise cached.foreign(self, cache)
        cached.sizes(self, steps, 3)
        return inner, steps, cached.lengths(self, lengths, steps[1]), stateful

    def _cotangent(self, cache: Tree, dy: Tree) -> Tree:
        _, steps, lengths, stateful = self._cached(cache)
        dy, dstate = padded.cotangent(self, dy, steps, lengths, stateful, self.time_major)
        return padded.pack(padded.flipped(dy, lengths), lengths, dstate, self.time_major)

    def _reversed(self, values: Array, lengths: Array | None, state: Tree) -> Tree:
        """What `sequences.unpack` took apart, backwards."""
        steps = padded.in_time(values, lengths, self.time_major)
        return padded.pack(padded.flipped(steps, lengths), lengths, state, self.time_major)
