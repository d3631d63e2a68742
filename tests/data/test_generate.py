"""Sets made by a formula, against the formula written otherwise."""

import numpy as np
import pytest

from funnet import Key
from funnet.data import sine_sequences, spiral
from funnet.errors import ConfigError, DtypeError


def test_a_spiral_without_noise_is_the_curve_of_the_course():
    points, arms = 7, 4
    x, labels = spiral(Key(0), points=points, arms=arms, noise=0, dtype=np.float64)
    assert (x.shape, labels.shape) == ((28, 2), (28,))
    for arm in range(arms):
        r = np.linspace(0.0, 1, points)
        t = np.linspace(arm * 4, (arm + 1) * 4, points)
        np.testing.assert_allclose(
            x[arm * points :][:points], np.c_[r * np.sin(t), r * np.cos(t)], atol=1e-15
        )
        assert (labels[arm * points :][:points] == arm).all()


def test_the_noise_of_a_spiral_turns_its_points_and_keeps_their_radius():
    noisy, calm = (spiral(Key(5), 4000, noise=noise, dtype=np.float64)[0] @ [1j, 1] for noise in (0.2, 0))
    np.testing.assert_allclose(abs(noisy), np.tile(np.linspace(0, 1, 4000), 3), atol=1e-14)
    turned = np.angle(noisy[calm != 0] / calm[calm != 0])
    np.testing.assert_allclose([turned.mean(), turned.std()], [0.0, 0.2], atol=0.005)


def test_a_spiral_is_a_function_of_its_key():
    x, _ = spiral(Key(1))
    np.testing.assert_array_equal(x, spiral(Key(1))[0], strict=True)
    assert (x != spiral(Key(2))[0]).mean() > 0.9
    assert x.dtype == np.float32
    np.testing.assert_array_equal(x, spiral(Key(1), dtype=np.float64)[0].astype(np.float32), strict=True)


def test_windows_of_sine_go_on_where_the_last_one_ends():
    x, target = sine_sequences(count=6, length=5, step=0.25, start=-1.0, dtype=np.float64)
    assert x.shape == target.shape == (6, 5, 1)
    times = [-1.0 + 0.25 * k for k in range(30)]
    np.testing.assert_allclose(x.ravel(), np.sin(times), atol=1e-15)
    np.testing.assert_allclose(target.ravel(), np.cos(times), atol=1e-15)


def test_a_later_stretch_of_sine():
    whole = sine_sequences(count=6, length=5, dtype=np.float64)
    later = sine_sequences(count=2, length=5, start=4 * 5 * 0.1, dtype=np.float64)
    for a, b in zip(whole, later, strict=True):
        np.testing.assert_allclose(a[4:], b, atol=1e-14)


def test_sine_in_float32_is_rounded_once():
    for single, double in zip(sine_sequences(), sine_sequences(dtype=np.float64), strict=True):
        np.testing.assert_array_equal(single, double.astype(np.float32), strict=True)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: spiral(Key(0), points=0), "spiral: expected points to be a positive integer, got 0"),
        (lambda: spiral(Key(0), points=2.0), "spiral: expected points to be a positive integer, got 2.0"),
        (lambda: spiral(Key(0), arms=-1), "spiral: expected arms to be a positive integer, got -1"),
        (lambda: spiral(Key(0), noise=-0.1), "spiral: expected noise to be a number of at least 0, got -0.1"),
        (
            lambda: spiral(Key(0), noise=np.inf),
            "spiral: expected noise to be a number of at least 0, got inf",
        ),
        (
            lambda: sine_sequences(count=True),
            "sine_sequences: expected count to be a positive integer, got True",
        ),
        (
            lambda: sine_sequences(length=0),
            "sine_sequences: expected length to be a positive integer, got 0",
        ),
        (lambda: sine_sequences(step=0), "sine_sequences: expected step to be a positive number, got 0"),
        (
            lambda: sine_sequences(start=np.nan),
            "sine_sequences: expected start to be a finite number, got nan",
        ),
    ],
)
def test_a_parameter_out_of_range(make, message):
    with pytest.raises(ConfigError) as caught:
        make()
    assert str(caught.value) == message


def test_a_number_for_a_key():
    with pytest.raises(DtypeError) as caught:
        spiral(7)
    assert str(caught.value) == "spiral: expected key to be a Key, got 7; make one with Key(seed)"
