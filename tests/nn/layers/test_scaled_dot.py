"""The part of attention without parameters: scores of any size."""

import numpy as np
import pytest

import funnet as fn
from funnet.nn.layers.scaled_dot import attend, attend_vjp


def draw(*shape):
    return fn.Key(0).child("dot").child(str(shape)).generator().standard_normal(shape)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1e-3, 1.0, 5.0, 1e2, 1e4])
def test_scores_of_any_size(size, dtype):
    q, k, v = size * draw(2, 3, 4), draw(2, 5, 4), draw(2, 5, 6)[..., :4]
    q, k, v = (a.astype(dtype) for a in (q, k, v))
    o, cache = attend(q, k, v, 2, False, None)
    for n in range(2):
        for head in range(2):
            own = (n, slice(None), slice(2 * head, 2 * head + 2))
            scores = (q[own].astype(float) @ k[own].astype(float).T) / np.sqrt(2)
            p = np.exp(scores - scores.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            np.testing.assert_allclose(
                o[own], p @ v[own], rtol=1e-2 if dtype == "float32" else 1e-9, atol=1e-4
            )
    assert all(np.isfinite(a).all() for a in attend_vjp(cache, o, draw(2, 3, 4).astype(dtype)))


def test_adding_the_same_to_all_keys_changes_nothing_though_it_changes_every_score():
    q, k, v, do = draw(2, 3, 4), draw(2, 5, 4), draw(2, 5, 8)[..., ::2], draw(2, 3, 8)[..., ::2]
    o, cache = attend(q, k, v, 2, False, None)
    gradient = attend_vjp(cache, o, do)
    moved, moved_cache = attend(q, k + 1e3, v, 2, False, None)
    assert abs(cache[3]).max() > 1
    assert abs(moved_cache[3]).max() == 1
    np.testing.assert_allclose(moved, o, rtol=1e-9)
    _, dk, dv = attend_vjp(moved_cache, moved, do)
    np.testing.assert_allclose(dk, gradient[1], rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(dv, gradient[2], rtol=1e-8, atol=1e-12)


def test_nothing_received_is_changed():
    arrays = [draw(2, 3, 4), draw(2, 5, 4), draw(2, 5, 4)]
    before = [a.copy() for a in arrays]
    o, cache = attend(*arrays, 2, False, np.array([3, 5]))
    kept = [a.copy() for a in cache]
    attend_vjp(cache, o, draw(2, 3, 4))
    assert all(map(np.array_equal, arrays, before))
    assert all(map(np.array_equal, cache, kept))
