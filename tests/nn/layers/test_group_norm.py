"""GroupNorm: a loop over examples and groups, its two ends, messages."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

import funnet as fn
from funnet import tree
from funnet.nn.layers.layer_norm import ScaleShift


def draw(*shape):
    return 2 + 3 * fn.Key(0).child("group").generator().standard_normal(shape)


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
@pytest.mark.parametrize("shape", [(4, 6), (3, 5, 6), (2, 3, 4, 6)])
def test_against_a_loop_over_examples_and_groups(shape, groups):
    layer, x, dy = fn.GroupNorm(groups, eps=1e-3), draw(*shape), draw(*shape)[::-1]
    params = ScaleShift(*draw(2, 6))
    y, cache = layer(params, x)
    dparams, dx = layer.vjp(params, cache, dy)
    each = 6 // groups
    z_all = np.empty(shape)
    for n in range(shape[0]):
        for k in range(groups):
            part = (n, ..., slice(k * each, (k + 1) * each))
            mean = math.fsum(x[part].ravel()) / x[part].size
            sigma = math.sqrt(math.fsum((x[part].ravel() - mean) ** 2) / x[part].size + 1e-3)
            z_all[part] = z = (x[part] - mean) / sigma
            g = params.scale[part[-1]] * dy[part]
            np.testing.assert_allclose(
                y[part], params.scale[part[-1]] * z + params.shift[part[-1]], rtol=1e-11, atol=1e-12
            )
            expected = (g - g.mean() - z * (z * g).mean()) / sigma
            np.testing.assert_allclose(dx[part], expected, rtol=1e-9, atol=1e-11)
    over = tuple(range(len(shape) - 1))
    slow = ScaleShift((z_all * dy).sum(axis=over), dy.sum(axis=over))
    assert tree.allclose(dparams, slow, rtol=1e-10, atol=1e-12)


def test_one_group_of_a_vector_is_layer_norm():
    x = draw(5, 6)
    params = ScaleShift(*draw(2, 6))
    np.testing.assert_allclose(fn.GroupNorm(1)(params, x)[0], fn.LayerNorm()(params, x)[0], rtol=1e-12)


@given(st.integers(1, 3), st.integers(1, 3), st.lists(st.integers(1, 4), max_size=2), st.integers(1, 4))
def test_drawn_configurations_are_proved(groups, each, between, count):
    layer = fn.GroupNorm(groups)
    assert fn.testing.check_layer(layer, draw(count, *between, groups * each)).verdict == "ok"


def test_messages():
    x = draw(2, 6)
    params = fn.GroupNorm(2).init(fn.Key(0), x)
    with pytest.raises(
        fn.ShapeError, match=r"^GroupNorm\(4\): expected a multiple of 4 channels \(its groups\), got 6$"
    ):
        fn.GroupNorm(4).init(fn.Key(0), x)
    with pytest.raises(fn.ShapeError, match=r"^GroupNorm\(4\): expected a multiple of 4 channels"):
        fn.GroupNorm(4)(params, x)
    with pytest.raises(
        fn.ShapeError, match=r"last axis 6 \(params.scale is \(6,\)\), got x of shape \(2, 4\)$"
    ):
        fn.GroupNorm(2)(params, x[:, :4])
    with pytest.raises(fn.ConfigError, match=r"^GroupNorm: expected groups to be a positive integer, got 0$"):
        fn.GroupNorm(0)
