import numpy as np
import pytest

import funnet as fn


def test_the_layers_in_their_order():
    net = fn.models.mlp([5, 4, 3], fn.Tanh(), dropout=0.2)
    tanh, drop = fn.Tanh(), fn.Dropout(0.2)
    layers = [fn.Flatten(), fn.Linear(5), tanh, drop, fn.Linear(4), tanh, drop, fn.Linear(3)]
    assert net == fn.Sequential(layers)
    assert fn.models.mlp([2]) == fn.Sequential([fn.Flatten(), fn.Linear(2)])
    plain = [fn.Flatten(), fn.Linear(3), fn.Relu(), fn.Linear(2)]
    assert fn.models.mlp(n for n in (3, 2)) == fn.Sequential(plain)


def test_images_are_taken_and_the_gradient_is_proved():
    x = fn.Key(0).generator().standard_normal((5, 3, 2))
    net = fn.models.mlp([4, 3], fn.Gelu(), dropout=0.3)
    assert net(net.init(fn.Key(0), x), x)[0].shape == (5, 3)
    assert fn.testing.check_layer(net, x).verdict == "ok"


def test_it_learns_exclusive_or():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    net, optimizer = fn.models.mlp([8, 2], fn.Tanh()), fn.adam(0.03)
    state = fn.init(net, optimizer, fn.Key(0), x)
    for _ in range(200):
        state, value = fn.train_step(
            net, fn.SoftmaxCrossEntropy(), optimizer, state, x, np.array([0, 1, 1, 0])
        )
    assert value < 0.05


def test_there_must_be_a_width():
    with pytest.raises(fn.ConfigError) as caught:
        fn.models.mlp([])
    assert str(caught.value) == "mlp: expected at least one width, got []; give a list, as [25, 10]"
