"""Where the time of a step goes, in funnet and in NumPy by hand, and what of it are matrix products.

Nothing written in NumPy is faster than its matrix products alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import attrs
import numpy as np

from funnet import training
from funnet.core.containers import Array
from tests.benchmarks.peers.numpy_ import LOSSES, NETS
from tests.benchmarks.run import begin
from tests.benchmarks.timing import Clock, interleave
from tests.benchmarks.works import WORKS, Work

Products = list[tuple[Array, Array]]


@attrs.frozen
class Profile:
    """Of a work: seconds by row of the table, for each column of it that the row has."""

    work: str
    rows: dict[str, dict[str, float]]


COLUMNS = ("forward", "loss", "backward", "all else", "step")


def measure(name: str, peers: list[str], rounds: int, clock: Clock) -> Profile:
    """The medians of a work, interleaved. `all else` is what the step takes besides the other columns."""
    work = WORKS[name]()
    runs, _ = begin(work, ["numpy", *peers])
    jobs = {f"{peer} step": run.step for peer, run in runs.items()}
    resets = {f"{peer} step": run.reset for peer, run in runs.items()}
    for row, stages in (("funnet", funnet(work)), ("numpy", by_hand(work)), ("products", products(work))):
        jobs |= {f"{row} {stage}": job for stage, job in stages.items()}
    found = interleave(jobs, {job: resets.get(job, lambda: None) for job in jobs}, rounds, clock)
    rows: dict[str, dict[str, float]] = {}
    for job, times in found.items():
        row, stage = job.split()
        rows.setdefault(row, {})[stage] = float(np.median(times))
    for row in ("funnet", "numpy"):
        rows[row]["all else"] = rows[row]["step"] - sum(rows[row][stage] for stage in COLUMNS[:3])
    rows["products"]["step"] = sum(rows["products"].values())
    return Profile(name, rows)


def funnet(work: Work) -> dict[str, Callable[[], Any]]:
    """The stages of a step of funnet."""
    net, params = training(work.net), work.state().params
    y, cache = net(params, work.x)
    _, dy = work.loss(y, work.target)
    return {
        "forward": lambda: net(params, work.x),
        "loss": lambda: work.loss(y, work.target),
        "backward": lambda: net.param_vjp(params, cache, dy),
    }


def by_hand(work: Work) -> dict[str, Callable[[], Any]]:
    """The stages of a step by hand."""
    (forward, backward), loss, params = NETS[work.kind], LOSSES[work.loss], work.leaves()
    y, saved = forward(params, work.x)
    _, dy = loss(y, work.target)
    return {
        "forward": lambda: forward(params, work.x),
        "loss": lambda: loss(y, work.target),
        "backward": lambda: backward(params, saved, dy),
    }


def products(work: Work) -> dict[str, Callable[[], Any]]:
    """Nothing but the matrix products of the step by hand, of the same arrays in the same order."""
    forward, backward = NETS[work.kind]
    seen: Products = []
    params = [Watched.of(leaf, seen) for leaf in work.leaves()]
    y, saved = forward(params, work.x)
    ahead = seen.copy()
    backward(params, saved, y)
    back = seen[len(ahead) :]
    return {"forward": lambda: _multiply(ahead), "backward": lambda: _multiply(back)}


def _multiply(pairs: Products) -> None:
    for a, b in pairs:
        a @ b


class Watched(np.ndarray):
    """An array that makes more of its kind, and notes the matrix products that it is part of."""

    seen: Products

    @classmethod
    def of(cls, array: Array, seen: Products) -> Self:
        """A view of an array that notes its products in a list."""
        made = array.view(cls)
        made.seen = seen
        return made

    def __array_finalize__(self, source: Any) -> None:
        self.seen = getattr(source, "seen", [])

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        plain = [np.asarray(value) if isinstance(value, Watched) else value for value in inputs]
        if ufunc is np.matmul:
            self.seen.append((plain[0], plain[1]))
        if "out" in options:
            options["out"] = tuple(np.asarray(out) for out in options["out"])
        return self._watch(getattr(ufunc, method)(*plain, **options))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return self._watch(super().__array_function__(function, types, args, kwargs))

    def _watch(self, made: Any) -> Any:
        return Watched.of(made, self.seen) if isinstance(made, np.ndarray) else made


def table(profile: Profile, titles: dict[str, str]) -> list[str]:
    """Rows of Markdown, in percent of the step by hand."""
    whole = profile.rows["numpy"]["step"] / 100
    lines = []
    for row, cells in profile.rows.items():
        shown = (f"{cells[column] / whole:.0f}" if column in cells else "–" for column in COLUMNS)
        lines.append(f"| {profile.work} | {titles[row]} | {' | '.join(shown)} |")
    return lines
