"""A layer made of one step."""

from __future__ import annotations

from functools import partial

import attrs
import numpy as np

from funnet import tree
from funnet.core import cached, checks, padded
from funnet.core.containers import Array, Tree, describe
from funnet.core.key import Key
from funnet.errors import FunnetError, TreeError
from funnet.nn.combinators.children import check_layer, summed
from funnet.nn.layer import Layer, cotangents, output


@attrs.frozen(cache_hash=True)
class Scan(Layer):
    """A cell run over time: (y_t, h_t) = cell(x_t, h_{t−1}).     x (N, T, …)   y (N, T, …)

    (dx_t, dh_{t−1}) is the cell's vjp of (dy_t, dh_t); dparams is the sum over time. The parameters are
    the cell's, the same at every step: a dropout in the cell drops the same entries throughout, and
    `advance` folds in one step after the other.

    The cell is a layer from (x_t, h) to (y_t, h'), where x_t and y_t are arrays (N, …) and h is an array
    or a tree of arrays (N, …). The first h is () unless the call brings another: called with x, Scan gives
    y; called with (x, h_0) it gives (y, h_T). With `time_major` x and y are (T, N, …). Of a `Padded` x
    every sequence stops at its end: its state stays, y is a `Padded` with zeros behind, and the cell must
    treat each row by itself.
    Raises TreeError if the cell gives no pair, and what the cell raises.

        >>> import funnet as fn, numpy as np
        >>> net, x = fn.Scan(fn.RNNCell(4)), np.ones((2, 7, 3))
        >>> y, h = net(net.init(fn.Key(0), x), (x, ()))[0]
        >>> y.shape, h.shape
        ((2, 7, 4), (2, 4))
    """

    cell: Layer = attrs.field(validator=check_layer)
    time_major: bool = attrs.field(default=False, validator=checks.boolean)

    def init(self, key: Key, x: Tree) -> Tree:
        x, lengths, h = padded.unpack(self, x, self.time_major)
        x = padded.in_time(x, lengths, self.time_major)
        return self.cell.init(key, (x[0], () if h is None else h))

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        x, lengths, h0 = padded.unpack(self, x, self.time_major)
        x = padded.in_time(x, lengths, self.time_major)
        mask = None if lengths is None else padded.real(lengths, len(x))
        h, ys, caches = () if h0 is None else h0, [], []
        for t, x_t in enumerate(x):
            made, cache = output(self.cell, params, (x_t, h))
            y_t, new = self._pair(made, "cell to give a pair (y, state), y an array")
            h = new if mask is None or t == 0 else tree.map(partial(padded.chosen, mask[t]), new, h)
            ys.append(y_t)
            caches.append(cache)
        y = np.stack(ys) if mask is None else padded.silenced(np.stack(ys), mask)
        out = padded.pack(y, lengths, None if h0 is None else h, self.time_major)
        return out, (tuple(caches), h, lengths, h0 is not None, y.shape)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        caches, h, lengths, stateful, shape = self._cached(cache)
        dy, dh = padded.cotangent(self, dy, shape, lengths, stateful, self.time_major)
        dh = self._like(h, dh) if stateful else tree.map(np.zeros_like, h)
        mask = None if lengths is None else padded.real(lengths, len(dy))
        dparams, dxs = None, []
        for t in reversed(range(len(dy))):
            after = dh
            if mask is not None and t:
                dh = tree.map(partial(padded.silenced, mask=mask[t]), after)
            dp, dx = cotangents(self.cell, params, caches[t], (dy[t], dh))
            dx_t, dh = self._pair(dx, "cell's vjp to give dx as a pair (dx_t, dstate), dx_t an array")
            if mask is not None and t:
                dh = tree.map(partial(padded.chosen, mask[t]), dh, after)
            dparams = dp if dparams is None else summed(dparams, dp)
            dxs.append(dx_t)
        return dparams, padded.pack(np.stack(dxs[::-1]), lengths, dh if stateful else None, self.time_major)

    def advance(self, params: Tree, cache: Tree) -> Tree:
        for step in self._cached(cache)[0]:
            params = self.cell.advance(params, step)
        return params

    def _cached(self, cache: Tree) -> tuple[Tree, ...]:
        """The parts of a cache."""
        found = cached.parts(self, cache, 5)
        caches, h, lengths, stateful, shape = found
        if type(caches) is not tuple or type(stateful) is not bool:
            raise cached.foreign(self, cache)
        if len(caches) != cached.sizes(self, shape, 2)[0]:
            raise cached.foreign(self, cache)
        cached.lengths(self, lengths, shape[1])
        if any(leaf.shape[:1] != shape[1:2] for leaf in tree.leaves(h)):
            raise cached.foreign(self, h)
        return found

    def _pair(self, made: Tree, what: str) -> tuple[Array, Tree]:
        if isinstance(made, tuple) and len(made) == 2 and isinstance(made[0], np.ndarray):
            return made
        raise TreeError(f"its {what}", describe(made), who=self)

    def _like(self, h: Tree, dh: Tree) -> Tree:
        try:
            tree.same_structure(h, dh)
        except FunnetError as error:
            error.who, error.why = str(self), "dstate is built like the last state"
            raise
        return dh
