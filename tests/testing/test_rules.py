"""Checks of optimizers and combinators: ours pass, and each clause has one that breaks it."""

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet.combinators.children import check_layer
from tests.optim.test_contract import ROWS as OURS

X = np.random.default_rng(0).standard_normal((5, 3))
NET = fn.Sequential({"hidden": fn.Linear(3), "out": fn.Linear(2)})
PARAMS = NET.init(fn.Key(0), X)


@pytest.mark.parametrize(
    "optimizer",
    [*OURS, fn.chain(fn.clip_by_norm(1.0), fn.weight_decay(0.1, where="hidden/*"), fn.adam(1e-2))],
    ids=str,
)
def test_our_optimizers(optimizer):
    assert fn.testing.check_optimizer(optimizer, PARAMS).verdict == "ok"


@attrs.frozen
class Broken(fn.Optimizer):
    """Gradient descent with a fault."""

    fault: str
    steps: list = attrs.field(factory=list)

    def init(self, params):
        if self.fault == "state in float16":
            return np.zeros(3, np.float16)
        return np.random.default_rng().random() if self.fault == "random start" else 0

    def update(self, g, state, p):
        delta = -0.1 * g
        if self.fault == "gradient edited":
            g *= 2
        if self.fault == "alias":
            delta = g
        if self.fault == "kept":
            return delta, (delta,)
        if self.fault == "hidden count":
            self.steps.append(1)
            delta = delta / len(self.steps)
        if self.fault == "double":
            delta = delta.astype(np.float64)
        if self.fault == "scalar":
            delta = delta.sum(keepdims=True)
        if self.fault == "zero over zero":
            with np.errstate(all="ignore"):
                delta = g / np.sqrt(np.square(g).sum())
        return delta, state


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("state in float16", "dtype"),
        ("random start", "not repeatable"),
        ("gradient edited", "mutated input"),
        ("alias", "aliased output"),
        ("kept", "aliased output"),
        ("hidden count", "not repeatable"),
        ("double", "dtype"),
        ("scalar", "shape"),
        ("zero over zero", "value"),
    ],
)
def test_broken_optimizers(fault, reason):
    with pytest.raises(fn.testing.GradientError) as caught:
        fn.testing.check_optimizer(Broken(fault), PARAMS)
    assert reason in {finding.reason for finding in caught.value.report.failures}


@pytest.mark.parametrize(
    "combinator",
    [
        fn.Residual,
        fn.Frozen,
        lambda layer: fn.Sequential([fn.Linear(4), layer, layer]),
        lambda layer: fn.Sequential({"first": layer}),
        lambda layer: fn.Branch([layer, fn.Tanh()]),
        lambda layer: fn.Residual(fn.Frozen(fn.Sequential([layer]))),
        lambda layer: fn.Sequential([fn.BatchNorm(), fn.Dropout(0.3), layer]),
        lambda layer: fn.Sequential([fn.Frozen(fn.Linear(3)), layer]),
        lambda layer: fn.Repeat(layer, 2),
        lambda layer: fn.Repeat(layer, 2, shared=True),
        lambda layer: fn.Branch([fn.Remat(layer), layer]),
    ],
)
def test_our_combinators(combinator):
    assert fn.testing.check_combinator(combinator, X).verdict == "ok"


def test_a_combinator_of_floats_and_integers():
    def beside(layer):
        return fn.Sequential([fn.Parallel([layer, fn.Embedding(9, 3)]), fn.Add()])

    assert fn.testing.check_combinator(beside, (X, np.arange(5))).verdict == "ok"


@attrs.frozen
class Twice(fn.Layer):
    """f(f(x)) with the same parameters, and a fault."""

    layer: fn.Layer = attrs.field(validator=check_layer)
    fault: str = ""

    def init(self, key, x):
        return self.layer.init(key, x)

    def __call__(self, params, x):
        h, first = self.layer(params, x)
        y, second = self.layer(params, h)
        return y, (first, second)

    def vjp(self, params, cache, dy):
        first, second = cache
        d2, dh = self.layer.vjp(params, second, dy)
        d1, dx = self.layer.vjp(params, first, dh)
        return (d2 if self.fault == "one use" else fn.tree.map(np.add, d1, d2)), dx

    def advance(self, params, cache):
        return params if self.fault == "advance" else self.layer.advance(params, cache[0])


@attrs.frozen
class Held(fn.Layer):
    """A layer inside, out of reach of the mode."""

    layers: frozenset

    def init(self, key, x):
        return next(iter(self.layers)).init(key, x)

    def __call__(self, params, x):
        return next(iter(self.layers))(params, x)

    def vjp(self, params, cache, dy):
        return next(iter(self.layers)).vjp(params, cache, dy)

    def advance(self, params, cache):
        return next(iter(self.layers)).advance(params, cache)


def test_broken_combinators():
    assert fn.testing.check_combinator(Twice, X).verdict == "ok"
    with pytest.raises(fn.testing.GradientError, match="params/0/scale: value"):
        fn.testing.check_combinator(lambda layer: Twice(layer, "one use"), X)
    with pytest.raises(fn.testing.GradientError, match="params/0/moments: advance, BatchNorm"):
        fn.testing.check_combinator(lambda layer: Twice(layer, "advance"), X)
    with pytest.raises(fn.testing.GradientError, match="advance, not renewed in training"):
        fn.testing.check_combinator(lambda layer: Held(frozenset([layer])), X)
