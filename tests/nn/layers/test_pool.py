"""Pooling: known values, a slow loop, ties, padding, drawn configurations, messages."""

import itertools

import numpy as np
import pytest
from hypothesis import given, strategies as st

import funnet as fn

CLASSES = {
    "max": {1: fn.MaxPool1d, 2: fn.MaxPool2d},
    "mean": {1: fn.AvgPool1d, 2: fn.AvgPool2d},
}


def drawn(*shape):
    return fn.Key(0).child("drawn").child(len(shape)).generator().standard_normal(shape)


def on_axes(value, axes):
    return value if isinstance(value, tuple) else (value,) * axes


def before_and_after(padding, size, window, stride):
    if padding == "same":
        total = max(0, (-(-size // stride) - 1) * stride + window - size)
        return total // 2, total - total // 2
    return (0, 0) if padding == "valid" else on_axes(padding, 2)


def slow(layer, x, of):
    """Window by window, of what lies in x alone."""
    axes = x.ndim - 2
    window = on_axes(layer.window, axes)
    stride = window if layer.stride is None else on_axes(layer.stride, axes)
    pads = [
        before_and_after(p, n, w, s)
        for p, n, w, s in zip(on_axes(layer.padding, axes), x.shape[1:], window, stride, strict=False)
    ]
    out = [(n + sum(p) - w) // s + 1 for n, p, w, s in zip(x.shape[1:], pads, window, stride, strict=False)]
    y = np.empty((len(x), *out, x.shape[-1]))
    for place in itertools.product(*map(range, out)):
        first = [o * s - p[0] for o, s, p in zip(place, stride, pads, strict=True)]
        inside = tuple(slice(max(0, f), max(0, f + w)) for f, w in zip(first, window, strict=True))
        y[:, *place] = of(x[:, *inside], axis=tuple(range(1, axes + 1)))
    return y


@st.composite
def configurations(draw):
    """A layer, its function, and the shape of an input that it takes."""
    axes = draw(st.sampled_from((1, 2)))
    kind = draw(st.sampled_from(("max", "mean")))
    window = draw(st.integers(1, 3) | st.tuples(*[st.integers(1, 3)] * axes))
    stride = draw(st.none() | st.integers(1, 4) | st.tuples(*[st.integers(1, 4)] * axes))
    wide = on_axes(window, axes)
    one = [st.integers(0, w - 1) for w in wide]
    each = st.tuples(*(pad | st.tuples(pad, pad) for pad in one))
    padding = draw(st.sampled_from(("valid", "same")) | st.integers(0, min(wide) - 1) | each)
    space = [w + draw(st.integers(0, 4)) for w in wide]
    return kind, CLASSES[kind][axes](window, stride, padding), (draw(st.integers(1, 3)), *space, 2)


@given(configurations())
def test_every_configuration_equals_the_loop_and_is_proved(configuration):
    kind, layer, shape = configuration
    x = drawn(*shape)
    of = {"max": np.max, "mean": np.mean}[kind]
    np.testing.assert_allclose(layer((), x)[0], slow(layer, x, of), rtol=1e-13, atol=1e-14)
    assert fn.testing.check_layer(layer, x).verdict == "ok"


def grid(rows):
    return np.array(rows, float)[None, ..., None]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_known_values_what_is_left_over_is_not_seen(dtype):
    x = grid([[1, 5, 2, 9], [3, 4, 8, 0], [7, 7, 7, 7]]).astype(dtype)
    y, cache = fn.MaxPool2d(2)((), x)
    assert y[0, ..., 0].tolist() == [[5, 9]]
    _, dx = fn.MaxPool2d(2).vjp((), cache, grid([[10, 20]]).astype(dtype))
    assert dx[0, ..., 0].tolist() == [[0, 10, 0, 20], [0, 0, 0, 0], [0, 0, 0, 0]]
    mean, cache = fn.AvgPool2d(2)((), x)
    assert mean[0, ..., 0].tolist() == [[3.25, 4.75]]
    _, dmean = fn.AvgPool2d(2).vjp((), cache, grid([[4, 8]]).astype(dtype))
    assert dmean[0, ..., 0].tolist() == [[1, 1, 2, 2], [1, 1, 2, 2], [0, 0, 0, 0]]
    assert y.dtype == dx.dtype == mean.dtype == dmean.dtype == dtype


def test_ties_go_to_the_first_row_by_row():
    x = grid([[0, 1, 1], [1, 1, 1], [1, 0, 1]])
    dx = fn.MaxPool2d(3).vjp((), fn.MaxPool2d(3)((), x)[1], grid([[7]]))[1]
    assert dx[0, ..., 0].tolist() == [[0, 7, 0], [0, 0, 0], [0, 0, 0]]
    over = fn.MaxPool2d(2, 1)
    dx = over.vjp((), over((), x)[1], grid([[1, 10], [100, 1000]]))[1]
    assert dx[0, ..., 0].tolist() == [[0, 11, 0], [100, 1000, 0], [0, 0, 0]]


def test_padding_never_wins_and_does_not_count():
    x = grid([[-5, -2], [-3, -4]])
    y, cache = fn.MaxPool2d(2, 1, 1)((), x)
    assert y[0, ..., 0].tolist() == [[-5, -2, -2], [-3, -2, -2], [-3, -3, -4]]
    _, dx = fn.MaxPool2d(2, 1, 1).vjp((), cache, grid([[1, 1, 1], [1, 1, 1], [1, 1, 1]]))
    assert dx[0, ..., 0].tolist() == [[1, 4], [3, 1]]
    mean, _ = fn.AvgPool2d(2, 1, 1)((), x)
    assert mean[0, ..., 0].tolist() == [[-5, -3.5, -2], [-4, -3.5, -3], [-3, -3.5, -4]]


def test_minus_infinity_is_a_number_like_others():
    x = grid([[-np.inf, -np.inf, 1, -np.inf]])
    y, cache = fn.MaxPool2d((1, 2))((), x)
    assert y.ravel().tolist() == [-np.inf, 1]
    assert fn.MaxPool2d((1, 2)).vjp((), cache, grid([[3, 4]]))[1].ravel().tolist() == [3, 0, 4, 0]
    padded = fn.MaxPool2d((1, 2), padding=(0, 1))
    y, cache = padded((), x)
    assert y.ravel().tolist() == [-np.inf, 1, -np.inf]
    assert padded.vjp((), cache, grid([[3, 4, 5]]))[1].ravel().tolist() == [3, 0, 4, 5]
    wide = fn.MaxPool2d(3, 1, 2)
    dx = wide.vjp((), wide((), np.full((1, 1, 2, 1), -np.inf))[1], np.ones((1, 3, 4, 1)))[1]
    assert dx.ravel().tolist() == [9, 3]


def test_windows_of_more_places_than_a_byte_can_count():
    y, cache = fn.MaxPool1d(300)((), np.arange(600.0)[None, :, None])
    assert y.ravel().tolist() == [299, 599]
    dx = fn.MaxPool1d(300).vjp((), cache, np.array([[[1.0], [2.0]]]))[1]
    assert np.argwhere(dx)[:, 1].tolist() == [299, 599]
    assert dx[0, [299, 599], 0].tolist() == [1, 2]


def test_the_mean_over_all_space():
    x = np.arange(24.0).reshape(2, 2, 3, 2)
    y, cache = fn.GlobalAvgPool()((), x)
    assert y.tolist() == [[5, 6], [17, 18]]
    dx = fn.GlobalAvgPool().vjp((), cache, np.array([[6.0, 12.0], [0.0, 18.0]]))[1]
    np.testing.assert_array_equal(dx[0], np.broadcast_to([1, 2], (2, 3, 2)))
    np.testing.assert_array_equal(dx[1], np.broadcast_to([0, 3], (2, 3, 2)))
    whole, _ = fn.AvgPool2d((2, 3))((), x)
    np.testing.assert_allclose(y, whole[:, 0, 0], rtol=1e-15)
    assert fn.testing.check_layer(fn.GlobalAvgPool(), drawn(2, 5, 3)).verdict == "ok"


X = np.zeros((2, 6, 5, 4), np.float32)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: fn.MaxPool2d(2)((), X[0]),
            fn.ShapeError,
            "MaxPool2d(2): expected x with axes (N, H, W, C), got x of shape (6, 5, 4); "
            "x[None] adds a batch axis, x[..., None] adds an axis of one channel",
        ),
        (
            lambda: fn.AvgPool1d(2)((), X),
            fn.ShapeError,
            "AvgPool1d(2): expected x with axes (N, T, C), got x of shape (2, 6, 5, 4)",
        ),
        (
            lambda: fn.AvgPool2d((2, 8), padding=(0, 1))((), X),
            fn.ShapeError,
            "AvgPool2d((2, 8), padding=(0, 1)): expected x of at least 2×8 along its axes of space "
            "(a window reaches that far), got 6×5, which is 6×7 with padding",
        ),
        (
            lambda: fn.MaxPool1d(7)((), X[:, 0]),
            fn.ShapeError,
            "MaxPool1d(7): expected x of at least 7 along its axes of space (a window reaches that far), "
            "got 5",
        ),
        (
            lambda: fn.MaxPool2d(2)((), X.astype(int)),
            fn.DtypeError,
            "MaxPool2d(2): expected x of floats, got dtype int64; convert it with x.astype(np.float32)",
        ),
        (
            lambda: fn.AvgPool2d(2)((1,), X),
            fn.TreeError,
            "AvgPool2d(2): expected params to be (), for it has none, got a tuple of 1",
        ),
        (
            lambda: fn.MaxPool2d(2).vjp((), fn.MaxPool2d(2)((), X)[1], X),
            fn.ShapeError,
            "MaxPool2d(2): expected dy of shape (2, 3, 2, 4), got shape (2, 6, 5, 4)",
        ),
        (
            lambda: fn.MaxPool2d(2).vjp((), fn.MaxPool2d(2)((), X)[1], np.zeros((2, 3, 2, 4))),
            fn.DtypeError,
            "MaxPool2d(2): expected dy of dtype float32, got dtype float64",
        ),
        (
            lambda: fn.AvgPool2d(2).vjp((), fn.AvgPool2d(2)((), X)[1], X),
            fn.ShapeError,
            "AvgPool2d(2): expected dy of shape (2, 3, 2, 4), got shape (2, 6, 5, 4)",
        ),
        (
            lambda: fn.GlobalAvgPool()((), X[:, 0, 0]),
            fn.ShapeError,
            "GlobalAvgPool(): expected x with axes (N, ..., C), got x of shape (2, 4)",
        ),
        (
            lambda: fn.GlobalAvgPool().vjp((), X.shape, X),
            fn.ShapeError,
            "GlobalAvgPool(): expected dy of shape (2, 4), got shape (2, 6, 5, 4)",
        ),
        (
            lambda: fn.MaxPool2d((2, 3), padding=2),
            fn.ConfigError,
            "MaxPool2d: expected padding smaller than the window (2, 3), got 2",
        ),
        (
            lambda: fn.AvgPool1d(2, padding=((0, 2),)),
            fn.ConfigError,
            "AvgPool1d: expected padding smaller than the window 2, got ((0, 2),)",
        ),
        (
            lambda: fn.MaxPool2d(2, stride=0),
            fn.ConfigError,
            "MaxPool2d: expected stride to be a positive integer or a pair of them, got 0",
        ),
        (
            lambda: fn.MaxPool1d((2, 2)),
            fn.ConfigError,
            "MaxPool1d: expected window to be a positive integer, got (2, 2)",
        ),
    ],
)
def test_messages(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == words
