"""PositionalEncoding: sinusoids entry by entry, the learned table, padding, messages."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

import funnet as fn
from funnet import tree
from funnet.nn.layers.embedding import Table


def draw(*shape):
    return fn.Key(0).child("position").generator().standard_normal(shape)


@pytest.mark.parametrize("width", [1, 4, 5])
def test_sinusoids_entry_by_entry(width):
    x = draw(2, 7, width)
    y, _ = fn.PositionalEncoding()((), x)
    for t in range(7):
        for c in range(width):
            angle = t / 10000 ** (2 * (c // 2) / width)
            wave = math.cos(angle) if c % 2 else math.sin(angle)
            np.testing.assert_allclose(y[:, t, c], x[:, t, c] + wave, rtol=1e-13)


def test_sinusoids_of_a_later_step_are_a_rotation_of_those_before():
    p = fn.PositionalEncoding()((), np.zeros((1, 50, 8)))[0][0]
    z = p[:, 1::2] + 1j * p[:, ::2]
    np.testing.assert_allclose(z[7:] / z[:-7], np.tile(z[7], (43, 1)), rtol=1e-11)


def test_a_table_is_added_as_far_as_the_sequences_go():
    layer, x = fn.PositionalEncoding("learned", 6), draw(3, 4, 5)
    params = layer.init(fn.Key(0), x)
    assert params.w.shape == (6, 5)
    y, cache = layer(params, x)
    np.testing.assert_array_equal(y, x + params.w[:4])
    dy = draw(3, 4, 5)
    dparams, dx = layer.vjp(params, cache, dy)
    np.testing.assert_allclose(dparams.w[:4], dy[0] + dy[1] + dy[2], rtol=1e-14)
    assert not dparams.w[4:].any()
    np.testing.assert_array_equal(dx, dy)


@given(
    st.sampled_from([(), ("learned",), ("learned", 6)]),
    st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 4)),
    st.booleans(),
)
def test_drawn_configurations_are_proved(form, shape, padded):
    x = draw(*shape)
    lengths = np.arange(shape[0]) % shape[1] + 1
    assert (
        fn.testing.check_layer(fn.PositionalEncoding(*form), fn.Padded(x, lengths) if padded else x).verdict
        == "ok"
    )


@pytest.mark.parametrize("kind", ["sinusoidal", "learned"])
def test_padding_is_not_read_and_more_of_it_changes_nothing(kind):
    layer = fn.PositionalEncoding(kind)
    params = layer.init(fn.Key(0), draw(3, 9, 2))
    made = []
    for more in (0, 5):
        x, dy = (np.pad(draw(3, 4, 2), ((0, 0), (0, more), (0, 0))) for _ in range(2))
        for n, length in enumerate((4, 1, 2)):
            x[n, length:] = dy[n, length:] = np.nan
        y, cache = layer(params, fn.Padded(x, [4, 1, 2]))
        dparams, dx = layer.vjp(params, cache, fn.Padded(dy, [4, 1, 2]))
        for a in (y.values, dx.values):
            assert not any(a[n, length:].any() for n, length in enumerate((4, 1, 2)))
        made.append((y.values[:, :4], dparams, dx.values[:, :4]))
    assert tree.equal(*made)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("kind", ["sinusoidal", "learned"])
def test_the_dtype_is_kept(kind, dtype):
    layer, x = fn.PositionalEncoding(kind), draw(2, 4, 6).astype(dtype)
    params = layer.init(fn.Key(0), x)
    y, cache = layer(params, x)
    for node in (params, y, layer.vjp(params, cache, y)):
        assert {leaf.dtype for leaf in tree.leaves(node)} <= {np.dtype(dtype)}


X = np.zeros((2, 5, 4))
P = Table(np.zeros((3, 4)))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: fn.PositionalEncoding("learned")(P, X),
            fn.ShapeError,
            "PositionalEncoding('learned'): expected at most 3 steps (params.w is (3, 4)), "
            "got x of shape (2, 5, 4)",
        ),
        (
            lambda: fn.PositionalEncoding("learned")(P, X[:, :3, :2]),
            fn.ShapeError,
            "PositionalEncoding('learned'): expected params.w of shape (any, 2), got shape (3, 4)",
        ),
        (
            lambda: fn.PositionalEncoding("learned")(P, X[:, :3].astype("f4")),
            fn.DtypeError,
            "PositionalEncoding('learned'): expected x of dtype float64, got dtype float32",
        ),
        (
            lambda: fn.PositionalEncoding("learned", 6)(P, X),
            fn.ShapeError,
            "PositionalEncoding('learned', max_length=6): expected params.w of shape (6, 4), "
            "got shape (3, 4)",
        ),
        (
            lambda: fn.PositionalEncoding()((), X[0]),
            fn.ShapeError,
            "PositionalEncoding(): expected x with axes (N, T, ...), got x of shape (5, 4)",
        ),
        (
            lambda: fn.PositionalEncoding()((), X[None]),
            fn.ShapeError,
            "PositionalEncoding(): expected x with axes (N, T, C), got x of shape (1, 2, 5, 4)",
        ),
        (
            lambda: fn.PositionalEncoding()(P, X),
            fn.TreeError,
            "PositionalEncoding(): expected params to be (), for it has none, got a Table record",
        ),
        (
            lambda: fn.PositionalEncoding(max_length=5),
            fn.ConfigError,
            "PositionalEncoding: expected max_length to be None (sinusoids have no end), got 5",
        ),
        (
            lambda: fn.PositionalEncoding("rotary"),
            fn.ConfigError,
            "PositionalEncoding: expected kind to be one of 'sinusoidal', 'learned', got 'rotary'",
        ),
    ],
)
def test_messages(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message
