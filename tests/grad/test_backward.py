"""The loss of a batch and its gradient: by hand, against differences, and what it leaves alone."""

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet import tree
from funnet.grad.backward import forward_backward
from funnet.nn.layers.linear import Affine

X = np.array([[1.0, 2.0], [3.0, -1.0]])
PARAMS = Affine(np.array([[0.5], [1.0]]), np.array([0.25]))  # y = 2.75, 0.75
TARGET = np.array([[2.0], [1.0]])  # y − t = 0.75, −0.25


def test_by_hand():
    value, dparams = fn.value_and_grad(fn.Linear(1), fn.SquaredError(), PARAMS, X, TARGET)
    assert value == (0.75**2 + 0.25**2) / 4
    assert tree.equal(dparams, Affine(np.array([[0.0], [0.875]]), np.array([0.25])))


def test_a_penalty_is_added():
    net, loss = fn.Linear(1), fn.SquaredError()
    value, dparams = fn.value_and_grad(net, loss, PARAMS, X, TARGET, penalty=fn.L2(2.0))
    assert value == (0.75**2 + 0.25**2) / 4 + (0.5**2 + 1.0**2)
    assert tree.equal(dparams, Affine(np.array([[1.0], [2.875]]), np.array([0.25])))


@pytest.mark.parametrize(
    ("loss", "target"),
    [
        (fn.SoftmaxCrossEntropy(), np.array([0, 2, 1, 1])),
        (fn.MeanSquaredError(), np.ones((4, 3))),
        (fn.BinaryCrossEntropy(), np.full((4, 3), 0.3)),
    ],
    ids=str,
)
def test_it_is_the_numerical_gradient(loss, target):
    net = fn.Sequential({"a": fn.Linear(4), "tanh": fn.Tanh(), "norm": fn.BatchNorm(), "b": fn.Linear(3)})
    net = fn.training(net)
    x = fn.Key(1).generator().standard_normal((4, 2))
    params = net.init(fn.Key(0), x)
    penalty = fn.L2(0.3, where="**/w")

    def value(p):
        return fn.value_and_grad(net, loss, p, x, target, penalty=penalty)[0]

    dparams = fn.value_and_grad(net, loss, params, x, target, penalty=penalty)[1]
    assert tree.allclose(dparams, fn.grad.numerical_grad(value, params), rtol=1e-8, atol=1e-10)


def test_the_mode_is_that_of_the_network():
    net, x = fn.Sequential([fn.Dropout(0.5), fn.Linear(1)]), np.ones((4, 8))
    params, loss = net.init(fn.Key(0), x), fn.SquaredError()
    trained, held = (
        fn.value_and_grad(mode(net), loss, params, x, np.zeros((4, 1)))[1]
        for mode in (fn.training, fn.inference)
    )
    assert len(np.unique(held[1].w)) == 1
    assert len(np.unique(trained[1].w)) > 1


def test_float32_stays_and_nothing_is_changed():
    params, x, target = (tree.map(lambda leaf: leaf.astype("f4"), part) for part in (PARAMS, X, TARGET))
    value, dparams = fn.testing.assert_pure(
        lambda *args: fn.value_and_grad(fn.Linear(1), fn.SquaredError(), *args), params, x, target
    )
    assert value.dtype == np.float32
    tree.same_structure(params, dparams)


def test_functions_do_for_losses_and_penalties():
    value, dparams = fn.value_and_grad(
        fn.Linear(1),
        lambda y, target: (y.sum(), np.ones_like(y)),
        PARAMS,
        X,
        (),
        penalty=lambda params: (10.0, tree.map(np.ones_like, params)),
    )
    assert value == 13.5
    assert tree.equal(dparams, Affine(np.array([[5.0], [2.0]]), np.array([3.0])))


def test_a_layer_that_forgets_a_gradient_is_an_error():
    @attrs.frozen
    class Forgetful(fn.Layer):
        def __call__(self, params, x):
            return params["w"] * x, x

        def vjp(self, params, cache, dy):
            return {}, params["w"] * dy

    with pytest.raises(fn.TreeError) as caught:
        fn.value_and_grad(Forgetful(), fn.SquaredError(), {"w": np.ones(1)}, TARGET, TARGET)
    assert str(caught.value).startswith("dparams: expected a container of w")


def test_errors_come_from_the_loss():
    with pytest.raises(fn.ShapeError) as caught:
        fn.value_and_grad(fn.Linear(1), fn.SquaredError(), PARAMS, X, TARGET[:, 0])
    assert str(caught.value) == (
        "SquaredError(): expected target of shape (2, 1) (y and target do not broadcast), got shape (2,); "
        "reshape it with target.reshape(2, 1)"
    )


def test_a_vector_that_cannot_be_made_is_explained():
    @attrs.frozen
    class Forgetful(fn.Layer):
        def __call__(self, params, x):
            return params["w"] * x, x

        def vjp(self, params, cache, dy):
            return {}, params["w"] * dy

    args = Forgetful(), fn.SquaredError(), {"w": np.ones(1)}, TARGET, TARGET, None
    with pytest.raises(fn.TreeError, match=r"^dparams: expected a container of w"):
        forward_backward(*args, ravel=lambda dparams: dparams["w"])
