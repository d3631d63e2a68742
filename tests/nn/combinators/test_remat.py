"""Remat: the cache made anew in the backward pass."""

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet import tree

X = fn.Key(0).generator().standard_normal((32, 16)).astype(np.float32)
T = np.arange(32) % 16
BLOCK = fn.Sequential([fn.Linear(64), fn.Gelu(), fn.BatchNorm(), fn.Dropout(0.2), fn.Linear(16)])


def deep(wrap):
    return fn.training(fn.Repeat(wrap(fn.Repeat(fn.Residual(BLOCK), 4)), 4))


def test_everything_is_as_without_it_to_the_last_bit():
    plain, remat = deep(lambda layer: layer), deep(fn.Remat)
    optimizer, loss = fn.adam(1e-2), fn.SoftmaxCrossEntropy()
    states = [fn.init(net, optimizer, fn.Key(0), X) for net in (plain, remat)]
    assert tree.equal(*(state.params for state in states))
    gradients = [fn.value_and_grad(net, loss, states[0].params, X, T) for net in (plain, remat)]
    assert tree.equal(*gradients)
    dxs = []
    for net in (plain, remat):
        y, cache = net(states[0].params, X)
        dxs.append(net.vjp(states[0].params, cache, y))
    assert tree.equal(*dxs)
    for _ in range(3):
        states = [
            fn.train_step(net, loss, optimizer, state, X, T)[0]
            for net, state in zip((plain, remat), states, strict=True)
        ]
    assert tree.equal(*(state.params for state in states))


def test_the_cache_is_the_input_alone():
    net = fn.training(fn.Remat(BLOCK))
    params = net.init(fn.Key(0), X)
    _, cache = net(params, X)
    assert tree.equal(cache, X)


def test_of_a_deep_net_a_fiftieth_of_the_cache_is_left():
    sizes = []
    for net in (deep(lambda layer: layer), deep(fn.Remat)):
        _, cache = net(net.init(fn.Key(0), X), X)
        sizes.append(tree.nbytes(cache))
    assert sizes[1] == 4 * X.nbytes
    assert sizes[1] < sizes[0] / 50


@attrs.frozen
class Counted(fn.Layer):
    """The identity, that counts its forward passes."""

    calls: list = attrs.field(factory=list, eq=False)

    def __call__(self, params, x):
        self.calls.append(1)
        return x.copy(), ()

    def vjp(self, params, cache, dy):
        return params, dy.copy()


@pytest.mark.parametrize(("other", "passes"), [(fn.Tanh(), 1), (fn.BatchNorm(), 2)])
def test_it_runs_again_once_for_the_gradient_and_once_for_buffers(other, passes):
    counted = Counted()
    net = fn.Remat(fn.Sequential([counted, other]))
    params = net.init(fn.Key(0), X)
    counted.calls.clear()
    y, cache = net(params, X)
    net.param_vjp(params, cache, y)
    net.advance(params, cache)
    assert len(counted.calls) == 1 + passes


def test_param_vjp_is_that_of_the_layer_inside():
    def fails(params, cache, dy):
        raise AssertionError

    first = fn.Lambda(lambda params, x: (x.copy(), ()), fails)
    net = fn.Remat(fn.Sequential([first, fn.Linear(3)]))
    params = net.init(fn.Key(0), X)
    y, cache = net(params, X)
    np.testing.assert_allclose(net.param_vjp(params, cache, y)[1].w, X.T @ y, rtol=1e-5)


def test_messages():
    with pytest.raises(fn.ConfigError, match="Remat: expected layer to be a layer, got 3"):
        fn.Remat(3)
    with pytest.raises(fn.TreeError, match=r"Linear\(3\): expected params to be its Affine record"):
        fn.Remat(fn.Linear(3))((), X)
