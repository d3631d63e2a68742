"""Thinc: a chain of layers, begin_update, backprop, finish_update."""

from __future__ import annotations

from typing import Any

import numpy as np
from thinc.api import SGD, Adam, Linear, Model, Relu, Sigmoid, chain

import funnet as fn
from funnet.core.containers import Array
from tests.benchmarks.by_hand.common import cross_entropy, squared_error
from tests.benchmarks.peers import Run, Unsupported
from tests.benchmarks.works import Work

_LOSSES: dict[Any, Any] = {fn.SquaredError(): squared_error, fn.SoftmaxCrossEntropy(): cross_entropy}
_MISSING = {
    "rnn": "it has no Elman network",
    "gru": "it has no GRU",
    "lstm": "its LSTM trains a second bias",
    "convolution": "it has no convolution of images",
    "transformer": "it has no attention",
}
_KINDS = {fn.Relu(): Relu, fn.Sigmoid(): Sigmoid}


def train(work: Work) -> Run:
    if work.kind in _MISSING:
        raise Unsupported(_MISSING[work.kind])
    net = _net(work)
    loss, x, target, example = _LOSSES[work.loss], work.x, work.target, work.x[:1]

    def optimizer() -> Any:
        kind = Adam if isinstance(work.optimizer, fn.adam) else SGD
        own = {"eps": 1e-8} if kind is Adam else {}
        return kind(work.optimizer.rate, L2=0.0, grad_clip=0.0, use_averages=False, **own)

    update = optimizer()

    def step() -> Any:
        y, backprop = net.begin_update(x)
        value, dy = loss(y, target)
        backprop(dy)
        net.finish_update(update)
        return value

    def reset() -> None:
        nonlocal update
        update = optimizer()
        _fill(net, work.leaves())

    reset()
    return Run(step, reset, lambda: net.predict(example))


def _net(work: Work) -> Model[Any, Any]:
    """The chain for a perceptron; a layer there is linear with its activation."""
    layers = work.net.layers
    kinds = [
        _KINDS.get(after, Linear)
        for layer, after in zip(layers, [*layers[1:], None], strict=True)
        if isinstance(layer, fn.Linear)
    ]
    widths = [leaf.shape for leaf in work.leaves()[::2]]
    return chain(*(kind(nO, nI) for kind, (nI, nO) in zip(kinds, widths, strict=True))).initialize()


def _fill(net: Model[Any, Any], leaves: list[Array]) -> None:
    for layer, w, b in zip(net.layers, leaves[::2], leaves[1::2], strict=True):
        layer.set_param("W", np.ascontiguousarray(w.T))
        layer.set_param("b", b.copy())
