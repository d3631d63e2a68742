"""How far float32 may be off: 1e-5 √depth of the leaf, eight units of all results, four times the scatter."""

import math

import numpy as np
import pytest

from funnet.testing.precision import check_float32
from funnet.testing.subject import Pair

EPS = float(np.finfo("f4").eps)
X = np.ones(4)


def off_by(part, *, large=0.0, place="y"):
    """A pair that is right in float64; in float32 one result is off by a part of it."""

    def factor(name, leaf):
        return leaf * leaf.dtype.type(1 + (part if name == place and leaf.dtype == "f4" else 0.0))

    def forward(params, x):
        return (factor("y", x), params * large), ()

    def vjp(params, cache, dy):
        return params * large, factor("x", dy[0])

    return Pair(forward, vjp, X, X, (X, X))


@pytest.mark.parametrize("place", ["y", "x"])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("depth", [1, 4, 25])
def test_a_hundred_thousandth_for_the_root_of_the_depth(depth, sign, place):
    slack = 8 * EPS * math.sqrt(2)  # of y and x, each of norm 2, as parts of one of them
    limit = 1e-5 * math.sqrt(depth) + slack
    assert check_float32(off_by(sign * (limit - 4 * EPS), place=place), "mode", depth) == []
    (found,) = check_float32(off_by(sign * (limit + 4 * EPS), place=place), "mode", depth)
    assert found.path == {"y": "y/0", "x": "x"}[place]
    assert (found.verdict, found.reason, found.mode) == ("failed", "dtype", "mode")
    assert found.detail == f"float32 is off by {2 * (limit + 4 * EPS):.1e} of 2.0e+00"


def test_eight_units_of_all_results():
    """y/1 and dparams are 1e4 in every entry, 2e4 in norm: the others may be off by 8 eps √2 2e4."""
    limit = 8 * EPS * math.sqrt(2) * 1e4
    assert check_float32(off_by(0.98 * limit, large=1e4), "", 1) == []
    assert len(check_float32(off_by(1.02 * limit, large=1e4), "", 1)) == 1


def test_four_times_the_scatter():
    """sin(1e4 x) in float32 is off by another amount wherever x is; what is off by the same is no scatter."""
    x = np.random.default_rng(0).uniform(1, 2, 4000)
    calls = []

    def pair(bias):
        def forward(params, x):
            calls.append(x.dtype)
            y = np.sin(x.dtype.type(1e4) * x)
            return y + x.dtype.type(bias if x.dtype == "f4" else 0), ()

        return Pair(forward, lambda p, c, dy: (p, 0 * dy), (), x, 0 * x)

    narrow, wide = (np.sin(kind(1e4) * x.astype("f4").astype(kind)) for kind in (np.float32, np.float64))
    size = np.linalg.norm(narrow - wide) / np.sqrt(x.size)
    assert check_float32(pair(0.0), "", 1) == []
    assert sorted(calls) == [np.float32] * 4 + [np.float64] * 4  # at x, and shaken three times
    limit = np.sqrt((4 * np.sqrt(2)) ** 2 - 1) * size
    assert check_float32(pair(0.9 * limit), "", 1) == []
    assert len(check_float32(pair(1.1 * limit), "", 1)) == 1


def test_what_is_not_finite_is_left_out():
    pair = Pair(lambda p, x: (x / 0 if x.dtype == "f8" else x, ()), lambda p, c, dy: (p, dy), (), X, X)
    with np.errstate(all="ignore"):
        assert check_float32(pair, "", 1) == []


def test_nan_in_float32_is_a_failure():
    pair = Pair(lambda p, x: (x if x.dtype == "f8" else x * np.nan, ()), lambda p, c, dy: (p, dy), (), X, X)
    assert [finding.path for finding in check_float32(pair, "", 1)] == ["y"]


def test_every_wrong_dtype_is_named():
    pair = Pair(lambda p, x: (2 * x, ()), lambda p, c, dy: (p.astype("f8"), dy.astype("f8")), X, X, X)
    found = check_float32(pair, "training", 1)
    assert [(f.path, f.detail) for f in found] == [
        ("params", "float64 in a float32 net"),
        ("x", "float64 in a float32 net"),
    ]


def test_integers_are_left_out():
    pair = Pair(
        lambda p, x: ((2 * x[0], x[1]), ()),
        lambda p, c, dy: (p, (2 * dy[0], dy[1])),
        (),
        (X, np.arange(3)),
        (X, np.zeros(3, int)),
    )
    assert check_float32(pair, "", 1) == []


def test_zero_is_zero():
    pair = Pair(lambda p, x: (0 * x, ()), lambda p, c, dy: (p, 0 * dy), (), X, X)
    assert check_float32(pair, "", 1) == []
