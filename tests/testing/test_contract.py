"""The clauses without numerics, one pair of functions for each way to break them."""

import numpy as np
import pytest

from funnet.core.containers import Buffer
from funnet.testing.contract import check_contract
from funnet.testing.subject import Pair

X = np.random.default_rng(0).standard_normal((5, 4))
W = np.random.default_rng(1).standard_normal(4)


def forward(params, x):
    return {"y": params["w"] * x}, x


def vjp(params, cache, dy):
    return {"w": (dy["y"] * cache).sum(axis=0), "state": params["state"]}, params["w"] * dy["y"]


def found(f=forward, g=vjp, params=None, x=X):
    params = {"w": W, "state": Buffer(W)} if params is None else params
    pair = Pair(f, g, params, x, {"y": np.random.default_rng(2).standard_normal((5, 4))})
    report = check_contract(pair, "some mode", np.random.default_rng(3))
    assert {finding.mode for finding in report} <= {"some mode"}
    assert {finding.verdict for finding in report} <= {"failed"}
    return [(finding.path, finding.reason, finding.detail) for finding in report]


def test_the_pair_is_right():
    assert found() == []


def broken(change):
    """vjp with a change of its result."""
    return lambda params, cache, dy: change(*vjp(params, cache, dy))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda dp, dx: (dp, dx[:2]), [("x", "shape", "expected shape (5, 4), got shape (2, 4)")]),
        (lambda dp, dx: (dp, dx.astype("f4")), [("x", "dtype", "expected dtype float64, got dtype float32")]),
        (
            lambda dp, dx: (dp | {"w": dp["w"][None]}, dx),
            [("params/w", "shape", "expected shape (4,), got shape (1, 4)")],
        ),
        (
            lambda dp, dx: (dp | {"state": Buffer(W + 1)}, dx),
            [("params", "structure", "a Buffer did not come back as it went in")],
        ),
        (lambda dp, dx: ({"w": dp["w"]}, (dx,)), ["params", "x"]),
    ],
)
def test_structure(change, expected):
    result = found(g=broken(change))
    if isinstance(expected[0], str):
        assert [(path, reason) for path, reason, _ in result] == [(path, "structure") for path in expected]
    else:
        assert result == expected


def test_nested_buffers_come_back():
    params = {"w": W, "state": (Buffer(W), [Buffer(X)])}
    assert found(params=params) == []
    changed = {"state": (Buffer(W), [Buffer(X + 1)])}
    (finding,) = found(g=broken(lambda dp, dx: (dp | changed, dx)), params=params)
    assert finding == ("params", "structure", "a Buffer did not come back as it went in")


def edits(name):
    def forward_(params, x):
        if name == "x":
            x *= 2
        if name == "params":
            params["w"][:] = 0
        return {"y": params["w"] * x}, x

    def vjp_(params, cache, dy):
        result = vjp(params, cache, dy)
        {"w": params["w"], "cache": cache, "dy": dy["y"]}.get(name, np.zeros(1))[0] += 1
        return result

    return {"f": forward_, "g": vjp_}


@pytest.mark.parametrize(
    ("name", "path", "by"),
    [
        ("x", "x", "by the forward pass"),
        ("params", "params/w", "by the forward pass"),
        ("w", "params/w", "by vjp"),
        ("cache", "cache", "by vjp"),
        ("dy", "dy/y", "by vjp"),
    ],
)
def test_what_is_edited_is_named(name, path, by):
    assert found(**edits(name)) == [(path, "mutated input", by)]


class Unsteady:
    """Adds 1 to some leaf from the n-th call on."""

    def __init__(self, f, calls, change):
        self.f, self.calls, self.change, self.count = f, calls, change, 0

    def __call__(self, *args):
        self.count += 1
        result = self.f(*args)
        return self.change(result) if self.count > self.calls else result


def test_a_forward_pass_that_differs():
    later = Unsteady(forward, 3, lambda made: ({"y": made[0]["y"] + 1}, made[1]))
    assert found(f=later) == [("y/y", "not repeatable", "forward called again")]
    later = Unsteady(forward, 3, lambda made: (made[0], made[1] + 1))
    assert found(f=later)[0] == ("cache", "not repeatable", "forward called again")
    structure = Unsteady(forward, 3, lambda made: (made[0], (made[1], made[1])))
    assert found(f=structure, g=lambda p, c, dy: vjp(p, c[0] if type(c) is tuple else c, dy))[0] == (
        "cache",
        "not repeatable",
        "forward called again",
    )


@pytest.mark.parametrize(
    ("calls", "hows"),
    [
        (
            3,
            [
                "called again, after a pass at another point",
                *["called from eight threads"] * 8,
                "with a pickled cache",
            ],
        ),
    ],
)
def test_a_vjp_that_differs(calls, hows):
    """Calls before: for purity, for structure, and the first of this clause; the threads come next."""
    later = Unsteady(vjp, calls, lambda made: (made[0], made[1] + 1))
    result = found(g=later)
    assert [path for path, *_ in result] == ["x"] * len(hows)
    assert {reason for _, reason, _ in result} == {"not repeatable"}
    assert [detail for *_, detail in result] == [f"vjp {how}" for how in hows]


def test_a_pass_at_another_point_changes_nothing():
    """The cache is kept outside: it is that of the last pass."""
    seen = []

    def remembers(params, x):
        seen[:] = [x]
        return forward(params, x)

    result = found(f=remembers, g=lambda params, cache, dy: vjp(params, seen[0], dy))
    assert result[0] == ("params/w", "not repeatable", "vjp called again, after a pass at another point")


NAMELESS = (lambda: 0,)


def test_a_cache_that_does_not_pickle():
    (finding,) = found(
        f=lambda p, x: (forward(p, x)[0], (x, NAMELESS)),
        g=lambda p, c, dy: vjp(p, c[0], dy),
    )
    assert finding[:2] == ("cache", "pickle")
    assert "lambda" in finding[2]


def test_aliases():
    def row(path, detail):
        return (path, "aliased output", detail)

    assert row("x", "shares memory with cache") in found(
        f=lambda p, x: ({"y": 0 * x}, np.zeros((5, 4))), g=lambda p, c, dy: ({**p, "w": 0 * W}, c)
    )
    assert row("x", "shares memory with dy/y") in found(
        f=lambda p, x: ({"y": x + 0}, ()), g=lambda p, c, dy: ({**p, "w": 0 * W}, dy["y"])
    )
    assert row("x", "shares memory with the input x") in found(
        f=lambda p, x: ({"y": 0 * x}, x), g=lambda p, c, dy: ({**p, "w": 0 * W}, c)
    )
    assert row("params/w", "shares memory with params/w") in found(
        f=lambda p, x: ({"y": 0 * x}, ()), g=lambda p, c, dy: (p, 0 * X)
    )
    kept = np.zeros((5, 4))
    assert found(f=lambda p, x: ({"y": 0 * x}, ()), g=lambda p, c, dy: ({**p, "w": 0 * W}, kept)) == [
        row("x", "shares memory with the result of another call")
    ]
    assert found(f=lambda p, x: ({"y": 0 * x}, ()), g=lambda p, c, dy: ({**p, "w": kept[0]}, 0 * X)) == [
        row("params/w", "shares memory with the result of another call")
    ]

    def both(params, cache, dy):
        made = np.zeros((6, 4))
        return {**params, "w": made[0]}, made[:5]

    assert found(f=lambda p, x: ({"y": 0 * x}, ()), g=both) == [
        row("params/w", "shares memory with the gradient of x")
    ]


def test_a_parameter_in_the_cache():
    result = found(
        f=lambda p, x: (forward(p, x)[0], {"x": x, "w": p["w"][:2]}), g=lambda p, c, dy: vjp(p, c["x"], dy)
    )
    assert result == [("cache/w", "parameter in cache", "params/w")]


@pytest.mark.parametrize(("part", "flagged"), [(1e-7, True), (1e-8, True), (2e-11, False)])
def test_a_bend_in_dy(part, flagged):
    """A billionth of the two gradients that are added, and not much more."""
    bent = found(g=lambda p, c, dy: (lambda dp, dx: (dp, dx + part * np.abs(dx)))(*vjp(p, c, dy)))
    assert [(path, reason) for path, reason, _ in bent] == ([("x", "not linear in dy")] if flagged else [])
    if flagged:
        assert 0.05 * part < float(bent[0][2].removeprefix("off by ")) < 2 * part


def test_a_bend_beside_a_large_gradient():
    """dw is 1e5 of dx: rounding of the large one excuses 1e-13 of it in the small one."""

    def scaled(part):
        def g(params, cache, dy):
            dp, dx = vjp(params, cache, dy)
            return {**dp, "w": 1e9 * dp["w"]}, dx + part * np.abs(dx)

        return found(f=forward, g=g)

    assert scaled(2e-6) == []
    assert [path for path, *_ in scaled(1e-2)] == ["x"]


def test_zeros_give_exact_zeros():
    result = found(g=lambda p, c, dy: (lambda dp, dx: (dp, dx + 1e-300))(*vjp(p, c, dy)))
    assert result == [("x", "not linear in dy", "the gradient of a dy of zeros is not zero")]
    result = found(g=lambda p, c, dy: (lambda dp, dx: (dp, dx + 1.0))(*vjp(p, c, dy)))
    assert result == [("x", "not linear in dy", "the gradient of a dy of zeros is not zero")]


def test_a_gradient_of_nothing_but_zeros_is_linear():
    assert found(f=lambda p, x: ({"y": 0 * x}, ()), g=lambda p, c, dy: ({**p, "w": 0 * W}, 0 * X)) == []


def test_integers_have_no_slope():
    x = (X, np.array([1, 2]))
    assert (
        found(
            f=lambda p, x: ({"y": p["w"] * x[0]}, x[0]),
            g=lambda p, c, dy: (lambda dp, dx: (dp, (dx, np.zeros(2, int))))(*vjp(p, c, dy)),
            x=x,
        )
        == []
    )
