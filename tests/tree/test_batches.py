"""Mini-batches: every example once, inputs and targets by one index."""

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import funnet as fn
from funnet.core.containers import Buffer
from funnet.tree.batches import batches, length, take


@hypothesis.given(st.integers(1, 40), st.integers(1, 50), st.none() | st.integers(0, 99).map(fn.Key))
def test_every_example_comes_once_with_its_target(count, size, key):
    x = np.arange(count * 2).reshape(count, 2)
    seen = list(batches((x, {"t": 10 * x[:, 0]}), size, key))
    assert [len(x) for x, _ in seen] == [size] * (count // size) + [count % size] * (count % size > 0)
    rows = np.concatenate([x for x, _ in seen])
    targets = np.concatenate([t["t"] for _, t in seen])
    assert sorted(rows[:, 0]) == x[:, 0].tolist()
    assert (targets == 10 * rows[:, 0]).all()
    assert (rows[:, 1] == rows[:, 0] + 1).all()


def order(key, count=50):
    return [int(i) for batch in batches(np.arange(count), 7, key) for i in batch]


def test_without_a_key_the_examples_come_as_they_stand():
    assert order(None) == list(range(50))


def test_the_order_is_that_of_the_key():
    assert order(fn.Key(0)) == order(fn.Key(0)) == fn.Key(0).generator().permutation(50).tolist()
    assert order(fn.Key(0)) != order(fn.Key(1))
    assert order(fn.Key(0)) != list(range(50))


def test_the_batches_are_copies():
    x = np.zeros(4)
    for batch in batches(x, 2):
        batch += 1
    assert x.tolist() == [0] * 4


def test_take_keeps_the_containers():
    data = ({"a": np.arange(3)}, [np.arange(6).reshape(3, 2)], Buffer(np.arange(3)), None)
    taken = take(data, np.array([2, 0]))
    assert taken[0]["a"].tolist() == taken[2].value.tolist() == [2, 0]
    assert taken[1][0].tolist() == [[4, 5], [0, 1]]
    assert taken[3] is None


def test_length():
    assert length((np.zeros((5, 2)), {"t": np.zeros(5)})) == 5
    assert length(np.zeros((1, 0))) == 1


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (
            (np.zeros(3), np.zeros(4)),
            fn.ShapeError,
            "the same number of examples in every array, got 0: 3, 1: 4",
        ),
        (
            {"x": np.zeros((3, 2)), "t": np.array(1.0)},
            fn.ShapeError,
            "the same number of examples in every array, got t: None, x: 3",
        ),
        (np.array(1.0), fn.ShapeError, "the same number of examples in every array, got data: None"),
        ((np.zeros((0, 2)), np.zeros(0)), fn.DataError, "at least one example, got an empty array"),
        (([1, 2], [3, 4]), fn.DataError, "NumPy arrays, got a tuple of 2"),
        ((), fn.DataError, "NumPy arrays, got a tuple of 0"),
        (None, fn.DataError, "NumPy arrays, got None"),
    ],
)
def test_bad_data(data, error, words):
    for call in (length, lambda data: batches(data, 2)):
        with pytest.raises(error) as caught:
            call(data)
        assert str(caught.value) == f"data: expected {words}"


@pytest.mark.parametrize("size", [0, -1, 2.0, "2", None, True])
def test_bad_sizes_are_refused_at_once(size):
    with pytest.raises(fn.ConfigError) as caught:
        batches(np.zeros(4), size)
    assert str(caught.value) == f"batches: expected size to be a positive integer, got {size!r}"


@pytest.mark.parametrize("key", [None, fn.Key(3)])
def test_a_short_last_batch_may_be_left_out(key):
    x = np.arange(11)
    whole = [batch.tolist() for batch in batches(x, 4, key)]
    assert [len(batch) for batch in whole] == [4, 4, 3]
    assert [batch.tolist() for batch in batches(x, 4, key, drop_last=True)] == whole[:2]
    assert len(list(batches(x[:8], 4, key, drop_last=True))) == 2
    assert list(batches(x, 12, key, drop_last=True)) == []
    with pytest.raises(fn.ConfigError, match="batches: expected drop_last to be True or False, got 1"):
        batches(x, 4, key, drop_last=1)
