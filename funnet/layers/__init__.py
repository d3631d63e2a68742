"""Layers, a file a thought."""

from funnet.layers.activation import (
    Elu,
    Gelu,
    HardSigmoid,
    HardSwish,
    HardTanh,
    LeakyRelu,
    Mish,
    Relu,
    Selu,
    Sigmoid,
    Silu,
    Softplus,
    Tanh,
)
from funnet.layers.dropout import Dropout
from funnet.layers.function import Lambda
from funnet.layers.last import Last
from funnet.layers.linear import Linear
from funnet.layers.norm import BatchNorm
from funnet.layers.recurrent import RNN, RNNCell
from funnet.layers.shape import Flatten, Reshape
from funnet.layers.softmax import LogSoftmax, Softmax

__all__ = [
    "RNN",
    "BatchNorm",
    "Dropout",
    "Elu",
    "Flatten",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "HardTanh",
    "Lambda",
    "Last",
    "LeakyRelu",
    "Linear",
    "LogSoftmax",
    "Mish",
    "RNNCell",
    "Relu",
    "Reshape",
    "Selu",
    "Sigmoid",
    "Silu",
    "Softmax",
    "Softplus",
    "Tanh",
]
