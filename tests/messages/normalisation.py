"""Normalisation of examples, and embedding."""

import numpy as np

import funnet as fn
from funnet.errors import ConfigError, DataError, DtypeError, ShapeError
from tests.messages.inputs import IMAGES, INDICES, STEPS, Mistake, back, draw, init, run

NORMALISATION: list[Mistake] = [
    (lambda: fn.LayerNorm(0), ConfigError, "LayerNorm: … expected eps to be a positive number, got 0"),
    (lambda: fn.LayerNorm(np.nan), ConfigError, "LayerNorm: … eps to be a positive number, got nan"),
    (lambda: fn.LayerNorm("1e-5"), ConfigError, "LayerNorm: … eps to be a positive number, got '1e-5'"),
    (lambda: fn.RMSNorm(None), ConfigError, "RMSNorm: … expected eps to be a positive number, got None"),
    (lambda: fn.GroupNorm(0), ConfigError, "GroupNorm: … expected groups to be a positive integer, got 0"),
    (lambda: fn.GroupNorm(2.0), ConfigError, "GroupNorm: … groups to be a positive integer, got 2.0"),
    (lambda: fn.GroupNorm(2, eps=np.inf), ConfigError, "GroupNorm: … eps to be a positive number, got inf"),
    (lambda: init(fn.GroupNorm(4), IMAGES), ShapeError, "GroupNorm(4): … of 4 channels (its groups), got 3"),
    (
        lambda: init(fn.LayerNorm(), draw(3)),
        ShapeError,
        "LayerNorm(): … axes (N, ..., C), got x of shape (3,)",
    ),
    (
        lambda: init(fn.LayerNorm(), STEPS.astype(int)),
        DtypeError,
        "LayerNorm(): … got dtype int64; convert it with x.astype(np.float32)",
    ),
    (
        lambda: run(fn.LayerNorm(), STEPS, STEPS[..., :3]),
        ShapeError,
        "LayerNorm(): … got x of shape (3, 4, 3)",
    ),
    (
        lambda: run(fn.LayerNorm(), STEPS, STEPS.astype("f8")),
        DtypeError,
        "LayerNorm(): … got x of float64; convert x with x.astype(np.float32)",
    ),
    (
        lambda: run(fn.LayerNorm(), STEPS, fn.Padded(STEPS, [4, 1, 2])),
        DtypeError,
        "LayerNorm(): … array, got a Padded record",
    ),
    (lambda: run(fn.RMSNorm(), STEPS, STEPS[..., :3]), ShapeError, "RMSNorm(): … got x of shape (3, 4, 3)"),
    (
        lambda: run(fn.GroupNorm(2), STEPS, STEPS[..., :4]),
        ShapeError,
        "GroupNorm(2): … got x of shape (3, 4, 4)",
    ),
    (
        lambda: back(fn.GroupNorm(2), STEPS, STEPS[:, 0]),
        ShapeError,
        "GroupNorm(2): … (3, 4, 6), got shape (3, 6)",
    ),
    (lambda: fn.Embedding(0, 3), ConfigError, "Embedding: … expected count to be a positive integer, got 0"),
    (lambda: fn.Embedding(5, None), ConfigError, "Embedding: … width to be a positive integer, got None"),
    (
        lambda: init(fn.Embedding(3, 2), INDICES + 1),
        DataError,
        "Embedding(3, width=2): … from 0 to 2, got 3 at (1, 0)",
    ),
    (
        lambda: init(fn.Embedding(3, 2), INDICES - 1),
        DataError,
        "Embedding(3, width=2): … from 0 to 2, got -1 at (0, 0)",
    ),
    (
        lambda: init(fn.Embedding(3, 2), INDICES.astype(float)),
        DtypeError,
        "Embedding(3, width=2): … indices), got dtype float64",
    ),
    (
        lambda: init(fn.Embedding(3, 2), INDICES > 0),
        DtypeError,
        "Embedding(3, width=2): … are indices), got dtype bool",
    ),
    (
        lambda: init(fn.Embedding(3, 2), INDICES[:0]),
        ShapeError,
        "Embedding(3, width=2): … one entry, got shape (0, 2)",
    ),
    (
        lambda: init(fn.Embedding(3, 2), np.array(["a", "b"])),
        DtypeError,
        "Embedding(3, width=2): … are indices), got dtype <U1",
    ),
    (
        lambda: run(fn.Embedding(3, 2), INDICES, INDICES + 2**40),
        DataError,
        "Embedding(3, width=2): … got 1099511627776 at (0, 0)",
    ),
    (
        lambda: run(fn.Embedding(3, 2), INDICES, fn.Padded(INDICES, [2, 0, 1])),
        DataError,
        "Embedding(3, width=2): … 2 steps), got 0 for sequence 1",
    ),
    (
        lambda: run(fn.Embedding(3, 2), INDICES, fn.Padded(INDICES, [2, 1])),
        ShapeError,
        "Embedding(3, width=2): … each sequence), got shape (2,)",
    ),
    (
        lambda: run(fn.Embedding(3, 2), INDICES, fn.Padded(INDICES, [2.0, 1.0, 1.0])),
        DtypeError,
        "Embedding(3, width=2): … of integers, got float64[3]",
    ),
    (
        lambda: run(fn.Embedding(3, 2), INDICES, fn.Padded(INDICES[:, 0], [2, 1, 1])),
        ShapeError,
        "Embedding(3, width=2): … (N, T), got x of shape (3,)",
    ),
    (
        lambda: run(fn.Embedding(3, 2), INDICES, fn.Padded(INDICES, None)),
        DtypeError,
        "Embedding(3, width=2): … of integers, got object[]",
    ),
    (
        lambda: back(fn.Embedding(3, 2), INDICES, draw(3, 2, 3)),
        ShapeError,
        "Embedding(3, width=2): … (3, 2, 2), got shape (3, 2, 3)",
    ),
    (
        lambda: back(fn.Embedding(3, 2), INDICES, INDICES),
        DtypeError,
        "Embedding(3, width=2): … got dtype int64; convert it with dy.astype(np.float32)",
    ),
    (
        lambda: fn.Embedding(4, 2)(fn.Embedding(3, 2).init(fn.Key(0), INDICES), INDICES),
        ShapeError,
        "Embedding(4, width=2): … shape (4, 2), got shape (3, 2)",
    ),
]
