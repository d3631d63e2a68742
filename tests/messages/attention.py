"""Attention and positions."""

import funnet as fn
from funnet.errors import ConfigError, DataError, DtypeError, ShapeError, TreeError
from tests.messages.inputs import IMAGES, INDICES, STEPS, Mistake, back, draw, init, run

ATTENTION: list[Mistake] = [
    (lambda: fn.MultiHeadAttention(0), ConfigError, "MultiHeadAttention: … to be a positive integer, got 0"),
    (lambda: fn.MultiHeadAttention("2"), ConfigError, "MultiHeadAttention: … be a positive integer, got '2'"),
    (
        lambda: fn.MultiHeadAttention(2, causal=None),
        ConfigError,
        "MultiHeadAttention: … to be True or False, got None",
    ),
    (
        lambda: init(fn.MultiHeadAttention(4), STEPS),
        ShapeError,
        "MultiHeadAttention(4): … takes an equal part), got 6",
    ),
    (
        lambda: init(fn.MultiHeadAttention(2), draw(3, 6)),
        ShapeError,
        "MultiHeadAttention(2): … T, ...), got x of shape (3, 6)",
    ),
    (
        lambda: init(fn.MultiHeadAttention(2), IMAGES),
        ShapeError,
        "MultiHeadAttention(2): … got x of shape (2, 5, 4, 3)",
    ),
    (
        lambda: init(fn.MultiHeadAttention(2), (STEPS, None)),
        DtypeError,
        "MultiHeadAttention(2): … to be a NumPy array, got None",
    ),
    (
        lambda: init(fn.MultiHeadAttention(2), (STEPS, ())),
        DtypeError,
        "MultiHeadAttention(2): … NumPy array, got a tuple of 0",
    ),
    (
        lambda: init(fn.MultiHeadAttention(2), (STEPS, STEPS, STEPS)),
        DtypeError,
        "MultiHeadAttention(2): … NumPy array, got a tuple of 3",
    ),
    (
        lambda: init(fn.MultiHeadAttention(2), (STEPS, draw(2, 4, 6))),
        ShapeError,
        "MultiHeadAttention(2): … for each of 3 sequences, got 2",
    ),
    (
        lambda: init(fn.MultiHeadAttention(2), (STEPS, draw(3, 4, 6, dtype="f8"))),
        DtypeError,
        "MultiHeadAttention(2): … of float32 (as x), got float64",
    ),
    (
        lambda: init(fn.MultiHeadAttention(2), (STEPS, draw(3, 6))),
        ShapeError,
        "MultiHeadAttention(2): … T, ...), got x of shape (3, 6)",
    ),
    (
        lambda: init(fn.MultiHeadAttention(2, causal=True), (STEPS, STEPS)),
        TreeError,
        "MultiHeadAttention( … got a pair (x, context)",
    ),
    (
        lambda: run(fn.MultiHeadAttention(2), STEPS, STEPS[..., :4]),
        ShapeError,
        "MultiHeadAttention(2): … 6)), got x of shape (3, 4, 4)",
    ),
    (
        lambda: run(fn.MultiHeadAttention(2), STEPS, (STEPS, draw(3, 4, 5))),
        ShapeError,
        "MultiHeadAttention(2): … 6)), got x of shape (3, 4, 5)",
    ),
    (
        lambda: run(fn.MultiHeadAttention(2), STEPS, STEPS.astype("f8")),
        DtypeError,
        "MultiHeadAttention(2): … got x of float64; convert x with x.astype(np.float32)",
    ),
    (
        lambda: run(fn.MultiHeadAttention(2), STEPS, fn.Padded(STEPS, [4, 9, 1])),
        DataError,
        "MultiHeadAttention(2): … 4 steps), got 9 for sequence 1",
    ),
    (
        lambda: run(fn.MultiHeadAttention(2), STEPS, {"q": STEPS}),
        DtypeError,
        "MultiHeadAttention(2): … a NumPy array, got a dict of 1",
    ),
    (
        lambda: back(fn.MultiHeadAttention(2), STEPS, draw(3, 4, 5)),
        ShapeError,
        "MultiHeadAttention(2): … (3, 4, 6), got shape (3, 4, 5)",
    ),
    (
        lambda: back(fn.MultiHeadAttention(2), fn.Padded(STEPS, [4, 1, 2]), STEPS),
        TreeError,
        "MultiHeadAttention(2): … (as y), got float32[3, 4, 6]",
    ),
    (
        lambda: fn.MultiHeadAttention(4)(fn.MultiHeadAttention(2).init(fn.Key(0), STEPS), STEPS),
        ShapeError,
        "MultiHeadAttention(4): … takes an equal part), got 6",
    ),
    (
        lambda: fn.MultiHeadAttention(2, bias=False)(fn.MultiHeadAttention(2).init(fn.Key(0), STEPS), STEPS),
        TreeError,
        "MultiHeadAttention( … it has no bias, got float32[6]",
    ),
    (
        lambda: fn.MultiHeadAttention(2)(fn.MultiHeadAttention(2, bias=False).init(fn.Key(0), STEPS), STEPS),
        DtypeError,
        "MultiHeadAttention(2): … NumPy array, got a tuple of 0",
    ),
    (lambda: fn.PositionalEncoding("cosine"), ConfigError, "PositionalEncoding: … 'learned', got 'cosine'"),
    (lambda: fn.PositionalEncoding(10), ConfigError, "PositionalEncoding: … 'learned', got 10"),
    (
        lambda: fn.PositionalEncoding("learned", 0),
        ConfigError,
        "PositionalEncoding: … be a positive integer, got 0",
    ),
    (
        lambda: fn.PositionalEncoding("sinusoidal", 10),
        ConfigError,
        "PositionalEncoding: … have no end), got 10",
    ),
    (
        lambda: init(fn.PositionalEncoding("learned"), draw(3, 6)),
        ShapeError,
        "PositionalEncoding( … T, ...), got x of shape (3, 6)",
    ),
    (
        lambda: run(fn.PositionalEncoding("learned"), STEPS[:, :2], STEPS),
        ShapeError,
        "PositionalEncoding( … 6)), got x of shape (3, 4, 6)",
    ),
    (
        lambda: run(fn.PositionalEncoding("learned"), STEPS, STEPS[..., :2]),
        ShapeError,
        "PositionalEncoding( … (any, 2), got shape (4, 6)",
    ),
    (
        lambda: run(fn.PositionalEncoding("learned"), STEPS, STEPS.astype("f8")),
        DtypeError,
        "PositionalEncoding( … float32, got dtype float64",
    ),
    (
        lambda: run(fn.PositionalEncoding(), STEPS, INDICES),
        DtypeError,
        "PositionalEncoding(): … got dtype int64; convert it with x.astype(np.float32)",
    ),
    (
        lambda: back(fn.PositionalEncoding("learned"), STEPS, draw(3, 4, 2)),
        ShapeError,
        "PositionalEncoding( … (3, 4, 6), got shape (3, 4, 2)",
    ),
]
