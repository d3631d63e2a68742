"""What a check found, in words."""

import pickle

import pytest

import funnet as fn
from funnet.testing import Finding, GradientError, Report

OK = Finding("params/w", "ok", mode="training", analytic=1.23456789012, numeric=0.0, error=1.26e-9)
OPEN = Finding("x", "inconclusive", "kink")
WRONG = Finding("y/0", "failed", "value", "at (1,)", analytic=2.0, numeric=-1.0, error=0.5)
OTHER = Finding("y/0", "failed", "shape")


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ((), "ok"),
        ((OK,), "ok"),
        ((OK, OPEN), "inconclusive"),
        ((OPEN, WRONG, OK), "failed"),
        ((WRONG,), "failed"),
    ],
)
def test_verdict(findings, verdict):
    assert Report("net", 0, findings).verdict == verdict


def test_failures_are_those_that_failed():
    assert Report("net", 0, (OK, WRONG, OPEN, OTHER)).failures == (WRONG, OTHER)


def test_table():
    assert str(Report("net", 7, (OK, OPEN, WRONG, OTHER))).splitlines() == [
        "net: failed (repeat with seed=7)",
        "leaf      mode        analytic  numeric    error  verdict       reason",
        "params/w  training  1.23456789        0  1.3e-09  ok",
        "x                                                 inconclusive  kink",
        "y/0                          2       -1  5.0e-01  failed        value: at (1,)",
        "y/0                                               failed        shape",
    ]


def test_error():
    error = GradientError(Report("net", 7, (OK, OTHER, WRONG)))
    assert isinstance(error, fn.FunnetError)
    assert isinstance(error, AssertionError)
    assert error.paths == ("y/0",)
    assert str(error).splitlines()[:2] == [
        "net: expected a layer that keeps its contract, got y/0: shape",
        "net: failed (repeat with seed=7)",
    ]
    assert "got y/0: value, at (1,)\n" in str(GradientError(Report("net", 7, (OK, WRONG))))
    again = pickle.loads(pickle.dumps(error))
    assert (again.report, str(again)) == (error.report, str(error))
