"""Derivatives along a direction: adjoint of vjp, symmetric, as known, and refused where there are none."""

import numpy as np
import pytest

import funnet as fn
from funnet import tree
from funnet.nn.layers.linear import Affine
from funnet.testing.subject import gaussian
from tests.cases import BY_NAME, ROWS

MLP = fn.Sequential({"a": fn.Linear(6), "norm": fn.BatchNorm(), "act": fn.Tanh(), "b": fn.Linear(3)})
X = fn.Key(1).generator().standard_normal((5, 4))
LABELS = np.array([0, 2, 1, 1, 0])


def dot(a, b):
    return sum(float(np.vdot(p, q)) for p, q in zip(tree.leaves(a), tree.leaves(b), strict=True))


def size(a):
    return np.sqrt(dot(a, a))


def drawn(node, name):
    return gaussian(node, fn.Key(8).child(name).generator())


# jvp


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize("mode", [fn.inference, fn.training])
def test_jvp_is_the_adjoint_of_vjp(row, mode):
    net = mode(row.net)
    params, x = tree.cast((net.init(fn.Key(3), row.x), row.x), "float64")
    u = drawn((params, x), "u")
    y, dy = fn.grad.jvp(net, params, x, *u)
    again, cache = net(params, x)
    assert tree.equal(y, again)
    tree.same_structure(y, dy)
    c = drawn(y, "c")
    assert dot(c, dy) == pytest.approx(dot(net.vjp(params, cache, c), u), abs=1e-10 * size(c) * size(dy))


@pytest.mark.parametrize("name", ["Sequential", "RNN with a state", "Parallel by name", "Scan", "Softmax"])
def test_jvp_of_float32_is_float32(name):
    net, x = fn.training(BY_NAME[name].net), tree.cast(BY_NAME[name].x, "float32")
    params = net.init(fn.Key(3), x)
    u = drawn((params, x), "u")
    y, dy = fn.grad.jvp(net, params, x, *u)
    tree.same_structure(y, dy)
    exact = fn.grad.jvp(net, tree.cast(params, "float64"), tree.cast(x, "float64"), *tree.cast(u, "float64"))[
        1
    ]
    assert tree.equal(dy, tree.cast(exact, "float32"))


def test_jvp_of_tanh():
    x, dx = np.array([[0.0, 0.5, -2.0]]), np.array([[1.0, -3.0, 0.1]])
    assert np.allclose(fn.grad.jvp(fn.Tanh(), (), x, (), dx)[1], dx / np.cosh(x) ** 2, rtol=1e-11)


def test_jvp_of_a_product():
    params, x = Affine(np.eye(2), np.zeros(2)), np.array([[1.0, 2.0]])
    dparams, dx = Affine(np.array([[0.0, 1.0], [0.0, 0.0]]), np.ones(2)), np.array([[10.0, 0.0]])
    assert np.allclose(fn.grad.jvp(fn.Linear(2), params, x, dparams, dx)[1], [[11.0, 2.0]], rtol=1e-12)


@pytest.mark.parametrize(
    ("layer", "x", "slope"),
    [
        (fn.Relu(), 0.0, 0.0),
        (fn.LeakyRelu(0.25), 0.0, 0.25),
        (fn.HardTanh(), 1.0, 0.0),
        (fn.HardSwish(), -3.0, 0.0),
        (fn.Relu(), 1e-12, 1.0),
        (fn.Relu(), -1e-8, 0.0),
    ],
    ids=str,
)
def test_at_a_kink_jvp_keeps_the_convention_of_the_layer(layer, x, slope):
    x, dx = np.array([[x, 0.5]]), np.array([[2.0, 0.0]])
    assert fn.grad.jvp(layer, (), x, (), dx)[1].tolist() == [[2 * slope, 0.0]]


def test_a_kink_inside_a_network():
    net, x = (
        fn.Sequential([fn.Linear(6), fn.Relu(), fn.Linear(3)]),
        np.where(np.arange(5)[:, None] == 2, 0.0, X),
    )
    params = net.init(fn.Key(0), x)
    u = drawn(params, "u")
    blocks = fn.grad.jacobian(net, params, x, wrt="params")
    exact = sum(np.tensordot(b, d, d.ndim) for b, d in zip(tree.leaves(blocks), tree.leaves(u), strict=True))
    assert np.allclose(fn.grad.jvp(net, params, x, u, 0 * x)[1], exact, rtol=1e-8)


def test_a_masked_logit_has_no_slope():
    x = np.array([[0.0, 1.0, -np.inf]])
    dy = fn.grad.jvp(fn.Softmax(), (), x, (), np.array([[1.0, 0.0, 5.0]]))[1]
    p = 1 / (1 + np.e)
    assert np.allclose(dy, [[p * (1 - p), -p * (1 - p), 0.0]], rtol=1e-10, atol=0)


def test_integers_do_not_move():
    select = fn.Lambda(
        lambda p, x: (p[x], (x, len(p))),
        lambda p, cache, dy: (np.bincount(cache[0], dy, cache[1]), 0 * cache[0]),
    )
    table, x = np.array([1.0, 2.0, 3.0]), np.array([2, 0, 2])
    dy = fn.grad.jvp(select, table, x, np.array([5.0, 6.0, 7.0]), 0 * x)[1]
    assert np.allclose(dy, [7.0, 5.0, 7.0], rtol=1e-11)


def test_jvp_is_pure():
    net = fn.training(MLP)
    params = net.init(fn.Key(0), X)
    fn.testing.assert_pure(
        lambda *args: fn.grad.jvp(net, *args), params, X, drawn(params, "u"), drawn(X, "u")
    )


def _with(params, path, value):
    return {**params, "a": Affine(**{"w": params["a"].w, "b": params["a"].b, path: value})}


@pytest.mark.parametrize(
    ("dparams", "dx", "error", "words"),
    [
        (lambda p: (), X, fn.TreeError, "dparams: expected a FrozenDict of 4, got a tuple of 0"),
        (
            lambda p: _with(p, "w", X),
            X,
            fn.ShapeError,
            "dparams/a/w: expected shape (4, 6), got shape (5, 4)",
        ),
        (
            lambda p: _with(p, "b", np.ones(6, "f4")),
            X,
            fn.DtypeError,
            "dparams/a/b: expected dtype float64, got dtype float32",
        ),
        (
            lambda p: _with(p, "b", np.full(6, np.nan)),
            X,
            fn.NonFiniteError,
            "dparams/a/b: expected a finite direction, got nan",
        ),
        (lambda p: p, X[:2], fn.ShapeError, "dx: expected shape (5, 4), got shape (2, 4)"),
        (lambda p: p, X + np.inf, fn.NonFiniteError, "dx: expected a finite direction, got inf"),
    ],
)
def test_messages_of_jvp(dparams, dx, error, words):
    params = MLP.init(fn.Key(0), X)
    with pytest.raises(error) as caught:
        fn.grad.jvp(MLP, params, X, dparams(params), dx)
    assert str(caught.value) == words


def test_a_derivative_that_is_not_finite():
    root = fn.Lambda(lambda p, x: (np.sqrt(x), x), lambda p, x, dy: (p, dy * np.divide(0.5, np.sqrt(x))))
    with np.errstate(divide="ignore"), pytest.raises(fn.NonFiniteError) as caught:
        fn.grad.jvp(root, (), np.array([1.0, 0.0]), (), np.ones(2))
    assert str(caught.value) == "jvp: expected a finite derivative, got inf in entry 1 of y"


# hvp


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_quadratic_has_the_known_hessian(dtype):
    x = X.astype(dtype)
    params = fn.Linear(2).init(fn.Key(0), x)
    v = drawn(params, "v")
    found = fn.grad.hvp(fn.Linear(2), fn.SquaredError(), params, x, np.ones((5, 2)), v, penalty=fn.L2(0.5))
    tree.same_structure(params, found)
    rows = np.hstack([x, np.ones((5, 1), dtype)])
    exact = rows.T @ (rows @ np.vstack([v.w, v.b])) / 5
    rtol = 1e-10 if dtype == "float64" else 1e-5
    assert np.allclose(found.w, exact[:-1] + 0.5 * v.w, rtol=rtol)
    assert np.allclose(found.b, exact[-1], rtol=rtol)


def test_softmax_regression_has_the_known_hessian():
    params = fn.Linear(3).init(fn.Key(0), X)
    v = drawn(params, "v")
    found = fn.grad.hvp(fn.Linear(3), fn.SoftmaxCrossEntropy(), params, X, LABELS, v)
    p = fn.Softmax()((), X @ params.w + params.b)[0]
    dy = X @ v.w + v.b
    dg = p * (dy - (p * dy).sum(axis=1, keepdims=True)) / 5
    assert np.allclose(found.w, X.T @ dg, rtol=1e-9)
    assert np.allclose(found.b, dg.sum(axis=0), rtol=1e-9)


@pytest.mark.parametrize("mode", [fn.inference, fn.training])
@pytest.mark.parametrize(
    ("net", "loss", "target", "penalty"),
    [
        (MLP, fn.SoftmaxCrossEntropy(), LABELS, None),
        (MLP, fn.MeanSquaredError(), np.ones((5, 3)), fn.L2(0.1)),
        (MLP, fn.BinaryCrossEntropy(), np.full((5, 3), 0.3), fn.L1(0.1)),
        (
            fn.Sequential([fn.Linear(9), fn.Relu(), fn.Dropout(0.2), fn.Linear(3)]),
            fn.SquaredError(),
            np.ones((5, 3)),
            None,
        ),
        (fn.Residual(fn.Sequential([fn.Linear(4), fn.Gelu()])), fn.SquaredError(), np.ones((5, 4)), None),
    ],
)
def test_the_hessian_is_symmetric(net, loss, target, penalty, mode):
    net = mode(net)
    params = net.init(fn.Key(3), X)
    params = tree.map(lambda leaf, z: leaf + 0.1 * z, params, drawn(params, "noise"))
    u, v = drawn(params, "u"), drawn(params, "v")
    hu, hv = (fn.grad.hvp(net, loss, params, X, target, w, penalty=penalty) for w in (u, v))
    assert dot(u, hv) == pytest.approx(dot(v, hu), abs=1e-8 * size(u) * size(hv))
    assert size(hv) > 1e-3 * size(v)


def test_among_ten_thousand_kinks():
    """Some are so near that the smallest entries are not known to 1e-5 of themselves."""
    x, labels = fn.Key(5).generator().standard_normal((200, 100)), np.arange(200) % 3
    net = fn.Sequential([fn.Linear(50), fn.Relu(), fn.Linear(3)])
    params = net.init(fn.Key(0), x)
    u, v = drawn(params, "u"), drawn(params, "v")
    hu, hv = (fn.grad.hvp(net, fn.SoftmaxCrossEntropy(), params, x, labels, w) for w in (u, v))
    assert dot(u, hv) == pytest.approx(dot(v, hu), abs=1e-6 * size(u) * size(hv))


def test_it_is_the_jacobian_of_the_gradient():
    params = MLP.init(fn.Key(0), X)
    loss, v = fn.SoftmaxCrossEntropy(), drawn(params, "v")
    found = fn.grad.hvp(MLP, loss, params, X, LABELS, v)

    def slope(p):
        return dot(fn.value_and_grad(MLP, loss, p, X, LABELS)[1], v)

    assert tree.allclose(found, fn.grad.numerical_grad(slope, params), rtol=1e-7, atol=1e-9)


def test_hvp_is_linear_in_v():
    params = MLP.init(fn.Key(0), X)
    v = drawn(params, "v")
    one, many = (
        fn.grad.hvp(MLP, fn.SoftmaxCrossEntropy(), params, X, LABELS, tree.map(lambda leaf, a=a: a * leaf, v))
        for a in (1.0, -1e9)
    )
    assert tree.allclose(many, tree.map(lambda leaf: -1e9 * leaf, one), rtol=1e-8, atol=1e-1)


def test_along_no_direction_nothing_happens():
    params = MLP.init(fn.Key(0), X)
    found = fn.grad.hvp(MLP, fn.SoftmaxCrossEntropy(), params, X, LABELS, tree.map(np.zeros_like, params))
    assert not tree.ravel(found).any()
    assert fn.grad.hvp(fn.Tanh(), fn.SquaredError(), (), X, X, ()) == ()


def test_a_flat_direction_at_a_minimum_is_zero():
    """There the gradient and its slope are both no more than rounding."""
    x = X[:3]
    params = fn.Linear(2).init(fn.Key(0), x)
    flat = np.linalg.svd(x)[2][-1]
    v = Affine(np.outer(flat, [1.0, 2.0]), np.zeros(2))
    found = fn.grad.hvp(fn.Linear(2), fn.SquaredError(), params, x, fn.Linear(2)(params, x)[0], v)
    assert size(found) < 1e-10


def test_hvp_is_pure():
    net = fn.training(MLP)
    params = net.init(fn.Key(0), X)
    fn.testing.assert_pure(
        lambda *args: fn.grad.hvp(net, fn.SoftmaxCrossEntropy(), *args), params, X, LABELS, drawn(params, "v")
    )


def test_on_a_kink_there_is_no_hessian():
    net, x = fn.Sequential([fn.Linear(6), fn.Relu(), fn.Linear(3)]), 0 * X
    params = net.init(fn.Key(0), x)
    with pytest.raises(fn.NonFiniteError) as caught:
        fn.grad.hvp(net, fn.SquaredError(), params, x, np.ones((5, 3)), drawn(params, "v"))
    reason = "(params are at or near a kink, or out of range)"
    assert str(caught.value).startswith(f"hvp: expected a gradient with a derivative along v {reason}, got ")
    assert str(caught.value).endswith((" in 0/b", " in 2/w"))


@pytest.mark.parametrize(("w", "slope"), [(1e-3, 2.0), (-1e-4, -2.0), (0.0, None)])
def test_a_slope_that_changes_at_the_point_is_no_hessian(w, slope):
    """The gradient 2 |y| of y |y| has the slopes −2 and 2 on the two sides of 0; their mean means nothing."""

    def loss(y, target):
        return (y * np.abs(y)).sum(), 2.0 * np.abs(y)

    args = fn.Linear(1, bias=False), loss, Affine(np.array([[w]]), ()), np.ones((1, 1)), ()
    v = Affine(np.ones((1, 1)), ())
    if slope is None:
        with pytest.raises(fn.NonFiniteError, match=r"got \S+ ± 4 in w$"):
            fn.grad.hvp(*args, v)
    else:
        assert fn.grad.hvp(*args, v).w == pytest.approx(slope, rel=1e-6)


def test_a_gradient_that_is_not_finite():
    params = fn.Linear(2).init(fn.Key(0), X)
    with np.errstate(all="ignore"), pytest.raises(fn.NonFiniteError, match="got nan ± inf in"):
        fn.grad.hvp(fn.Linear(2), fn.SquaredError(), params, X * np.nan, X[:, :2], params)


@pytest.mark.parametrize(
    ("v", "error", "words"),
    [
        (lambda p: tuple(p.values()), fn.TreeError, "v: expected a FrozenDict of 4, got a tuple of 4"),
        (
            lambda p: _with(p, "w", ()),
            fn.TreeError,
            "v/a/w: expected an array like float64[4, 6], got a tuple of 0",
        ),
        (
            lambda p: _with(p, "b", np.full(6, -np.inf)),
            fn.NonFiniteError,
            "v/a/b: expected a finite direction, got -inf",
        ),
    ],
)
def test_messages_of_hvp(v, error, words):
    params = MLP.init(fn.Key(0), X)
    with pytest.raises(error) as caught:
        fn.grad.hvp(MLP, fn.SoftmaxCrossEntropy(), params, X, LABELS, v(params))
    assert str(caught.value) == words
