"""Networks that read sequences and say what comes next."""

from __future__ import annotations

from funnet.core import checks
from funnet.errors import ConfigError
from funnet.nn import initializers
from funnet.nn.combinators import Repeat, Residual, Sequential, TimeDistributed
from funnet.nn.layer import Layer
from funnet.nn.layers import (
    GRU,
    LSTM,
    RNN,
    Conv1d,
    Embedding,
    Gelu,
    LayerNorm,
    Linear,
    MultiHeadAttention,
    PositionalEncoding,
)
from funnet.nn.models.arguments import dropouts, few

_CELLS = {"lstm": LSTM, "gru": GRU, "rnn": RNN}


def TransformerBlock(
    width: int, heads: int, hidden: int | None = None, causal: bool = False, dropout: float = 0.0
) -> Sequential:
    """Attention, then a network on each step, each with a way around it and normalised before.

    h = x + attention(norm(x)),  y = h + Linear(Gelu(Linear(norm(h))))        x, y (N, T, C), C = width
    `hidden` is the width between the two Linear, 4 C by default. x may be a `Padded`.
    Vaswani et al. 2017, arXiv:1706.03762; normalised before as in Xiong et al. 2020, arXiv:2002.04745.

        >>> import funnet as fn, numpy as np
        >>> net, x = TransformerBlock(8, heads=2), np.ones((3, 5, 8))
        >>> net(net.init(fn.Key(0), x), x)[0].shape
        (3, 5, 8)
    """
    hidden = 4 * checks.count("TransformerBlock", "width", width) if hidden is None else hidden
    dropped = dropouts(dropout)
    attention = [TimeDistributed(LayerNorm()), MultiHeadAttention(heads, causal)]
    attention += [TimeDistributed(layer) for layer in dropped]
    feedforward = [LayerNorm(), Linear(hidden), Gelu(), Linear(width), *dropped]
    return Sequential(
        {
            "attention": Residual(Sequential(attention)),
            "feedforward": Residual(TimeDistributed(Sequential(feedforward))),
        }
    )


def gpt(
    vocabulary: int,
    width: int,
    heads: int,
    depth: int,
    length: int,
    dropout: float = 0.0,
    window: int = 1,
) -> Sequential:
    """A transformer that reads indices and gives logits of the next one at each step.

    x (N, T) integers below `vocabulary`, T ≤ length   y (N, T, vocabulary); y_t depends on x_1 … x_t alone
    With a `window` above 1 a convolution joins each step with the last ones before the blocks, which spares
    attention to find out who the neighbours are: small models learn much faster.
    Radford et al. 2019, Language models are unsupervised multitask learners.

        >>> import funnet as fn, numpy as np
        >>> net, x = gpt(65, width=32, heads=4, depth=2, length=16), np.zeros((1, 16), int)
        >>> net(net.init(fn.Key(0), x), x)[0].shape
        (1, 16, 65)
    """
    checks.count("gpt", "length", length)
    before: list[Layer] = [PositionalEncoding("learned", length)]
    if checks.count("gpt", "window", window) > 1:
        before.append(Conv1d(width, window, padding=((window - 1, 0),)))
    before += [TimeDistributed(layer) for layer in dropouts(dropout)]
    block = TransformerBlock(width, heads, causal=True, dropout=dropout)
    return Sequential(
        {
            "embedding": Embedding(vocabulary, width),
            "positions": Sequential(before),
            "blocks": Repeat(block, few("gpt", "depth", depth)),
            "norm": TimeDistributed(LayerNorm()),
            "head": TimeDistributed(Linear(vocabulary, w_init=initializers.normal(0.02))),
        }
    )


def char_rnn(
    vocabulary: int, width: int, depth: int = 1, cell: str = "lstm", dropout: float = 0.0
) -> Sequential:
    """A recurrent network that reads indices and gives logits of the next one at each step.

    x (N, T) integers below `vocabulary`   y (N, T, vocabulary);   `cell` is "lstm", "gru" or "rnn"
    Karpathy 2015, The unreasonable effectiveness of recurrent neural networks.

        >>> import funnet as fn, numpy as np
        >>> net, x = char_rnn(65, width=32, cell="gru"), np.zeros((1, 16), int)
        >>> net(net.init(fn.Key(0), x), x)[0].shape
        (1, 16, 65)
    """
    if not isinstance(cell, str) or cell not in _CELLS:
        raise ConfigError(f"cell to be one of {', '.join(map(repr, _CELLS))}", repr(cell), who="char_rnn")
    layers: list[Layer] = []
    for _ in range(few("char_rnn", "depth", depth)):
        layers += [_CELLS[cell](width), *map(TimeDistributed, dropouts(dropout))]
    return Sequential(
        {
            "embedding": Embedding(vocabulary, width),
            "layers": Sequential(layers),
            "head": TimeDistributed(Linear(vocabulary)),
        }
    )
