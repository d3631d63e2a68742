"""Frozen: a layer that is not trained."""

import numpy as np
import pytest

import funnet as fn
from funnet.core.containers import Buffer

X = fn.Key(0).generator().standard_normal((4, 3)).astype(np.float32)
T = np.array([0, 1, 0, 1])


def test_values_and_dx_are_those_of_the_layer_inside():
    inner, net = fn.Linear(5), fn.Frozen(fn.Linear(5))
    params = net.init(fn.Key(0), X)
    assert type(params) is Buffer
    y, cache = net(params, X)
    expected, inner_cache = inner(params.value, X)
    assert fn.tree.equal(y, expected)
    dparams, dx = net.vjp(params, cache, y)
    assert dparams is params
    assert net.param_vjp(params, cache, y) is params
    assert fn.tree.equal(dx, inner.vjp(params.value, inner_cache, y)[1])


def test_training_leaves_its_weights_and_moves_the_others():
    net = fn.Sequential([fn.Frozen(fn.Linear(5)), fn.Tanh(), fn.Linear(2)])
    optimizer, loss = fn.adam(0.1), fn.SoftmaxCrossEntropy()
    state = fn.init(net, optimizer, fn.Key(0), X)
    assert fn.tree.paths(state.params) == ["2/w", "2/b"]
    new, before = fn.train_step(net, loss, optimizer, state, X, T)
    assert new.params[0] is state.params[0]
    assert not fn.tree.equal(new.params[2], state.params[2])
    assert fn.train_step(net, loss, optimizer, new, X, T)[1] < before


def test_state_inside_moves_on():
    net = fn.training(fn.Frozen(fn.Sequential([fn.BatchNorm(), fn.Dropout(0.5)])))
    params = net.init(fn.Key(0), X)
    new = net.advance(params, net(params, X)[1])
    assert type(new) is Buffer
    assert not fn.tree.equal(new.value[0].moments, params.value[0].moments)
    assert new.value[1].value == params.value[1].value.next()
    plain = fn.Frozen(fn.Linear(2))
    params = plain.init(fn.Key(0), X)
    assert plain.advance(params, X) is params


def test_a_network_of_frozen_layers_alone_has_an_empty_gradient():
    net = fn.Sequential([fn.Frozen(fn.Linear(2))])
    state = fn.init(net, fn.adam(0.1), fn.Key(0), X)
    new, value = fn.train_step(net, fn.SoftmaxCrossEntropy(), fn.adam(0.1), state, X, T)
    assert fn.tree.equal(new.params, state.params)
    assert np.isfinite(value)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: fn.Frozen(fn.Linear(2))(fn.Linear(2).init(fn.Key(0), X), X),
            fn.TreeError,
            "Frozen(Linear(2)): expected params to be a Buffer, got a Affine record",
        ),
        (
            lambda: fn.Frozen(fn.Linear(2))(Buffer(()), X),
            fn.TreeError,
            "Linear(2): expected params to be its Affine record, got a tuple of 0",
        ),
        (lambda: fn.Frozen("x"), fn.ConfigError, "Frozen: expected layer to be a layer, got 'x'"),
    ],
)
def test_messages(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == words
