"""Schedules."""

import json

import attrs
import numpy as np
import pytest

import funnet as fn


def test_constant():
    schedule = fn.constant(0.1)
    assert [schedule(step) for step in (0, 1, 10**9)] == [0.1] * 3
    assert type(fn.constant(np.float32(0.5))(0)) is float


def test_a_constant_schedule_is_the_rate():
    g = np.ones(3)
    scheduled, plain = fn.adam(fn.constant(0.1)), fn.adam(0.1)
    assert fn.tree.equal(scheduled.update(g, scheduled.init(g), g), plain.update(g, plain.init(g), g))
    assert fn.adam(fn.constant(0.1)) == scheduled


@pytest.mark.parametrize("rate", [-0.1, np.nan, np.inf, "0.1", True, None])
def test_the_rate_is_checked(rate):
    with pytest.raises(fn.ConfigError) as caught:
        fn.constant(rate)
    assert str(caught.value) == f"constant: expected rate to be a number of at least 0, got {rate!r}"


SCHEDULES = [
    fn.constant(0.1),
    fn.step_decay(0.1, 0.5, 30),
    fn.exponential(0.1, 0.5, 30),
    fn.polynomial(0.1, 100, 0.01, 2),
    fn.cosine(0.1, 100, 0.01),
    fn.one_cycle(0.1, 100),
    fn.warmup(10, fn.cosine(0.1, 90)),
    fn.piecewise((40, 80), (0.1, fn.exponential(0.1, 0.9), 0.01)),
]
EVERY = pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: type(schedule).__name__)


def test_there_is_a_row_for_every_class():
    kinds = [getattr(fn.optim, name) for name in fn.optim.__all__]
    named = {kind for kind in kinds if isinstance(kind, type) and issubclass(kind, fn.Schedule)}
    assert {type(schedule) for schedule in SCHEDULES} == named - {fn.Schedule}


@pytest.mark.parametrize(
    ("schedule", "points"),
    [
        (fn.step_decay(0.8, 0.5, 10), {0: 0.8, 9: 0.8, 10: 0.4, 19: 0.4, 20: 0.2, 55: 0.8 / 32}),
        (fn.exponential(0.8, 0.25, 10), {0: 0.8, 5: 0.4, 10: 0.2, 15: 0.1, 20: 0.05}),
        (fn.exponential(1e-6, 10), {0: 1e-6, 3: 1e-3, 7: 10}),
        (fn.polynomial(0.5, 10), {0: 0.5, 1: 0.45, 5: 0.25, 10: 0, 11: 0, 1000: 0}),
        (fn.polynomial(0.5, 10, 0.1, 2), {0: 0.5, 5: 0.2, 9: 0.104, 10: 0.1, 99: 0.1}),
        (fn.polynomial(0.1, 10, 0.5), {0: 0.1, 5: 0.3, 10: 0.5}),
        (fn.cosine(0.5, 12), {0: 0.5, 4: 0.375, 6: 0.25, 8: 0.125, 12: 0, 13: 0, 1000: 0}),
        (fn.cosine(0.5, 12, 0.1), {0: 0.5, 4: 0.4, 6: 0.3, 8: 0.2, 12: 0.1, 99: 0.1}),
        (
            fn.one_cycle(1.0, 100, 0.25, 0.2, 0.04),
            {0: 0.2, 12.5: 0.6, 25: 1, 62.5: 0.52, 50: 0.76, 100: 0.04, 1000: 0.04},
        ),
        (fn.one_cycle(2.0, 10), {0: 0.08, 3: 2.0, 10: 8e-6}),
        (fn.one_cycle(2.0, 10, warm=0), {0: 2.0, 5: 1.000004, 10: 8e-6}),
        (fn.warmup(4, 0.8), {0: 0, 1: 0.2, 2: 0.4, 3: 0.6, 4: 0.8, 99: 0.8}),
        (fn.warmup(4, 0.8, start=0.5), {0: 0.4, 2: 0.6, 4: 0.8}),
        (fn.warmup(4, fn.cosine(0.5, 12)), {0: 0, 2: 0.25, 4: 0.5, 8: 0.375, 16: 0}),
        (fn.warmup(2, lambda step: 1 / (1 + step)), {0: 0, 1: 0.5, 2: 1, 3: 0.5, 5: 0.25}),
        (fn.piecewise((10, 20), (0.3, 0.2, 0.1)), {0: 0.3, 9: 0.3, 10: 0.2, 19: 0.2, 20: 0.1, 99: 0.1}),
        (
            fn.piecewise((4, 10), (fn.warmup(4, 0.8), fn.polynomial(0.8, 6, 0.2), fn.constant(0.2))),
            {0: 0, 2: 0.4, 4: 0.8, 7: 0.5, 10: 0.2, 30: 0.2},
        ),
        (fn.piecewise((1, 2), (0.3, 0.2, 0.1)), {0: 0.3, 1: 0.2, 2: 0.1, 3: 0.1}),
        (fn.piecewise((), (0.3,)), {0: 0.3, 7: 0.3}),
    ],
)
def test_known_points(schedule, points):
    for step, rate in points.items():
        assert schedule(step) == pytest.approx(rate, rel=1e-12, abs=1e-16), step


@EVERY
def test_rates_are_plain_floats_of_at_least_0(schedule):
    for step in (*range(130), 10**9):
        rate = schedule(step)
        assert type(rate) is float
        assert 0 <= rate <= 0.1


CONTINUOUS = (fn.exponential, fn.polynomial, fn.cosine, fn.one_cycle, fn.warmup)


@pytest.mark.parametrize("kind", CONTINUOUS)
def test_no_step_is_a_jump(kind):
    """A schedule twice as long makes steps about half as large, at its joints as elsewhere."""
    largest = []
    for scale in (1, 8):
        schedule = {
            fn.exponential: lambda scale: fn.exponential(0.1, 0.5, 30 * scale),
            fn.polynomial: lambda scale: fn.polynomial(0.1, 100 * scale, 0.01),
            fn.cosine: lambda scale: fn.cosine(0.1, 100 * scale, 0.01),
            fn.one_cycle: lambda scale: fn.one_cycle(0.1, 100 * scale),
            fn.warmup: lambda scale: fn.warmup(10 * scale, fn.cosine(0.1, 90 * scale)),
        }[kind](scale)
        rates = np.array([schedule(step) for step in range(120 * scale)])
        largest.append(np.abs(np.diff(rates)).max())
    assert largest[1] == pytest.approx(largest[0] / 8, rel=0.05)


@EVERY
def test_schedules_are_values(schedule):
    again = fn.from_data(json.loads(json.dumps(fn.to_data(schedule))))
    assert again == schedule
    assert hash(again) == hash(schedule)
    assert [again(step) for step in range(100)] == [schedule(step) for step in range(100)]
    assert fn.sgd(schedule) == fn.sgd(again) != fn.sgd(0.7)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: fn.step_decay(-1, 0.5, 10),
            "step_decay: expected rate to be a number of at least 0, got -1",
        ),
        (
            lambda: fn.step_decay(0.1, 1.5, 10),
            "step_decay: expected factor to be a number in [0, 1], got 1.5",
        ),
        (lambda: fn.step_decay(0.1, 0.5, 0), "step_decay: expected every to be a positive integer, got 0"),
        (lambda: fn.exponential(0.1, 0), "exponential: expected factor to be a positive number, got 0"),
        (
            lambda: fn.exponential(0.1, 0.5, 1.5),
            "exponential: expected every to be a positive integer, got 1.5",
        ),
        (lambda: fn.polynomial(0.1, 0), "polynomial: expected steps to be a positive integer, got 0"),
        (
            lambda: fn.polynomial(0.1, 9, -1),
            "polynomial: expected end to be a number of at least 0, got -1",
        ),
        (lambda: fn.polynomial(0.1, 9, 0, 0), "polynomial: expected power to be a positive number, got 0"),
        (lambda: fn.cosine(0.1, True), "cosine: expected steps to be a positive integer, got True"),
        (
            lambda: fn.cosine(np.nan, 5),
            f"cosine: expected rate to be a number of at least 0, got {np.nan!r}",
        ),
        (lambda: fn.one_cycle(0.1, 9, 1.0), "one_cycle: expected warm to be a number in [0, 1), got 1.0"),
        (
            lambda: fn.one_cycle(0.1, 9, start=2),
            "one_cycle: expected start to be a number in [0, 1], got 2",
        ),
        (lambda: fn.warmup(0, 0.1), "warmup: expected steps to be a positive integer, got 0"),
        (
            lambda: fn.warmup(5, "0.1"),
            "warmup: expected then to be a number of at least 0 or a schedule, got '0.1'",
        ),
        (
            lambda: fn.piecewise((5, 5), (1, 2, 3)),
            "piecewise: expected boundaries to be growing positive integers, got (5, 5)",
        ),
        (
            lambda: fn.piecewise((0,), (1, 2)),
            "piecewise: expected boundaries to be growing positive integers, got (0,)",
        ),
        (
            lambda: fn.piecewise((-3,), (1, 2)),
            "piecewise: expected boundaries to be growing positive integers, got (-3,)",
        ),
        (
            lambda: fn.piecewise((5.5,), (1, 2)),
            "piecewise: expected boundaries to be growing positive integers, got (5.5,)",
        ),
        (
            lambda: fn.piecewise([5], [1]),
            "piecewise: expected rates to be 2 numbers of at least 0 or schedules (one more than boundaries),"
            " got (1,)",
        ),
        (
            lambda: fn.piecewise((5,), (1, "2")),
            "piecewise: expected rates to be 2 numbers of at least 0 or schedules (one more than boundaries),"
            " got (1, '2')",
        ),
    ],
)
def test_hyperparameters_are_checked(call, words):
    with pytest.raises(fn.ConfigError) as caught:
        call()
    assert str(caught.value) == words


HUGE, LONG = 10**400, 2**63 - 1
EXTREME = [
    fn.constant(1e308),
    fn.step_decay(1e308, 0.5, 1),
    fn.step_decay(1, 0, 1),
    fn.step_decay(1, 1, LONG),
    fn.exponential(1e-6, 10.0),
    fn.exponential(1e-6, 10, LONG),
    fn.exponential(1e308, 1e308),
    fn.exponential(1e308, 5e-324),
    fn.exponential(5e-324, 1e308),
    fn.exponential(0.0, 1e308),
    fn.polynomial(1e308, LONG, 1e308, 1e308),
    fn.polynomial(0.0, 1, 1e308, 5e-324),
    fn.polynomial(5e-324, 3, 0, 10**18),
    fn.cosine(1e308, 1, 1e308),
    fn.cosine(1e308, LONG),
    fn.one_cycle(1e308, LONG, 0.999999),
    fn.one_cycle(1e308, 1, 5e-324, 0.0, 1.0),
    fn.warmup(LONG, 1e308, 5e-324),
    fn.warmup(1, fn.exponential(1.0, 10.0)),
    fn.piecewise((1, LONG), (1e308, fn.exponential(1.0, 10.0), 0.1)),
]


@pytest.mark.parametrize("schedule", EXTREME, ids=lambda schedule: type(schedule).__name__)
@pytest.mark.parametrize("kind", [int, np.int64])
def test_no_step_raises_or_is_no_number(schedule, kind):
    """At every step of at least 0 a schedule gives a number of at least 0, infinity where it must."""
    steps = [0, 1, 2, 400, 10**6, 2**62, *([10**308, HUGE - 1, HUGE, HUGE + 1] if kind is int else [])]
    for step in steps:
        rate = schedule(kind(step))
        assert isinstance(rate, float)
        assert rate >= 0, step


def test_what_is_beyond_a_power_is_not_beyond_the_rate():
    assert fn.exponential(1e-300, 10.0)(310) == pytest.approx(1e10, rel=1e-12)
    assert fn.exponential(1e-6, 10.0)(314) == pytest.approx(1e308, rel=1e-11)
    assert fn.exponential(1e-6, 10.0)(400) == np.inf
    assert fn.exponential(0.0, 10.0)(400) == 0


G = np.ones(3, np.float32)
RISES = fn.exponential(1e-6, 10.0)
RATED = [
    make(RISES)
    for make in (
        fn.sgd,
        fn.momentum,
        fn.nesterov,
        fn.adam,
        fn.adamw,
        fn.rmsprop,
        fn.adagrad,
        fn.adadelta,
        fn.lion,
    )
]


@pytest.mark.parametrize(
    "rate", [RISES, fn.warmup(2, RISES), fn.piecewise((9,), (0.1, RISES)), lambda step: np.nan]
)
def test_an_optimizer_takes_no_step_of_a_rate_that_is_not_finite(rate):
    with pytest.raises(fn.NonFiniteError) as caught:
        fn.sgd(rate).update(G, 500, G)
    got = "nan" if np.isnan(rate(500)) else "inf"
    words = (
        f"{rate}: expected a finite learning rate, got {got} at step 500; give a schedule that stays finite"
    )
    assert str(caught.value) == words


@pytest.mark.parametrize("optimizer", RATED, ids=lambda optimizer: type(optimizer).__name__)
def test_every_optimizer_looks_at_its_rate(optimizer):
    state = optimizer.init({"w": G})
    late = 500 if isinstance(state, int) else attrs.evolve(state, step=500)
    with pytest.raises(fn.NonFiniteError, match="expected a finite learning rate, got inf at step 500"):
        optimizer.update(G, late, G)
