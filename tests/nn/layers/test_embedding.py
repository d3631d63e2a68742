"""Embedding: a loop over the indices, indices that repeat, padding, messages."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

import funnet as fn
from funnet import tree
from funnet.nn.layers.embedding import Table

INDICES = np.array([[3, 0, 3, 1], [2, 2, 2, 0], [1, 3, 0, 0]])
LENGTHS = (4, 1, 2)


def draw(*shape):
    return fn.Key(0).child("embedding").generator().standard_normal(shape)


@st.composite
def configurations(draw):
    """(layer, indices) of any shape and integer type."""
    layer = fn.Embedding(draw(st.integers(1, 6)), draw(st.integers(1, 4)))
    shapes = hnp.array_shapes(min_dims=1, max_dims=3, max_side=4)
    dtype = draw(st.sampled_from(["i1", "u1", "i4", "i8"]))
    return layer, draw(hnp.arrays(dtype, shapes, elements=st.integers(0, layer.count - 1)))


@given(configurations())
def test_it_is_a_table_and_its_gradient_a_sum_over_every_use(configuration):
    layer, x = configuration
    params = tree.cast(layer.init(fn.Key(1), x), "float64")
    y, cache = layer(params, x)
    dy = draw(*y.shape)
    dparams, dx = layer.vjp(params, cache, dy)
    dw = np.zeros((layer.count, layer.width))
    for index in np.ndindex(x.shape):
        assert y[index].tolist() == params.w[x[index]].tolist()
        dw[x[index]] += dy[index]
    np.testing.assert_allclose(dparams.w, dw, rtol=1e-12, atol=1e-14)
    assert dx.dtype == x.dtype
    assert not dx.any()
    assert fn.testing.check_layer(layer, x, mode="full").verdict == "ok"


def test_repeated_and_missing_indices_by_hand():
    layer, x = fn.Embedding(4, 2), np.array([2, 0, 2, 2])
    dy = np.array([[1.0, 2.0], [10.0, 20.0], [3.0, 4.0], [5.0, 6.0]])
    params = Table(np.zeros((4, 2)))
    dparams, _ = layer.vjp(params, layer(params, x)[1], dy)
    assert dparams.w.tolist() == [[10, 20], [0, 0], [9, 12], [0, 0]]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_dtype_is_that_of_the_parameters(dtype):
    layer = fn.Embedding(5, 3)
    assert layer.init(fn.Key(0), INDICES).w.dtype == np.float32
    params = tree.cast(layer.init(fn.Key(0), INDICES), dtype)
    y, cache = layer(params, INDICES)
    assert {y.dtype, layer.param_vjp(params, cache, y).w.dtype} == {np.dtype(dtype)}


def test_a_whole_net_of_integers_trains_in_float64_once_its_state_is_cast():
    net = fn.Sequential([fn.Embedding(5, 3), fn.Flatten(), fn.BatchNorm(), fn.Linear(2)])
    optimizer, loss, target = fn.adam(0.1), fn.SoftmaxCrossEntropy(), np.array([0, 1, 1])
    state = tree.cast(fn.init(net, optimizer, fn.Key(0), INDICES), "float64")
    for _ in range(30):
        state, value = fn.train_step(net, loss, optimizer, state, INDICES, target)
    assert value.dtype == np.float64
    assert value < 0.1
    assert {leaf.dtype for leaf in tree.leaves(state.params)} == {np.dtype("float64")}


def test_padding_is_not_read_and_more_of_it_changes_nothing():
    layer = fn.Embedding(5, 3)
    params = tree.cast(layer.init(fn.Key(0), INDICES), "float64")
    dy = draw(3, 4, 3)
    made = []
    for more in (0, 3):
        x = np.pad(INDICES, ((0, 0), (0, more)))
        own = np.pad(dy, ((0, 0), (0, more), (0, 0)))
        for n, length in enumerate(LENGTHS):
            x[n, length:], own[n, length:] = -99, np.nan
        y, cache = layer(params, fn.Padded(x, LENGTHS))
        dparams, dx = layer.vjp(params, cache, fn.Padded(own, LENGTHS))
        assert not dx.values.any()
        made.append((y.values[:, :4], dparams.w))
        assert not y.values[:, 4:].any()
    assert tree.equal(*made)
    y, dw = made[0]
    slow = np.zeros_like(dw)
    for n, length in enumerate(LENGTHS):
        assert np.array_equal(y[n, :length], params.w[INDICES[n, :length]])
        assert not y[n, length:].any()
        for t in range(length):
            slow[INDICES[n, t]] += dy[n, t]
    np.testing.assert_allclose(dw, slow, rtol=1e-13)


P = Table(np.zeros((5, 3), np.float32))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: fn.Embedding(5, 3)(P, INDICES * 2),
            fn.DataError,
            "Embedding(5, width=3): expected indices from 0 to 4, got 6 at (0, 0)",
        ),
        (
            lambda: fn.Embedding(5, 3)(P, -INDICES),
            fn.DataError,
            "Embedding(5, width=3): expected indices from 0 to 4, got -3 at (0, 0)",
        ),
        (
            lambda: fn.Embedding(5, 3)(P, INDICES * 1.0),
            fn.DtypeError,
            "Embedding(5, width=3): expected x of integers (they are indices), got dtype float64",
        ),
        (
            lambda: fn.Embedding(5, 3).init(fn.Key(0), INDICES > 1),
            fn.DtypeError,
            "Embedding(5, width=3): expected x of integers (they are indices), got dtype bool",
        ),
        (
            lambda: fn.Embedding(5, 4)(P, INDICES),
            fn.ShapeError,
            "Embedding(5, width=4): expected params.w of shape (5, 4), got shape (5, 3)",
        ),
        (
            lambda: fn.Embedding(5, 3)((), INDICES),
            fn.TreeError,
            "Embedding(5, width=3): expected params to be its Table record, got a tuple of 0",
        ),
        (
            lambda: fn.Embedding(5, 3)(P, fn.Padded(INDICES, [4, 5, 1])),
            fn.DataError,
            "Embedding(5, width=3): expected lengths from 1 to 4 (x has 4 steps), got 5 for sequence 1",
        ),
        (
            lambda: fn.Embedding(5, 3)(P, fn.Padded(INDICES[0], [4])),
            fn.ShapeError,
            "Embedding(5, width=3): expected x with axes (N, T), got x of shape (4,)",
        ),
        (
            lambda: fn.Embedding(5, 3).vjp(P, fn.Embedding(5, 3)(P, INDICES)[1], np.zeros((3, 4, 2), "f4")),
            fn.ShapeError,
            "Embedding(5, width=3): expected dy of shape (3, 4, 3), got shape (3, 4, 2)",
        ),
        (
            lambda: fn.Embedding(0, 3),
            fn.ConfigError,
            "Embedding: expected count to be a positive integer, got 0",
        ),
    ],
)
def test_messages(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message


# Its cache is the indices, which no parameter changes: one that is stale is right.
@pytest.mark.parametrize("mutant", fn.testing.mutants(fn.Embedding(4, 3)), ids=lambda mutant: mutant.kind)
def test_faults_are_caught(mutant):
    if mutant.kind == "stale cache":
        assert fn.testing.check_layer(mutant, INDICES).verdict == "ok"
        return
    with pytest.raises(fn.testing.GradientError) as caught:
        fn.testing.check_layer(mutant, INDICES)
    assert {finding.reason for finding in caught.value.report.failures} == {mutant.reason}
