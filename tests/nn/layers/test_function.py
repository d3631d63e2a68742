"""Lambda: a layer from a user's functions."""

import pickle

import numpy as np
import pytest

import funnet as fn


def forward(params, x):
    return params["a"] * x, x


def backward(params, cache, dy):
    return {"a": (cache * dy).sum()}, params["a"] * dy


def start(key, x):
    return {"a": np.asarray(2.0, x.dtype)}


def test_its_functions_are_its_methods():
    layer, x = fn.Lambda(forward, backward, start), np.array([[1.0, 3.0]])
    params = layer.init(fn.Key(0), x)
    y, cache = layer(params, x)
    assert y.tolist() == [[2, 6]]
    dparams, dx = layer.vjp(params, cache, np.array([[1.0, 10.0]]))
    assert dparams["a"] == 31
    assert dx.tolist() == [[2, 20]]
    assert layer.param_vjp(params, cache, y) == {"a": 20.0}
    assert layer.advance(params, cache) is params


def test_without_init_it_has_no_parameters():
    assert fn.Lambda(forward, backward).init(fn.Key(0), np.ones((1, 2))) == ()


def test_it_trains_inside_a_network():
    net = fn.Sequential([fn.Lambda(forward, backward, start)])
    x = np.array([[1.0], [2.0]], np.float32)
    optimizer, loss = fn.sgd(0.1), fn.MeanSquaredError()
    state = fn.init(net, optimizer, fn.Key(0), x)
    for _ in range(60):
        state, _ = fn.train_step(net, loss, optimizer, state, x, 5 * x)
    assert fn.tree.get(state.params, "0/a") == pytest.approx(5, rel=1e-6)


def test_it_compares_and_pickles_as_its_functions_do():
    layer = fn.Lambda(forward, backward, start)
    assert pickle.loads(pickle.dumps(layer)) == layer == fn.Lambda(forward, backward, start)
    assert layer != fn.Lambda(forward, backward)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((None, backward), "Lambda: expected forward to be a function, got None"),
        ((forward, 3), "Lambda: expected vjp to be a function, got 3"),
        ((forward, backward, ()), "Lambda: expected init to be a function, got ()"),
    ],
)
def test_messages(arguments, words):
    with pytest.raises(fn.ConfigError) as caught:
        fn.Lambda(*arguments)
    assert str(caught.value) == words
