"""Elementary functions against the standard library, at the ends of the range, in every dtype."""

import math

import numpy as np
import pytest

from funnet.ops.numeric import log_softmax, sigmoid, softmax, softplus

DTYPES = ["float16", "float32", "float64"]


def scalar_sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x > 0 else math.exp(x) / (1 + math.exp(x))


@pytest.mark.parametrize(
    ("x", "y"), [(-30, 9.357622968840175e-14), (30, 0.9999999999999065), (0, 0.5), (1, 0.7310585786300049)]
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sigmoid_keeps_its_digits(x, y, dtype):
    got = sigmoid(np.array(x, dtype))
    assert got.dtype == dtype
    assert float(got) == pytest.approx(y, rel=4 * float(np.finfo(dtype).eps))


@pytest.mark.parametrize("dtype", DTYPES)
def test_sigmoid_ends_at_0_and_1_without_a_warning(dtype):
    largest = np.finfo(dtype).max
    x = np.array([-largest, -1000, 1000, largest], dtype)
    assert sigmoid(x).tolist() == [0, 0, 1, 1]


def test_sigmoid_against_the_standard_library():
    x = np.linspace(-700, 700, 1001)
    np.testing.assert_allclose(sigmoid(x), [scalar_sigmoid(v) for v in x], rtol=1e-14)


@pytest.mark.parametrize("dtype", DTYPES)
def test_softplus(dtype):
    largest = float(np.finfo(dtype).max)
    y = softplus(np.array([-largest, -1000, 0, 1000, largest], dtype))
    assert y.dtype == dtype
    assert y.tolist() == [0, 0, np.array(math.log(2), dtype).item(), 1000, largest]


def test_softplus_against_the_standard_library():
    x = np.linspace(-700, 700, 1001)
    expected = [max(v, 0) + math.log1p(math.exp(-abs(v))) for v in x]
    np.testing.assert_allclose(softplus(x), expected, rtol=1e-14)
    assert float(softplus(np.float32(-30))) == pytest.approx(9.357622968839737e-14, rel=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shift", [0.0, 1e4, -1e4])
def test_softmax_is_finite_far_out(dtype, shift):
    x = np.array([[0.0, 1.0, 2.0], [0.0, 0.0, -1e4], [1e4, -1e4, 0.0]], dtype) + np.array(shift, dtype)
    p = softmax(x)
    assert p.dtype == log_softmax(x).dtype == dtype
    np.testing.assert_allclose(p[0], [0.09003057, 0.24472847, 0.66524096], rtol=1e-3 if shift else 1e-6)
    np.testing.assert_array_equal(p[1:], [[0.5, 0.5, 0], [1, 0, 0]])
    assert log_softmax(x)[2].tolist() == [0, -2e4, -1e4]


def test_softmax_does_not_change_with_a_shift():
    x = np.array([[1.0, 2.0, 4.0]])
    np.testing.assert_array_equal(softmax(x + 1024), softmax(x))
    np.testing.assert_array_equal(log_softmax(x - 1024), log_softmax(x))


def test_softmax_against_a_slow_loop():
    x = np.random.default_rng(0).normal(0, 3, (4, 2, 5))
    for index in np.ndindex(4, 2):
        total = math.fsum(math.exp(v) for v in x[index])
        np.testing.assert_allclose(softmax(x)[index], [math.exp(v) / total for v in x[index]], rtol=1e-14)
        np.testing.assert_allclose(log_softmax(x)[index], [v - math.log(total) for v in x[index]], rtol=1e-13)


def test_minus_infinity_is_probability_0():
    x = np.array([[0.0, -np.inf, 0.0]])
    assert softmax(x).tolist() == [[0.5, 0, 0.5]]
    assert log_softmax(x).tolist() == [[-math.log(2), -np.inf, -math.log(2)]]


@pytest.mark.parametrize("function", [sigmoid, softplus, softmax, log_softmax])
def test_the_argument_is_left_alone(function):
    x = np.array([[1.0, 2.0]])
    x.flags.writeable = False
    assert not np.shares_memory(function(x), x)
