"""Which learning rate to begin with."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

import numpy as np

from funnet.core import checks
from funnet.core.containers import Array, Tree, freeze, read_only, record
from funnet.core.key import Key
from funnet.errors import ConfigError, DataError, NonFiniteError, SoFar
from funnet.grad import LossFunction, PenaltyFunction, callables
from funnet.nn.layer import Layer, training
from funnet.optim.base import Optimizer
from funnet.train.batch_source import Batches, Pair, check_short_batch, feed, steps_per_epoch
from funnet.train.counted_step import counted_step
from funnet.train.history import History
from funnet.train.step import TrainState, run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_EXPLODED = 4.0
_MOST_STEPS = 100_000
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
    drop_last: bool = False,
    penalty: PenaltyFunction | None = None,
) -> RateSearch:
    """A learning rate for `optimizer`: the learning-rate range test.

    From the parameters of `state`, and a fresh state of the optimizer, it trains on batches as `fit` makes
    them, at rates from `low` to `high` in equal ratios, and stops early if the loss explodes. The losses are
    smoothed by a moving average over a tenth of the steps. The suggestion is a third of the first rate at
    which they have dropped by 90 % of their whole drop; the plot shows how clear that is. `state` stays as
    it is.

    Args:
        net: the network.
        loss: a function of (y, target) that returns (value, dy).
        optimizer: makes an optimizer of a rate: `fn.adam`, or `lambda rate: fn.momentum(rate, 0.95)`.
        state: where the search starts.
        data: a pair (x, target) or an iterable of batches, as for `fit`.
        low: the first rate.
        high: the last rate.
        steps: the number of rates.
        batch_size: the number of examples in a batch of a pair.
        drop_last: leave out the last batch of a pair if it is short.
        penalty: a function of the parameters that returns (value, dparams), added to the loss.

    Raises:
        FunnetError: any error raised by a step, also one that is not funnet's, has the last good state as
            `error.state`, and rates and losses as `error.history`.
        ConfigError: not 0 < low < high, fewer than two steps, or a bad batch size.
        NonFiniteError: one of the first two losses is not finite.

    Smith 2015, arXiv:1506.01186.

        >>> import funnet as fn, numpy as np
        >>> net, x = fn.Linear(1), np.linspace(-1, 1, 64)[:, None]
        >>> state = fn.init(net, fn.sgd(0.1), fn.Key(0), x)
        >>> found = fn.find_rate(net, fn.MeanSquaredError(), fn.sgd, state, (x, 3 * x))
        >>> 0.01 < found.suggestion < 1
        True
    """
    if not (checks.is_number(low) and checks.is_number(high) and 0 < low < high):
        raise ConfigError("0 < low < high", f"low={low!r}, high={high!r}", who="find_rate")
    if checks.count("find_rate", "steps", steps, 2) > _MOST_STEPS:
        raise ConfigError(f"steps to be at most {_MOST_STEPS:,}", repr(steps), who="find_rate")
    callables.rule("find_rate", optimizer)
    callables.penalty("find_rate", penalty)
    checks.count("find_rate", "batch_size", batch_size)
    run("find_rate", net, loss, optimizer(low), state)
    steps_per_epoch("find_rate", data, batch_size, drop_last=drop_last)
    active = training(net)
    check_short_batch(active, state.params, data, batch_size, drop_last=drop_last)
    rates: list[float] = np.geomspace(float(low), float(high), steps).tolist()
    first = TrainState(state.params, freeze(optimizer(low).init(state.params)), 0, state.key)
    losses: list[float] = []
    running = 0.0
    with SoFar(first, History()) as so_far:
        batches = _endless(data, batch_size, state.key.child("find_rate"), drop_last)
        for rate in [*rates, high]:
            try:
                so_far.state, value = _next(active, loss, optimizer(rate), so_far.state, batches, penalty)
            except NonFiniteError:
                if len(losses) < 2:
                    raise
                break
            running = _RUNNING * running + (1 - _RUNNING) * value if losses else value
            losses.append(value)
            so_far.history = so_far.history.append({"rate": rate, "loss": value})
            if running - losses[0] > (_EXPLODED - 1) * abs(losses[0]):
                break
    return _found(np.array(rates[: len(losses) - 1]), np.array(losses[1:]), steps // 20)


def _next(
    net: Layer,
    loss: LossFunction,
    optimizer: Optimizer,
    state: TrainState,
    batches: Iterator[tuple[int, Tree, Tree]],
    penalty: PenaltyFunction | None,
) -> tuple[TrainState, float]:
    """The state after a step on the next batch that has a weight above 0, and the loss before it."""
    begun, epoch, done = -1, 0, None
    while done is None:
        epoch, x, target = next(batches)
        begun = epoch if begun < 0 else begun
        if epoch > begun + 1:
            raise DataError("a weight above 0", "none", who="data")
        done = counted_step(net, loss, optimizer, state, x, target, penalty)
    return done[0], float(done[1])


def _endless(data: Pair | Batches, size: int, key: Key, drop_last: bool) -> Iterator[tuple[int, Tree, Tree]]:
    """(epoch, x, target) of the batches of one epoch after another."""
    for epoch in itertools.count():
        for x, target, _ in feed(data, size, key.child(epoch), drop_last=drop_last):
            yield epoch, x, target


def _found(rates: Array, losses: Array, reach: int) -> RateSearch:
    """The search that measured these; a loss is smoothed over as many before it as after it."""
    k = np.arange(len(losses))
    reaches = np.minimum(reach, np.minimum(k, k[::-1]))
    sums = np.cumsum([0.0, *losses])
    smoothed = (sums[k + reaches + 1] - sums[k - reaches]) / (2 * reaches + 1)
    fallen = smoothed[0] - smoothed >= 0.9 * (smoothed[0] - smoothed.min())
    suggestion = max(rates[0], rates[fallen.argmax()] / 3)
    return RateSearch(read_only(rates), read_only(losses), read_only(smoothed), float(suggestion))
