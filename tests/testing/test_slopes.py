"""Slopes of leaves: along a direction, by entry, at kinks, in a domain, by complex steps."""

import math

import numpy as np
import pytest

import funnet as fn
from funnet.testing.slopes import Manner, check_slopes
from funnet.testing.subject import Pair

RNG = np.random.default_rng(0)


def slopes(forward, vjp, x, *, params=(), dy=None, seed=0, **manner):
    x = np.asarray(x, float)
    dy = np.ones_like(forward(params, x)[0]) if dy is None else dy
    return check_slopes(
        Pair(forward, vjp, params, x, dy), "label", np.random.default_rng(seed), Manner(**manner)
    )


def elementwise(f, df, x, **options):
    return slopes(lambda p, x: (f(x), x), lambda p, c, dy: (p, df(c) * dy), x, **options)


def relu(x):
    return np.maximum(x, 0)


def heaviside(at_zero):
    return lambda x: np.where(x > 0, 1.0, np.where(x < 0, 0.0, at_zero))


def test_every_leaf_of_params_and_x_has_a_finding():
    params = {"w": RNG.standard_normal((2, 3)), "n": np.arange(3), "b": RNG.standard_normal(())}

    def forward(params, x):
        return params["w"] * x + params["b"] * params["n"], x

    def vjp(params, x, dy):
        return {"w": dy * x, "n": 0 * params["n"], "b": np.asarray((dy * params["n"]).sum())}, (
            dy * params["w"]
        ).sum(0)

    x = RNG.standard_normal(3)
    for mode in ("direction", "full"):
        found = slopes(forward, vjp, x, params=params, mode=mode, dy=RNG.standard_normal((2, 3)))
        assert [finding.path for finding in found] == ["params/b", "params/w", "x"]
        assert {(finding.verdict, finding.reason, finding.mode) for finding in found} == {("ok", "", "label")}
        for finding in found:
            assert finding.analytic == pytest.approx(finding.numeric, rel=1e-8)
            assert 0 < finding.error < 1e-8


def test_the_worst_entry_is_found_by_halving():
    g = np.arange(1.0, 8.0)
    for wrong in range(7):
        bad = np.where(np.arange(7) == wrong, 1.5 * g, g)
        (finding,) = elementwise(lambda x: g * x, lambda x, bad=bad: bad, np.ones(7))
        assert finding.detail.startswith(f"worst at ({wrong},): {1.5 * g[wrong]:.6g} for {g[wrong]:.6g}")
        assert finding.reason == "value"
        (finding,) = elementwise(lambda x: g * x, lambda x, bad=bad: bad, np.ones(7), mode="full")
        assert (finding.verdict, finding.detail) == ("failed", f"at ({wrong},)")
        assert (finding.analytic, finding.numeric) == pytest.approx((1.5 * g[wrong], g[wrong]))


def test_of_two_wrong_entries_the_one_that_is_further_off():
    for more in range(6):
        off = np.zeros(6)
        off[[more, (more + 2) % 6]] = 0.3, -0.2
        (finding,) = elementwise(lambda x: 0 * x, lambda x, off=off: off, np.ones(6), mode="full")
        assert finding.detail == f"at ({more},)"


@pytest.mark.parametrize("at_zero", [0.0, 0.3, 1.0])
def test_at_a_kink_a_slope_lies_between_the_sides(at_zero):
    x = [0.0, 1.0, -1.0, 0.0, 2.0]
    for mode in ("direction", "full"):
        (finding,) = elementwise(relu, heaviside(at_zero), x, mode=mode)
        assert (finding.verdict, finding.reason) == ("ok", "")


@pytest.mark.parametrize("at_zero", [-1e-3, 1.001, -5.0, 7.0])
def test_outside_of_them_it_is_wrong(at_zero):
    for x, entry in (([1.0, -1.0, 0.0, 2.0], 2), ([0.0], 0)):
        for dy in (None, -np.ones(len(x))):
            (finding,) = elementwise(relu, heaviside(at_zero), x, mode="full", dy=dy)
            sides = "0 and 1" if dy is None else "-1 and -0"
            assert (finding.verdict, finding.reason) == ("failed", "value")
            assert finding.detail.startswith(f"at ({entry},), between the slopes ")
            low, high = (float(word) for word in finding.detail.split()[5::2][:2])
            assert sorted((low, high)) == pytest.approx(sorted(map(float, sides.split(" and "))), abs=1e-6)


def test_a_kink_that_several_outputs_share_is_left_open():
    """|x| in two entries of y, each with a wrong slope at 0: a network may have cancelled it elsewhere."""

    def forward(params, x):
        return np.stack([relu(x), relu(x)]), x

    (finding,) = slopes(forward, lambda p, c, dy: (p, dy.sum(0) * heaviside(9.0)(c)), [0.0, 1.0])
    assert (finding.verdict, finding.reason) == ("inconclusive", "kink")
    assert finding.detail.startswith("at (0,), between the slopes ")


def test_parts_without_a_kink_are_still_checked():
    x = np.where(np.arange(64) % 16 == 3, 0.0, RNG.standard_normal(64))
    (finding,) = elementwise(relu, heaviside(0.5), x)
    assert finding.verdict == "ok"
    wrong = np.where(np.arange(64) == 41, 1.1, 1.0) * (np.arange(64) == 41) + heaviside(0.5)(x) * (
        np.arange(64) != 41
    )
    x[41] = 1.0
    (finding,) = elementwise(relu, lambda _: wrong, x)
    assert (finding.verdict, finding.reason) == ("failed", "value")
    assert "41" in finding.detail


@pytest.mark.parametrize(("kinks", "verdict"), [(256, "ok"), (257, "inconclusive")])
def test_five_hundred_parts_are_the_most(kinks, verdict):
    """To part n kinks takes n − 1 halvings and n entries."""
    (finding,) = elementwise(relu, heaviside(0.0), np.zeros(kinks))
    assert finding.verdict == verdict


def test_no_step_leaves_the_domain():
    low, high = 1e-4, 1.0
    seen = []

    def logit(x):
        seen.append((x.min(), x.max()))
        return np.log(x - low) - np.log(high - x)

    x = np.array([2e-4, 0.5, 1 - 1e-5])
    for mode in ("direction", "full"):
        (finding,) = elementwise(
            logit, lambda x: 1 / (x - low) + 1 / (high - x), x, domain=(low, high), mode=mode
        )
        assert finding.verdict == "ok"
    assert all(low < a and b < high for a, b in seen)
    (half,) = elementwise(np.sqrt, lambda x: 0.5 / np.sqrt(x), [1e-6, 4.0], domain=(0, math.inf))
    assert half.verdict == "ok"
    (half,) = elementwise(
        lambda x: np.sqrt(-x), lambda x: -0.5 / np.sqrt(-x), [-1e-6, -4.0], domain=(-math.inf, 0)
    )
    assert half.verdict == "ok"


@pytest.mark.parametrize("x", [[0.0, 0.5], [0.5, 1.0], [-1.0, 0.5], [0.5, 2.0]])
def test_x_must_be_inside_its_domain(x):
    with pytest.raises(fn.ConfigError) as caught:
        elementwise(np.square, lambda x: 2 * x, x, domain=(0, 1))
    assert str(caught.value) == (
        f"check: expected x inside its domain (0, 1), got values from {min(x)} to {max(x)}"
    )


def test_the_domain_is_that_of_x_alone():
    params = np.array([-3.0])

    def forward(params, x):
        return params * np.log(x), x

    found = slopes(
        forward,
        lambda p, x, dy: (np.array([(dy * np.log(x)).sum()]), dy * p / x),
        [1e-5, 1.0],
        params=params,
        domain=(0, math.inf),
    )
    assert [finding.verdict for finding in found] == ["ok", "ok"]


def test_outside_of_where_it_is_finite_it_is_inconclusive():
    x = np.array([0.5, 2.0])
    (finding,) = elementwise(lambda y: np.where(y == x, y, np.nan), np.ones_like, x)
    assert (finding.verdict, finding.reason) == ("inconclusive", "domain")


def test_a_slope_in_doubt_that_agrees_well_is_ok():
    """|x|^1.001 is rough at every step near 0, and its slope is known to a thousandth."""

    def bent(x):
        return x + 1e-5 * np.sign(x) * np.abs(x) ** 1.001

    (finding,) = elementwise(bent, lambda x: np.full_like(x, 1 + 1e-5), [0.0])
    assert finding.verdict in ("ok", "inconclusive")


def test_analytic_slopes_are_exact():
    x = RNG.standard_normal((3, 2))
    (finding,) = elementwise(np.exp, np.exp, x, analytic=True, dy=RNG.standard_normal((3, 2)))
    assert finding.verdict == "ok"
    assert finding.analytic == pytest.approx(finding.numeric, rel=1e-14)
    assert finding.error < 1e-12
    wrong = elementwise(np.exp, lambda x: (1 + 1e-9) * np.exp(x), x, analytic=True)
    assert wrong[0].verdict == "ok"  # within a ten-millionth
    wrong = elementwise(np.exp, lambda x: (1 + 1e-6) * np.exp(x), x, analytic=True)
    assert (wrong[0].verdict, wrong[0].reason) == ("failed", "value")


def test_the_error_of_a_complex_step_is_64_units_of_its_terms():
    dy = np.array([3.0, -4.0])
    (finding,) = elementwise(lambda x: 2 * x, lambda x: 2 + 0 * x, [1.0, 1.0], analytic=True, dy=dy, seed=5)
    u = np.random.default_rng(5).standard_normal(2)
    assert finding.error == pytest.approx(64 * np.finfo(float).eps * np.linalg.norm(2 * u * dy))
    assert finding.numeric == pytest.approx((2 * u * dy).sum(), rel=1e-14)


def test_complex_steps_of_one_leaf_at_a_time():
    params = (RNG.standard_normal(2), RNG.standard_normal(2))

    def forward(params, x):
        return params[0] * params[1] * np.sin(x), x

    def vjp(params, x, dy):
        a, b = params
        return (dy * b * np.sin(x), dy * a * np.sin(x)), dy * a * b * np.cos(x)

    found = slopes(forward, vjp, [0.3, 0.7], params=params, analytic=True)
    assert [finding.verdict for finding in found] == ["ok"] * 3


def test_abs_is_not_analytic():
    (finding,) = elementwise(np.abs, np.sign, [0.5, -2.0], analytic=True)
    assert (finding.verdict, finding.reason) == ("failed", "not analytic")
