"""Repeat: a layer several times over."""

import numpy as np
import pytest

import funnet as fn
from funnet import tree

X = fn.Key(0).generator().standard_normal((5, 3))
BLOCK = fn.Sequential([fn.Linear(3), fn.BatchNorm(), fn.Dropout(0.4), fn.Tanh()])


def twins(params):
    """Copies of params that no other copy shares memory with."""
    return [tree.map(np.copy, params) for _ in range(3)]


@pytest.mark.parametrize("mode", [fn.inference, fn.training])
def test_with_parameters_of_their_own_it_is_a_sequential_of_copies(mode):
    net, chain = mode(fn.Repeat(BLOCK, 3)), mode(fn.Sequential([BLOCK] * 3))
    params = net.init(fn.Key(0), X)
    assert tree.equal(params, chain.init(fn.Key(0), X))
    (y, cache), (expected, inner) = net(params, X), chain(params, X)
    assert tree.equal(y, expected)
    gradients = chain.vjp(params, inner, y)
    assert tree.equal(net.vjp(params, cache, y), gradients)
    assert tree.equal(net.param_vjp(params, cache, y), gradients[0])
    assert tree.equal(net.advance(params, cache), chain.advance(params, inner))
    assert net.unrolled() == chain


def test_the_widths_may_differ_where_each_time_has_its_own():
    net = fn.Repeat(fn.Linear(4), 2)
    params = net.init(fn.Key(0), X)
    assert [own.w.shape for own in params] == [(3, 4), (4, 4)]
    assert fn.testing.check_layer(net, X).verdict == "ok"


def test_shared_weights_get_the_sum_of_the_gradients():
    net, chain = fn.Repeat(BLOCK, 3, shared=True), fn.Sequential([BLOCK] * 3)
    params = net.init(fn.Key(0), X)
    assert tree.equal(params, BLOCK.init(fn.Key(0), X))
    (y, cache), (expected, inner) = net(params, X), chain(twins(params), X)
    assert tree.equal(y, expected)
    dparams, dx = net.vjp(params, cache, y)
    apart, expected = chain.vjp(twins(params), inner, y)
    assert tree.equal(dx, expected)
    np.testing.assert_allclose(tree.ravel(dparams), sum(map(tree.ravel, apart)), rtol=1e-12)
    assert tree.equal(net.param_vjp(params, cache, y), dparams)
    assert net.unrolled() is net


def test_shared_buffers_take_in_every_time():
    net = fn.training(fn.Repeat(fn.Sequential([fn.BatchNorm(0.5), fn.Dropout(0.5)]), 2, shared=True))
    x = X + 3
    params = net.init(fn.Key(0), x)
    y, cache = net(params, x)
    new = net.advance(params, cache)
    inner = net.layer
    halfway, first = inner(params, x)
    _, second = inner(params, halfway)
    assert tree.equal(new, inner.advance(inner.advance(params, first), second))
    assert new[1].value == params[1].value.next().next()
    assert (y == 0).any()


def test_the_same_weights_over_and_over_by_hand():
    net = fn.Repeat(fn.Linear(1, bias=False), 3, shared=True)
    params = tree.map(lambda w: np.full_like(w, 2.0), net.init(fn.Key(0), X[:1, :1]))
    y, cache = net(params, np.array([[5.0]]))
    assert y.item() == 5 * 2**3
    dparams, dx = net.vjp(params, cache, np.ones((1, 1)))
    assert dparams.w.item() == 3 * 5 * 2**2
    assert dx.item() == 2**3


def test_the_summary_has_a_row_for_each_set_of_parameters():
    for shared, rows in ((False, ["0/0", "0/1", "1/0", "1/1"]), (True, ["0", "1"])):
        net = fn.Sequential({"deep": fn.Repeat(fn.Sequential([fn.Linear(3), fn.Tanh()]), 2, shared)})
        params = tree.freeze(net.init(fn.Key(0), X))
        lines = [line.split() for line in fn.summary(net, params, X).splitlines()]
        assert [line[0] for line in lines[1:-1]] == [f"deep/{row}" for row in rows]
        assert sum(int(line[-2]) for line in lines[1:-1]) == tree.count(params) == int(lines[-1][-2])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: fn.Repeat(fn.Tanh, 2), fn.ConfigError, "Repeat: expected layer to be a layer, "),
        (
            lambda: fn.Repeat(BLOCK, 0),
            fn.ConfigError,
            "Repeat: expected times to be a positive integer, got 0",
        ),
        (
            lambda: fn.Repeat(BLOCK, 2, shared=1),
            fn.ConfigError,
            "Repeat: expected shared to be True or False, got 1",
        ),
        (
            lambda: fn.Repeat(fn.Linear(3), 2)((), X),
            fn.TreeError,
            "Repeat(Linear(3), times=2): expected params to be a tuple of 2, got a tuple of 0",
        ),
        (
            lambda: fn.Repeat(fn.Linear(4), 2)(
                fn.Repeat(fn.Linear(4), 2).init(fn.Key(0), X[:, :2]), X[:, :2].T
            ),
            fn.ShapeError,
            "0/Linear(4): expected x with last axis 2 ",
        ),
        (
            lambda: fn.Repeat(fn.Linear(4), 2, shared=True)(fn.Linear(4).init(fn.Key(0), X), X),
            fn.ShapeError,
            "Linear(4): expected x with last axis 3 ",
        ),
    ],
)
def test_messages(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value).startswith(words)
