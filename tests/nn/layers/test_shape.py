"""Flatten and Reshape."""

import math

import numpy as np
import pytest

import funnet as fn
from funnet.io import plain_data

X = np.arange(24.0).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (fn.Flatten(), (2, 12)),
        (fn.Reshape((4, 3)), (2, 4, 3)),
        (fn.Reshape([2, -1]), (2, 2, 6)),
        (fn.Reshape((-1,)), (2, 12)),
        (fn.Reshape((3, 1, 4, 1)), (2, 3, 1, 4, 1)),
        (fn.Reshape((np.int64(6), 2)), (2, 6, 2)),
    ],
)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_entries_keep_their_order(layer, shape, dtype):
    x = X.astype(dtype)
    y, cache = layer((), x)
    assert y.shape == shape
    assert y.ravel().tolist() == list(range(24))
    dparams, dx = layer.vjp((), cache, y)
    assert dparams == ()
    assert dx.tolist() == x.tolist()
    assert dx.dtype == y.dtype == dtype
    assert not np.shares_memory(dx, y)


@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 3, 5, 4), (2, 2, 3, 2, 4), (2, 12), (2, 5, 1), (3, 1, 4)])
@pytest.mark.parametrize("dtype", ["float16", "float32", "int64"])
def test_channels_first_is_the_order_of_arrays_with_the_channels_first(shape, dtype):
    x = np.arange(math.prod(shape)).reshape(shape).astype(dtype)
    before = x.copy()
    layer = fn.Flatten(order="channels_first")
    y, cache = layer((), x)
    rows = [np.stack([example[..., c] for c in range(shape[-1])]).ravel() for example in x]
    assert y.tolist() == np.stack(rows).tolist()
    assert y.dtype == dtype
    assert np.array_equal(x, before)
    dy = y.astype("f4")
    dparams, dx = layer.vjp((), cache, dy)
    assert dparams == ()
    assert dx.tolist() == x.tolist()
    assert dx.flags.c_contiguous
    assert not np.shares_memory(dx, dy)


def test_the_order_is_part_of_the_network():
    layer = fn.Flatten(order="channels_first")
    assert str(layer) == "Flatten(order='channels_first')"
    assert str(fn.Flatten(order="channels_last")) == str(fn.Flatten()) == "Flatten()"
    assert plain_data.from_data(plain_data.to_data(layer)) == layer != fn.Flatten()
    assert plain_data.from_data({"class": "Flatten"}) == fn.Flatten()


def test_one_number_an_example():
    y, _ = fn.Reshape(())((), np.ones((5, 1, 1)))
    assert y.shape == (5,)


def test_arrays_that_are_not_contiguous():
    turned = X.transpose(0, 2, 1)
    y, cache = fn.Flatten()((), turned)
    assert y[0].tolist() == turned[0].ravel().tolist()
    assert fn.Flatten().vjp((), cache, y)[1].tolist() == turned.tolist()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: fn.Flatten()((), np.ones(3)),
            fn.ShapeError,
            "Flatten(): expected x with axes (N, ...), got x of shape (3,)",
        ),
        (
            lambda: fn.Flatten()((), np.ones(())),
            fn.ShapeError,
            "Flatten(): expected x with a batch axis, got a single number",
        ),
        (
            lambda: fn.Flatten()((), X[:0]),
            fn.ShapeError,
            "Flatten(): expected x with at least one entry, got shape (0, 3, 4)",
        ),
        (
            lambda: fn.Flatten(order="channels_first")((), np.ones(3)),
            fn.ShapeError,
            "Flatten(order='channels_first'): expected x with axes (N, ...), got x of shape (3,)",
        ),
        (
            lambda: fn.Flatten(order="channels_first").vjp((), (2, 3, 4), np.ones((2, 11))),
            fn.ShapeError,
            "Flatten(order='channels_first'): expected dy of shape (2, 12), got shape (2, 11)",
        ),
        (
            lambda: fn.Flatten(order="torch"),
            fn.ConfigError,
            "Flatten: expected order to be one of 'channels_last', 'channels_first', got 'torch'",
        ),
        (
            lambda: fn.Flatten().vjp((), (2, 3, 4), np.ones((2, 11))),
            fn.ShapeError,
            "Flatten(): expected dy of shape (2, 12), got shape (2, 11)",
        ),
        (
            lambda: fn.Reshape((5,))((), X),
            fn.ShapeError,
            "Reshape((5,)): expected x with 5 numbers an example, got x of shape (2, 3, 4)",
        ),
        (
            lambda: fn.Reshape((5, -1))((), X),
            fn.ShapeError,
            "Reshape((5, -1)): expected x with a multiple of 5 numbers an example, got x of shape (2, 3, 4)",
        ),
        (
            lambda: fn.Reshape((6, -1)).vjp((), (2, 3, 4), np.ones((2, 6, 3))),
            fn.ShapeError,
            "Reshape((6, -1)): expected dy of shape (2, 6, 2), got shape (2, 6, 3)",
        ),
        (
            lambda: fn.Reshape((0,)),
            fn.ConfigError,
            "Reshape: expected positive integers and at most one -1, got (0,)",
        ),
        (
            lambda: fn.Reshape((-1, -1)),
            fn.ConfigError,
            "Reshape: expected positive integers and at most one -1, got (-1, -1)",
        ),
        (
            lambda: fn.Reshape((2.0,)),
            fn.ConfigError,
            "Reshape: expected positive integers and at most one -1, got (2.0,)",
        ),
        (
            lambda: fn.Reshape("ab"),
            fn.ConfigError,
            "Reshape: expected positive integers and at most one -1, got ('a', 'b')",
        ),
        (lambda: fn.Reshape(5), fn.ConfigError, "Reshape: expected shape to be a tuple, got 5"),
    ],
)
def test_messages(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == words
