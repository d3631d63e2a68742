"""Embedding, normalisation of examples, attention."""

import numpy as np

import funnet as fn
from funnet.nn.models import TransformerBlock
from tests.cases.row import Row, draw

INDICES = np.array([[3, 0, 3, 1], [2, 2, 2, 0], [1, 3, 0, 0]])

ROWS: tuple[Row, ...] = (
    Row("Embedding", fn.Embedding(5, 3), INDICES),
    Row("Embedding of padded indices", fn.Embedding(5, 3), fn.Padded(INDICES, [4, 1, 2]), rowwise=False),
    Row("LayerNorm", fn.LayerNorm(), draw(3, 4, 5)),
    Row("RMSNorm", fn.RMSNorm(), draw(3, 4, 5)),
    Row("GroupNorm", fn.GroupNorm(2), draw(3, 2, 3, 4)),
    Row("MultiHeadAttention", fn.MultiHeadAttention(2), draw(3, 4, 6)),
    Row("causal attention", fn.MultiHeadAttention(3, causal=True, bias=False), draw(3, 4, 6)),
    Row("cross attention", fn.MultiHeadAttention(2), (draw(3, 4, 6), draw(3, 5, 2))),
    Row(
        "attention of padded sequences",
        fn.MultiHeadAttention(3),
        fn.Padded(draw(3, 4, 6), [4, 1, 2]),
        rowwise=False,
    ),
    Row(
        "causal attention of padded sequences",
        fn.MultiHeadAttention(2, causal=True),
        fn.Padded(draw(3, 4, 6), [4, 1, 2]),
        rowwise=False,
    ),
    Row(
        "cross attention of padded sequences",
        fn.MultiHeadAttention(2),
        (fn.Padded(draw(3, 4, 6), [1, 4, 2]), fn.Padded(draw(3, 5, 2), [3, 5, 1])),
        rowwise=False,
    ),
    Row("sinusoidal positions", fn.PositionalEncoding(), draw(3, 4, 5)),
    Row("learned positions", fn.PositionalEncoding("learned", 6), draw(3, 4, 5)),
    Row(
        "learned positions of padded sequences",
        fn.PositionalEncoding("learned"),
        fn.Padded(draw(3, 4, 5), [4, 1, 2]),
        rowwise=False,
    ),
    Row(
        "TransformerBlock",
        TransformerBlock(4, heads=2, hidden=5, causal=True, dropout=0.2),
        draw(3, 4, 4),
        renewed=("attention/2", "feedforward/4"),
    ),
)
