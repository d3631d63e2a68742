"""A layer several times over."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TypeVar

import attrs

from funnet.core import checks
from funnet.core.containers import Tree
from funnet.core.key import Key
from funnet.errors import at
from funnet.nn.combinators.children import advanced, check_layer, summed, unpacked
from funnet.nn.combinators.sequential import Sequential
from funnet.nn.layer import Layer, cotangents, inference, output

_Result = TypeVar("_Result")


_times = attrs.validators.and_(
    checks.positive_integer, checks.hyperparameter("an integer of at most 100000", lambda v: v <= 100_000)
)


@attrs.frozen(cache_hash=True)
class Repeat(Layer):
    """One layer `times` over: y = f(… f(f(x))).

    Each time has parameters of its own, drawn from a key of its own, and params is the tuple of them, as
    of a Sequential; or, if `shared`, params are those of the one layer and dparams is the sum over all
    times. Then a pass uses the Buffers as they are every time, and `advance` folds in one after the other.

        >>> import funnet as fn, numpy as np
        >>> net = fn.Repeat(fn.Residual(fn.Linear(3)), 2)
        >>> fn.tree.paths(net.init(fn.Key(0), np.ones((1, 3))))
        ['0/w', '0/b', '1/w', '1/b']
    """

    layer: Layer = attrs.field(validator=check_layer)
    times: int = attrs.field(validator=_times)
    shared: bool = attrs.field(default=False, validator=checks.boolean)

    def init(self, key: Key, x: Tree) -> Tree:
        if self.shared:
            return self.layer.init(key, x)
        checks.key(self, key)
        made: list[Tree] = []
        for index in range(self.times):
            made.append(at(index, self.layer.init, key.child(index), x))
            if index + 1 < self.times:
                x, _ = at(index, output, inference(self.layer), made[-1], x)
        return tuple(made)

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        caches = []
        for index, own in enumerate(self._own(params)):
            x, cache = self._at(index, output, self.layer, own, x)
            caches.append(cache)
        return x, tuple(caches)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        own, caches = self._own(params), self._caches(cache)
        made, dy = self._back(own, caches, dy, 0)
        return self._joined(made), dy

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Tree:
        own, caches = self._own(params), self._caches(cache)
        made, dy = self._back(own, caches, dy, 1)
        return self._joined([self._at(0, self.layer.param_vjp, own[0], caches[0], dy), *made])

    def advance(self, params: Tree, cache: Tree) -> Tree:
        if not self.shared:
            return advanced(self, self._layers, params, cache)
        return functools.reduce(self.layer.advance, self._caches(cache), params)

    def unrolled(self) -> Layer:
        """The Sequential that does the same with the same parameters; a shared one is itself."""
        return self if self.shared else Sequential(self._layers)

    @property
    def _layers(self) -> tuple[Layer, ...]:
        return (self.layer,) * self.times

    def _own(self, params: Tree) -> Sequence[Tree]:
        """The parameters of each time."""
        return [params] * self.times if self.shared else unpacked(self, self._layers, params)

    def _caches(self, cache: Tree) -> Sequence[Tree]:
        return unpacked(self, self._layers, cache, "cache")

    def _at(self, index: int, f: Callable[..., _Result], *args: Tree) -> _Result:
        """f(*args); an error names the index where it is one of a path of parameters."""
        return f(*args) if self.shared else at(index, f, *args)

    def _back(
        self, own: Sequence[Tree], caches: Sequence[Tree], dy: Tree, first: int
    ) -> tuple[list[Tree], Tree]:
        """dparams of every time from `first` on, and the cotangent of what the first of them read."""
        made = []
        for index in reversed(range(first, self.times)):
            dp, dy = self._at(index, cotangents, self.layer, own[index], caches[index], dy)
            made.append(dp)
        return made[::-1], dy

    def _joined(self, made: list[Tree]) -> Tree:
        return summed(*made) if self.shared else tuple(made)
