"""Which kernel stands for which layer, and which of its fields it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from funnet.nn import layers


@attrs.frozen
class Rule:
    """The name of a kernel, the fields of the layer that it takes, and whether its x may be a pair."""

    kernel: str
    fields: tuple[str, ...] = ()
    pair: bool = False


def _positions(layer: layers.PositionalEncoding) -> Rule:
    return Rule("sinusoidal" if layer.kind == "sinusoidal" else "positions")


def _flat(layer: layers.Flatten) -> Rule:
    return Rule("flatten" if layer.order == "channels_last" else "flatten_channels_first")


_CONV = ("stride", "padding", "dilation", "groups")
_POOL = ("window", "stride", "padding")

RULES: Mapping[type, Rule | Callable[[Any], Rule]] = {
    layers.AvgPool1d: Rule("avg_pool", _POOL),
    layers.AvgPool2d: Rule("avg_pool", _POOL),
    layers.BatchNorm: Rule("batch_norm", ("eps",)),
    layers.Conv1d: Rule("conv", _CONV),
    layers.Conv2d: Rule("conv", _CONV),
    layers.ConvTranspose2d: Rule("conv_transpose", (*_CONV, "output_padding")),
    layers.Elu: Rule("elu", ("alpha",)),
    layers.Embedding: Rule("embedding"),
    layers.Flatten: _flat,
    layers.Gelu: Rule("gelu"),
    layers.GlobalAvgPool: Rule("global_avg_pool"),
    layers.GroupNorm: Rule("group_norm", ("groups", "eps")),
    layers.GRU: Rule("gru", ("time_major",)),
    layers.HardSigmoid: Rule("hard_sigmoid"),
    layers.HardSwish: Rule("hard_swish"),
    layers.HardTanh: Rule("hard_tanh"),
    layers.Last: Rule("last", ("time_major",)),
    layers.LSTM: Rule("lstm", ("time_major",)),
    layers.LayerNorm: Rule("layer_norm", ("eps",)),
    layers.LeakyRelu: Rule("leaky_relu", ("slope",)),
    layers.Linear: Rule("linear"),
    layers.LogSoftmax: Rule("log_softmax"),
    layers.MaxPool1d: Rule("max_pool", _POOL),
    layers.MaxPool2d: Rule("max_pool", _POOL),
    layers.Mish: Rule("mish"),
    layers.MultiHeadAttention: Rule("attention", ("heads", "causal"), pair=True),
    layers.PositionalEncoding: _positions,
    layers.RMSNorm: Rule("rms_norm", ("eps",)),
    layers.RNN: Rule("rnn", ("activation", "time_major")),
    layers.Relu: Rule("relu"),
    layers.Reshape: Rule("reshape", ("shape",)),
    layers.Selu: Rule("selu"),
    layers.Sigmoid: Rule("sigmoid"),
    layers.Silu: Rule("silu"),
    layers.Softmax: Rule("softmax"),
    layers.Softplus: Rule("softplus"),
    layers.Tanh: Rule("tanh"),
}
