"""Which learning rate to begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

import numpy as np

from funnet import expect
from funnet.containers import Array, Tree, describe, freeze, read_only, record
from funnet.errors import ConfigError, DtypeError, NonFiniteError
from funnet.feed import Batches, Pair, feed
from funnet.grad import LossFunction, PenaltyFunction
from funnet.key import Key
from funnet.layer import Layer, training
from funnet.optimizer import Optimizer
from funnet.train import TrainState, run, step

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_EXPLODED = 4.0
_RUNNING = 0.8


@record
class RateSearch:
    """Learning rates (K,), the losses (K,) that followed a step of each, also smoothed, and a suggestion."""

    rates: Array
    losses: Array
    smoothed: Array
    suggestion: float

    def plot(self) -> Figure:
        """The losses over the rates (see `funnet.plot.loss_by_rate`). Needs the extra [plot]."""
        from funnet.plot import loss_by_rate

        axes = loss_by_rate(self.rates, self.losses, self.smoothed, self.suggestion)
        return cast("Figure", axes.figure)


def find_rate(
    net: Layer,
    loss: LossFunction,
    optimizer: Callable[[float], Optimizer],
    state: TrainState,
    data: Pair | Batches,
    *,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 100,
    batch_size: int = 32,
    penalty: PenaltyFunction | None = None,
) -> RateSearch:
    """A learning rate for `optimizer`, found by training with ever larger ones.

    `optimizer` makes one of a rate: `fn.adam`, or `lambda rate: fn.momentum(rate, 0.95)`. From the parameters
    of `state`, and a fresh state of the optimizer, it takes so many steps, on batches as `fit` makes them, at
    rates from `low` to `high` in equal ratios, and stops early if the loss explodes. The losses are smoothed
    by a moving average over a tenth of the steps; the suggestion is a third of the first rate at which they
    have made nine tenths of their fall: a good start, and the plot says how sure. `state` stays as it is.
    Raises ConfigError unless 0 < low < high and there are two steps, NonFiniteError if the first two losses
    are not finite.
    Smith 2015, arXiv:1506.01186.

        >>> import funnet as fn, numpy as np
        >>> net, x = fn.Linear(1), np.linspace(-1, 1, 64)[:, None]
        >>> state = fn.init(net, fn.sgd(0.1), fn.Key(0), x)
        >>> found = fn.find_rate(net, fn.MeanSquaredError(), fn.sgd, state, (x, 3 * x))
        >>> 0.01 < found.suggestion < 1
        True
    """
    if not (expect.is_number(low) and expect.is_number(high) and 0 < low < high):
        raise ConfigError("0 < low < high", f"low={low!r}, high={high!r}", who="find_rate")
    if not expect.is_integer(steps) or steps < 2:
        raise ConfigError("steps to be an integer of at least 2", repr(steps), who="find_rate")
    if not callable(optimizer):
        fix = "give the function that makes one of a rate, as fn.adam"
        raise DtypeError(
            "optimizer to be a function of the rate", describe(optimizer), who="find_rate", fix=fix
        )
    run("find_rate", net, loss, optimizer(low), state)
    rates: list[float] = np.geomspace(low, high, steps).tolist()
    now = TrainState(state.params, freeze(optimizer(low).init(state.params)), 0, state.key)
    losses: list[float] = []
    running = 0.0
    active, batches = training(net), _endless(data, batch_size, state.key.child("find_rate"))
    for rate, (x, target) in zip([*rates, high], batches, strict=False):
        try:
            now, value, _ = step(active, loss, optimizer(rate), now, x, target, penalty)
        except NonFiniteError:
            if len(losses) < 2:
                raise
            break
        running = _RUNNING * running + (1 - _RUNNING) * float(value) if losses else float(value)
        losses.append(float(value))
        if running - losses[0] > (_EXPLODED - 1) * abs(losses[0]):
            break
    return _found(np.array(rates[: len(losses) - 1]), np.array(losses[1:]), steps // 20)


def _endless(data: Pair | Batches, size: int, key: Key) -> Iterator[tuple[Tree, Tree]]:
    epoch = 0
    while True:
        for x, target, _ in feed(data, size, key.child(epoch)):
            yield x, target
        epoch += 1


def _found(rates: Array, losses: Array, reach: int) -> RateSearch:
    """The search that measured these; a loss is smoothed over as many before it as after it."""
    k = np.arange(len(losses))
    reaches = np.minimum(reach, np.minimum(k, k[::-1]))
    sums = np.cumsum([0.0, *losses])
    smoothed = (sums[k + reaches + 1] - sums[k - reaches]) / (2 * reaches + 1)
    fallen = smoothed[0] - smoothed >= 0.9 * (smoothed[0] - smoothed.min())
    suggestion = max(rates[0], rates[fallen.argmax()] / 3)
    return RateSearch(read_only(rates), read_only(losses), read_only(smoothed), float(suggestion))
