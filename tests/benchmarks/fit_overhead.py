"""What `fit` costs beside the bare loop it stands for, on the moons net at batch 32.

    python -m tests.benchmarks.fit_overhead

Four loops take the same steps from the same state: `train_step` on batches that lie ready, and `fit` on the
list of them; `train_step` in a loop that shuffles and cuts two arrays, and `fit` on the pair of them. They
run one after the other, again and again in changing order, so that a busy machine slows all alike. Printed
are the medians of the processor time, and of each `fit` the median quotient by the loop it stands for, run
in the same round.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np
from sklearn.datasets import make_moons

import funnet as fn

LOSS, OPTIMIZER = fn.MeanSquaredError(), fn.adam(0.01)
PAIRS = {
    "fit, batches ready": "train_step, batches ready",
    "fit, two arrays": "train_step, two arrays",
}


def moons_net() -> fn.Layer:
    """2-25-50-25-2 of sigmoids."""
    layers = [(fn.Linear(width), fn.Sigmoid()) for width in (25, 50, 25, 2)]
    return fn.Sequential([layer for pair in layers for layer in pair])


def loops(epochs: int, batch_size: int = 32) -> dict[str, Callable[[], fn.TrainState]]:
    """The loops by name; all end with the same bits."""
    points, labels = make_moons(1408, noise=0.2, random_state=100)
    x, t, net = points, np.eye(2)[labels], moons_net()
    state = fn.init(net, OPTIMIZER, fn.Key(0), x[:1])
    orders = [state.key.child("shuffle").child(epoch * len(x) // batch_size) for epoch in range(epochs)]

    def bare(pairs: Iterator[tuple[np.ndarray, np.ndarray]]) -> fn.TrainState:
        now = state
        for xb, tb in pairs:
            now, _ = fn.train_step(net, LOSS, OPTIMIZER, now, xb, tb)
        return now

    def cut() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for key in orders:
            order = key.generator().permutation(len(x))
            for start in range(0, len(x), batch_size):
                rows = order[start : start + batch_size]
                yield x[rows], t[rows]

    def fit(data: object, epochs: int) -> fn.TrainState:
        return fn.fit(
            net, LOSS, OPTIMIZER, state, data, epochs=epochs, batch_size=batch_size, progress=False
        )[0]

    ready = list(cut())
    return {
        "train_step, batches ready": lambda: bare(iter(ready)),
        "fit, batches ready": lambda: fit(ready, 1),
        "train_step, two arrays": lambda: bare(cut()),
        "fit, two arrays": lambda: fit((x, t), epochs),
    }


def measure(rounds: int, epochs: int) -> dict[str, np.ndarray]:
    """Seconds of processor time of each loop in each round."""
    chosen = loops(epochs)
    seconds: dict[str, list[float]] = {name: [] for name in chosen}
    for turn in range(rounds):
        for name in np.roll(list(chosen), turn).tolist():
            start = time.process_time()
            chosen[name]()
            seconds[name].append(time.process_time() - start)
    return {name: np.array(values) for name, values in seconds.items()}


def main(argv: list[str] | None = None) -> dict[str, float]:
    """Measure, print, and return the overheads."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60, help="repetitions of each loop (60)")
    parser.add_argument("--epochs", type=int, default=3, help="epochs of 44 steps a repetition (3)")
    args = parser.parse_args(argv)
    seconds = measure(args.rounds, args.epochs)
    for name, values in seconds.items():
        print(f"{name:<30}{1e6 * np.median(values) / (44 * args.epochs):>9.1f} µs a step")
    overheads = {name: float(np.median(seconds[name] / seconds[bare])) - 1 for name, bare in PAIRS.items()}
    for name, overhead in overheads.items():
        print(f"{name:<30}{100 * overhead:>+9.1f} %")
    return overheads


if __name__ == "__main__":
    main()
