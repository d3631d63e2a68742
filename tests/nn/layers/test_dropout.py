"""Dropout: the fraction it keeps, the scale, and when its mask changes."""

import math

import numpy as np
import pytest

import funnet as fn
from funnet.core.containers import Buffer

ONES = np.ones((200, 500), np.float32)


def start(layer, x=ONES):
    return layer.init(fn.Key(4), x)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.75, 0.99])
def test_the_rate_is_the_fraction_dropped_and_the_rest_is_scaled_up(rate):
    layer = fn.Dropout(rate, training=True)
    y, _ = layer(start(layer), ONES)
    dropped = (y == 0).mean()
    assert abs(dropped - rate) < 5 * math.sqrt(rate * (1 - rate) / ONES.size)
    assert np.unique(y[y != 0]) == pytest.approx(1 / (1 - rate), rel=1e-6)
    assert y.mean() == pytest.approx(1, abs=5 * math.sqrt(rate / (1 - rate) / ONES.size))


def test_every_entry_is_dropped_by_itself():
    layer = fn.Dropout(0.5, training=True)
    y, _ = layer(start(layer), ONES)
    for axis in (0, 1):
        spread = (y == 0).mean(axis=axis).std()
        assert spread == pytest.approx(0.5 / math.sqrt(ONES.shape[axis]), rel=0.2)


def test_the_mask_of_the_forward_pass_is_that_of_the_backward_pass():
    layer = fn.Dropout(0.3, training=True)
    params, x = start(layer), fn.Key(1).generator().standard_normal((50, 20))
    y, cache = layer(params, x)
    dparams, dx = layer.vjp(params, cache, np.ones_like(y))
    np.testing.assert_allclose(dx * x, y, rtol=1e-15)
    assert dparams is params


def test_a_pass_repeats_to_the_bit_and_the_next_step_draws_anew():
    layer = fn.Dropout(0.5, training=True)
    params, masks = start(layer), []
    for _ in range(6):
        y, cache = layer(params, ONES)
        again, _ = layer(params, ONES)
        assert y.tobytes() == again.tobytes()
        masks.append(cache)
        params = layer.advance(params, cache)
    for i, a in enumerate(masks):
        for b in masks[:i]:
            assert abs((a == b).mean() - 0.5) < 5 * 0.5 / math.sqrt(ONES.size)


def test_the_key_counts_the_steps():
    layer = fn.Dropout(0.5, training=True)
    params = start(layer)
    for step in range(3):
        assert params.value == fn.Key(4).child(step)
        params = layer.advance(params, ())


@pytest.mark.parametrize("layer", [fn.Dropout(0.5), fn.Dropout(0.0), fn.Dropout(0, training=True)])
def test_nothing_happens_in_inference_or_at_rate_0(layer):
    params = start(layer)
    y, cache = layer(params, ONES)
    assert y is ONES
    assert fn.tree.leaves(cache) == []
    _, dx = layer.vjp(params, cache, ONES)
    assert (dx == ONES).all()
    assert not np.shares_memory(dx, ONES)
    assert layer.advance(params, cache) is params


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("rate", [0.25, np.float64(0.25)])
def test_the_dtype_is_kept_and_the_mask_does_not_depend_on_it(dtype, rate):
    layer = fn.Dropout(rate, training=True)
    y, cache = layer(start(layer), ONES.astype(dtype))
    _, dx = layer.vjp(start(layer), cache, y)
    assert y.dtype == dx.dtype == dtype
    assert cache.dtype == bool
    assert (cache == layer(start(layer), ONES)[1]).all()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: fn.Dropout(1.0), fn.ConfigError, "Dropout: expected rate to be a number in [0, 1), got 1.0"),
        (
            lambda: fn.Dropout(-0.1),
            fn.ConfigError,
            "Dropout: expected rate to be a number in [0, 1), got -0.1",
        ),
        (
            lambda: fn.Dropout(np.nan),
            fn.ConfigError,
            "Dropout: expected rate to be a number in [0, 1), got nan",
        ),
        (
            lambda: fn.Dropout(True),
            fn.ConfigError,
            "Dropout: expected rate to be a number in [0, 1), got True",
        ),
        (
            lambda: fn.Dropout(0.5, training=1),
            fn.ConfigError,
            "Dropout: expected training to be True or False, got 1",
        ),
        (
            lambda: fn.Dropout(0.5)((), ONES),
            fn.TreeError,
            "Dropout(0.5): expected params to be a Buffer with a Key, got ()",
        ),
        (
            lambda: fn.Dropout(0.5)(Buffer(3), ONES),
            fn.TreeError,
            "Dropout(0.5): expected params to be a Buffer with a Key, got Buffer(value=3)",
        ),
        (
            lambda: fn.Dropout(0.5)(Buffer(fn.Key(0)), ONES.astype(int)),
            fn.DtypeError,
            "Dropout(0.5): expected x of floats, got dtype int64; convert it with x.astype(np.float32)",
        ),
        (
            lambda: fn.Dropout(0.5, training=True).vjp(
                Buffer(fn.Key(0)), np.ones((2, 3), bool), np.ones((2, 2))
            ),
            fn.ShapeError,
            "Dropout(0.5, training=True): expected dy of shape (2, 3), got shape (2, 2)",
        ),
    ],
)
def test_messages(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == words
