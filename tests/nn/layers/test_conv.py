"""Conv1d and Conv2d: known values, a slow loop, drawn configurations, initial values, messages."""

import itertools

import numpy as np
import pytest
from hypothesis import given, strategies as st

import funnet as fn
from funnet import tree
from funnet.nn.layers import correlation
from funnet.nn.layers.linear import Affine

CLASSES = {1: fn.Conv1d, 2: fn.Conv2d}


def drawn(*shape):
    return fn.Key(0).child("drawn").child(len(shape)).generator().standard_normal(shape)


def pads(padding, size, span, stride):
    """(before, after) of one axis; "same" by trying."""
    if padding == "valid":
        return 0, 0
    if padding == "same":
        total = 0
        while size + total < span or (size + total - span) // stride + 1 < -(-size // stride):
            total += 1
        return total // 2, total - total // 2
    return padding if isinstance(padding, tuple) else (padding, padding)


def of_axis(value, axis):
    return value[axis] if isinstance(value, tuple) else value


def slow(layer, params, x):
    """One number at a time; what lies beyond x is zero."""
    space = range(x.ndim - 2)
    kernel, stride, dilation = (
        [of_axis(value, a) for a in space] for value in (layer.kernel_size, layer.stride, layer.dilation)
    )
    span = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    around = [pads(of_axis(layer.padding, a), x.shape[a + 1], span[a], stride[a]) for a in space]
    out = [(x.shape[a + 1] + sum(around[a]) - span[a]) // stride[a] + 1 for a in space]
    y = np.zeros((len(x), *out, layer.width))
    per_in, per_out = x.shape[-1] // layer.groups, layer.width // layer.groups
    for n, *place in itertools.product(range(len(x)), *map(range, out)):
        for o in range(layer.width):
            value = params.b[o] if layer.bias else 0.0
            for k in itertools.product(*map(range, kernel)):
                at = [place[a] * stride[a] + k[a] * dilation[a] - around[a][0] for a in space]
                if all(0 <= at[a] < x.shape[a + 1] for a in space):
                    for c in range(per_in):
                        value += x[n, *at, o // per_out * per_in + c] * params.w[*k, c, o]
            y[n, *place, o] = value
    return y


@st.composite
def configurations(draw):
    """A layer and the shape of an input that it takes."""
    axes = draw(st.sampled_from((1, 2)))

    def sizes(most):
        one = st.integers(1, most)
        return draw(one | st.tuples(*[one] * axes))

    one = st.integers(0, 2)
    each = st.tuples(*[one | st.tuples(one, one)] * axes)
    padding = draw(st.sampled_from(("valid", "same")) | one | each)
    kernel, stride, dilation, groups = sizes(3), sizes(3), sizes(2), draw(st.integers(1, 3))
    width, channels = (groups * draw(st.integers(1, most)) for most in (2, 5))
    layer = CLASSES[axes](width, kernel, stride, padding, dilation, groups, bias=draw(st.booleans()))
    least = [(of_axis(kernel, a) - 1) * of_axis(dilation, a) + 1 for a in range(axes)]
    if padding == "same":
        least = [1] * axes
    elif padding != "valid":
        least = [max(1, n - sum(pads(of_axis(padding, a), 0, 0, 1))) for a, n in enumerate(least)]
    space = [n + draw(st.integers(0, 3)) for n in least]
    return layer, (draw(st.integers(1, 3)), *space, channels)


def generic(layer, x):
    """Parameters at no special point."""
    return tree.map(lambda leaf: leaf + 0.1 * drawn(*leaf.shape), layer.init(fn.Key(1), x))


@given(configurations())
def test_every_configuration_equals_the_loop_and_is_proved(configuration):
    layer, shape = configuration
    x = drawn(*shape)
    params = generic(layer, x)
    np.testing.assert_allclose(layer(params, x)[0], slow(layer, params, x), rtol=1e-12, atol=1e-12)
    assert fn.testing.check_layer(layer, x).verdict == "ok"


@pytest.mark.parametrize("examples", [1, 2])
def test_a_batch_in_parts_is_the_batch(examples, monkeypatch):
    layer, x, counts = fn.Conv2d(4, 3, padding=1, groups=2), drawn(5, 6, 4, 6), []
    params = generic(layer, x)
    y, cache = layer(params, x)
    dy = drawn(*y.shape)
    whole = y, layer.vjp(params, cache, dy)
    gathered = correlation._gathered

    def counting(x, windows, groups):
        counts.append(len(x))
        return gathered(x, windows, groups)

    monkeypatch.setattr(correlation, "_gathered", counting)
    monkeypatch.setattr(correlation, "_BLOCK", examples * 6 * 4 * 9 * 6 + 1)
    y, cache = layer(params, x)
    assert tree.allclose((y, layer.vjp(params, cache, dy)), whole, rtol=1e-11, atol=1e-12)
    assert counts == 2 * {1: [1, 1, 1, 1, 1], 2: [2, 2, 1]}[examples]


def test_known_values():
    params = Affine(np.array([1.0, 10.0]).reshape(2, 1, 1), np.array([0.5]))
    x = np.array([1.0, 2.0, 3.0, 4.0]).reshape(1, 4, 1)
    y, cache = fn.Conv1d(1, 2)(params, x)
    assert y.ravel().tolist() == [21.5, 32.5, 43.5]
    dparams, dx = fn.Conv1d(1, 2).vjp(params, cache, np.array([1.0, 0.0, 2.0]).reshape(1, 3, 1))
    assert dparams.w.ravel().tolist() == [7, 10]
    assert dparams.b.tolist() == [3]
    assert dx.ravel().tolist() == [1, 10, 2, 20]


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "expected"),
    [
        (5, 3, 1, [12, 123, 234, 345, 450]),
        (5, 3, 2, [12, 234, 450]),
        (6, 3, 2, [123, 345, 560]),
        (4, 2, 1, [12, 23, 34, 40]),
        (5, 1, 3, [1, 4]),
        (3, 4, 1, [123, 1230, 2300]),
    ],
)
def test_same_is_the_rule_of_tensorflow(size, kernel, stride, expected):
    """Digits of the windows; zeros before the first digit do not show."""
    x = np.arange(1.0, size + 1).reshape(1, size, 1)
    w = 10.0 ** np.arange(kernel)[::-1].reshape(kernel, 1, 1)
    y, _ = fn.Conv1d(1, kernel, stride, "same", bias=False)(Affine(w, ()), x)
    assert y.ravel().tolist() == expected


def test_causal_padding_sees_no_future():
    layer, x = fn.Conv1d(2, 3, padding=((4, 0),), dilation=2), drawn(1, 7, 3)
    params = generic(layer, x)
    later = x.copy()
    later[:, 5:] = 9
    a, b = layer(params, x)[0], layer(params, later)[0]
    assert a.shape == (1, 7, 2)
    np.testing.assert_array_equal(a[:, :5], b[:, :5])
    assert (a[:, 5:] != b[:, 5:]).all()


def test_a_kernel_of_one_is_a_linear_layer():
    x = drawn(2, 3, 4, 5)
    params = generic(fn.Conv2d(6, 1), x)
    y, cache = fn.Conv2d(6, 1)(params, x)
    dy = drawn(*y.shape)
    flat = Affine(params.w[0, 0], params.b)
    linear, linear_cache = fn.Linear(6)(flat, x)
    dparams, dx = fn.Conv2d(6, 1).vjp(params, cache, dy)
    dflat, dx_ = fn.Linear(6).vjp(flat, linear_cache, dy)
    assert tree.allclose(
        (y, dx, tree.ravel(dparams)), (linear, dx_, tree.ravel(dflat)), rtol=1e-12, atol=1e-13
    )


def test_each_group_is_a_convolution_by_itself():
    layer, x = fn.Conv2d(6, 2, groups=3), drawn(2, 4, 3, 6)
    params = generic(layer, x)
    for g in range(3):
        part = Affine(params.w[..., 2 * g : 2 * g + 2], params.b[2 * g : 2 * g + 2])
        y, _ = fn.Conv2d(2, 2)(part, x[..., 2 * g : 2 * g + 2])
        np.testing.assert_allclose(layer(params, x)[0][..., 2 * g : 2 * g + 2], y, rtol=1e-12, atol=1e-13)


def test_any_memory_order_and_read_only_inputs_will_do():
    layer, x = fn.Conv2d(3, 2, 2, 1), drawn(4, 5, 6, 2)
    params = generic(layer, x)
    y, cache = layer(params, x)
    dy = drawn(*y.shape)
    expected = y, layer.vjp(params, cache, dy)
    for order in itertools.permutations(range(4)):
        back = np.argsort(order)
        strange, dstrange = (
            np.ascontiguousarray(a.transpose(order)[::-1]).transpose(back)[
                tuple(slice(None, None, -1 if b == 0 else 1) for b in back)
            ]
            for a in (x, dy)
        )
        strange.flags.writeable = dstrange.flags.writeable = False
        y, cache = layer(params, strange)
        assert tree.allclose((y, layer.vjp(params, cache, dstrange)), expected, rtol=1e-12, atol=1e-13)


def test_sizes_may_be_lists_and_layers_are_values():
    layer = fn.Conv2d(4, [3, 2], [1, 2], [[1, 0], 1])
    assert layer == fn.Conv2d(4, (3, 2), (1, 2), ((1, 0), 1))
    assert hash(layer) == hash(fn.Conv2d(4, (3, 2), (1, 2), ((1, 0), 1)))
    assert str(layer) == "Conv2d(4, kernel_size=(3, 2), stride=(1, 2), padding=((1, 0), 1))"
    assert str(fn.Conv1d(4, 3)) == "Conv1d(4, kernel_size=3)"


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_parameters_take_the_dtype_of_the_example_and_the_fans_of_the_kernel(dtype):
    w_init, b_init = fn.initializers.he_normal(), fn.initializers.normal()
    layer = fn.Conv2d(6, (3, 2), groups=2, w_init=w_init, b_init=b_init)
    params = layer.init(fn.Key(3), np.zeros((1, 5, 5, 4), dtype))
    w, b = w_init(fn.Key(3).child("w"), (3, 2, 2, 6), dtype), b_init(fn.Key(3).child("b"), (6,), dtype)
    assert tree.equal(params, Affine(w, b))
    assert fn.initializers.fans(w.shape) == (3 * 2 * 4 // 2, 3 * 2 * 6)
    y, cache = layer(params, np.ones((2, 5, 5, 4), dtype))
    dparams, dx = layer.vjp(params, cache, y)
    assert {a.dtype for a in (y, dparams.w, dparams.b, dx)} == {np.dtype(dtype)}


def test_the_cache_is_the_input_alone():
    x = drawn(2, 4, 4, 3)
    assert fn.Conv2d(2, 3)(fn.Conv2d(2, 3).init(fn.Key(0), x), x)[1] is x


X = np.zeros((2, 6, 5, 4), np.float32)
LAYER = fn.Conv2d(3, 3, groups=1)
PARAMS = LAYER.init(fn.Key(0), X)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: LAYER(PARAMS, X[..., 0]),
            fn.ShapeError,
            "Conv2d(3, kernel_size=3): expected x with axes (N, H, W, C), got x of shape (2, 6, 5); "
            "x[None] adds a batch axis, x[..., None] adds an axis of one channel",
        ),
        (
            lambda: fn.Conv1d(3, 3).init(fn.Key(0), X),
            fn.ShapeError,
            "Conv1d(3, kernel_size=3): expected x with axes (N, T, C), got x of shape (2, 6, 5, 4)",
        ),
        (
            lambda: LAYER(PARAMS, X[..., :3]),
            fn.ShapeError,
            "Conv2d(3, kernel_size=3): expected x with last axis 4 (params.w is (3, 3, 4, 3)), "
            "got x of shape (2, 6, 5, 3)",
        ),
        (
            lambda: LAYER(PARAMS, X.astype("f8")),
            fn.DtypeError,
            "Conv2d(3, kernel_size=3): expected x of float32 (as params.w), got x of float64; "
            "convert x with x.astype(np.float32)",
        ),
        (
            lambda: LAYER(PARAMS, X.astype(int)),
            fn.DtypeError,
            "Conv2d(3, kernel_size=3): expected x of floats, got dtype int64; "
            "convert it with x.astype(np.float32)",
        ),
        (
            lambda: LAYER(PARAMS, X[:, :2]),
            fn.ShapeError,
            "Conv2d(3, kernel_size=3): expected x of at least 3×3 along its axes of space "
            "(a window reaches that far), got 2×5",
        ),
        (
            lambda: fn.Conv2d(3, 3, padding=((0, 1), 0), dilation=2).init(fn.Key(0), X[:, :2]),
            fn.ShapeError,
            "Conv2d(3, kernel_size=3, padding=((0, 1), 0), dilation=2): expected x of at least 5×5 along its "
            "axes of space (a window reaches that far), got 2×5, which is 3×5 with padding",
        ),
        (
            lambda: fn.Conv2d(3, 3, groups=3).init(fn.Key(0), X),
            fn.ShapeError,
            "Conv2d(3, kernel_size=3, groups=3): expected x with last axis a multiple of 3 "
            "(the number of groups), got x of shape (2, 6, 5, 4)",
        ),
        (
            lambda: LAYER(fn.Conv2d(2, 3).init(fn.Key(0), X), X),
            fn.ShapeError,
            "Conv2d(3, kernel_size=3): expected params.w of shape (3, 3, any, 3), got shape (3, 3, 4, 2)",
        ),
        (
            lambda: LAYER(Affine(PARAMS.w, ()), X),
            fn.DtypeError,
            "Conv2d(3, kernel_size=3): expected params.b to be a NumPy array, got a tuple of 0",
        ),
        (
            lambda: LAYER((), X),
            fn.TreeError,
            "Conv2d(3, kernel_size=3): expected params to be its Affine record, got a tuple of 0",
        ),
        (
            lambda: LAYER.vjp(PARAMS, X, X),
            fn.ShapeError,
            "Conv2d(3, kernel_size=3): expected dy of shape (2, 4, 3, 3), got shape (2, 6, 5, 4)",
        ),
        (
            lambda: LAYER.param_vjp(PARAMS, X, np.zeros((2, 4, 3, 3))),
            fn.DtypeError,
            "Conv2d(3, kernel_size=3): expected dy of dtype float32, got dtype float64",
        ),
        (
            lambda: fn.Conv2d(3, 0),
            fn.ConfigError,
            "Conv2d: expected kernel_size to be a positive integer or a pair of them, got 0",
        ),
        (
            lambda: fn.Conv2d(3, (3, 3, 3)),
            fn.ConfigError,
            "Conv2d: expected kernel_size to be a positive integer or a pair of them, got (3, 3, 3)",
        ),
        (
            lambda: fn.Conv1d(3, 2, stride=1.0),
            fn.ConfigError,
            "Conv1d: expected stride to be a positive integer, got 1.0",
        ),
        (
            lambda: fn.Conv2d(3, 2, padding="full"),
            fn.ConfigError,
            "Conv2d: expected padding to be 'valid', 'same', an integer of at least 0 or a tuple of 2, "
            "each such an integer or a pair (before, after) of them, got 'full'",
        ),
        (
            lambda: fn.Conv1d(3, 2, padding=(1, 0)),
            fn.ConfigError,
            "Conv1d: expected padding to be 'valid', 'same', an integer of at least 0 or a tuple of 1, "
            "each such an integer or a pair (before, after) of them, got (1, 0)",
        ),
        (
            lambda: fn.Conv2d(3, 2, groups=2),
            fn.ConfigError,
            "Conv2d: expected groups to divide the width 3, got 2",
        ),
        (
            lambda: fn.Conv2d(3, 2, groups=0),
            fn.ConfigError,
            "Conv2d: expected groups to be a positive integer, got 0",
        ),
    ],
)
def test_messages(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == words
