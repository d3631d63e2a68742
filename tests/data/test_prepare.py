"""One-hot rows and normalised sets, against loops and statistics written otherwise."""

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, strategies as st

from funnet.data import normalise, one_hot
from funnet.errors import ConfigError, DataError, DtypeError, ShapeError


@given(
    hnp.arrays(
        st.sampled_from([np.int64, np.uint8]), hnp.array_shapes(max_dims=3), elements=st.integers(0, 4)
    )
)
def test_one_hot_has_its_one_at_the_label(labels):
    rows = one_hot(labels, 5)
    assert (rows.shape, rows.dtype) == ((*labels.shape, 5), np.float32)
    for index, label in np.ndenumerate(labels):
        assert rows[index].tolist() == [float(k == label) for k in range(5)]


def test_one_hot_in_another_dtype():
    np.testing.assert_array_equal(
        one_hot(np.array([1, 0]), 2, np.float64), [[0.0, 1.0], [1.0, 0.0]], strict=True
    )


@pytest.mark.parametrize(
    ("labels", "classes", "kind", "message"),
    [
        (np.array([[0, 1], [2, 3]]), 3, DataError, "expected labels from 0 to 2, got 3 at (1, 1)"),
        (np.array([0, -1]), 3, DataError, "expected labels from 0 to 2, got -1 at (1,)"),
        (
            np.array([0.0]),
            3,
            DtypeError,
            "expected labels to be a NumPy array of integers, got float64[1]; "
            "convert them with labels.astype(int)",
        ),
        (
            np.array(["b", "a"]),
            3,
            DtypeError,
            "expected labels to be a NumPy array of integers, got <U1[2]; "
            "number them with np.unique(labels, return_inverse=True)[1]",
        ),
        (
            np.ma.masked_array([0, 1], [True, False]),
            3,
            DtypeError,
            "expected labels to be a plain NumPy array of integers, got a MaskedArray of int64[2]; "
            "convert it with labels.filled(0)",
        ),
        ([0, 1], 3, DtypeError, "expected labels to be a NumPy array of integers, got a list of 2"),
        (np.array([0]), 0, ConfigError, "expected classes to be a positive integer, got 0"),
    ],
)
def test_one_hot_of_bad_labels(labels, classes, kind, message):
    with pytest.raises(kind) as caught:
        one_hot(labels, classes)
    assert str(caught.value) == f"one_hot: {message}"


def example(*shape):
    return 5 + 3 * np.random.default_rng(3).standard_normal(shape)


def test_every_set_is_scaled_by_the_statistics_of_training():
    train, test = example(50, 4), example(7, 4) - 2
    train[:, 2] *= 1e6
    before = train.tobytes() + test.tobytes()
    y, y_test = normalise(train, test)
    np.testing.assert_allclose(y.mean(axis=0), 0.0, atol=1e-14)
    np.testing.assert_allclose((y**2).mean(axis=0), 1.0, rtol=1e-14)
    for c in range(4):
        mean = sum(train[:, c]) / 50
        std = (sum((value - mean) ** 2 for value in train[:, c]) / 50) ** 0.5
        np.testing.assert_allclose(y_test[:, c], (test[:, c] - mean) / std, rtol=1e-12)
    assert train.tobytes() + test.tobytes() == before


@pytest.mark.parametrize(("axis", "reduced"), [(None, (0, 1, 2)), ((0, 1), (0, 1)), (-1, (2,)), (0, (0,))])
def test_the_axes_of_the_statistics(axis, reduced):
    train = example(6, 5, 3)
    (y,) = normalise(train, axis=axis)
    np.testing.assert_allclose(y.mean(axis=reduced), 0.0, atol=1e-14)
    np.testing.assert_allclose(y.std(axis=reduced), 1.0, rtol=1e-13)


def test_sets_may_differ_along_the_axes_of_the_statistics():
    short, long = example(6, 5, 3), example(2, 9, 3)
    _, y = normalise(short, long, axis=(0, 1))
    flat = short.reshape(-1, 3)
    np.testing.assert_allclose(y, (long - flat.mean(axis=0)) / flat.std(axis=0), rtol=1e-13)


@given(st.floats(-1e6, 1e6), st.sampled_from([np.float32, np.float64]), st.integers(1, 300))
def test_a_constant_feature_is_zero_in_every_set(value, dtype, count):
    constant = np.full((count, 1), value, dtype)
    y, y_test = normalise(constant, constant + 3)
    assert not y.any()
    assert not y_test.any()


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, bool, np.float32])
def test_integers_become_float32(dtype):
    train, test = np.array([[0], [1], [1], [0]], dtype), np.array([[0.0], [1.0]])
    y, y_test = normalise(train, test)
    np.testing.assert_array_equal(y, np.array([[-1], [1], [1], [-1]], np.float32), strict=True)
    np.testing.assert_array_equal(y_test, np.array([[-1], [1]], np.float32), strict=True)


def test_large_integers_keep_their_digits():
    (y,) = normalise(np.array([1_700_000_000, 1_700_000_002]))
    np.testing.assert_array_equal(y, [-1, 1])


@pytest.mark.parametrize(
    ("sets", "axis", "kind", "message"),
    [
        (
            (np.ones((4, 3)), np.ones((2, 1))),
            0,
            ShapeError,
            "expected others[0] of shape (any, 3), got shape (2, 1)",
        ),
        (
            (np.ones((4, 3)), np.ones((2, 3)), np.ones(3)),
            0,
            ShapeError,
            "expected others[1] of shape (any, 3), got shape (3,)",
        ),
        (
            (np.ones((4, 2)), np.array([[1, np.nan]])),
            0,
            DataError,
            "expected finite numbers in others[0], got nan at (0, 1)",
        ),
        (
            (np.array([1.0, -np.inf]),),
            0,
            DataError,
            "expected finite numbers in train, got -inf at (1,)",
        ),
        ((np.ones((0, 2)),), 0, ShapeError, "expected train with at least one entry, got shape (0, 2)"),
        (([1.0],), 0, DtypeError, "expected train to be a NumPy array, got a list of 1"),
        ((np.ones(2, complex),), 0, DtypeError, "expected train of real numbers, got dtype complex128"),
        ((np.ones((4, 2)),), 2, ConfigError, "expected axis to be of the 2 axes of train, got 2"),
        ((np.ones((4, 2)),), (0, 0), ConfigError, "expected axis to be of the 2 axes of train, got (0, 0)"),
        ((np.ones((4, 2)),), "0", ConfigError, "expected axis to be of the 2 axes of train, got '0'"),
    ],
)
def test_normalise_of_bad_sets(sets, axis, kind, message):
    with pytest.raises(kind) as caught:
        normalise(*sets, axis=axis)
    assert str(caught.value) == f"normalise: {message}"


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("value", [0.3, -1.0, 1e-3, 30_000.0])
@pytest.mark.parametrize("count", [2, 100, 100_000])
def test_what_varies_by_rounding_alone_is_constant(value, count, dtype):
    t = np.full((count, 1), value, dtype)
    t[::2] = np.nextafter(t[0], np.zeros(1, dtype))
    y, y_test = normalise(t, t + np.dtype(dtype).type(value) / 2)
    assert not y.any()
    assert not y_test.any()


def test_a_sum_of_tenths_is_three_tenths():
    t = np.full((100, 1), 0.3)
    t[::2] = 0.1 + 0.2
    assert normalise(t, np.array([[0.4]]))[1].tolist() == [[0.0]]


@pytest.mark.parametrize("scale", [1e-320, 1e-310, 1e-200, 1e-30, 1e30, 1e200, 1e307])
@pytest.mark.parametrize("centre", [0.0, 3.0])
def test_the_scale_does_not_matter(scale, centre):
    plain = np.random.default_rng(0).standard_normal((30, 2)) + centre
    train, test = plain[:20] * scale, plain[20:] * scale
    right = normalise(train / scale, test / scale)
    for y, wanted in zip(normalise(train, test), right, strict=True):
        np.testing.assert_allclose(y, wanted, rtol=1e-9 if scale > 1e-300 else 1e-2, atol=1e-12)


def test_both_ends_of_the_range():
    top = np.finfo(float).max
    np.testing.assert_allclose(
        normalise(np.array([[-top], [top], [0.0]]))[0], np.sqrt([[1.5], [1.5], [0]]) * [[-1], [1], [0]]
    )
    for tiny in (5e-324, 1e-300):
        assert normalise(np.array([[0.0], [tiny]]))[0].tolist() == [[-1.0], [1.0]]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_small_variation_far_from_0_is_kept(dtype):
    far = 1e6 if dtype == "float32" else 1e14
    train = (np.random.default_rng(0).standard_normal((50_000, 2)) + far).astype(dtype)
    (y,) = normalise(train)
    near = train.astype("f8") - far
    np.testing.assert_allclose(
        y, (near - near.mean(0)) / near.std(0), atol=1e-5 if dtype == "float32" else 1e-9
    )
