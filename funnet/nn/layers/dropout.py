"""Dropout."""

from __future__ import annotations

import attrs

from funnet.core import cached, checks
from funnet.core.arrays import shown
from funnet.core.containers import Array, Buffer, Tree
from funnet.core.key import Key
from funnet.errors import TreeError
from funnet.nn.layer import Layer


@attrs.frozen
class Dropout(Layer):
    """Drop a fraction `rate` of the entries at random in training; do nothing in inference.

    y = m x / (1 − rate),  dx = m dy / (1 − rate),  m ∈ {0, 1} with mean 1 − rate       x, y, m (N, …)
    The key of the next mask lives in the parameters, in a Buffer, and `advance` renews it: one pass
    repeats to the bit, the next step draws another mask. In inference y is x itself.
    Raises ConfigError unless 0 ≤ rate < 1.
    Srivastava et al. 2014.
    """

    rate: float = attrs.field(converter=checks.number, validator=checks.fraction)
    training: bool = attrs.field(default=False, kw_only=True, validator=checks.boolean)

    def init(self, key: Key, x: Tree) -> Buffer:
        return Buffer(checks.key(self, key).child(0))

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Tree]:
        key = self._key(params)
        x = checks.floating(self, x)
        if not self.training or not self.rate:
            return x, ()
        mask = key.generator().random(x.shape, "f4") >= self.rate
        return mask * (x * self._scale), mask

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Buffer, Array]:
        dy = checks.floating(self, dy, "dy")
        if not self.training or not self.rate:
            return params, dy.copy()
        mask = cached.kind(self, cache, "b")
        return params, mask * (checks.shaped(self, dy, mask.shape) * self._scale)

    def advance(self, params: Tree, cache: Tree) -> Buffer:
        return Buffer(self._key(params).next()) if self.training and self.rate else params

    @property
    def _scale(self) -> float:
        return 1.0 / (1.0 - self.rate)

    def _key(self, params: Tree) -> Key:
        if not isinstance(params, Buffer) or not isinstance(params.value, Key):
            raise TreeError("params to be a Buffer with a Key", shown(params), who=self)
        return params.value
