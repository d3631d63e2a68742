"""What stays in memory after work on large arrays: next to nothing."""

import gc
import tracemalloc

import numpy as np
import pytest

import funnet as fn
from funnet import tree

ROWS = [2**18 + i for i in range(3)]


def labels(rows):
    y = np.zeros((rows, 2), np.float32)
    fn.SoftmaxCrossEntropy()(y, np.zeros(rows, int))


def run(layer, *shape):
    x = np.ones(shape, np.float32)
    params = layer.init(fn.Key(0), x)
    y, cache = layer(params, x)
    layer.vjp(params, cache, np.ones_like(y))


WORK = {
    "labels": labels,
    "one_hot": lambda rows: fn.NegativeLogLikelihood()(np.zeros((rows, 2)), np.zeros(rows, int)),
    "bias": lambda rows: run(fn.Linear(1), rows, 1),
    "relu": lambda rows: run(fn.Relu(), rows, 1),
    "softmax": lambda rows: run(fn.Softmax(), rows, 2),
    "wide softmax": lambda rows: run(fn.Softmax(), 2, rows),
    "norm": lambda rows: run(fn.LayerNorm(), rows, 2),
    "positions": lambda rows: run(fn.PositionalEncoding(), 1, rows // 8, 64),
    "convolution": lambda rows: run(fn.Conv1d(2, 3), 1, rows, 1),
    "pool": lambda rows: run(fn.MaxPool1d(2), 1, rows, 1),
    "attention": lambda rows: run(fn.MultiHeadAttention(1), rows // 4, 4, 1),
    "globs": lambda rows: tree.matching(tuple(f"{i:010}/w" for i in range(rows // 64)), "**/w"),
    "long glob": lambda rows: tree.matching(("w",), "*" * (rows // 8)),
    "long name": lambda rows: tree.matching(("w" * rows,), "*"),
}


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_large_work_leaves_little_behind(work):
    work(64)
    gc.collect()
    tracemalloc.start()
    try:
        for rows in ROWS:
            work(rows)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 2**19
    finally:
        tracemalloc.stop()


def test_classes_that_nobody_uses_are_forgotten_in_time():
    from funnet.core import containers

    for memory in (containers.anatomy, containers._opener):
        assert memory.cache_parameters()["maxsize"] is not None
