"""What each kind of mutant does to a layer, and that nothing else changes."""

import numpy as np
import pytest

import funnet as fn
from funnet.testing import mutants
from funnet.testing.mutation import KINDS, Mutant

X = np.random.default_rng(0).standard_normal((5, 4))
NET = fn.Sequential([fn.Linear(3), fn.BatchNorm()])
PARAMS = NET.init(fn.Key(0), X)
DY = np.random.default_rng(1).standard_normal((5, 3))


def result(kind, leaf=0, net=NET, params=PARAMS, x=X, dy=DY, passes=1):
    mutant = Mutant(net, kind, leaf)
    x, dy = np.array(x), np.array(dy)
    for _ in range(passes):
        y, cache = mutant(params, x)
    return mutant, y, cache, fn.tree.leaves(mutant.vjp(params, cache, dy)), x, dy


RIGHT = fn.tree.leaves(NET.vjp(PARAMS, NET(PARAMS, X)[1], DY))


def test_a_mutant_for_every_kind():
    found = mutants(NET, 3)
    assert [(mutant.kind, mutant.leaf, mutant.layer) for mutant in found] == [
        (kind, 3, NET) for kind in KINDS
    ]
    assert [mutant.leaf for mutant in mutants(NET)] == [0] * len(KINDS)
    assert [mutant.reason for mutant in found] == [reason for reason, _ in KINDS.values()]
    assert fn.tree.equal(found[0].init(fn.Key(0), X), PARAMS)


CHANGED = {
    "wrong sign": lambda g: -g,
    "missing": lambda g: 0 * g,
    "mean for sum": lambda g: g / 5,
    "off by 1e-4": lambda g: 1.0001 * g,
    "doubled": lambda g: 2 * g,
    "constant added": lambda g: g + 1e-6,
    "wrong dtype": lambda g: g.astype("f4"),
    "wrong shape": lambda g: g[None],
    "one dead entry": lambda g: np.where(np.abs(g) == np.abs(g).max(), 0, g),
    "aliased output": lambda g: g,
}


@pytest.mark.parametrize("leaf", [0, 1, 2, 3, 4, -1, 5])
@pytest.mark.parametrize("kind", CHANGED)
def test_one_gradient_is_changed(kind, leaf):
    found = result(kind, leaf)[3]
    for index, (got, right) in enumerate(zip(found, RIGHT, strict=True)):
        wanted = CHANGED[kind](right) if index == leaf % 5 else right
        assert got.dtype == wanted.dtype
        assert got.shape == wanted.shape
        np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-15)


def test_the_mean_of_one_example_is_a_half():
    g = fn.Linear(2).vjp(PARAMS0 := fn.Linear(2).init(fn.Key(0), X[:1]), X[:1], np.ones((1, 2)))[1]
    found = result("mean for sum", 2, fn.Linear(2), PARAMS0, X[:1], np.ones((1, 2)))[3][2]
    np.testing.assert_allclose(found, g / 2)


def test_the_mean_is_over_the_examples_of_the_first_output():
    net = fn.Lambda(
        lambda p, x: ((x, x[:3]), ()), lambda p, c, dy: (p, dy[0] + np.pad(dy[1], ((0, 2), (0, 0))))
    )
    mutant = Mutant(net, "mean for sum", -1)
    dx = mutant.vjp((), mutant((), X)[1], (np.ones((5, 4)), np.zeros((3, 4))))[1]
    np.testing.assert_allclose(dx, 0.2 * np.ones((5, 4)))


def test_a_dead_entry_stays_the_one_of_the_first_call():
    mutant, _, cache, first, *_ = result("one dead entry", 0)
    dead = np.argwhere(first[0] == 0).tolist()
    assert len(dead) == 1
    again = fn.tree.leaves(mutant.vjp(PARAMS, cache, -3 * DY[::-1]))[0]
    assert np.argwhere(again == 0).tolist() == dead


def test_hidden_randomness():
    mutant, _, cache, first, *_ = result("hidden randomness", 1)
    again = fn.tree.leaves(mutant.vjp(PARAMS, cache, DY))
    assert not np.array_equal(first[1], again[1])
    ratio = first[1] / RIGHT[1]
    np.testing.assert_allclose(ratio, ratio[0])
    assert 0.5 <= ratio[0] <= 1.5
    assert fn.tree.equal(first[2:], RIGHT[2:])


def test_an_aliased_output_is_one_array():
    mutant, _, cache, first, *_ = result("aliased output", 0)
    again = fn.tree.leaves(mutant.vjp(PARAMS, cache, 2 * DY))
    assert again[0] is first[0]
    assert again[1] is not first[1]
    np.testing.assert_allclose(again[0], 2 * RIGHT[0])
    single = fn.tree.leaves(mutant.vjp(*fn.tree.cast((PARAMS, cache, DY), "f4")))
    assert single[0].dtype == np.float32


def test_edits():
    *_, x, dy = result("input edited in place")
    np.testing.assert_array_equal(x, 1.5 * X)
    np.testing.assert_array_equal(dy, DY)
    *_, x, dy = result("cotangent edited in place")
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(dy, 1.5 * DY)
    indices = np.array([3, 0, 1])
    net = fn.Embedding(4, 2)
    *_, x, _ = result("input edited in place", 0, net, net.init(fn.Key(0), indices), indices, np.ones((3, 2)))
    assert x.tolist() == [1, 0, 3]


def test_an_absolute_cotangent():
    found = result("absolute cotangent")[3]
    right = fn.tree.leaves(NET.vjp(PARAMS, NET(PARAMS, X)[1], np.abs(DY)))
    assert fn.tree.equal(found, right)


def test_a_stale_cache_is_that_of_the_last_pass():
    mutant = Mutant(NET, "stale cache", 0)
    _, cache = mutant(PARAMS, X)
    mutant(PARAMS, 2 * X)
    right = NET.vjp(PARAMS, NET(PARAMS, 2 * X)[1], DY)
    assert fn.tree.equal(mutant.vjp(PARAMS, cache, DY), right)


def test_a_parameter_in_the_cache():
    mutant, y, cache, found, *_ = result("parameter in the cache")
    assert cache[1] is PARAMS
    assert fn.tree.equal(found, RIGHT)
    assert mutant.advance(PARAMS, cache) is PARAMS
    net = fn.training(NET)
    for kind in ("parameter in the cache", "doubled"):
        mutant = Mutant(net, kind, 0)
        new = mutant.advance(PARAMS, mutant(PARAMS, X)[1])
        assert fn.tree.equal(new, net.advance(PARAMS, net(PARAMS, X)[1]))
        assert not fn.tree.equal(new[1].moments.value, PARAMS[1].moments.value)
    assert fn.tree.equal(y, NET(PARAMS, X)[0])
