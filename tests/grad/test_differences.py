"""Differences: exact where their formula is, and honest about their error elsewhere."""

import numpy as np
import pytest

import funnet as fn
from funnet import tree
from funnet.core.containers import Buffer
from funnet.grad.differences import Slope, along
from funnet.nn.layers.linear import Affine

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


# along, by its docstring

EPS = np.finfo(float).eps


def rule(f, point, u):
    """(value, error, excused error, calls) of the derivative of f(point + t u) at 0."""
    calls = []

    def at(t):
        calls.append(t)
        return f(point + t * u)

    def largest(v):
        return np.max(np.abs(v)[np.isfinite(v)], initial=0.0)

    def rise(t):
        return at(t) - f0

    def derivative(h):
        return (8 * (rise(h) - rise(-h)) - (rise(2 * h) - rise(-2 * h))) / (12 * h)

    with np.errstate(all="ignore"):
        first = max(1, largest(point)) / 1000 / largest(u)
        f0 = at(0)
        unit = 8 * max(EPS * largest(f0), largest(at(first / 2**37) - at(first / 2**38)))
        value, error, before = np.full(f0.shape, np.nan), np.full(f0.shape, np.inf), np.nan
        for step in range(7):
            h = first / 8**step
            near = derivative(h / 2)
            bend = 4 * (rise(h / 2) + rise(-h / 2)) - (rise(h) + rise(-h))
            estimate = np.abs(derivative(h) - near) + np.abs(bend) / h + unit / (h / 2)
            if step:
                estimate = np.maximum(estimate, np.abs(near - before))
            better = estimate < error
            value, error = np.where(better, near, value), np.where(better, estimate, error)
            if np.all(error <= np.abs(value) / 1e8 + 4 * unit / h):
                break
            before = near
    return value, error, 100 * unit / first, 3 + 6 * (step + 1)


PIECES = {
    "sin": lambda p: np.sin(3 * p),
    "fast": lambda p: np.sin(2e3 * p),
    "faster": lambda p: np.sin(1e6 * p),
    "fifth": lambda p: p + 3e4 * (p - 0.5) ** 5,
    "large": lambda p: 1e8 + np.exp(p),
    "kink": lambda p: np.abs(p - 0.5),
    "kink beside": lambda p: np.abs(p - 0.5 - 2e-5) + p**2,
    "root": lambda p: np.cbrt(p - 0.5),
    "ends": lambda p: np.where(p > 0.5 + 4e-4, np.nan, np.sin(p)),
    "step": lambda p: np.where(p > 0.5, 1.0, 0.0),
    "noise": lambda p: p + 1e-9 * np.sin(1e12 * p),
    "zero": lambda p: 0.0 * p,
    "infinite": lambda p: np.full_like(p, np.inf),
}


@pytest.mark.parametrize("pair", [(a, b) for a in PIECES for b in PIECES if a <= b], ids=" and ".join)
@pytest.mark.parametrize(("point", "u"), [(0.5, 1.0), (0.5, -7.0), (40.0, 0.01)])
def test_along_is_what_its_docstring_says(pair, point, u):
    calls = []

    def f(p):
        calls.append(p)
        return np.concatenate([PIECES[name](p - point + 0.5) for name in pair])

    point, u = np.array([point]), np.array([u])
    found = along(f, point, u)
    count = len(calls)
    value, error, excused, expected = rule(f, point, u)
    np.testing.assert_allclose(found.value, value, rtol=1e-6, atol=1e-12 * abs(u[0]))
    np.testing.assert_allclose(found.error, error, rtol=1e-3, atol=1e-12 * abs(u[0]))
    assert found.rounding == pytest.approx(excused, rel=1e-6)
    assert count == expected


def test_sure_is_a_hundred_thousandth_of_the_scale_and_what_rounding_excuses():
    found = Slope(np.zeros(4), np.array([0.9e-5, 1.1e-5, 2.9e-5, 3.1e-5]), 0.0)
    assert found.sure(1.0).tolist() == [True, False, False, False]
    assert found.sure(np.array([1.0, 1.2, 3.0, 3.0])).tolist() == [True, True, True, False]
    excused = Slope(found.value, found.error, 2e-5)
    assert excused.sure(1.0).tolist() == [True, True, True, False]
    assert Slope(np.zeros(1), np.full(1, 2e-5), 2e-5).sure(0.0).all()


@pytest.mark.parametrize(("p", "step", "h"), [(0.0, 1e-3, 1e-3), (0.5, 1e-2, 1e-2), (-4.0, 1e-3, 4e-3)])
def test_the_four_points_of_numerical_grad(p, step, h):
    seen = []
    grad = fn.grad.numerical_grad(lambda q: seen.append(float(q[0])) or q[0] ** 4, np.array([p]), step=step)
    assert [(q - p) / h for q in seen] == pytest.approx([-2, -1, 1, 2])
    assert grad[0] == pytest.approx(4 * p**3, abs=1e-10)


def test_numerical_grad_by_default():
    seen = []
    fn.grad.numerical_grad(lambda q: seen.append(q.tolist()) or q[0] * q[1], np.array([0.5, 0.0]))
    assert np.array(seen).ravel().tolist() == pytest.approx(
        [0.498, 0, 0.499, 0, 0.501, 0, 0.502, 0, 0.5, -0.002, 0.5, -0.001, 0.5, 0.001, 0.5, 0.002]
    )
