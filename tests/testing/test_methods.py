"""The clauses on init and param_vjp."""

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet.testing.methods import check_init, check_param_vjp

X = np.random.default_rng(0).standard_normal((5, 4)).astype("f4")


@attrs.frozen
class Scales(fn.Layer):
    """y = a x + b x, and what is wrong with init or param_vjp."""

    fault: str = ""
    part: float = 0.0
    large: float = 1.0

    def init(self, key, x):
        dtype = tree_dtype(x) if self.fault != "narrow" else np.dtype("f4")
        dtype = np.dtype("f8") if self.fault == "wide" else dtype
        a = np.ones(4, dtype)
        if self.fault == "hidden":
            a = a * np.random.default_rng().standard_normal()
        if self.fault == "edits":
            x[0] = 0
        return {"a": a, "b": a + 1, "count": np.zeros(2, int)}

    def __call__(self, params, x):
        return params["a"] * x + self.large * params["b"] * x, (x,)

    def vjp(self, params, cache, dy):
        g = (dy * cache[0]).sum(axis=0)
        return {"a": g, "b": self.large * g, "count": params["count"]}, (
            params["a"] + self.large * params["b"]
        ) * dy

    def param_vjp(self, params, cache, dy):
        found = self.vjp(params, cache, dy)[0]
        if self.fault == "value":
            found["a"] = found["a"] * (1 + self.part)
        if self.fault == "dtype in float32" and dy.dtype == "f4":
            found["a"] = found["a"].astype("f8")
        if self.fault == "missing":
            del found["b"]
        for name, array in {"params": params["a"], "cache": cache[0], "dy": dy}.items():
            if self.fault == f"edits {name}":
                array[0] += 1
        return found


def tree_dtype(x):
    return fn.tree.leaves(x)[0].dtype


def of_init(fault="", x=X):
    found = check_init(Scales(fault), fn.Key(0), x)
    return [(finding.path, finding.verdict, finding.reason, finding.detail) for finding in found]


def test_init():
    assert of_init() == []
    assert of_init("hidden") == [("params", "failed", "not repeatable", "init called again")]
    assert of_init("edits", X.copy())[0] == ("x", "failed", "mutated input", "by init")
    assert of_init("narrow") == [
        (f"params/{name}", "failed", "dtype", "float32 for an example of float64") for name in "ab"
    ]
    assert of_init("wide") == [
        (f"params/{name}", "failed", "dtype", "float64 for an example of float32") for name in "ab"
    ]


def test_init_for_integers_and_mixtures():
    integers, mixed = np.arange(4), (X[0], np.arange(4))
    assert of_init("narrow", integers) == []
    assert of_init("narrow", mixed) == []
    assert of_init("wide", integers) == [
        (f"params/{name}", "failed", "dtype", "float64 for an example of int64") for name in "ab"
    ]
    assert of_init("wide", mixed) == [
        (f"params/{name}", "failed", "dtype", "float64 for an example of float32 and int64") for name in "ab"
    ]


def of_param_vjp(layer):
    x = X.astype("f8")
    params = fn.tree.cast(layer.init(fn.Key(0), X), "f8")
    found = check_param_vjp(layer, params, x, "training", np.random.default_rng(0))
    assert {(finding.verdict, finding.mode) for finding in found} <= {("failed", "training")}
    return [(finding.path, finding.reason, finding.detail) for finding in found]


def test_param_vjp():
    assert of_param_vjp(Scales()) == []
    for name in ("params", "cache", "dy"):
        assert of_param_vjp(Scales(f"edits {name}")) == [("params", "mutated input", "by param_vjp")]
    (finding,) = of_param_vjp(Scales("dtype in float32"))
    assert finding[:2] == ("params", "structure")
    assert finding[2].startswith("param_vjp: a: expected dtype float32")
    (finding,) = of_param_vjp(Scales("missing"))
    assert finding[:2] == ("params", "structure")


@pytest.mark.parametrize(("part", "wrong"), [(0.9e-9, False), (1.1e-9, True), (-1.1e-9, True)])
def test_a_billionth_of_the_leaf(part, wrong):
    expected = [("params/a", "value", "param_vjp is not vjp[0]")] if wrong else []
    assert of_param_vjp(Scales("value", part)) == expected


@pytest.mark.parametrize(("part", "wrong"), [(0.9e-4, False), (1.1e-4, True)])
def test_rounding_of_a_large_leaf_excuses_1e_13_of_it(part, wrong):
    """The gradient of b is 1e9 times that of a."""
    assert bool(of_param_vjp(Scales("value", part, 1e9))) is wrong


def test_nan_is_not_the_same():
    assert [path for path, *_ in of_param_vjp(Scales("value", np.nan))] == ["params/a"]


def test_zero_is_zero():
    layer = Scales()
    params = fn.tree.cast(layer.init(fn.Key(0), X), "f8")
    assert check_param_vjp(layer, params, np.zeros((5, 4)), "training", np.random.default_rng(0)) == []
