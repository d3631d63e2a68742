"""How the time of a step grows with width, batch, depth and the length of sequences."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import funnet as fn
from tests.benchmarks.peers import PEERS
from tests.benchmarks.run import begin
from tests.benchmarks.timing import interleave
from tests.benchmarks.works import Work, recurrent

Times = dict[str, list[float]]


def deep(width: int = 64, batch: int = 64, depth: int = 3) -> Work:
    """64 numbers through so many linear layers with ReLUs between them."""
    layers: list[fn.Layer] = []
    for _ in range(depth - 1):
        layers += [fn.Linear(width, w_init=fn.initializers.he_normal()), fn.Relu()]
    net = fn.Sequential([*layers, fn.Linear(10)])
    draw = fn.Key(1).child("deep").generator()
    x, labels = draw.standard_normal((batch, 64), np.float32), draw.integers(0, 10, batch)
    return Work("deep", "deep", net, fn.SoftmaxCrossEntropy(), fn.sgd(0.005), x, labels)


AXES: dict[str, tuple[list[int], Callable[[int], Work]]] = {
    "width": ([2**k for k in range(3, 12)], lambda n: deep(width=n)),
    "batch": ([2**k for k in range(13)], lambda n: deep(batch=n)),
    "depth": ([1, 2, 4, 8, 16, 32, 64], lambda n: deep(depth=n)),
    "steps of an RNN of width 32": (
        [2**k for k in range(2, 10)],
        lambda n: recurrent("rnn", "rnn", fn.RNN(32), n),
    ),
}


def measure(axis: str, peers: list[str], rounds: int) -> Times:
    """The median seconds of a step at every point of an axis, by peer."""
    points, make = AXES[axis]
    found: Times = {}
    for point in points:
        runs, _ = begin(make(point), peers)
        times = interleave(
            {peer: run.step for peer, run in runs.items()},
            {peer: run.reset for peer, run in runs.items()},
            rounds,
            time.process_time,
        )
        for peer, taken in times.items():
            found.setdefault(peer, []).append(float(np.median(taken)))
    return found


def draw(found: dict[str, Times], path: Path) -> None:
    """A panel for each axis, both scales logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 7), layout="constrained")
    axes: Any = figure.subplots(2, 2)
    for ax, (axis, times) in zip(axes.flat, found.items(), strict=True):
        for peer, seconds in times.items():
            title = PEERS[peer].title if peer in PEERS else peer
            ax.loglog(AXES[axis][0], 1e6 * np.array(seconds), marker="o", markersize=3, label=title)
        ax.set(xlabel=axis, ylabel="µs a step")
        ax.grid(alpha=0.3)
    axes[0, 0].legend()
    figure.savefig(path, dpi=120)
