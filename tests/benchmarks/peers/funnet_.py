"""funnet itself."""

from __future__ import annotations

from typing import Any

import funnet as fn
from tests.benchmarks.peers import Run
from tests.benchmarks.works import Work


def train(work: Work) -> Run:
    net, loss, optimizer, x, target = work.net, work.loss, work.optimizer, work.x, work.target
    start = state = work.state()
    example = x[:1]

    def step() -> Any:
        nonlocal state
        state, value = fn.train_step(net, loss, optimizer, state, x, target)
        return value

    def reset() -> None:
        nonlocal state
        state = start

    return Run(step, reset, lambda: net(state.params, example)[0])
