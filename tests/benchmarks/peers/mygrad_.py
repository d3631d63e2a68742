"""MyGrad: tensors that remember what made them, without memory guarding, as its manual advises for speed."""

from __future__ import annotations

from typing import Any

import mygrad as mg
import numpy as np

import funnet as fn
from tests.benchmarks.by_hand.common import adam, sgd
from tests.benchmarks.peers import Run
from tests.benchmarks.peers.formulas import forward, loss
from tests.benchmarks.works import Work

mg.turn_memory_guarding_off()


def train(work: Work) -> Run:
    net = forward(mg, work)
    x, target, rate = work.x, work.target, work.optimizer.rate
    start = params = work.leaves()
    ms = vs = zeros = [np.zeros_like(p) for p in start]
    is_adam, count, example = isinstance(work.optimizer, fn.adam), 0, x[:1]

    def step() -> Any:
        nonlocal params, ms, vs, count
        count += 1
        tensors = [mg.tensor(p, copy=False) for p in params]
        value = loss(mg, work, net(tensors, x), target)
        value.backward()
        grads = [tensor.grad for tensor in tensors]
        if is_adam:
            params, ms, vs = adam(params, grads, ms, vs, count, rate)
        else:
            params = sgd(params, grads, rate)
        return value.item()

    def reset() -> None:
        nonlocal params, ms, vs, count
        params, ms, vs, count = start, zeros, zeros, 0

    @mg.no_autodiff
    def infer() -> Any:
        return np.asarray(net(params, example))

    return Run(step, reset, infer)
