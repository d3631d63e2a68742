"""The comparison of checkers: its cases are what their names say, and ours is right on every one."""

import importlib.util

import numpy as np
import pytest

from tests.benchmarks import checkers
from tests.benchmarks.gradients import cases

CASES = {case.name: case for case in cases(0)}
WRONG = {name: case for name, case in CASES.items() if case.wrong}


def test_there_are_wrong_ones_and_right_ones():
    assert len(WRONG) == 13
    assert all((case.wrong is None) == name.startswith("right, ") for name, case in CASES.items())


@pytest.mark.parametrize("name", CASES)
def test_ours_is_right(name):
    allowed = ("caught",) if name in WRONG else ("passed", "inconclusive") if "zeros" in name else ("passed",)
    assert checkers.verdict(checkers.ours, CASES[name]) in allowed


def gradients(name):
    """(right, wrong) dx, or db, for a dy of ones."""
    case = CASES[name]
    found = []
    for forward, vjp in (case.right, case.wrong):
        y, cache = forward(case.params, case.x.copy())
        dparams, dx = vjp(case.params, cache, np.ones_like(y))
        found.append(dparams[1] if dparams else dx)
    return found


@pytest.mark.parametrize("count", [1_000, 100_000])
def test_one_entry_is_dead(count):
    right, wrong = gradients(f"one dead entry in {count:,}")
    dead = np.flatnonzero(right != wrong)
    assert right.size == count
    assert dead.size == 1
    assert wrong[dead] == 0
    assert np.abs(right[dead]) == pytest.approx(np.median(np.abs(right)), rel=1e-3)


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("25 % error, 100,000 entries to one", 1.25),
        ("25 % error, 100,000 to 100,000", 1.25),
        ("whole gradient off by 0.1 %", 1.001),
        ("flipped sign, gradient of norm 5e-7", -1),
        ("flipped sign of a ReLU, zeros in x", -1),
        ("missing bias gradient", 0),
        ("mean for sum in the bias gradient", 1 / 8),
        ("|dy| for dy", 1),
        ("stale cache", 1),
        ("mutated input", 1),
    ],
)
def test_the_whole_gradient_is_wrong_by_a_factor(name, factor):
    right, wrong = gradients(name)
    np.testing.assert_allclose(wrong, factor * right, rtol=1e-12, atol=1e-15)


def test_the_small_gradient_is_small():
    right, _ = gradients("flipped sign, gradient of norm 5e-7")
    assert np.linalg.norm(right) == pytest.approx(5e-7, rel=0.1)


def test_a_slope_of_2_at_0_is_wrong_there_only():
    right, wrong = gradients("ReLU with slope 2 at 0")
    assert not right.any()
    assert (wrong == 2).all()


def test_the_input_is_mutated():
    case = CASES["mutated input"]
    for (forward, _), moves in ((case.right, False), (case.wrong, True)):
        x = case.x.copy()
        forward((), x)
        assert (not np.array_equal(x, case.x)) == moves


@pytest.mark.parametrize("name", WRONG)
def test_without_the_fault_ours_finds_nothing(name):
    case = WRONG[name]
    assert checkers.fn.testing.check_vjp(*case.right, case.params, case.x).verdict != "failed"


def test_verdicts_of_draws():
    assert checkers.summary([("caught", 1.0), ("MISSED", 3.0), ("MISSED", 5.0)]) == ("MISSED 2/3", 3.0)
    assert checkers.summary([("passed", 1.0)]) == ("passed", 1.0)


def test_tables(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["checkers"])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name in ("funnet", "jax") or None)
    times = {"ours": ("caught", 0.5), "jax reverse": ("MISSED", 1.0), "jax forward": ("too slow", 60.0)}
    monkeypatch.setattr(checkers, "measure", lambda column, draws, limit: [times[column]] * len(CASES))
    checkers.main()
    out = capsys.readouterr().out.splitlines()
    verdicts, ratios = (line.split() for line in out if line.startswith("stale cache"))
    assert " ".join(verdicts[2:]) == "caught not installed not installed MISSED too slow not installed"
    assert " ".join(ratios[2:]) == "500.0 ms not installed not installed 2.00 > 120 not installed"
