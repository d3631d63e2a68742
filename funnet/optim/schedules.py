"""Learning rates that depend on the step: frozen functions of the step, which counts from 0.

A schedule gives infinity where its formula is beyond all floats; an optimizer refuses to take such a step.
Behind its last step a schedule stays where it ended. Inside another one it starts at its own step 0:

    warmup(500, then=cosine(1e-3, 10_000))
    piecewise((1000,), (constant(0.1), exponential(0.1, factor=0.5, every=300)))
"""

from __future__ import annotations

import math
import sys
from bisect import bisect_right
from collections.abc import Iterable

import attrs

from funnet.core import checks
from funnet.errors import ConfigError
from funnet.optim.base import Rate, Schedule, given_rate, is_rate, number_field, rate_field

_share = checks.hyperparameter("a number in [0, 1]", lambda v: checks.is_number(v) and 0 <= v <= 1)


@attrs.frozen
class constant(Schedule):
    """The same rate at every step."""

    rate: float = attrs.field(converter=checks.number, validator=checks.not_negative)

    def __call__(self, step: int) -> float:
        _check(self, step)
        return self.rate


@attrs.frozen
class step_decay(Schedule):
    """rate · factor^⌊step / every⌋."""

    rate: float = attrs.field(converter=checks.number, validator=checks.not_negative)
    factor: float = attrs.field(converter=checks.number, validator=_share)
    every: int = attrs.field(validator=checks.positive_integer)

    def __call__(self, step: int) -> float:
        _check(self, step)
        return _times_power(self.rate, self.factor, _bounded(step) // self.every)


@attrs.frozen
class exponential(Schedule):
    """rate · factor^(step / every).     With a factor above 1 it grows, as in a search for a good rate."""

    rate: float = attrs.field(converter=checks.number, validator=checks.not_negative)
    factor: float = attrs.field(converter=checks.number, validator=checks.positive)
    every: int = attrs.field(default=1, validator=checks.positive_integer)

    def __call__(self, step: int) -> float:
        _check(self, step)
        return _times_power(self.rate, self.factor, _bounded(step) / self.every)


@attrs.frozen
class polynomial(Schedule):
    """end + (rate − end) (1 − step / steps)^power: linear for power 1."""

    rate: float = attrs.field(converter=checks.number, validator=checks.not_negative)
    steps: int = attrs.field(validator=checks.positive_integer)
    end: float = number_field(0.0, checks.not_negative)
    power: float = number_field(1.0, checks.positive)

    def __call__(self, step: int) -> float:
        _check(self, step)
        left = 1 - _passed(step, self.steps)
        return float(self.end + (self.rate - self.end) * left**self.power)


@attrs.frozen
class cosine(Schedule):
    """end + ½ (rate − end) (1 + cos(π step / steps)).

    Loshchilov & Hutter 2016, arXiv:1608.03983.
    """

    rate: float = attrs.field(converter=checks.number, validator=checks.not_negative)
    steps: int = attrs.field(validator=checks.positive_integer)
    end: float = number_field(0.0, checks.not_negative)

    def __call__(self, step: int) -> float:
        _check(self, step)
        return _eased(self.rate, self.end, _passed(step, self.steps))


@attrs.frozen
class one_cycle(Schedule):
    """Up from `start` · rate to rate in the share `warm` of the steps, then down to `end` · rate, as cosines.

    Smith 2018, arXiv:1803.09820, with the shares and cosines that became customary.
    """

    rate: float = attrs.field(converter=checks.number, validator=checks.not_negative)
    steps: int = attrs.field(validator=checks.positive_integer)
    warm: float = number_field(0.3, checks.fraction)
    start: float = number_field(0.04, _share)
    end: float = number_field(4e-6, _share)

    def __call__(self, step: int) -> float:
        _check(self, step)
        passed = _passed(step, self.steps)
        if passed < self.warm:
            return _eased(self.start * self.rate, self.rate, passed / self.warm)
        return _eased(self.rate, self.end * self.rate, (passed - self.warm) / (1 - self.warm))


@attrs.frozen
class warmup(Schedule):
    """From `start` times the first rate of `then`, in a line, to that rate after so many steps; then `then`.

    Goyal et al. 2017, arXiv:1706.02677.
    """

    steps: int = attrs.field(validator=checks.positive_integer)
    then: Rate = rate_field()
    start: float = number_field(0.0, _share)

    def __call__(self, step: int) -> float:
        _check(self, step)
        if step >= self.steps:
            return given_rate(self.then, step - self.steps)
        share = self.start + (1 - self.start) * _passed(step, self.steps)
        return share * given_rate(self.then, 0)


def _boundaries(values: Iterable[int]) -> tuple[int, ...]:
    return checks.listed("piecewise", "boundaries", values, "growing positive integers")


def _rates(values: Iterable[Rate]) -> tuple[Rate, ...]:
    return checks.listed("piecewise", "rates", values, "numbers of at least 0 or schedules")


@attrs.frozen
class piecewise(Schedule):
    """One rate or schedule after the other: rates[i] from step boundaries[i − 1] on.

    A schedule among them counts from the boundary at which it begins.
    """

    boundaries: tuple[int, ...] = attrs.field(converter=_boundaries)
    rates: tuple[Rate, ...] = attrs.field(converter=_rates)

    @boundaries.validator
    def _check_boundaries(self, _: object, boundaries: tuple[int, ...]) -> None:
        if not all(map(checks.is_integer, boundaries)) or list(boundaries) != sorted({0, *boundaries})[1:]:
            raise ConfigError("boundaries to be growing positive integers", f"{boundaries}", who="piecewise")

    @rates.validator
    def _check_rates(self, _: object, rates: tuple[Rate, ...]) -> None:
        if len(rates) != len(self.boundaries) + 1 or not all(map(is_rate, rates)):
            what = f"rates to be {len(self.boundaries) + 1} numbers of at least 0 or schedules"
            raise ConfigError(what, f"{rates}", who="piecewise", why="one more than boundaries")

    def __call__(self, step: int) -> float:
        _check(self, step)
        piece = bisect_right(self.boundaries, step)
        return given_rate(self.rates[piece], step - (0, *self.boundaries)[piece])


_ENOUGH = 2**1000  # steps, that a float can hold


def _bounded(step: int) -> float:
    """The step as a number of Python, no larger than that."""
    return min(checks.number(step), _ENOUGH)


def _passed(step: int, steps: int) -> float:
    """The share of the steps that has passed, at most 1."""
    return float(min(checks.number(step), steps) / steps)


def _times_power(rate: float, factor: float, exponent: float) -> float:
    """rate · factor^exponent, in logarithms where the power is beyond all floats."""
    try:
        return float(rate * factor**exponent)
    except OverflowError:
        log = math.log(rate) + exponent * math.log(factor) if rate else -math.inf
        return math.exp(log) if log < math.log(sys.float_info.max) else math.inf


def _eased(a: float, b: float, share: float) -> float:
    """From a to b along half a period of a cosine."""
    return a + (b - a) * 0.5 * (1 - math.cos(math.pi * min(share, 1.0)))


def _check(schedule: Schedule, step: int) -> None:
    """Raise ConfigError unless the step is a number of at least 0."""
    if checks.is_integer(step) and step >= 0:
        return
    if not checks.is_number(step) or step < 0:
        raise ConfigError("step to be a number of at least 0", repr(step), who=type(schedule).__name__)
