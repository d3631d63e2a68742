"""Softmax and LogSoftmax as layers: known values, the explicit Jacobian, masks, messages."""

import numpy as np
import pytest

import funnet as fn

X = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])


def test_known_values():
    p = [[0.09003057317038046, 0.24472847105479764, 0.6652409557748218], [1 / 3] * 3]
    np.testing.assert_allclose(fn.Softmax()((), X)[0], p, rtol=1e-15)
    np.testing.assert_allclose(fn.LogSoftmax()((), X)[0], np.log(p), rtol=1e-14)


def test_derivatives_are_the_jacobian():
    dy = np.array([[0.3, -1.0, 2.0], [1.0, 0.0, 0.0]])
    _, cache = fn.Softmax()((), X)
    _, log_cache = fn.LogSoftmax()((), X)
    for row in range(2):
        p = np.exp(X[row]) / np.exp(X[row]).sum()
        jacobian = np.diag(p) - np.outer(p, p)
        np.testing.assert_allclose(fn.Softmax().vjp((), cache, dy)[1][row], jacobian @ dy[row], atol=1e-15)
        log_jacobian = np.eye(3) - np.outer(np.ones(3), p)
        got = fn.LogSoftmax().vjp((), log_cache, dy)[1][row]
        np.testing.assert_allclose(got, log_jacobian.T @ dy[row], atol=1e-15)


@pytest.mark.parametrize("layer", [fn.Softmax(), fn.LogSoftmax()])
class TestBoth:
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_finite_far_out(self, layer, dtype):
        x = np.array([[1e4, -1e4, 0.0]], dtype)
        y, cache = layer((), x)
        _, dx = layer.vjp((), cache, np.ones_like(y))
        assert y.dtype == dx.dtype == dtype
        assert y.tolist() == ([[1, 0, 0]] if isinstance(layer, fn.Softmax) else [[0, -2e4, -1e4]])
        assert np.isfinite(dx).all()

    def test_a_masked_class_has_no_part(self, layer):
        x = np.array([[1.0, -np.inf, 2.0]])
        y, cache = layer((), x)
        rest, rest_cache = layer((), x[:, [0, 2]])
        assert y[:, [0, 2]].tolist() == rest.tolist()
        dy = np.array([[0.5, 0.0, 2.0]])
        _, dx = layer.vjp((), cache, dy)
        assert dx[0, 1] == 0
        np.testing.assert_allclose(dx[:, [0, 2]], layer.vjp((), rest_cache, dy[:, [0, 2]])[1], rtol=1e-15)

    def test_over_the_last_axis_of_any_rank(self, layer):
        x = np.arange(24.0).reshape(2, 3, 4) % 5
        y, cache = layer((), x)
        flat, flat_cache = layer((), x.reshape(6, 4))
        assert (y.reshape(6, 4) == flat).all()
        assert (
            layer.vjp((), cache, x)[1].reshape(6, 4) == layer.vjp((), flat_cache, x.reshape(6, 4))[1]
        ).all()

    def test_messages(self, layer):
        name = f"{type(layer).__name__}()"
        y, cache = layer((), X)
        for call, error, words in (
            (lambda: layer((), X[0]), fn.ShapeError, "expected x with axes (N, ..., C), got x of shape (3,)"),
            (lambda: layer((), X.astype(int)), fn.DtypeError, "expected x of floats, got dtype int64"),
            (
                lambda: layer((), np.where(X > 0, X, -np.inf)),
                fn.DataError,
                "expected a class that is not masked in every row, got nothing but -inf in row (1,)",
            ),
            (lambda: layer(None, X), fn.TreeError, "expected params to be (), for it has none, got None"),
            (
                lambda: layer.vjp((), cache, y[:1]),
                fn.ShapeError,
                "expected dy of shape (2, 3), got shape (1, 3)",
            ),
        ):
            with pytest.raises(error) as caught:
                call()
            assert str(caught.value).startswith(f"{name}: {words}")


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_whole_range(dtype):
    """The largest numbers, the smallest, and +inf, whose limit is all of the probability."""
    top, tiny = float(np.finfo(dtype).max), float(np.finfo(dtype).smallest_subnormal)
    inf, third = np.inf, 1 / 3
    x = np.array(
        [
            [top, -top, -top],
            [top, top, -top],
            [-top, -top, -top],
            [tiny, -tiny, 0.0],
            [top, 0.0, -inf],
            [0.0, inf, 5.0],
            [top, inf, -inf],
            [-top, -inf, -inf],
        ],
        dtype,
    )
    p = [[1, 0, 0], [0.5, 0.5, 0], [third] * 3, [third] * 3, [1, 0, 0], [0, 1, 0], [0, 1, 0], [1, 0, 0]]
    tolerance = 2 * float(np.finfo(dtype).eps)
    y, cache = fn.Softmax()((), x)
    np.testing.assert_allclose(y, p, rtol=tolerance)
    assert np.isfinite(fn.Softmax().vjp((), cache, x.clip(-1, 1))[1]).all()
    log_y, cache = fn.LogSoftmax()((), x)
    assert y.dtype == log_y.dtype == dtype
    np.testing.assert_allclose(np.exp(log_y), p, rtol=tolerance)
    dx = fn.LogSoftmax().vjp((), cache, np.ones_like(x))[1]
    np.testing.assert_allclose(dx, 1 - 3 * np.array(p), atol=4 * tolerance)


def test_two_classes_at_infinity_have_no_limit():
    x = np.array([[np.inf, np.inf, 0.0], [0.0, 1.0, 2.0]])
    for layer in (fn.Softmax(), fn.LogSoftmax()):
        y, _ = layer((), x)
        assert np.isnan(y[0, :2]).all()
        assert np.isfinite(y[1]).all()
