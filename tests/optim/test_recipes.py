"""Optimizers: their papers' formulas written out number by number, their invariants, their states."""

import math

import numpy as np
import pytest

import funnet as fn
from funnet.optim.recipes import Moments, Velocity

RECIPES = [fn.sgd(0.1), fn.momentum(0.1), fn.nesterov(0.1), fn.adam(0.1)]
EVERY = pytest.mark.parametrize("optimizer", RECIPES, ids=lambda optimizer: type(optimizer).__name__)

GRADIENTS = fn.Key(0).child("gradients").generator().standard_normal((7, 5))


def run(optimizer, gradients, p=None):
    """The steps taken for these gradients, one after the other."""
    p = np.zeros(gradients.shape[1], gradients.dtype) if p is None else p
    state, deltas = optimizer.init(p), []
    for g in gradients:
        delta, state = optimizer.update(g, state, p)
        p = p + delta
        deltas.append(delta)
    return np.array(deltas), state


def minimise(optimizer, gradient, p, steps):
    """The points visited on the way down, the start among them."""
    state, visited = optimizer.init(p), [p]
    for _ in range(steps):
        delta, state = optimizer.update(gradient(p), state, p)
        p = p + delta
        visited.append(p)
    return np.array(visited)


def test_sgd():
    deltas, state = run(fn.sgd(0.25), GRADIENTS)
    assert (deltas == -0.25 * GRADIENTS).all()
    assert state == 7


def test_momentum_is_the_sum_of_decaying_gradients():
    deltas, _ = run(fn.momentum(0.1, 0.8), GRADIENTS)
    for t in range(7):
        v = sum(0.8 ** (t - i) * GRADIENTS[i] for i in range(t + 1))
        np.testing.assert_allclose(deltas[t], -0.1 * v, rtol=1e-12)


def test_momentum_approaches_the_gradient_over_one_minus_momentum():
    deltas, _ = run(fn.momentum(0.1, 0.9), np.ones((400, 1)))
    assert deltas[-1, 0] == pytest.approx(-0.1 / (1 - 0.9), rel=1e-12)
    assert deltas[9, 0] == pytest.approx(-0.1 * (1 - 0.9**10) / (1 - 0.9), rel=1e-12)


def test_nesterov_is_the_gradient_taken_ahead():
    """v ← μ v − ε ∇f(θ + μ v), θ ← θ + v (Sutskever et al. 2013); funnet's p is θ + μ v."""
    slope, rate, mu = np.array([1.0, 4.0, 0.2]), 0.1, 0.7
    theta = start = np.array([1.0, -2.0, 3.0])
    v, ahead = np.zeros(3), [start]
    for _ in range(12):
        v = mu * v - rate * slope * (theta + mu * v)
        theta = theta + v
        ahead.append(theta + mu * v)
    np.testing.assert_allclose(
        minimise(fn.nesterov(rate, mu), lambda p: slope * p, start, 12), ahead, rtol=1e-12
    )


def test_without_momentum_both_are_plain_descent():
    for kind in (fn.momentum, fn.nesterov):
        np.testing.assert_allclose(run(kind(0.1, 0), GRADIENTS)[0], -0.1 * GRADIENTS, rtol=1e-15)


@pytest.mark.parametrize(("b1", "b2", "eps"), [(0.9, 0.999, 1e-8), (0.5, 0.9, 1e-3), (0, 0, 1e-8)])
def test_adam_as_algorithm_1_of_the_paper(b1, b2, eps):
    deltas, _ = run(fn.adam(0.01, b1, b2, eps), GRADIENTS)
    for i in range(5):
        theta = m = v = 0.0
        for t in range(1, 8):
            g = float(GRADIENTS[t - 1, i])
            m = b1 * m + (1 - b1) * g
            v = b2 * v + (1 - b2) * g * g
            before = theta
            theta = theta - 0.01 * (m / (1 - b1**t)) / (math.sqrt(v / (1 - b2**t)) + eps)
            assert deltas[t - 1, i] == pytest.approx(theta - before, rel=1e-10)


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_adams_first_step_is_the_rate_whatever_the_size_of_the_gradient(size):
    deltas, _ = run(fn.adam(0.01), size * np.array([[1.0, -2.0, 0.5]]))
    np.testing.assert_allclose(deltas[0], [-0.01, 0.01, -0.01], rtol=0.021)


def test_adam_does_not_change_with_the_scale_of_the_gradient():
    a, b = (run(fn.adam(0.01, eps=1e-300), scale * GRADIENTS)[0] for scale in (1, 1024))
    np.testing.assert_allclose(a, b, rtol=1e-12)


def test_adam_on_a_constant_gradient_walks_at_the_rate():
    deltas, _ = run(fn.adam(0.01), np.full((50, 1), 3.0))
    np.testing.assert_allclose(deltas, -0.01, rtol=1e-6)


@EVERY
def test_every_optimizer_finds_the_bottom_of_a_bowl(optimizer):
    slope, bottom = np.array([1.0, 3.0]), np.array([2.0, -1.0])
    visited = minimise(optimizer, lambda p: slope * (p - bottom), np.zeros(2), 400)
    np.testing.assert_allclose(visited[-1], bottom, atol=1e-3)


@EVERY
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_steps_keep_the_dtype_and_moments_are_at_least_float32(optimizer, dtype):
    deltas, state = run(optimizer, GRADIENTS.astype(dtype))
    assert deltas.dtype == dtype
    for leaf in fn.tree.leaves(state):
        assert leaf.dtype == ("float64" if dtype == "float64" else "float32")
    wide, _ = run(optimizer, GRADIENTS)
    np.testing.assert_allclose(deltas, wide, atol=4 * float(np.finfo(dtype).eps))


@pytest.mark.parametrize(
    "optimizer",
    [
        fn.sgd(np.float64(0.1)),
        fn.momentum(np.float64(0.1), np.float64(0.9)),
        fn.nesterov(np.float64(0.1), np.float64(0.9)),
        fn.adam(*np.array([0.1, 0.9, 0.999, 1e-8])),
        fn.sgd(lambda step: np.float64(0.1)),
    ],
)
def test_numbers_of_numpy_as_hyperparameters_do_not_widen(optimizer):
    deltas, state = run(optimizer, GRADIENTS.astype("f4"))
    assert deltas.dtype == np.float32
    assert all(leaf.dtype == np.float32 for leaf in fn.tree.leaves(state))


@EVERY
def test_zero_gradients_take_no_step(optimizer):
    deltas, _ = run(optimizer, np.zeros((3, 2), np.float32))
    assert deltas.tolist() == [[0, 0]] * 3


@pytest.mark.parametrize("kind", [fn.sgd, fn.momentum, fn.nesterov, fn.adam])
def test_a_rate_of_0_takes_no_step(kind):
    deltas, _ = run(kind(0), GRADIENTS)
    assert (deltas == 0).all()


@EVERY
def test_update_is_pure(optimizer):
    p, g = np.ones(5), GRADIENTS[0].copy()
    state = optimizer.update(g, optimizer.init(p), p)[1]
    before = fn.tree.fingerprint((p, g, state))
    first, second = (optimizer.update(g, state, p) for _ in range(2))
    assert fn.tree.equal(first, second)
    assert fn.tree.fingerprint((p, g, state)) == before
    for leaf in fn.tree.leaves(first):
        assert not any(np.shares_memory(leaf, other) for other in (p, g, *fn.tree.leaves(state)))


@EVERY
def test_entries_do_not_see_each_other(optimizer):
    together, _ = run(optimizer, GRADIENTS)
    for i in range(5):
        assert (run(optimizer, GRADIENTS[:, i : i + 1])[0][:, 0] == together[:, i]).all()


@EVERY
def test_a_tree_and_its_vector_start_alike(optimizer):
    params = {"w": np.ones((2, 3)), "b": np.ones(2)}
    assert fn.tree.equal(optimizer.init(params), optimizer.init(fn.tree.ravel(params)))
    assert run(optimizer, np.ones((1, 0)))[0].shape == (1, 0)


@EVERY
def test_a_schedule_is_asked_with_the_step_from_0(optimizer):
    asked = []

    def rate(step):
        asked.append(step)
        return 0.1 if step < 3 else 0.0

    scheduled, _ = run(type(optimizer)(rate), GRADIENTS)
    plain, _ = run(type(optimizer)(0.1), GRADIENTS)
    assert asked == list(range(7))
    assert fn.tree.equal(scheduled[:3], plain[:3])
    assert (scheduled[3:] == 0).all()


@EVERY
def test_optimizers_are_values(optimizer):
    assert optimizer == type(optimizer)(0.1) != type(optimizer)(0.2)
    assert hash(optimizer) == hash(type(optimizer)(0.1))


P = np.zeros(5, np.float32)


@EVERY
@pytest.mark.parametrize(
    ("g", "p", "error", "words"),
    [
        (P[:4], P, fn.ShapeError, "expected g of shape (5,) (as the parameters), got shape (4,)"),
        (P[:1], P, fn.ShapeError, "expected g of shape (5,) (as the parameters), got shape (1,)"),
        (
            P[None],
            P[None],
            fn.ShapeError,
            "expected g of one axis, got shape (1, 5); make one with tree.ravel",
        ),
        (P, P[None], fn.ShapeError, "expected p of one axis, got shape (1, 5); make one with tree.ravel"),
        (
            P.astype("f8"),
            P,
            fn.DtypeError,
            "expected g of dtype float32 (as the parameters), got dtype float64",
        ),
        ([0.0] * 5, P, fn.DtypeError, "expected g to be a vector, got a list of 5; make one with tree.ravel"),
        (P, {"w": P}, fn.DtypeError, "expected p to be a vector, got a dict of 1; make one with tree.ravel"),
    ],
)
def test_the_gradient_must_be_a_vector_like_the_parameters(optimizer, g, p, error, words):
    with pytest.raises(error) as caught:
        optimizer.update(g, optimizer.init(P), p)
    assert str(caught.value) == f"{optimizer}: {words}"


@pytest.mark.parametrize(
    ("optimizer", "state", "error", "words"),
    [
        (fn.sgd(0.1), (), fn.TreeError, "expected opt_state to be the int that init makes, got a tuple of 0"),
        (fn.momentum(0.1), 0, fn.TreeError, "expected opt_state to be the Velocity that init makes, got 0"),
        (
            fn.nesterov(0.1),
            Moments(0, P, P),
            fn.TreeError,
            "expected opt_state to be the Velocity that init makes, got a Moments record",
        ),
        (
            fn.adam(0.1),
            Velocity(0, P),
            fn.TreeError,
            "expected opt_state to be the Moments that init makes, got a Velocity record",
        ),
        (
            fn.momentum(0.1),
            Velocity(0, P[:1]),
            fn.ShapeError,
            "expected opt_state with vectors of shape (5,) (as the parameters), got shape (1,)",
        ),
        (
            fn.adam(0.1),
            Moments(0, P, P[:4]),
            fn.ShapeError,
            "expected opt_state with vectors of shape (5,) (as the parameters), got shape (4,)",
        ),
    ],
)
def test_the_state_of_another_optimizer_or_net(optimizer, state, error, words):
    with pytest.raises(error) as caught:
        optimizer.update(P, state, P)
    assert str(caught.value) == f"{optimizer}: {words}"


@pytest.mark.parametrize("rate", [-0.1, np.nan, np.inf, "0.1", None, True])
@pytest.mark.parametrize("kind", [fn.sgd, fn.momentum, fn.nesterov, fn.adam])
def test_the_rate_is_checked(kind, rate):
    with pytest.raises(fn.ConfigError) as caught:
        kind(rate)
    words = f"expected rate to be a number of at least 0 or a schedule, got {rate!r}"
    assert str(caught.value) == f"{kind.__name__}: {words}"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fn.momentum(0.1, 1.0), "momentum: expected momentum to be a number in [0, 1), got 1.0"),
        (lambda: fn.nesterov(0.1, -0.5), "nesterov: expected momentum to be a number in [0, 1), got -0.5"),
        (lambda: fn.adam(0.1, b1=1), "adam: expected b1 to be a number in [0, 1), got 1"),
        (lambda: fn.adam(0.1, b2=1.5), "adam: expected b2 to be a number in [0, 1), got 1.5"),
        (lambda: fn.adam(0.1, eps=0), "adam: expected eps to be a positive number, got 0"),
    ],
)
def test_hyperparameters_are_checked(call, words):
    with pytest.raises(fn.ConfigError) as caught:
        call()
    assert str(caught.value) == words
