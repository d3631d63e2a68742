"""Losses of numbers against numbers, entry by entry."""

from __future__ import annotations

import attrs
import numpy as np

from funnet.core import checks
from funnet.core.containers import Array, Tree
from funnet.losses import targets
from funnet.losses.base import Average, Entrywise, Share, Value
from funnet.ops.numeric import inner


@attrs.frozen
class MeanSquaredError(Entrywise):
    """value = mean (y − t)²,  dy = 2 (y − t) / K.     y, t (N, …) with K entries in all"""

    def formula(self, y: Array, t: Array, share: Share) -> tuple[Value, Array]:
        error = y - t
        dy = error * share
        value = inner(error, dy)
        dy += dy
        return value, dy


@attrs.frozen
class SquaredError(Average):
    """value = ½ Σ (y − t)² / N,  dy = (y − t) / N.     y, t (N, …)

    Half the squared distance of an example from its target, averaged over the examples: weights are (N,),
    and the steps of a sequence add up.
    """

    def fitted(self, y: Tree, target: Tree) -> Array:
        return targets.numbers(self, y, target)

    def axes(self, y: Array) -> int:
        return 1

    def formula(self, y: Array, t: Array, share: Share) -> tuple[Value, Array]:
        error = y - t
        dy = error * share
        return inner(error, dy) * 0.5, dy


@attrs.frozen
class MeanAbsoluteError(Entrywise):
    """value = mean |y − t|,  dy = sign(y − t) / K, so 0 at y = t.     y, t (N, …) with K entries in all"""

    def formula(self, y: Array, t: Array, share: Share) -> tuple[Value, Array]:
        error = y - t
        dy = np.sign(error) * share
        return inner(error, dy), dy


@attrs.frozen
class Huber(Entrywise):
    """Squares near the target, straight lines far from it.     y, t (N, …) with K entries in all

    value = mean of ½ e² where |e| ≤ delta, of delta (|e| − ½ delta) elsewhere,  e = y − t
    dy = e / K, no more than delta / K to either side
    Huber 1964, Annals of Mathematical Statistics 35:73.
    """

    delta: float = attrs.field(default=1.0, converter=checks.number, validator=checks.positive)

    def formula(self, y: Array, t: Array, share: Share) -> tuple[Value, Array]:
        error = y - t
        slope = np.clip(error, -self.delta, self.delta)
        dy = slope * share
        return inner(error - 0.5 * slope, dy), dy
