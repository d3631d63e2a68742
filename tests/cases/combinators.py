"""Repeated, shared and recomputed layers, and a network that reads floats and integers."""

import numpy as np

import funnet as fn
from tests.cases.row import Row, draw

INDICES = np.array([[3, 0, 3, 1], [2, 2, 4, 0], [1, 3, 0, 0]])


def _stateful() -> fn.Layer:
    return fn.Sequential([fn.Linear(4), fn.BatchNorm(), fn.Dropout(0.3), fn.Tanh()])


ROWS: tuple[Row, ...] = (
    Row(
        "Repeat", fn.Repeat(_stateful(), 2), draw(6, 4), renewed=("0/1/moments", "0/2", "1/1/moments", "1/2")
    ),
    Row("Repeat shared", fn.Repeat(_stateful(), 3, shared=True), draw(6, 4), renewed=("1/moments", "2")),
    Row("Repeat once", fn.Repeat(fn.Linear(2), 1, shared=True), draw(6, 4)),
    Row(
        "Tied",
        fn.Tied(
            fn.Sequential(
                {
                    "code": fn.Linear(3),
                    "norm": fn.BatchNorm(),
                    "drop": fn.Dropout(0.3),
                    "decode": fn.Linear(4),
                }
            ),
            "code/w",
            "decode/w",
            transpose=True,
        ),
        draw(6, 4),
        renewed=("drop", "norm/moments"),
    ),
    Row(
        "Tied with state",
        fn.Tied(fn.Sequential([_stateful(), fn.Relu(), _stateful()]), "0", "2"),
        draw(6, 4),
        renewed=("0/1/moments", "0/2"),
    ),
    Row(
        "Tied twice",
        fn.Tied(fn.Tied(fn.Repeat(fn.Linear(4), 3), "0/w", "1/w"), "0/w", "2/w", transpose=True),
        draw(6, 4),
    ),
    Row(
        "Tied embedding",
        fn.Tied(
            fn.Sequential({"embed": fn.Embedding(5, 3), "act": fn.Tanh(), "head": fn.Linear(5, bias=False)}),
            "embed/w",
            "head/w",
            transpose=True,
        ),
        INDICES,
    ),
    Row(
        "Floats beside integers",
        fn.Sequential([fn.Parallel([_stateful(), fn.Embedding(5, 4)]), fn.Add()]),
        (draw(3, 2).astype(np.float32), INDICES[:, 0]),
        renewed=("0/0/1/moments", "0/0/2"),
    ),
    Row("Remat", fn.Remat(_stateful()), draw(6, 4), renewed=("1/moments", "2")),
    Row(
        "Remat in Repeat",
        fn.Repeat(fn.Remat(fn.Residual(fn.Sequential([fn.Dropout(0.2), fn.Linear(4), fn.Gelu()]))), 2),
        draw(6, 4),
        renewed=("0/0", "1/0"),
    ),
)
