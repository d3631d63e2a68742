"""Activations: formulas of the standard library, kinks, ends of the range, dtypes."""

import math

import numpy as np
import pytest

import funnet as fn


def sigma(x):
    return 1 / (1 + math.exp(-x)) if x > 0 else math.exp(x) / (1 + math.exp(x))


def clip(x, low, high):
    return min(max(x, low), high)


ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805
ROOT = math.sqrt(2 / math.pi)

SLOW = {
    fn.Relu(): lambda x: max(x, 0),
    fn.LeakyRelu(): lambda x: x if x > 0 else 0.01 * x,
    fn.LeakyRelu(0.0): lambda x: max(x, 0),
    fn.LeakyRelu(-0.5): lambda x: x if x > 0 else -0.5 * x,
    fn.Elu(): lambda x: x if x > 0 else math.exp(x) - 1,
    fn.Elu(2.5): lambda x: x if x > 0 else 2.5 * (math.exp(x) - 1),
    fn.Selu(): lambda x: SCALE * (x if x > 0 else ALPHA * (math.exp(x) - 1)),
    fn.Gelu(): lambda x: x / 2 * (1 + math.tanh(ROOT * (x + 0.044715 * x**3))),
    fn.Silu(): lambda x: x * sigma(x),
    fn.Mish(): lambda x: x * math.tanh(math.log1p(math.exp(x))),
    fn.Softplus(): lambda x: math.log1p(math.exp(x)),
    fn.Sigmoid(): sigma,
    fn.Tanh(): math.tanh,
    fn.HardSigmoid(): lambda x: clip(x / 6 + 0.5, 0, 1),
    fn.HardTanh(): lambda x: clip(x, -1, 1),
    fn.HardSwish(): lambda x: x * clip(x / 6 + 0.5, 0, 1),
}

LAYERS = pytest.mark.parametrize("layer", SLOW, ids=str)


def slope(layer, x, dtype="float64"):
    """The derivative at each of the numbers."""
    y, cache = layer((), np.array([x], dtype))
    dparams, dx = layer.vjp((), cache, np.ones_like(y))
    assert dparams == ()
    return dx[0].tolist()


@LAYERS
def test_values_are_the_formula(layer):
    x = np.concatenate([np.linspace(-20, 20, 401), [-1e-9, 0.0, 1e-9]])
    y, _ = layer((), x.reshape(4, 101))
    np.testing.assert_allclose(y.ravel(), [SLOW[layer](float(v)) for v in x], rtol=1e-13, atol=1e-15)


@LAYERS
def test_slopes_are_those_of_the_formula(layer):
    x = [v + 0.013 for v in np.linspace(-9, 9, 181).tolist()]
    h = 1e-6
    numeric = [(SLOW[layer](v + h) - SLOW[layer](v - h)) / (2 * h) for v in x]
    np.testing.assert_allclose(slope(layer, x), numeric, atol=1e-8)


def test_known_values():
    x = np.array([[-1.0, 1.0]])
    for layer, known in (
        (fn.Gelu(), [-0.15880800939172324, 0.8411919906082768]),
        (fn.Silu(), [-0.2689414213699951, 0.7310585786300049]),
        (fn.Mish(), [-0.30340146137410895, 0.8650983882673103]),
        (fn.Selu(), [-1.1113307378125625, 1.0507009873554805]),
        (fn.HardSwish(), [-1 / 3, 2 / 3]),
    ):
        np.testing.assert_allclose(layer((), x)[0][0], known, rtol=1e-14)


@pytest.mark.parametrize(
    ("layer", "kink", "stated"),
    [
        (fn.Relu(), 0, 0),
        (fn.Relu(), -0.0, 0),
        (fn.LeakyRelu(), 0, 0.01),
        (fn.LeakyRelu(0.2), 0, 0.2),
        (fn.Elu(0.7), 0, 0.7),
        (fn.Selu(), 0, SCALE * ALPHA),
        (fn.HardSigmoid(), -3, 0),
        (fn.HardSigmoid(), 3, 0),
        (fn.HardTanh(), -1, 0),
        (fn.HardTanh(), 1, 0),
        (fn.HardSwish(), -3, 0),
        (fn.HardSwish(), 3, 1),
    ],
)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_slope_at_a_kink_is_the_stated_one(layer, kink, stated, dtype):
    assert slope(layer, [kink], dtype) == [np.array(stated, dtype).item()]


@pytest.mark.parametrize(
    ("layer", "kink", "left", "right"),
    [
        (fn.Relu(), 0, 0, 1),
        (fn.LeakyRelu(0.2), 0, 0.2, 1),
        (fn.Elu(0.7), 0, 0.7, 1),
        (fn.Selu(), 0, SCALE * ALPHA, SCALE),
        (fn.HardSigmoid(), -3, 0, 1 / 6),
        (fn.HardSigmoid(), 3, 1 / 6, 0),
        (fn.HardTanh(), -1, 0, 1),
        (fn.HardTanh(), 1, 1, 0),
        (fn.HardSwish(), -3, 0, -0.5),
        (fn.HardSwish(), 3, 1.5, 1),
    ],
)
def test_the_slopes_beside_a_kink(layer, kink, left, right):
    np.testing.assert_allclose(slope(layer, [kink - 1e-9, kink + 1e-9]), [left, right], atol=1e-8)


@LAYERS
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_far_out_values_and_slopes_are_the_limits(layer, dtype):
    x = [-30000.0, -1000.0, -100.0, 100.0, 1000.0, 30000.0]
    y, _ = layer((), np.array([x], dtype))
    expected = [SLOW[layer](v) if v < 500 else SLOW[layer](500.0) * v / 500 for v in x]
    if isinstance(layer, fn.Sigmoid | fn.Tanh | fn.HardSigmoid | fn.HardTanh):
        expected = [SLOW[layer](clip(v, -500, 500)) for v in x]
    tolerance = 4 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(y[0], np.array(expected, dtype), rtol=tolerance, atol=1e-40)
    far = [(expected[1] - expected[0]) / 29000] * 3 + [(expected[5] - expected[4]) / 29000] * 3
    np.testing.assert_allclose(slope(layer, x, dtype), far, rtol=tolerance, atol=1e-7)


BOUNDED = fn.Sigmoid | fn.Tanh | fn.HardSigmoid | fn.HardTanh


def at_the_end(layer, x):
    """(value, slope) at an x of at least 1000 to either side, or an infinity: of the line there."""
    end = math.copysign(300.0, x)
    slope = 0.0 if isinstance(layer, BOUNDED) else (SLOW[layer](2 * end) - SLOW[layer](end)) / end
    return (slope * x if abs(slope) > 1e-9 else SLOW[layer](end)), slope


@LAYERS
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_values_and_slopes_over_the_whole_range(layer, dtype):
    """Wherever the right value is a number of the dtype: it comes, and no operation overflows on the way."""
    limits = np.finfo(dtype)
    top, tolerance = float(limits.max), 8 * float(limits.eps)
    far = [1000.0, top / 2.1, top / 1.9, top, np.inf]
    for x in [*far, *(-v for v in far)]:
        value, right = at_the_end(layer, x)
        if abs(value) <= top or math.isinf(x):
            y, cache = layer((), np.array([x], dtype))
            np.testing.assert_allclose(y, [value], rtol=tolerance, atol=1e-40, err_msg=str(x))
            for d in (1.0, -0.9 * top):
                _, dx = layer.vjp((), cache, np.array([d], dtype))
                np.testing.assert_allclose(dx / d, [right], rtol=tolerance, atol=1e-9, err_msg=f"{x} {d}")
    for x in (limits.smallest_subnormal, limits.tiny, 0.0, -0.0, -limits.tiny, -limits.smallest_subnormal):
        y, cache = layer((), np.array([x], dtype))
        np.testing.assert_allclose(y, [SLOW[layer](float(x))], rtol=tolerance, atol=4 * float(limits.tiny))
        assert np.isfinite(layer.vjp((), cache, np.array([top / 3], dtype))[1]).all()


@LAYERS
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_dtype_is_kept(layer, dtype):
    x = np.linspace(-4, 4, 12).reshape(3, 4).astype(dtype)
    y, cache = layer((), x)
    _, dx = layer.vjp((), cache, np.ones_like(y))
    assert y.dtype == cache.dtype == dx.dtype == dtype
    wide, _ = layer((), x.astype("f8"))
    np.testing.assert_allclose(y, wide, rtol=0, atol=8 * float(np.finfo(dtype).eps))


@LAYERS
@pytest.mark.parametrize("number", [np.float64(0.25), np.float32(0.25)])
def test_a_number_of_numpy_as_hyperparameter_does_not_widen(layer, number):
    made = type(layer)(number) if isinstance(layer, fn.LeakyRelu | fn.Elu) else layer
    x = np.linspace(-4, 4, 12, dtype=np.float32).reshape(3, 4)
    y, cache = made((), x)
    assert y.dtype == made.vjp((), cache, np.ones_like(y))[1].dtype == np.float32


@LAYERS
@pytest.mark.parametrize("shape", [(3,), (3, 1), (2, 3, 4, 5)])
def test_any_shape(layer, shape):
    x = np.linspace(-4, 4, math.prod(shape)).reshape(shape)
    y, cache = layer((), x)
    _, dx = layer.vjp((), cache, x)
    assert y.shape == dx.shape == shape


@LAYERS
def test_messages(layer):
    x = np.ones((2, 3), np.float32)
    name = str(layer)
    _, cache = layer((), x)
    for call, error, words in (
        (lambda: layer((), x.astype(int)), fn.DtypeError, f"{name}: expected x of floats, got dtype int64; "),
        (
            lambda: layer((), x.tolist()),
            fn.DtypeError,
            f"{name}: expected x to be a NumPy array, got a list of 2",
        ),
        (
            lambda: layer((), x[:0]),
            fn.ShapeError,
            f"{name}: expected x with at least one entry, got shape (0, 3)",
        ),
        (
            lambda: layer((1,), x),
            fn.TreeError,
            f"{name}: expected params to be (), for it has none, got a tuple of 1",
        ),
        (
            lambda: layer.vjp((), cache, x.T),
            fn.ShapeError,
            f"{name}: expected dy of shape (2, 3), got shape (3, 2)",
        ),
        (
            lambda: layer.vjp((), cache, x.astype("f8")),
            fn.DtypeError,
            f"{name}: expected dy of dtype float32, got dtype float64",
        ),
    ):
        with pytest.raises(error) as caught:
            call()
        assert str(caught.value).startswith(words)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fn.LeakyRelu(np.inf), "LeakyRelu: expected slope to be a finite number, got inf"),
        (lambda: fn.LeakyRelu("0.1"), "LeakyRelu: expected slope to be a finite number, got '0.1'"),
        (lambda: fn.Elu(0), "Elu: expected alpha to be a positive number, got 0"),
        (lambda: fn.Elu(True), "Elu: expected alpha to be a positive number, got True"),
    ],
)
def test_hyperparameters_are_checked(call, words):
    with pytest.raises(fn.ConfigError) as caught:
        call()
    assert str(caught.value) == words
