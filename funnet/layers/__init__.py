"""Layers, a file a thought."""

from typing import TYPE_CHECKING, Any

from funnet import lazy

if TYPE_CHECKING:
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
    from funnet.layers.attention import MultiHeadAttention
    from funnet.layers.batch_norm import BatchNorm
    from funnet.layers.conv import Conv1d, Conv2d
    from funnet.layers.conv_transpose import ConvTranspose2d
    from funnet.layers.dropout import Dropout
    from funnet.layers.embedding import Embedding
    from funnet.layers.function import Lambda
    from funnet.layers.group_norm import GroupNorm
    from funnet.layers.gru import GRU
    from funnet.layers.last import Last
    from funnet.layers.layer_norm import LayerNorm, RMSNorm
    from funnet.layers.linear import Linear
    from funnet.layers.lstm import LSTM
    from funnet.layers.pool import AvgPool1d, AvgPool2d, GlobalAvgPool, MaxPool1d, MaxPool2d
    from funnet.layers.position import PositionalEncoding
    from funnet.layers.recurrent import RNN, RNNCell
    from funnet.layers.shape import Flatten, Reshape
    from funnet.layers.softmax import LogSoftmax, Softmax

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "AvgPool1d",
    "AvgPool2d",
    "BatchNorm",
    "Conv1d",
    "Conv2d",
    "ConvTranspose2d",
    "Dropout",
    "Elu",
    "Embedding",
    "Flatten",
    "Gelu",
    "GlobalAvgPool",
    "GroupNorm",
    "HardSigmoid",
    "HardSwish",
    "HardTanh",
    "Lambda",
    "Last",
    "LayerNorm",
    "LeakyRelu",
    "Linear",
    "LogSoftmax",
    "MaxPool1d",
    "MaxPool2d",
    "Mish",
    "MultiHeadAttention",
    "PositionalEncoding",
    "RMSNorm",
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

# loaded when first asked for
_HOMES = {
    "activation": (
        "Elu",
        "Gelu",
        "HardSigmoid",
        "HardSwish",
        "HardTanh",
        "LeakyRelu",
        "Mish",
        "Relu",
        "Selu",
        "Sigmoid",
        "Silu",
        "Softplus",
        "Tanh",
    ),
    "attention": ("MultiHeadAttention",),
    "batch_norm": ("BatchNorm",),
    "conv": (
        "Conv1d",
        "Conv2d",
    ),
    "conv_transpose": ("ConvTranspose2d",),
    "dropout": ("Dropout",),
    "embedding": ("Embedding",),
    "function": ("Lambda",),
    "group_norm": ("GroupNorm",),
    "gru": ("GRU",),
    "last": ("Last",),
    "layer_norm": (
        "LayerNorm",
        "RMSNorm",
    ),
    "linear": ("Linear",),
    "lstm": ("LSTM",),
    "pool": (
        "AvgPool1d",
        "AvgPool2d",
        "GlobalAvgPool",
        "MaxPool1d",
        "MaxPool2d",
    ),
    "position": ("PositionalEncoding",),
    "recurrent": (
        "RNN",
        "RNNCell",
    ),
    "shape": (
        "Flatten",
        "Reshape",
    ),
    "softmax": (
        "LogSoftmax",
        "Softmax",
    ),
}


def __getattr__(name: str) -> Any:
    return lazy.attribute(__name__, _HOMES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
