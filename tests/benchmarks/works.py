"""The works that are timed: networks of funnet, with a batch of data to train on."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import attrs
import numpy as np

import funnet as fn
from funnet.core.containers import Array


@attrs.frozen(eq=False)
class Work:
    """A network, how it is trained, and the batch of every step, in float32.

    `kind` names the network as it is written out by hand.
    """

    name: str
    kind: str
    net: fn.Layer
    loss: fn.losses.Loss
    optimizer: fn.Optimizer
    x: Array
    target: Array

    def state(self) -> fn.TrainState:
        """The beginning, the same for every peer."""
        return fn.init(self.net, self.optimizer, fn.Key(0), self.x[:1])

    def leaves(self) -> list[Array]:
        """The initial parameters one after the other: w, b of the first layer, w, b of the next, ..."""
        return list(fn.tree.leaves(self.state().params))


def perceptron(
    name: str,
    kind: str,
    widths: Sequence[int],
    activation: fn.Layer,
    batch: int,
    optimizer: fn.Optimizer,
) -> Work:
    """Classify points with linear layers, and an activation between them."""
    layers: list[fn.Layer] = [fn.Linear(widths[1])]
    for width in widths[2:]:
        layers += [activation, fn.Linear(width)]
    labels = _draw(name).integers(0, widths[-1], batch)
    x = _normal(name, batch, widths[0])
    return Work(name, kind, fn.Sequential(layers), fn.SoftmaxCrossEntropy(), optimizer, x, labels)


def moons(name: str = "moons") -> Work:
    """2-25-50-25-2, all sigmoids, squared error, one example at a time."""
    layers = [layer for width in (25, 50, 25, 2) for layer in (fn.Linear(width), fn.Sigmoid())]
    target = np.array([[0, 1]], np.float32)
    return Work(
        name, "sigmoids", fn.Sequential(layers), fn.SquaredError(), fn.sgd(0.1), _normal(name, 1, 2), target
    )


def recurrent(name: str, kind: str, layer: fn.Layer, steps: int = 50) -> Work:
    """Predict a number from 32 sequences of vectors."""
    net = fn.Sequential([layer, fn.Last(), fn.Linear(1)])
    x, target = _normal(name, 32, steps, 32), _normal(name, 32, 1)
    return Work(name, kind, net, fn.SquaredError(), fn.sgd(0.01), x, target)


def convolution(name: str = "conv") -> Work:
    """Classify 64 images of 28 x 28 with two convolutions."""
    layers = [layer for width in (16, 32) for layer in (fn.Conv2d(width, 3), fn.Relu(), fn.MaxPool2d(2))]
    net = fn.Sequential([*layers, fn.Flatten(), fn.Linear(10)])
    labels = _draw(name).integers(0, 10, 64)
    return Work(
        name, "convolution", net, fn.SoftmaxCrossEntropy(), fn.sgd(0.05), _normal(name, 64, 28, 28, 1), labels
    )


def transformer(name: str = "transformer") -> Work:
    """Predict vectors from vectors with a pre-norm block: 4 heads, then a hidden layer of 256."""
    attention = fn.Sequential([fn.LayerNorm(), fn.MultiHeadAttention(4)])
    hidden = fn.Sequential([fn.LayerNorm(), fn.Linear(256), fn.Gelu(), fn.Linear(64)])
    net = fn.Sequential([fn.Residual(attention), fn.Residual(hidden)])
    x, target = _normal(name, 32, 64, 64), _normal(name, 32, 64, 64)
    return Work(name, "transformer", net, fn.MeanSquaredError(), fn.sgd(0.1), x, target)


def _draw(name: str) -> np.random.Generator:
    return fn.Key(1).child(name).generator()


def _normal(name: str, *shape: int) -> Array:
    return _draw(f"{name}{shape}").standard_normal(shape, np.float32)


_MLP512 = functools.partial(
    perceptron, kind="three", widths=(784, 512, 512, 10), activation=fn.Relu(), batch=128
)

WORKS: dict[str, Callable[[], Work]] = {
    "moons": moons,
    "spiral": lambda: perceptron("spiral", "three", (2, 50, 50, 3), fn.Relu(), 300, fn.sgd(0.1)),
    "mnist50": lambda: perceptron("mnist50", "two", (784, 50, 10), fn.Sigmoid(), 100, fn.sgd(0.1)),
    "mlp512": lambda: _MLP512("mlp512", optimizer=fn.sgd(0.05)),
    "mlp512-adam": lambda: _MLP512("mlp512-adam", optimizer=fn.adam(1e-4)),
    "rnn32": lambda: recurrent("rnn32", "rnn", fn.RNN(32)),
    "gru32": lambda: recurrent("gru32", "gru", fn.GRU(32)),
    "gru128": lambda: recurrent("gru128", "gru", fn.GRU(128)),
    "lstm32": lambda: recurrent("lstm32", "lstm", fn.LSTM(32)),
    "lstm128": lambda: recurrent("lstm128", "lstm", fn.LSTM(128)),
    "conv": convolution,
    "transformer": transformer,
}
