"""Memory, as tracemalloc counts it: the peak of a step, and what 10,000 steps leave behind."""

from __future__ import annotations

import gc
import tracemalloc

from tests.benchmarks.peers import Run, train
from tests.benchmarks.works import WORKS


def peak_ratios(work: str = "mlp512") -> tuple[float, float]:
    """funnet / NumPy by hand: the peak of a step, and of that what comes on top of what is held before it."""
    peaks = {}
    for peer in ("funnet", "numpy"):
        tracemalloc.start()
        run = train(peer, WORKS[work]())
        run.step()
        held, peak = peak_of(run)
        peaks[peer] = peak, peak - held
        del run
        tracemalloc.stop()
    (ours, our_own), (theirs, their_own) = peaks["funnet"], peaks["numpy"]
    return ours / theirs, our_own / their_own


def peak_of(run: Run) -> tuple[int, int]:
    """The bytes held before a step, and at most during it."""
    gc.collect()
    tracemalloc.reset_peak()
    held, _ = tracemalloc.get_traced_memory()
    run.step()
    _, peak = tracemalloc.get_traced_memory()
    return held, peak


def leaked(work: str = "moons", steps: int = 10_000) -> int:
    """The bytes that are held after so many steps and were not before."""
    run = train("funnet", WORKS[work]())
    tracemalloc.start()
    for _ in range(1_000):
        run.step()
    before = _held()
    for _ in range(steps):
        run.step()
    after = _held()
    tracemalloc.stop()
    return after - before


def _held() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
