"""Slopes of curves are what their formulas say, step by step, and the error is the sum that is promised."""

import math

import numpy as np
import pytest

from funnet.testing.stencil import Slope, has_kink, sides, slope

EPS = np.finfo(float).eps


def stencil(f, h):
    """(8 (f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h."""
    return sum(w * f(t * h) for w, t in ((8, 1), (-8, -1), (-1, 2), (1, -2))) / (12 * h)


def rule(f, unit, size, limit):
    """The slope by the docstring, and the number of steps taken."""
    best, steps = (math.nan, math.inf, "domain"), 0
    first = min(max(size, 1) / 1000, limit / 2)
    for h in first / 8.0 ** np.arange(6):
        steps += 1
        near = stencil(f, h / 2)
        truncation = abs(stencil(f, h) - near) / 15
        rounding = 64 * max(unit(t * h) for t in (-2, -1, -0.5, 0.5, 1, 2)) / (h / 2)
        if truncation + rounding < best[1]:
            rough = truncation > 8 * rounding and truncation > abs(near) / 1000
            best = near, truncation + rounding, "kink" if rough else ""
        if truncation <= abs(near) / 1e8 + rounding:
            break
    return best, steps


CURVES = {
    "sin": lambda t: math.sin(3 * t),
    "steep": lambda t: math.sin(2000 * t) / 2000,
    "steeper": lambda t: math.sin(1e5 * t),
    "fifth": lambda t: t + 1e5 * t**5,
    "flat": lambda t: t**3,
    "large": lambda t: 1e6 * math.expm1(t),
    "root": lambda t: math.copysign(math.sqrt(abs(t)), t),
    "kink beside": lambda t: abs(t - 3e-4) - 3e-4,
    "kink nearby": lambda t: abs(t - 1e-6) - 1e-6 + 5 * t,
    "ends": lambda t: math.nan if t > 3e-4 else math.sin(t),
    "nowhere": lambda t: math.inf,
    "bent": lambda t: t + 7e-4 * math.copysign(abs(t) ** 1.001, t),
    "rough": lambda t: t + math.sin(1e9 * t) / 1e6,
}
UNITS = {
    "exact": lambda t: 0.0,
    "even": lambda t: 1e-16,
    "coarse": lambda t: 1e-9,
    "grows to the left": lambda t: 1e-16 * (3 - math.copysign(2, t)),
    "grows to both sides": lambda t: 1e-13 * abs(t),
}


@pytest.mark.parametrize("size", [0.25, 1.0, 40.0])
@pytest.mark.parametrize("limit", [math.inf, 1e-4, 0.06])
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("name", CURVES)
def test_a_slope_is_what_its_docstring_says(name, unit, limit, size):
    calls, f, u = [], CURVES[name], UNITS[unit]
    found = slope(lambda t: calls.append(t) or (f(t), u(t)), size, limit)
    (value, error, doubt), steps = rule(f, u, size, limit)
    assert found.value == pytest.approx(value, rel=1e-9, abs=1e-15, nan_ok=True)
    assert found.error == pytest.approx(error, rel=1e-6, abs=1e-12 * abs(value))
    assert found.doubt == doubt
    assert len(calls) == 6 * steps
    assert max(map(abs, calls)) == 2 * min(max(size, 1) / 1000, limit / 2)


def test_all_doubts_are_met():
    doubts = [rule(f, UNITS["even"], 1.0, math.inf)[0][2] for f in CURVES.values()]
    assert set(doubts) == {"", "kink", "domain"}


def test_without_a_limit_and_a_size_there_is_none():
    calls = []
    slope(lambda t: calls.append(t) or (t, 0.0), 0.0)
    assert sorted(calls) == [-2e-3, -1e-3, -5e-4, 5e-4, 1e-3, 2e-3]
    calls.clear()
    assert not has_kink(lambda t: calls.append(t) or (t, 0.0), 0.0)
    assert sorted(calls) == [-1e-6, -5e-7, 5e-7, 1e-6]


def test_a_slope_agrees_to_a_ten_millionth_and_eight_errors():
    for value in (2.0, -2.0):
        exact, off = Slope(value, 0.0, ""), Slope(value, 1e-3, "")
        for sign in (-1, 1):
            assert exact.agrees(value + sign * 1.99e-7)
            assert not exact.agrees(value + sign * 2.01e-7)
            assert off.agrees(value + sign * 7.99e-3)
            assert not off.agrees(value + sign * 8.01e-3)
    assert Slope(0.0, 0.0, "").agrees(0.0)
    assert not Slope(math.nan, math.inf, "domain").agrees(0.0)


@pytest.mark.parametrize(
    ("size", "limit", "h"), [(0.5, math.inf, 1e-6), (30.0, math.inf, 3e-5), (30.0, 1e-7, 1e-7)]
)
def test_a_kink_is_a_jump_of_512_units(size, limit, h):
    """4 (f(h/2) + f(−h/2)) − (f(h) + f(−h)) is 2 c h for c |t|, and 0 for a line and a parabola."""
    calls = []

    def curve(c, unit):
        return lambda t: calls.append(t) or (c * abs(t) + 3 * t + 0.0 * t**2, unit)

    assert has_kink(curve(1.0, 2 * h / 513), size, limit)
    assert not has_kink(curve(1.0, 2 * h / 511), size, limit)
    assert has_kink(curve(-1.0, 2 * h / 513), size, limit)
    assert sorted(calls[:4]) == pytest.approx([-h, -h / 2, h / 2, h])
    assert not has_kink(lambda t: (5 * t * t + t, 1e-9 * h), size, limit)


def test_the_unit_of_a_kink_is_that_of_the_left():
    assert has_kink(lambda t: (abs(t), 1e-20 if t == -1e-6 else 1.0), 1.0)


def test_the_jump_is_measured_exactly():
    """With f = |t| and h = 1e-6 the jump is 2e-6: 512 units are the limit, not 511 nor 513."""
    for units, kink in ((512.5, True), (511.5, False)):
        assert has_kink(lambda t, units=units: (abs(t), 2e-6 / units), 1.0) is kink


@pytest.mark.parametrize(("limit", "h"), [(math.inf, 1e-5), (1e-6, 1e-6)])
def test_sides_are_extrapolated(limit, h):
    """(4 f(t/2) − f(t)) / t takes the parabola away; the error is 64 units and 1e-7 of the larger."""
    calls = []

    def curve(t):
        calls.append(t)
        return (5 * t if t > 0 else 2 * t) + 1e4 * t * t, 1e-17 * (3 if t < 0 else 1)

    left, right, error = sides(curve, limit)
    assert (left, right) == pytest.approx((2.0, 5.0), rel=1e-9)
    assert error == pytest.approx(64 * 3e-17 / h + 5e-7, rel=1e-9)
    assert set(map(abs, calls)) == {h, h / 2}
    mirrored = sides(lambda t: (curve(-t)[0], curve(-t)[1]), limit)
    assert mirrored == pytest.approx((-5.0, -2.0, error), rel=1e-9)
    assert sides(lambda t: (3 * t, 0.0))[2] == pytest.approx(3e-7)


def root(t):
    return math.copysign(math.sqrt(abs(t)), t)


@pytest.mark.parametrize(("ratio", "doubt"), [(7.6, ""), (8.4, "kink")])
def test_eight_times_rounding_is_no_kink(ratio, doubt):
    """Of √t the slopes grow as the step shrinks, and so does the unit: the first step is the best."""
    truncation = abs(stencil(root, 1e-3) - stencil(root, 5e-4)) / 15
    unit = truncation / ratio / (64 / 5e-4) / math.sqrt(2e-3)
    found = slope(lambda t: (root(t), unit * math.sqrt(abs(t))), 1.0)
    assert found.doubt == doubt
    assert found.error == pytest.approx(truncation * (1 + 1 / ratio))


@pytest.mark.parametrize(("ratio", "doubt"), [(0.9e-3, ""), (1.1e-3, "kink")])
def test_a_thousandth_of_the_slope_is_no_kink(ratio, doubt):
    truncation, near = abs(stencil(root, 1e-3) - stencil(root, 5e-4)) / 15, stencil(root, 5e-4)
    line = truncation / ratio - near
    found = slope(lambda t: (root(t) + line * t, 0.0), 1.0)
    assert found.doubt == doubt
    assert found.error == pytest.approx(ratio * found.value)
