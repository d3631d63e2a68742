"""Layers, a file a thought."""

from typing import TYPE_CHECKING

from funnet.core import lazy

if TYPE_CHECKING:
    from funnet.nn.layers.activation import (
        Elu as Elu,
        Gelu as Gelu,
        HardSigmoid as HardSigmoid,
        HardSwish as HardSwish,
        HardTanh as HardTanh,
        LeakyRelu as LeakyRelu,
        Mish as Mish,
        Relu as Relu,
        Selu as Selu,
        Sigmoid as Sigmoid,
        Silu as Silu,
        Softplus as Softplus,
        Tanh as Tanh,
    )
    from funnet.nn.layers.attention import MultiHeadAttention as MultiHeadAttention
    from funnet.nn.layers.batch_norm import BatchNorm as BatchNorm
    from funnet.nn.layers.conv import (
        Conv1d as Conv1d,
        Conv2d as Conv2d,
    )
    from funnet.nn.layers.conv_transpose import ConvTranspose2d as ConvTranspose2d
    from funnet.nn.layers.dropout import Dropout as Dropout
    from funnet.nn.layers.embedding import Embedding as Embedding
    from funnet.nn.layers.function import Lambda as Lambda
    from funnet.nn.layers.group_norm import GroupNorm as GroupNorm
    from funnet.nn.layers.gru import GRU as GRU
    from funnet.nn.layers.last import Last as Last
    from funnet.nn.layers.layer_norm import (
        LayerNorm as LayerNorm,
        RMSNorm as RMSNorm,
    )
    from funnet.nn.layers.linear import Linear as Linear
    from funnet.nn.layers.lstm import LSTM as LSTM
    from funnet.nn.layers.pool import (
        AvgPool1d as AvgPool1d,
        AvgPool2d as AvgPool2d,
        GlobalAvgPool as GlobalAvgPool,
        MaxPool1d as MaxPool1d,
        MaxPool2d as MaxPool2d,
    )
    from funnet.nn.layers.position import PositionalEncoding as PositionalEncoding
    from funnet.nn.layers.recurrent import (
        RNN as RNN,
        RNNCell as RNNCell,
    )
    from funnet.nn.layers.shape import (
        Flatten as Flatten,
        Reshape as Reshape,
    )
    from funnet.nn.layers.softmax import (
        LogSoftmax as LogSoftmax,
        Softmax as Softmax,
    )

if not TYPE_CHECKING:
    __all__, __getattr__, __dir__ = lazy.exports(__name__)
