"""Differences: exact where their formula is, and honest about their error elsewhere."""

import numpy as np
import pytest

import funnet as fn
from funnet import tree
from funnet.containers import Buffer
from funnet.grad.numerical import along
from funnet.layers.linear import Affine

PARAMS = {"a": Affine(np.array([[1.0, -2.0]]), np.array([3.0, 0.5])), "count": Buffer(np.array([7.0]))}


def test_a_quartic_is_exact():
    grad = fn.grad.numerical_grad(lambda p: (tree.ravel(p) ** 4).sum(), PARAMS)
    assert tree.allclose(grad, tree.map(lambda leaf: 4 * leaf**3, PARAMS), rtol=1e-11)
    assert tree.equal(grad["count"], PARAMS["count"])


def test_a_large_parameter_takes_a_large_step():
    seen = []
    grad = fn.grad.numerical_grad(lambda p: seen.append(p.copy()) or p[0] ** 2, np.array([1e9]), step=1e-2)
    assert grad[0] == pytest.approx(2e9, rel=1e-12)
    assert [float(p[0]) for p in seen] == [0.98e9, 0.99e9, 1.01e9, 1.02e9]


def test_numerical_grad_leaves_the_parameters_alone():
    fn.testing.assert_pure(lambda p: fn.grad.numerical_grad(lambda q: np.sin(tree.ravel(q)).sum(), p), PARAMS)


def test_numerical_grad_wants_float64():
    with pytest.raises(fn.DtypeError) as caught:
        fn.grad.numerical_grad(lambda p: p.sum(), np.ones(2, "f4"))
    assert str(caught.value) == (
        "numerical_grad: expected params of float64, got float32; "
        "convert them with tree.map(lambda leaf: leaf.astype(np.float64), params)"
    )


def wave(rate):
    return lambda p: np.sin(rate * p), lambda p: rate * np.cos(rate * p)


@pytest.mark.parametrize(
    ("f", "df"),
    [
        wave(1.0),
        wave(300.0),
        wave(1e5),
        (np.exp, np.exp),
        (lambda p: p**4, lambda p: 4 * p**3),
        (lambda p: np.abs(p - 1e-4), lambda p: np.sign(p - 1e-4)),
        (lambda p: np.log(p - 0.5 + 1e-4), lambda p: 1 / (p - 0.5 + 1e-4)),
    ],
)
def test_the_error_is_no_larger_than_its_estimate(f, df):
    point, u = np.array([0.5, 0.7, 2.0]), np.array([1.0, -0.3, 0.01])
    found = along(f, point, u)
    assert found.sure(np.abs(found.value).max()).all()
    assert (np.abs(found.value - df(point) * u) <= found.error).all()


def test_digits_lost_inside_the_function_are_in_the_estimate():
    inner, outer, point, u = (fn.Key(2).child(i).generator().standard_normal((20, 20)) for i in range(4))

    def f(p):
        return (np.tanh(p @ inner) + 1e8) @ outer - 1e8 * outer.sum(axis=0)

    found = along(lambda p: f(p).ravel(), point, u)
    exact = (((u @ inner) / np.cosh(point @ inner) ** 2) @ outer).ravel()
    miss = np.abs(found.value - exact)
    assert np.mean(miss <= 8 * found.error) > 0.9
    assert np.mean(found.sure(np.abs(found.value))) < 0.05


@pytest.mark.parametrize(
    "f",
    [
        lambda p: np.abs(p - 1.0),
        lambda p: np.maximum(p - 1.0, 0.0),
        lambda p: (p > 1.0) + 0.0,
        lambda p: np.sqrt(p - 1.0),
        lambda p: np.full_like(p, np.nan),
        lambda p: np.full_like(p, -np.inf),
        lambda p: np.cbrt(p - 1.0),
    ],
    ids=["abs", "relu", "step", "sqrt", "nan", "inf", "cbrt"],
)
def test_where_there_is_no_derivative_it_is_not_sure(f):
    found = along(lambda p: np.concatenate([f(p), p]), np.ones(1), np.ones(1))
    assert found.sure(np.abs(found.value)).tolist() == [False, True]
    assert found.value[1] == pytest.approx(1.0, rel=1e-9)


def test_a_leaf_with_large_numbers_does_not_carry_the_others_away():
    point = (np.array([1e6]), np.array([0.1]), np.array([3]))
    found = along(
        lambda p: np.sin(p[1]) + 1e-6 * p[0] + p[2], point, (np.ones(1), np.ones(1), np.zeros(1, int))
    )
    assert found.value == pytest.approx(np.cos(0.1) + 1e-6, rel=1e-9)


@pytest.mark.parametrize("scale", [1e-30, 1e-8, 1.0, 1e8, 1e30])
def test_the_length_of_the_direction_does_not_matter(scale):
    found = along(np.sin, np.ones(1), np.array([scale]))
    assert found.value == pytest.approx(scale * np.cos(1.0), rel=1e-10)


def test_nine_calls_where_the_function_is_smooth():
    calls = []
    along(lambda p: calls.append(p) or np.tanh(p), np.ones(3), np.ones(3))
    assert len(calls) == 9


def test_a_direction_of_zeros():
    found = along(np.sin, np.ones(2), np.zeros(2))
    assert found.value.tolist() == [0.0, 0.0]
    assert found.sure(0.0).all()
