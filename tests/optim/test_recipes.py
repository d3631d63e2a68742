"""Optimizers: their papers' formulas written out number by number, their invariants, their states."""

import math
from functools import partial

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet.optim.adam_and_adamw import Moments
from funnet.optim.gradient_descent import Velocity

RECIPES = [
    fn.sgd(0.1),
    fn.momentum(0.1),
    fn.nesterov(0.1),
    fn.adam(0.1),
    fn.adamw(0.1, decay=0, where="**"),
    fn.adamax(0.1),
    fn.nadam(0.1),
    fn.radam(0.1),
    fn.adagrad(0.1),
    fn.rmsprop(0.1),
    fn.adadelta(0.1),
    fn.lion(0.1, decay=0, where="**"),
]
LAMB = fn.lamb(0.1, decay=0, where="**")


def every(optimizers):
    return pytest.mark.parametrize("optimizer", optimizers, ids=lambda optimizer: type(optimizer).__name__)


EVERY, ELEMENTWISE = every([*RECIPES, LAMB]), every(RECIPES)
KINDS = pytest.mark.parametrize("kind", [type(optimizer) for optimizer in (*RECIPES, LAMB)])

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


def test_adagrad_on_a_constant_gradient_slows_with_the_root_of_the_steps():
    deltas, _ = run(fn.adagrad(0.1), np.full((50, 1), -3.0))
    np.testing.assert_allclose(deltas[:, 0], 0.1 / np.sqrt(np.arange(1, 51)), rtol=1e-9)


def test_rmsprop_starts_faster_than_it_goes_on():
    """v after t equal gradients is (1 − rhoᵗ) g²."""
    deltas, _ = run(fn.rmsprop(0.1, 0.9), np.full((50, 1), 3.0))
    np.testing.assert_allclose(deltas[:, 0], -0.1 / np.sqrt(1 - 0.9 ** np.arange(1, 51)), rtol=1e-7)


def test_adamax_remembers_the_largest_gradient():
    deltas, _ = run(fn.adamax(0.1, b1=0, b2=0.5, eps=1e-12), np.array([[8.0], [1.0], [-1.0], [1.0]]))
    np.testing.assert_allclose(deltas[:, 0], [-0.1, -0.1 / 4, 0.1 / 2, -0.1], rtol=1e-9)


def test_radam_is_plain_momentum_for_five_steps():
    deltas, _ = run(fn.radam(0.1), GRADIENTS)
    others, _ = run(fn.adam(0.1, b2=0, eps=1e-300), GRADIENTS)
    m_hat = others[:5] * np.abs(GRADIENTS[:5])  # adam with b2 = 0 divides by |g|
    np.testing.assert_allclose(deltas[:5], m_hat, rtol=1e-12)
    assert not np.allclose(deltas[5:], others[5:] * np.abs(GRADIENTS[5:]), rtol=0.1)


def test_lion_takes_steps_of_one_size():
    deltas, _ = run(fn.lion(0.25, decay=0, where="**"), GRADIENTS)
    assert (np.abs(deltas) == 0.25).all()


PARAMS = {"w": np.array([3.0, 4.0]), "b": np.array([2.0])}


@pytest.mark.parametrize("kind", [fn.adamw, fn.lion])
def test_decay_acts_apart_from_the_gradient_on_what_the_glob_matches(kind):
    p, g = fn.tree.ravel(PARAMS), np.array([1.0, -1.0, 1.0])
    for where, mask in (("**/w", [0, 1, 1]), ("b", [1, 0, 0])):
        with_decay, without = (kind(0.5, decay=decay, where=where) for decay in (0.1, 0))
        steps = [o.update(g, o.init(PARAMS), p)[0] for o in (with_decay, without)]
        np.testing.assert_allclose(steps[0] - steps[1], -0.5 * 0.1 * p * mask, rtol=1e-14)
    with pytest.raises(fn.TreeError, match="expected a tree with paths to match"):
        kind(0.5).init(p)


def test_a_step_of_lamb_is_as_long_as_the_leaf_times_the_rate():
    optimizer, p = fn.lamb(0.1), fn.tree.ravel(PARAMS)
    delta, state = optimizer.update(np.array([1e-3, 50.0, -2.0]), optimizer.init(PARAMS), p)
    assert np.linalg.norm(delta[:1]) == pytest.approx(0.1 * 2.0, rel=1e-12)
    assert np.linalg.norm(delta[1:]) == pytest.approx(0.1 * 5.0, rel=1e-12)
    assert state.leaf.tolist() == [0, 1, 1]


def test_lamb_starts_from_zero_as_adam_does():
    zero, g = np.zeros(3), np.array([1.0, -2.0, 3.0])
    lamb, adam = fn.lamb(0.1, where="**"), fn.adam(0.1, eps=1e-6)
    deltas = [optimizer.update(g, optimizer.init(zero), zero)[0] for optimizer in (lamb, adam)]
    np.testing.assert_allclose(*deltas, rtol=1e-14)
    assert lamb.update(zero, lamb.init(zero), zero)[0].tolist() == [0, 0, 0]


def test_leaves_without_entries_do_not_disturb_lamb():
    params = {"a": np.zeros((0, 2)), "w": np.ones(2), "z": np.zeros(0)}
    optimizer = fn.lamb(0.1)
    delta, _ = optimizer.update(np.ones(2), optimizer.init(params), np.ones(2))
    np.testing.assert_allclose(delta, -0.1, rtol=1e-12)


LARGE = {"adagrad": 1.0, "adadelta": 20.0, "radam": 0.3}


@EVERY
def test_every_optimizer_finds_the_bottom_of_a_bowl(optimizer):
    """At a falling rate, for some take steps of one size however small the gradient is."""
    slope, bottom = np.array([1.0, 3.0]), np.array([2.0, -1.0])
    schedule = fn.polynomial(LARGE.get(type(optimizer).__name__, 0.1), 400, power=2)
    falling = attrs.evolve(optimizer, rate=schedule)
    visited = minimise(falling, lambda p: slope * (p - bottom), np.zeros(2), 400)
    np.testing.assert_allclose(visited[-1], bottom, atol=1e-3)


@every(RECIPES[:4])
def test_descent_and_adam_find_it_at_a_constant_rate(optimizer):
    slope, bottom = np.array([1.0, 3.0]), np.array([2.0, -1.0])
    visited = minimise(optimizer, lambda p: slope * (p - bottom), np.zeros(2), 400)
    np.testing.assert_allclose(visited[-1], bottom, atol=1e-3)


@EVERY
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_steps_keep_the_dtype_and_moments_are_at_least_float32(optimizer, dtype):
    deltas, state = run(optimizer, GRADIENTS.astype(dtype))
    assert deltas.dtype == dtype
    for leaf in fn.tree.leaves(state):
        assert leaf.dtype == ("float64" if dtype == "float64" else "float32") or leaf.dtype.kind in "bi"
    wide, _ = run(optimizer, GRADIENTS)
    np.testing.assert_allclose(deltas, wide, atol=4 * float(np.finfo(dtype).eps))


@EVERY
def test_squares_of_large_gradients_do_not_overflow_in_float16(optimizer):
    deltas, _ = run(optimizer, np.full((3, 2), 60000.0, np.float16))
    assert np.isfinite(deltas).all()
    assert (deltas < 0).all()


@EVERY
def test_the_smallest_gradients_of_float16_count_for_what_they_are(optimizer):
    g = np.full((3, 2), np.finfo(np.float16).smallest_subnormal)
    narrow, wide = run(optimizer, g)[0], run(optimizer, g.astype(np.float64))[0]
    np.testing.assert_allclose(narrow, wide, rtol=2e-3, atol=1e-7)


def test_decay_alone_moves_float16_parameters_as_float64_ones():
    """lamb makes a step of any length as long as the leaf, so its direction must survive."""
    for dtype in ("float16", "float64"):
        p = np.array([1.0, -2.0], dtype)
        optimizer = fn.lamb(0.25, decay=1e-9, where="**")
        delta, _ = optimizer.update(np.zeros_like(p), optimizer.init(p), p)
        np.testing.assert_allclose(delta, [-0.25, 0.5], rtol=1e-3)


@pytest.mark.parametrize(
    "text",
    [
        "momentum(rate=0.1, momentum=0.9)",
        "nesterov(rate=0.1, momentum=0.9)",
        "adam(rate=0.1, b1=0.9, b2=0.999, eps=1e-08)",
        "adamw(rate=0.1, b1=0.9, b2=0.999, eps=1e-08, decay=0.01, where='**/w')",
        "adamax(rate=0.1, b1=0.9, b2=0.999, eps=1e-08)",
        "nadam(rate=0.1, b1=0.9, b2=0.999, eps=1e-08, psi=0.004)",
        "radam(rate=0.1, b1=0.9, b2=0.999, eps=1e-08)",
        "adagrad(rate=0.1, eps=1e-10)",
        "rmsprop(rate=0.1, rho=0.9, eps=1e-08)",
        "adadelta(rate=0.1, rho=0.9, eps=1e-06)",
        "lion(rate=0.1, b1=0.9, b2=0.99, decay=0.1, where='**/w')",
        "lamb(rate=0.1, b1=0.9, b2=0.999, eps=1e-06, decay=0.01, where='**/w')",
    ],
)
def test_defaults(text):
    kind = getattr(fn, text.partition("(")[0])
    assert repr(kind(0.1)) == text
    assert fn.adadelta() == fn.adadelta(1.0)
    assert fn.lookahead(fn.sgd(0.1)) == fn.lookahead(fn.sgd(0.1), 5, 0.5)
    assert fn.ema() == fn.ema(0.999)
    assert fn.weight_decay(0.1) == fn.weight_decay(0.1, "**/w")


@pytest.mark.parametrize(
    "optimizer",
    [
        fn.sgd(np.float64(0.1)),
        fn.momentum(np.float64(0.1), np.float64(0.9)),
        fn.nesterov(np.float64(0.1), np.float64(0.9)),
        fn.adam(*np.array([0.1, 0.9, 0.999, 1e-8])),
        fn.adamw(*np.array([0.1, 0.9, 0.999, 1e-8, 0.1]), where="**"),
        fn.adamax(*np.array([0.1, 0.9, 0.999, 1e-8])),
        fn.nadam(*np.array([0.1, 0.9, 0.999, 1e-8, 0.004])),
        fn.radam(*np.array([0.1, 0.9, 0.9, 1e-8])),
        fn.adagrad(*np.array([0.1, 1e-8])),
        fn.rmsprop(*np.array([0.1, 0.9, 1e-8])),
        fn.adadelta(*np.array([0.1, 0.9, 1e-6])),
        fn.lion(*np.array([0.1, 0.9, 0.99, 0.1]), where="**"),
        fn.lamb(*np.array([0.1, 0.9, 0.99, 1e-6, 0.1]), where="**"),
        fn.sgd(lambda step: np.float64(0.1)),
    ],
)
def test_numbers_of_numpy_as_hyperparameters_do_not_widen(optimizer):
    deltas, state = run(optimizer, GRADIENTS.astype("f4"))
    assert deltas.dtype == np.float32
    assert all(leaf.dtype == np.float32 or leaf.dtype.kind in "bi" for leaf in fn.tree.leaves(state))


@EVERY
def test_zero_gradients_take_no_step(optimizer):
    deltas, _ = run(optimizer, np.zeros((3, 2), np.float32))
    assert deltas.tolist() == [[0, 0]] * 3


@EVERY
def test_a_rate_of_0_takes_no_step(optimizer):
    deltas, _ = run(attrs.evolve(optimizer, rate=0), GRADIENTS)
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
        if leaf.dtype.kind == "f":  # masks go from state to state
            assert not any(np.shares_memory(leaf, other) for other in (p, g, *fn.tree.leaves(state)))


@ELEMENTWISE
def test_entries_do_not_see_each_other(optimizer):
    together, _ = run(optimizer, GRADIENTS)
    for i in range(5):
        assert (run(optimizer, GRADIENTS[:, i : i + 1])[0][:, 0] == together[:, i]).all()


@ELEMENTWISE
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

    scheduled, _ = run(attrs.evolve(optimizer, rate=rate), GRADIENTS)
    plain, _ = run(optimizer, GRADIENTS)
    assert asked == list(range(7))
    assert fn.tree.equal(scheduled[:3], plain[:3])
    assert (scheduled[3:] == 0).all()


@EVERY
def test_optimizers_are_values(optimizer):
    same, other = (attrs.evolve(optimizer, rate=rate) for rate in (0.1, 0.2))
    assert optimizer == same != other
    assert hash(optimizer) == hash(same)


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
        *(
            (
                optimizer,
                (),
                fn.TreeError,
                f"expected opt_state to be the {kind} that init makes, got a tuple of 0",
            )
            for optimizer, kind in (
                (fn.adamw(0.1), "DecayedMoments"),
                (fn.adamax(0.1), "Moments"),
                (fn.nadam(0.1), "NadamMoments"),
                (fn.radam(0.1), "Moments"),
                (fn.adagrad(0.1), "Squares"),
                (fn.rmsprop(0.1), "Squares"),
                (fn.adadelta(0.1), "SquaresAndSteps"),
                (fn.lion(0.1), "DecayedMomentum"),
                (fn.lamb(0.1), "LeafMoments"),
            )
        ),
    ],
)
def test_the_state_of_another_optimizer_or_net(optimizer, state, error, words):
    with pytest.raises(error) as caught:
        optimizer.update(P, state, P)
    assert str(caught.value) == f"{optimizer}: {words}"


@pytest.mark.parametrize("rate", [-0.1, np.nan, np.inf, "0.1", None, True])
@KINDS
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
        *(
            (
                partial(kind, 0.1, **{name: value}),
                f"{kind.__name__}: expected {name} to be {what}, got {value}",
            )
            for kind in (fn.adamw, fn.adamax, fn.nadam, fn.radam, fn.lion, fn.lamb, fn.rmsprop, fn.adadelta)
            for name, value, what in (
                ("b1", 1.0, "a number in [0, 1)"),
                ("b2", -0.1, "a number in [0, 1)"),
                ("rho", 1.0, "a number in [0, 1)"),
                ("eps", 0.0, "a positive number"),
                ("psi", -1.0, "a number of at least 0"),
                ("decay", -1.0, "a number of at least 0"),
                ("where", None, "a glob, as a string"),
            )
            if name in attrs.fields_dict(kind)
        ),
        (lambda: fn.adagrad(0.1, eps=0), "adagrad: expected eps to be a positive number, got 0"),
    ],
)
def test_hyperparameters_are_checked(call, words):
    with pytest.raises(fn.ConfigError) as caught:
        call()
    assert str(caught.value) == words
