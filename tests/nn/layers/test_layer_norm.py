"""LayerNorm and RMSNorm: slow formulas, vector by vector; scales; messages."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

import funnet as fn
from funnet import tree
from funnet.nn.layers.layer_norm import Scale, ScaleShift


def draw(*shape):
    return 2 + 3 * fn.Key(0).child("norm").generator().standard_normal(shape)


def generic(layer, x):
    return tree.map(lambda leaf: leaf + 0.3 * draw(*leaf.shape).astype(leaf.dtype), layer.init(fn.Key(0), x))


@pytest.mark.parametrize("shape", [(5, 4), (2, 3, 4), (2, 3, 2, 7)])
def test_layer_norm_against_a_loop_over_the_vectors(shape):
    layer, x, dy = fn.LayerNorm(eps=1e-3), draw(*shape), draw(*shape)[::-1]
    params = generic(layer, x)
    y, cache = layer(params, x)
    dparams, dx = layer.vjp(params, cache, dy)
    dscale, dshift = np.zeros(shape[-1]), np.zeros(shape[-1])
    for index in np.ndindex(shape[:-1]):
        mean = math.fsum(x[index]) / shape[-1]
        sigma = math.sqrt(math.fsum((x[index] - mean) ** 2) / shape[-1] + 1e-3)
        z = (x[index] - mean) / sigma
        np.testing.assert_allclose(y[index], params.scale * z + params.shift, rtol=1e-12)
        g = params.scale * dy[index]
        jacobian = (np.eye(shape[-1]) - 1 / shape[-1] - np.outer(z, z) / shape[-1]) / sigma
        np.testing.assert_allclose(dx[index], jacobian @ g, rtol=1e-10, atol=1e-12)
        dscale, dshift = dscale + z * dy[index], dshift + dy[index]
    assert tree.allclose(dparams, ScaleShift(dscale, dshift), rtol=1e-11)


@pytest.mark.parametrize("shape", [(5, 4), (2, 3, 4), (2, 3, 2, 7)])
def test_rms_norm_against_a_loop_over_the_vectors(shape):
    layer, x, dy = fn.RMSNorm(eps=1e-3), draw(*shape), draw(*shape)[::-1]
    params = generic(layer, x)
    y, cache = layer(params, x)
    dparams, dx = layer.vjp(params, cache, dy)
    dscale = np.zeros(shape[-1])
    for index in np.ndindex(shape[:-1]):
        rho = math.sqrt(math.fsum(x[index] ** 2) / shape[-1] + 1e-3)
        z = x[index] / rho
        np.testing.assert_allclose(y[index], params.scale * z, rtol=1e-12)
        jacobian = (np.eye(shape[-1]) - np.outer(z, z) / shape[-1]) / rho
        np.testing.assert_allclose(dx[index], jacobian @ (params.scale * dy[index]), rtol=1e-10, atol=1e-12)
        dscale = dscale + z * dy[index]
    assert tree.allclose(dparams, Scale(dscale), rtol=1e-11)


@given(
    st.sampled_from([fn.LayerNorm, fn.RMSNorm]),
    st.floats(1e-6, 1.0),
    hnp.array_shapes(min_dims=2, max_dims=4, max_side=5),
)
def test_drawn_configurations_are_proved(kind, eps, shape):
    assert fn.testing.check_layer(kind(eps), draw(*shape)).verdict == "ok"


def test_what_it_takes_away():
    x = draw(3, 5, 64)
    layer, rms = fn.LayerNorm(1e-12), fn.RMSNorm(1e-12)
    y, _ = layer(layer.init(fn.Key(0), x), x)
    np.testing.assert_allclose(y.mean(axis=-1), 0, atol=1e-14)
    np.testing.assert_allclose(y.std(axis=-1), 1, rtol=1e-10)
    np.testing.assert_allclose(layer(layer.init(fn.Key(0), x), 5 * x - 7)[0], y, rtol=1e-9, atol=1e-12)
    scaled, _ = rms(rms.init(fn.Key(0), x), x)
    np.testing.assert_allclose(np.square(scaled).mean(axis=-1), 1, rtol=1e-10)
    np.testing.assert_allclose(rms(rms.init(fn.Key(0), x), 5 * x)[0], scaled, rtol=1e-9)


@pytest.mark.parametrize("kind", [fn.LayerNorm, fn.RMSNorm, lambda eps: fn.GroupNorm(2, eps)])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_dtype_is_kept_and_large_numbers_stay_finite(kind, dtype):
    layer, x = kind(np.float64(1e-3)), (1000 * draw(4, 500)).astype(dtype)
    params = layer.init(fn.Key(0), x)
    y, cache = layer(params, x)
    for node in (params, y, cache, layer.vjp(params, cache, y)):
        assert {leaf.dtype for leaf in tree.leaves(node)} == {np.dtype(dtype)}
        assert all(np.isfinite(leaf).all() for leaf in tree.leaves(node))
    wide = layer(tree.cast(params, "float64"), x.astype("float64"))[0]
    np.testing.assert_allclose(y, wide, rtol=1e-2, atol=2e-2 if dtype == "float16" else 1e-5)


@pytest.mark.parametrize("layer", [fn.LayerNorm(), fn.RMSNorm(), fn.GroupNorm(3)])
def test_vectors_of_zeros_become_the_shift(layer):
    x = np.zeros((2, 6))
    params = layer.init(fn.Key(0), x)
    y, cache = layer(params, x)
    assert not y.any()
    assert np.isfinite(layer.vjp(params, cache, np.ones((2, 6)))[1]).all()


X, P = draw(4, 3), fn.LayerNorm().init(fn.Key(0), draw(4, 3))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: fn.LayerNorm()(P, X[:, :2]),
            fn.ShapeError,
            "LayerNorm(): expected x with last axis 3 (params.scale is (3,)), got x of shape (4, 2)",
        ),
        (
            lambda: fn.LayerNorm()(P, X.astype("f4")),
            fn.DtypeError,
            "LayerNorm(): expected x of float64 (as params.scale), got x of float32; "
            "convert x with x.astype(np.float64)",
        ),
        (
            lambda: fn.LayerNorm()(ScaleShift(P.scale, P.shift[:2]), X),
            fn.ShapeError,
            "LayerNorm(): expected params.shift of shape (3,), got shape (2,)",
        ),
        (
            lambda: fn.LayerNorm().vjp(P, fn.LayerNorm()(P, X)[1], X[:2]),
            fn.ShapeError,
            "LayerNorm(): expected dy of shape (4, 3), got shape (2, 3)",
        ),
        (
            lambda: fn.RMSNorm()(P, X),
            fn.TreeError,
            "RMSNorm(): expected params to be its Scale record, got a ScaleShift record",
        ),
        (
            lambda: fn.RMSNorm().init(fn.Key(0), X[0]),
            fn.ShapeError,
            "RMSNorm(): expected x with axes (N, ..., C), got x of shape (3,)",
        ),
        (
            lambda: fn.LayerNorm(0.0),
            fn.ConfigError,
            "LayerNorm: expected eps to be a positive number, got 0.0",
        ),
    ],
)
def test_messages(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message


NORMS = [fn.LayerNorm(), fn.GroupNorm(1), fn.GroupNorm(3)]


@pytest.mark.parametrize("layer", NORMS, ids=str)
@pytest.mark.parametrize(
    ("value", "dtype"),
    [(1234, "f4"), (1e5, "f4"), (0.1, "f4"), (1e-30, "f4"), (6e4, "f2"), (0.1, "f8"), (1e300, "f8")],
)
@pytest.mark.parametrize("width", [3, 768, 999])
def test_equal_numbers_become_exactly_the_shift(layer, value, dtype, width):
    for x in (np.full((2, width), value, dtype), np.full((2, 500, 3), value, dtype)):
        params = layer.init(fn.Key(0), x)
        y, cache = layer(params, x)
        assert not y.any()
        assert np.isfinite(layer.vjp(params, cache, np.ones_like(x))[1]).all()


@pytest.mark.parametrize("layer", [fn.LayerNorm(), fn.GroupNorm(1)], ids=str)
def test_a_single_number_becomes_the_shift(layer):
    x = draw(4, 1)
    params = ScaleShift(np.ones(1), np.array([0.25]))
    y, cache = layer(params, x)
    assert y.tolist() == [[0.25]] * 4
    assert not layer.vjp(params, cache, x)[1].any()


@pytest.mark.parametrize("layer", [fn.LayerNorm(), fn.GroupNorm(1), fn.GroupNorm(16)], ids=str)
@pytest.mark.parametrize(("far", "dtype"), [(1e6, "f4"), (1e3, "f2"), (-1e6, "f4"), (1e14, "f8")])
def test_vectors_far_from_0_against_float64(layer, far, dtype):
    x = (np.random.default_rng(0).standard_normal((64, 768)) + far).astype(dtype)
    params = layer.init(fn.Key(0), x)
    y, cache = layer(params, x)
    near = x.astype("f8") - far
    right, right_cache = layer(tree.cast(params, "f8"), near)
    tolerance = 16 * np.finfo(dtype).eps
    np.testing.assert_allclose(y, right, atol=tolerance * np.abs(right).max(), rtol=0)
    dx, right_dx = (
        layer.vjp(tree.cast(params, like.dtype), own, like)[1]
        for own, like in ((cache, near.astype(dtype)), (right_cache, near))
    )
    np.testing.assert_allclose(dx, right_dx, atol=tolerance * np.abs(near).max(), rtol=0)
