"""Residual: a layer with a way around it."""

import numpy as np
import pytest

import funnet as fn

X = fn.Key(0).generator().standard_normal((4, 3))


def test_known_values():
    net = fn.Residual(fn.Linear(3))
    params = net.init(fn.Key(0), X)
    assert fn.tree.equal(params, fn.Linear(3).init(fn.Key(0), X))
    y, cache = net(params, X)
    np.testing.assert_allclose(y, X + X @ params.w + params.b)
    dy = np.ones((4, 3))
    dparams, dx = net.vjp(params, cache, dy)
    np.testing.assert_allclose(dx, dy + dy @ params.w.T)
    np.testing.assert_allclose(dparams.w, X.T @ dy)


def test_around_a_tree():
    net = fn.Residual(fn.Parallel([fn.Tanh(), fn.Relu()]))
    x = (X, 2 * X)
    y, cache = net(net.init(fn.Key(0), x), x)
    np.testing.assert_allclose(y[0], X + np.tanh(X))
    _, dx = net.vjp(((), ()), cache, x)
    np.testing.assert_allclose(dx[1], 2 * X * (1 + (X > 0)))


def test_advance_is_that_of_the_layer_inside():
    net = fn.training(fn.Residual(fn.Dropout(0.5)))
    params = net.init(fn.Key(0), X)
    _, cache = net(params, X)
    assert net.advance(params, cache).value == params.value.next()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: fn.Residual(fn.Linear(4))(fn.Linear(4).init(fn.Key(0), X), X),
            fn.ShapeError,
            "Residual(Linear(4)): expected shape (4, 3) "
            "(the layer inside must keep the shape and dtype of x), got shape (4, 4)",
        ),
        (
            lambda: fn.Residual(fn.Linear(4))(fn.Linear(4).init(fn.Key(0), X), X[:, :2]),
            fn.ShapeError,
            "Linear(4): expected x with last axis 3 (params.w is (3, 4)), got x of shape (4, 2)",
        ),
        (
            lambda: fn.Residual(fn.Linear),
            fn.ConfigError,
            f"Residual: expected layer to be a layer, got {fn.Linear!r}; call the class",
        ),
        (lambda: fn.Residual(None), fn.ConfigError, "Residual: expected layer to be a layer, got None"),
    ],
)
def test_messages(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == words


def test_a_layer_that_changes_the_dtype_is_named_with_its_path():
    widen = fn.Lambda(lambda params, x: (x.astype("f8"), ()), lambda params, cache, dy: (params, dy))
    net = fn.Sequential({"block": fn.Residual(widen)})
    with pytest.raises(fn.DtypeError) as caught:
        net({"block": ()}, X.astype("f4"))
    assert str(caught.value).startswith(
        "block/Residual(Lambda(<lambda>, vjp=<lambda>)): expected dtype float32 "
    )
    assert str(caught.value).endswith("got dtype float64")
