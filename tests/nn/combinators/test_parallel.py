"""Parallel and Branch."""

import numpy as np
import pytest

import funnet as fn

X = fn.Key(0).generator().standard_normal((4, 3))
Z = fn.Key(1).generator().standard_normal((4, 2))


def test_parallel_gives_each_layer_an_input_of_its_own():
    net = fn.Parallel([fn.Linear(5), fn.Tanh()])
    params = net.init(fn.Key(2), (X, Z))
    (y, z), cache = net(params, (X, Z))
    np.testing.assert_allclose(y, X @ params[0].w + params[0].b)
    np.testing.assert_allclose(z, np.tanh(Z))
    (dlinear, dtanh), (dx, dz) = net.vjp(params, cache, (y, Z))
    np.testing.assert_allclose(dlinear.w, X.T @ y)
    np.testing.assert_allclose(dx, y @ params[0].w.T)
    np.testing.assert_allclose(dz, Z * (1 - np.tanh(Z) ** 2))
    assert dtanh == ()


def test_parallel_by_name_takes_and_gives_mappings():
    net = fn.Parallel({"right": fn.Linear(5), "left": fn.Tanh()})
    x = {"left": Z, "right": X}
    params = net.init(fn.Key(2), x)
    y, cache = net(params, x)
    dparams, dx = net.vjp(params, cache, y)
    assert list(params) == list(y) == list(dparams) == list(dx) == ["right", "left"]
    np.testing.assert_allclose(y["left"], np.tanh(Z))
    assert dx["right"].shape == X.shape


def test_parallel_of_nothing():
    net = fn.Parallel([])
    assert net.init(fn.Key(0), ()) == ()
    assert net((), ()) == ((), ())
    assert net.vjp((), (), ()) == ((), ())


def test_branch_gives_every_layer_the_same_input_and_adds_up_the_cotangents():
    net = fn.Branch({"a": fn.Linear(5), "b": fn.Tanh(), "c": fn.Relu()})
    params = net.init(fn.Key(2), X)
    y, cache = net(params, X)
    np.testing.assert_allclose(y["a"], X @ params["a"].w)
    np.testing.assert_allclose(y["b"], np.tanh(X))
    dy = {"a": np.ones((4, 5)), "b": X, "c": 2 * X}
    dparams, dx = net.vjp(params, cache, dy)
    np.testing.assert_allclose(dparams["a"].w, X.T @ dy["a"])
    expected = dy["a"] @ params["a"].w.T + X * (1 - np.tanh(X) ** 2) + 2 * X * (X > 0)
    np.testing.assert_allclose(dx, expected, rtol=1e-12)


def test_branch_of_one_layer():
    net = fn.Branch([fn.Tanh()])
    (y,), cache = net(((),), X)
    assert (net.vjp(((),), cache, (y,))[1] == fn.Tanh().vjp((), y, y)[1]).all()


@pytest.mark.parametrize("kind", [fn.Parallel, fn.Branch])
def test_advance_renews_the_children_with_state(kind):
    net = fn.training(kind([fn.Dropout(0.5), fn.Linear(2), fn.BatchNorm()]))
    x = (X, X, X) if kind is fn.Parallel else X
    params = net.init(fn.Key(0), x)
    new = net.advance(params, net(params, x)[1])
    assert new[0].value == params[0].value.next()
    assert new[1] is params[1]
    assert not fn.tree.equal(new[2].moments, params[2].moments)


def test_layers_of_one_kind_start_differently():
    p = fn.Branch([fn.Linear(3), fn.Linear(3)]).init(fn.Key(0), X)
    assert not fn.tree.equal(p[0], p[1])


TWO = fn.Parallel([fn.Linear(5), fn.Tanh()])
PARAMS = TWO.init(fn.Key(0), (X, Z))
CACHE = TWO(PARAMS, (X, Z))[1]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: TWO(PARAMS, X), fn.TreeError, f"{TWO}: expected x to be a tuple of 2, got float64[4, 3]"),
        (
            lambda: TWO(PARAMS, (X, Z, Z)),
            fn.TreeError,
            f"{TWO}: expected x to be a tuple of 2, got a tuple of 3",
        ),
        (
            lambda: TWO(PARAMS[:1], (X, Z)),
            fn.TreeError,
            f"{TWO}: expected params to be a tuple of 2, got a tuple of 1",
        ),
        (lambda: TWO(PARAMS, (X, 3)), fn.DtypeError, "1/Tanh(): expected x to be a NumPy array, got 3"),
        (
            lambda: TWO(PARAMS, (Z, X)),
            fn.ShapeError,
            "0/Linear(5): expected x with last axis 3 (params.w is (3, 5)), got x of shape (4, 2)",
        ),
        (
            lambda: TWO.init(fn.Key(0), X),
            fn.TreeError,
            f"{TWO}: expected x to be a tuple of 2, got float64[4, 3]",
        ),
        (
            lambda: TWO.vjp(PARAMS, CACHE, (X,)),
            fn.TreeError,
            f"{TWO}: expected dy to be a tuple of 2, got a tuple of 1",
        ),
        (
            lambda: TWO.vjp(PARAMS, (), (X, Z)),
            fn.TreeError,
            f"{TWO}: expected cache to be a tuple of 2, got a tuple of 0",
        ),
        (
            lambda: TWO.vjp(PARAMS, CACHE, (X, Z)),
            fn.ShapeError,
            "0/Linear(5): expected dy of shape (4, 5), got shape (4, 3)",
        ),
        (lambda: fn.Branch([]), fn.ConfigError, "Branch: expected layers to be at least one layer, got ()"),
        (
            lambda: fn.Branch({}),
            fn.ConfigError,
            "Branch: expected layers to be at least one layer, got FrozenDict({})",
        ),
        (lambda: fn.Branch([3]), fn.ConfigError, "Branch: expected layers[0] to be a layer, got 3"),
        (
            lambda: fn.Parallel({"a": None}),
            fn.ConfigError,
            "Parallel: expected layers['a'] to be a layer, got None",
        ),
        (
            lambda: fn.Parallel(7),
            fn.ConfigError,
            "layers: expected a list or a dict of layers, got 7; put it in a list",
        ),
        (
            lambda: fn.Parallel({"a": fn.Tanh()})({"a": ()}, {"b": X}),
            fn.TreeError,
            "Parallel({'a': Tanh()}): expected x to be a mapping of a, got one of b",
        ),
    ],
)
def test_messages(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == words
