"""Interleaved rounds, and ratios of what was measured in the same round."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

Clock = Callable[[], float]
BLOCK = 0.02  # seconds: what is shorter is measured many times over


@attrs.frozen
class Ratio:
    """funnet / peer: the median over the rounds, and the quartiles."""

    low: float
    median: float
    high: float

    def __str__(self) -> str:
        return f"{short(self.median)} ({short(self.low)}–{short(self.high)})"


def short(value: float) -> str:
    """In as many digits as mean something."""
    return f"{value:.3f}" if round(value, 3) < 0.1 else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def interleave(
    jobs: dict[str, Callable[[], Any]],
    resets: dict[str, Callable[[], None]],
    rounds: int,
    clock: Clock = time.perf_counter,
) -> dict[str, list[float]]:
    """The seconds a call of each job takes, one figure a round.

    In a round every job has its turn: it begins anew, warms up, and then runs as often as fills a block of
    time, without garbage collection. Who is first changes from round to round.
    """
    names = list(jobs)
    counts = {
        name: max(1, round(BLOCK / min(seconds(jobs[name], 1, clock) for _ in range(5)))) for name in names
    }
    found: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            resets[name]()
            seconds(jobs[name], min(counts[name], 3), clock)
            found[name].append(seconds(jobs[name], counts[name], clock))
    return found


def seconds(job: Callable[[], Any], count: int, clock: Clock) -> float:
    """The average time of `count` calls."""
    gc.disable()
    start = clock()
    for _ in range(count):
        job()
    taken = clock() - start
    gc.enable()
    return taken / count


def ratios(times: dict[str, list[float]]) -> dict[str, Ratio]:
    """funnet's times by those of every other."""
    return {
        name: Ratio(*np.quantile(np.divide(times["funnet"], taken), (0.25, 0.5, 0.75)).tolist())
        for name, taken in times.items()
        if name != "funnet"
    }
