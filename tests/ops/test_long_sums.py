"""Sums over long axes: float32 and float16 keep the digits they have, however many numbers are added."""

import numpy as np
import pytest

import funnet as fn
from funnet import tree
from funnet.ops.numeric import column_sums, inner, wide_sums

GENERATOR = np.random.default_rng(0)


def near(value, *shape):
    """Numbers around a value: what is lost by adding them one by one does not cancel out."""
    return value + 0.01 * GENERATOR.standard_normal(shape)


LAYERS = {
    "GlobalAvgPool": (fn.GlobalAvgPool(), near(0.1, 2, 300, 300, 2)),
    "AvgPool1d": (fn.AvgPool1d(9000), near(0.1, 1, 9000, 2)),
    "AvgPool2d, overlapping": (fn.AvgPool2d(60, 1), near(0.1, 1, 70, 70, 1)),
    "BatchNorm": (fn.BatchNorm(training=True), near(0.1, 70_000, 2)),
    "BatchNorm of images": (fn.BatchNorm(training=True), near(0.1, 3, 200, 200, 2)),
    "LayerNorm": (fn.LayerNorm(), near(0.1, 70_000, 3)),
    "RMSNorm": (fn.RMSNorm(), near(0.1, 70_000, 3)),
    "GroupNorm": (fn.GroupNorm(2), near(0.1, 2, 200, 200, 4)),
    "GroupNorm of a batch": (fn.GroupNorm(1), near(0.1, 70_000, 2)),
    "Linear": (fn.Linear(2), near(0.1, 70_000, 3)),
    "Conv2d": (fn.Conv2d(2, 2), near(0.1, 1, 260, 260, 2)),
    "Conv2d, depthwise": (fn.Conv2d(2, 2, groups=2), near(0.1, 1, 260, 260, 2)),
    "ConvTranspose2d": (fn.ConvTranspose2d(2, 2), near(0.1, 1, 260, 260, 2)),
    "MultiHeadAttention": (fn.MultiHeadAttention(1), near(0.1, 4000, 3, 2)),
    "RNN": (fn.RNN(2), near(0.1, 7000, 3, 2)),
    "GRU": (fn.GRU(2), near(0.1, 7000, 3, 2)),
    "LSTM": (fn.LSTM(2), near(0.1, 7000, 3, 2)),
    "RNNCell": (fn.RNNCell(2), (near(0.1, 20_000, 2), near(0.1, 20_000, 2))),
    "PositionalEncoding": (fn.PositionalEncoding("learned"), near(0.1, 20_000, 2, 2)),
    "Embedding": (fn.Embedding(3, 2), (GENERATOR.random(70_000) < 0.95).astype(int)),
}


def outcomes(net, params, x):
    """y, dparams and dx for a dy that sums to something along y as along 1, and the new Buffers."""
    y, cache = net(params, x)
    generator = np.random.default_rng(1)
    dy = tree.map(lambda leaf: (leaf / 8 + generator.random(leaf.shape) / 8).astype(leaf.dtype), y)
    return y, *net.vjp(params, cache, dy), net.advance(params, cache)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("name", LAYERS)
def test_layers_against_float64(name, dtype):
    net, x = LAYERS[name]
    x = tree.cast(x, dtype)
    params = tree.cast(net.init(fn.Key(0), x), dtype)
    got = outcomes(net, params, x)
    right = outcomes(net, *tree.cast((params, x), "float64"))
    tolerance = 20 * float(np.finfo(dtype).eps)
    pairs = zip(tree.walk(got, buffers=True), tree.walk(right, buffers=True), strict=True)
    for (path, a), (_, b) in pairs:
        if a.dtype.kind == "f":
            assert a.dtype == dtype, path
            miss, size = np.abs(a - b).max(), np.abs(b).max()
            assert miss <= tolerance * max(size, 0.1), (path, miss, size)


@pytest.mark.parametrize("n", [100, 1000, 5000])
def test_the_mean_of_a_constant_image_is_the_constant(n):
    y, _ = fn.GlobalAvgPool()((), np.full((1, n, n, 2), 0.1, np.float32))
    np.testing.assert_allclose(y, 0.1, atol=1e-7)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex128"])
@pytest.mark.parametrize("count", [1, 2, 64, 2048, 2049, 2063, 40_000, 100_001])
def test_column_sums(count, dtype):
    x = near(0.1, count, 2, 2)
    x = x.astype(dtype) if dtype != "float16" else (x / count).astype(dtype)
    sums, wide = column_sums(x), wide_sums(x.reshape(count, 4))
    right = np.ascontiguousarray(x.astype(np.result_type(dtype, np.float64)).T).reshape(2, -1).sum(axis=-1)
    assert sums.dtype == dtype
    assert wide.dtype == np.result_type(dtype, np.float32)
    np.testing.assert_allclose(sums, right, rtol=60 * np.finfo(dtype).eps)
    np.testing.assert_allclose(wide[:2] + wide[2:], right, rtol=60 * np.finfo(wide.dtype).eps)


@pytest.mark.parametrize("count", [1, 2048, 2049, 100_001, 5_000_000])
def test_inner_products(count):
    a, b = np.full((2, count), 0.1, np.float32)
    assert inner(a, b).dtype == np.float32
    assert float(inner(a, b)) == pytest.approx(count * float(np.float32(0.1)) ** 2, rel=4e-5)
    z = near(0.1, count) + 1j
    assert inner(z, z) == pytest.approx(np.vdot(z, z), rel=1e-12)


LOSSES = [
    fn.MeanSquaredError(),
    fn.SquaredError(),
    fn.MeanAbsoluteError(),
    fn.Huber(0.05),
    fn.BinaryCrossEntropy(),
]


@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_losses_of_many_terms(loss):
    y = np.full((2_000_000, 1), 0.1, np.float32)
    t = np.zeros_like(y)
    right, _ = loss(y.astype("f8"), t)
    assert float(loss(y, t)[0]) == pytest.approx(float(right), rel=4e-6)
    weights = np.ones(len(y))
    assert float(loss(y, fn.losses.Weighted(t, weights))[0]) == pytest.approx(float(right), rel=4e-6)
