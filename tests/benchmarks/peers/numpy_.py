"""NumPy, written out by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import funnet as fn
from tests.benchmarks.by_hand import convolution, gru, lstm, perceptron, rnn, transformer
from tests.benchmarks.by_hand.common import adam, cross_entropy, mean_squared_error, sgd, squared_error
from tests.benchmarks.peers import Run
from tests.benchmarks.works import Work

NETS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "sigmoids": (perceptron.sigmoids_forward, perceptron.sigmoids_backward),
    "two": (perceptron.two_forward, perceptron.two_backward),
    "three": (perceptron.three_forward, perceptron.three_backward),
    "deep": (perceptron.deep_forward, perceptron.deep_backward),
    "rnn": (rnn.forward, rnn.backward),
    "gru": (gru.forward, gru.backward),
    "lstm": (lstm.forward, lstm.backward),
    "convolution": (convolution.forward, convolution.backward),
    "transformer": (transformer.forward, transformer.backward),
}
LOSSES = {
    fn.SquaredError(): squared_error,
    fn.MeanSquaredError(): mean_squared_error,
    fn.SoftmaxCrossEntropy(): cross_entropy,
}


def train(work: Work) -> Run:
    forward, backward = NETS[work.kind]
    loss, x, target, rate = LOSSES[work.loss], work.x, work.target, work.optimizer.rate
    start, example = work.leaves(), x[:1]
    params, ms, vs, count = start, [], [], 0

    def step_sgd() -> Any:
        nonlocal params
        y, saved = forward(params, x)
        value, dy = loss(y, target)
        params = sgd(params, backward(params, saved, dy), rate)
        return value

    def step_adam() -> Any:
        nonlocal params, ms, vs, count
        count += 1
        y, saved = forward(params, x)
        value, dy = loss(y, target)
        params, ms, vs = adam(params, backward(params, saved, dy), ms, vs, count, rate)
        return value

    def reset() -> None:
        nonlocal params, ms, vs, count
        params, count = start, 0
        ms = vs = [np.zeros_like(p) for p in start]

    reset()
    step = step_adam if isinstance(work.optimizer, fn.adam) else step_sgd
    return Run(step, reset, lambda: forward(params, example)[0])
