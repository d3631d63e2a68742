"""BatchNorm: a slow loop over the channels, running moments, the two modes, messages."""

import math

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet.core.containers import Buffer
from funnet.nn.layers.batch_norm import BatchScaleShift, Moments


def drawn(*shape):
    return 2 + 3 * fn.Key(0).child("drawn").generator().standard_normal(shape)


def parameters(channels, dtype="f8"):
    scale, shift, mean, variance = np.random.default_rng(1).uniform(0.5, 2, (4, channels)).astype(dtype)
    return BatchScaleShift(scale, shift, Buffer(Moments(mean, variance)))


def moments_of(x, channel):
    """Mean and biased variance of a channel, entry by entry."""
    values = [float(v) for v in x[..., channel].ravel()]
    mean = math.fsum(values) / len(values)
    return mean, math.fsum((v - mean) ** 2 for v in values) / len(values)


@pytest.mark.parametrize("shape", [(6, 3), (4, 5, 3), (2, 3, 4, 3), (1, 7, 3)])
def test_training_against_a_loop_over_the_channels(shape):
    layer, params, x = fn.BatchNorm(eps=1e-3, training=True), parameters(3), drawn(*shape)
    y, cache = layer(params, x)
    dy = drawn(*shape)[::-1].copy()
    dparams, dx = layer.vjp(params, cache, dy)
    for c in range(3):
        mean, variance = moments_of(x, c)
        sigma = math.sqrt(variance + 1e-3)
        z = (x[..., c] - mean) / sigma
        np.testing.assert_allclose(y[..., c], params.scale[c] * z + params.shift[c], rtol=1e-12)
        d = dy[..., c]
        assert dparams.scale[c] == pytest.approx((z * d).sum(), rel=1e-12)
        assert dparams.shift[c] == pytest.approx(d.sum(), rel=1e-12)
        expected = params.scale[c] / sigma * (d - d.mean() - z * (z * d).mean())
        np.testing.assert_allclose(dx[..., c], expected, rtol=1e-10, atol=1e-12)
    assert dparams.moments is params.moments


@pytest.mark.parametrize("shape", [(6, 3), (2, 3, 4, 3)])
def test_inference_uses_the_running_moments_alone(shape):
    layer, params, x = fn.BatchNorm(eps=1e-3), parameters(3), drawn(*shape)
    running = params.moments.value
    y, cache = layer(params, x)
    sigma = np.sqrt(running.variance + 1e-3)
    np.testing.assert_allclose(y, params.scale * (x - running.mean) / sigma + params.shift, rtol=1e-12)
    np.testing.assert_allclose(layer(params, x[:1])[0], y[:1], rtol=1e-15)
    np.testing.assert_allclose(layer.vjp(params, cache, x)[1], params.scale / sigma * x, rtol=1e-12)
    assert layer.advance(params, cache) is params


def test_training_gives_mean_0_and_variance_1():
    layer, x = fn.BatchNorm(training=True), drawn(64, 5)
    y, _ = layer(layer.init(fn.Key(0), x), x)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(y.var(axis=0), 1, rtol=1e-5)


def test_parameters_start_as_the_identity():
    layer, x = fn.BatchNorm(eps=1e-9), drawn(4, 3)
    params = layer.init(fn.Key(0), x)
    assert params.scale.tolist() == params.moments.value.variance.tolist() == [1, 1, 1]
    assert params.shift.tolist() == params.moments.value.mean.tolist() == [0, 0, 0]
    np.testing.assert_allclose(layer(params, x)[0], x, rtol=1e-8)
    assert fn.tree.paths(params) == ["scale", "shift"]


def test_the_running_moments_move_by_the_stated_rule():
    layer, x = fn.BatchNorm(0.8, training=True), drawn(6, 2)
    params = parameters(2)
    _, cache = layer(params, x)
    old, new = params.moments.value, layer.advance(params, cache).moments.value
    for c in range(2):
        mean, variance = moments_of(x, c)
        assert new.mean[c] == pytest.approx(0.8 * old.mean[c] + 0.2 * mean, rel=1e-13)
        assert new.variance[c] == pytest.approx(0.8 * old.variance[c] + 0.2 * variance, rel=1e-13)
    assert not new.mean.flags.writeable


def test_the_running_moments_arrive_at_those_of_the_data():
    layer, x = fn.BatchNorm(training=True), drawn(40, 2)
    params = layer.init(fn.Key(0), x)
    for _ in range(300):
        params = layer.advance(params, layer(params, x)[1])
    np.testing.assert_allclose(params.moments.value.mean, x.mean(axis=0), rtol=1e-10)
    np.testing.assert_allclose(params.moments.value.variance, x.var(axis=0), rtol=1e-10)
    active, _ = layer(params, x)
    passive, _ = fn.inference(layer)(params, x)
    np.testing.assert_allclose(passive, active, rtol=1e-9)


@pytest.mark.parametrize("shape", [(1, 3), (1, 1, 3), (1, 1, 1, 3)])
def test_one_value_of_a_channel_has_no_variance_to_train_on(shape):
    layer, params = fn.BatchNorm(training=True), parameters(3)
    with pytest.raises(fn.ShapeError) as caught:
        layer(params, drawn(*shape))
    assert str(caught.value) == (
        "BatchNorm(training=True): expected at least two values of each channel "
        f"(one value has no variance to train on), got x of shape {shape}; "
        "take a larger batch, or leave a short last batch out with fit(..., drop_last=True)"
    )
    y, _ = fn.BatchNorm()(params, drawn(*shape))
    assert y.shape == shape


def test_an_example_of_one_row_is_enough_to_begin_with():
    net, x = fn.training(fn.Sequential([fn.BatchNorm(), fn.Linear(2), fn.BatchNorm()])), drawn(1, 3)
    assert fn.tree.equal(net.init(fn.Key(0), x), fn.inference(net).init(fn.Key(0), x))
    twice = fn.training(fn.Repeat(fn.BatchNorm(), 2))
    assert len(twice.init(fn.Key(0), x)) == 2


@pytest.mark.parametrize(
    ("value", "dtype"), [(1e4, "f2"), (1234, "f4"), (0.1, "f4"), (0.1, "f8"), (1e15, "f8")]
)
@pytest.mark.parametrize("count", [2, 8, 300, 1000, 5000])
def test_a_constant_channel_is_exactly_the_shift(value, dtype, count):
    layer = fn.BatchNorm(training=True)
    x = np.full((count, 2), value, dtype)
    params = layer.init(fn.Key(0), x)
    y, cache = layer(params, x)
    assert not y.any()
    assert np.isfinite(layer.vjp(params, cache, x)[1]).all()
    moments = cache[1]
    assert (moments.mean == x[0]).all()
    assert not moments.variance.any()


def gaussian(*shape):
    return np.random.default_rng(0).standard_normal(shape)


@pytest.mark.parametrize(
    ("x", "dtype"),
    [
        (16 * gaussian(300, 1), "f2"),
        (0.5 * gaussian(65536, 1), "f2"),
        (gaussian(300, 1) + 300, "f2"),
        (3000 * gaussian(300, 2), "f2"),
        (gaussian(300, 4) + 1e6, "f4"),
        (gaussian(3, 50, 50, 2) + 1e6, "f4"),
        (1e-3 * gaussian(300, 4) + 1e3, "f4"),
        (gaussian(300, 4) + 1e14, "f8"),
    ],
)
def test_values_far_from_0_and_of_float16_against_float64(x, dtype):
    layer, x = fn.BatchNorm(training=True), x.astype(dtype)
    params = layer.init(fn.Key(0), x)
    y, cache = layer(params, x)
    centred = x.astype("f8") - x[(0,) * (x.ndim - 1)]
    right_params = fn.tree.cast(params, "f8")
    right, right_cache = layer(right_params, centred)
    assert np.abs(y - right).max() < 4 * np.finfo(dtype).eps * np.abs(right).max()
    dy = drawn(*x.shape).astype(dtype)
    (dparams, dx), (right_dparams, right_dx) = (
        layer.vjp(params, cache, dy),
        layer.vjp(right_params, right_cache, dy.astype("f8")),
    )
    for got, wanted in ((dx, right_dx), (dparams.scale, right_dparams.scale)):
        assert got.dtype == dtype
        assert np.abs(got - wanted).max() < 30 * np.finfo(dtype).eps * np.abs(wanted).max()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("training", [False, True])
def test_the_dtype_is_kept(dtype, training):
    layer = fn.BatchNorm(np.float64(0.9), np.float64(1e-3), training=training)
    x = drawn(8, 3).astype(dtype)
    params = layer.init(fn.Key(0), x)
    y, cache = layer(params, x)
    for node in (params, y, cache[0], layer.vjp(params, cache, y), layer.advance(params, cache)):
        assert {leaf.dtype for _, leaf in fn.tree.walk(node, buffers=True)} == {np.dtype(dtype)}
    if training:
        assert cache[1].mean.dtype == cache[1].variance.dtype == np.result_type(dtype, np.float32)


P = parameters(3)
X = drawn(4, 3)


def with_moments(moments):
    return attrs.evolve(P, moments=moments)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: fn.BatchNorm()(P, X[:, :2]),
            fn.ShapeError,
            "expected x with last axis 3 (params.scale is (3,)), got x of shape (4, 2)",
        ),
        (
            lambda: fn.BatchNorm()(P, X[0]),
            fn.ShapeError,
            "expected x with a batch axis and last axis 3 (params.scale is (3,)), got x of shape (3,); "
            "add one with x[None], of shape (1, 3)",
        ),
        (
            lambda: fn.BatchNorm()(P, X.astype("f4")),
            fn.DtypeError,
            "expected x of float64 (as params.scale), got x of float32; convert x with x.astype(np.float64)",
        ),
        (
            lambda: fn.BatchNorm()((), X),
            fn.TreeError,
            "expected params to be its BatchScaleShift record, got a tuple of 0",
        ),
        (
            lambda: fn.BatchNorm()(attrs.evolve(P, scale=P.scale[None]), X),
            fn.ShapeError,
            "expected params.scale of shape (any), got shape (1, 3)",
        ),
        (
            lambda: fn.BatchNorm()(attrs.evolve(P, shift=P.shift[:1]), X),
            fn.ShapeError,
            "expected params.shift of shape (3,), got shape (1,)",
        ),
        (
            lambda: fn.BatchNorm()(attrs.evolve(P, shift=P.shift.astype("f4")), X),
            fn.DtypeError,
            "expected params.shift of dtype float64, got dtype float32",
        ),
        (
            lambda: fn.BatchNorm()(with_moments(P.moments.value), X),
            fn.TreeError,
            "expected params.moments to be a Buffer, got a Moments record",
        ),
        (
            lambda: fn.BatchNorm()(with_moments(Buffer(())), X),
            fn.TreeError,
            "expected params to be its Moments record, got a tuple of 0",
        ),
        (
            lambda: fn.BatchNorm()(with_moments(Buffer(Moments(P.scale[:1], P.scale))), X),
            fn.ShapeError,
            "expected params.moments.mean of shape (3,), got shape (1,)",
        ),
        (
            lambda: fn.BatchNorm()(with_moments(Buffer(Moments(P.scale, P.scale.astype("f4")))), X),
            fn.DtypeError,
            "expected params.moments.variance of dtype float64, got dtype float32",
        ),
        (
            lambda: fn.BatchNorm().init(fn.Key(0), X[0]),
            fn.ShapeError,
            "expected x with axes (N, ..., C), got x of shape (3,)",
        ),
        (
            lambda: fn.BatchNorm().vjp(P, (X, ()), X[:2]),
            fn.ShapeError,
            "expected dy of shape (4, 3), got shape (2, 3)",
        ),
    ],
)
def test_messages(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == f"BatchNorm(): {words}"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fn.BatchNorm(1.0), "BatchNorm: expected momentum to be a number in [0, 1), got 1.0"),
        (lambda: fn.BatchNorm(eps=0), "BatchNorm: expected eps to be a positive number, got 0"),
        (lambda: fn.BatchNorm(training=None), "BatchNorm: expected training to be True or False, got None"),
    ],
)
def test_hyperparameters_are_checked(call, words):
    with pytest.raises(fn.ConfigError) as caught:
        call()
    assert str(caught.value) == words
