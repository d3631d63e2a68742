"""What training is fed with: what counts as a pair, how many batches it has, and their examples."""

import numpy as np
import pytest

import funnet as fn
from funnet.train.batch_source import feed, is_pair, steps_per_epoch

X, T = np.arange(10.0).reshape(5, 2), np.arange(5)


@pytest.mark.parametrize(
    ("data", "pair"),
    [
        ((X, T), True),
        ([X, T], True),
        (({"a": X}, T), True),
        ([(X, T), (X, T)], False),
        ([(X, T)], False),
        (iter([(X, T)]), False),
        (X, True),
        ({"x": X, "t": T}, True),
        (3, True),
    ],
)
def test_a_pair_or_batches(data, pair):
    assert is_pair(data) == pair


def test_a_pair_is_cut_and_batches_come_as_they_are():
    cut = list(feed((X, T), 2, None))
    assert [(x.tolist(), t.tolist(), n) for x, t, n in cut] == [
        (X[:2].tolist(), [0, 1], 2),
        (X[2:4].tolist(), [2, 3], 2),
        (X[4:].tolist(), [4], 1),
    ]
    ready = [(X, T), (X[:1], T[:1])]
    for (x, t, n), (a, b) in zip(feed(ready, 2, fn.Key(0)), ready, strict=True):
        assert x is a
        assert t is b
        assert n == len(b)


def test_the_number_of_batches():
    assert steps_per_epoch("fit", (X, T), 2) == 3
    assert steps_per_epoch("fit", [(X, T)] * 4, 2) == 4
    assert steps_per_epoch("fit", iter([(X, T)]), 2) is None
    with pytest.raises(fn.TreeError, match=r"data: expected a pair \(x, target\)"):
        steps_per_epoch("fit", X, 2)
