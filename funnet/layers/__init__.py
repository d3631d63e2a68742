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
from funnet.layers.linear import Linear
from funnet.layers.norm import BatchNorm
from funnet.layers.shape import Flatten, Reshape
from funnet.layers.softmax import LogSoftmax, Softmax

__all__ = [
    "BatchNorm",
    "Dropout",
    "Elu",
    "Flatten",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "HardTanh",
    "Lambda",
    "LeakyRelu",
    "Linear",
    "LogSoftmax",
    "Mish",
    "Relu",
    "Reshape",
    "Selu",
    "Sigmoid",
    "Silu",
    "Softmax",
    "Softplus",
    "Tanh",
]
