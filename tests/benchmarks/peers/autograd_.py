"""autograd (HIPS): NumPy code that is traced at every step."""

from __future__ import annotations

from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np

import funnet as fn
from tests.benchmarks.by_hand.common import adam, sgd
from tests.benchmarks.peers import Run
from tests.benchmarks.peers.formulas import forward, loss
from tests.benchmarks.works import Work


def train(work: Work) -> Run:
    net = forward(anp, work)
    x, target, rate = work.x, work.target, work.optimizer.rate
    gradient = autograd.value_and_grad(lambda params: loss(anp, work, net(params, x), target))
    start = params = work.leaves()
    ms = vs = zeros = [np.zeros_like(p) for p in start]
    is_adam, count, example = isinstance(work.optimizer, fn.adam), 0, x[:1]

    def step() -> Any:
        nonlocal params, ms, vs, count
        count += 1
        value, grads = gradient(params)
        if is_adam:
            params, ms, vs = adam(params, grads, ms, vs, count, rate)
        else:
            params = sgd(params, grads, rate)
        return value

    def reset() -> None:
        nonlocal params, ms, vs, count
        params, ms, vs, count = start, zeros, zeros, 0

    return Run(step, reset, lambda: net(params, example))
