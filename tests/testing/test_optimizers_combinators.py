"""Checks of optimizers and combinators: ours pass, and each clause has one that breaks it."""

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet.nn.combinators.children import check_layer
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


def findings(check, *args):
    with pytest.raises(fn.testing.GradientError) as caught:
        check(*args)
    return [(f.path, f.reason, f.detail, f.mode) for f in caught.value.report.failures]


@attrs.frozen
class Rule(fn.Optimizer):
    """delta = −g/10, and a change of (delta, state, g, p) on the way out, at a step and in a dtype."""

    change: object
    start: object = ()

    def init(self, params):
        return self.start

    def update(self, g, state, p):
        return self.change(-0.1 * g, state, g, p)


def test_a_right_rule_has_one_finding_a_dtype():
    report = fn.testing.check_optimizer(Rule(lambda delta, state, g, p: (delta, state)), PARAMS, seed=4)
    assert [(f.path, f.verdict, f.mode) for f in report.findings] == [
        ("delta", "ok", dtype) for dtype in ("float16", "float32", "float64")
    ]
    assert report.seed == 4


def wide(condition):
    return lambda delta, state, g, p: (delta.astype("f8") if condition(delta, g, p) else delta, state)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            wide(lambda delta, g, p: p.dtype == "f4"),
            [("delta", "dtype", "float64 for parameters of float32", "float32")] * 10,
        ),
        (
            wide(lambda delta, g, p: p.dtype == "f4" and not g.any()),
            [("delta", "dtype", "float64 for parameters of float32", "float32")] * 5,
        ),
        (
            lambda delta, state, g, p: (
                delta + np.where(g.any() and p.dtype == "f8", np.inf, 0.0).astype(p.dtype),
                state,
            ),
            [("delta", "value", "not finite", "float64")] * 5,
        ),
        (
            lambda delta, state, g, p: (delta[: 5 if p.dtype == "f4" else None], state),
            [("delta", "shape", "(5,) for parameters of shape (20,)", "float32")],
        ),
        (
            lambda delta, state, g, p: (p if p.dtype == "f4" else delta, state),
            [("delta", "aliased output", "shares memory with what update received", "float32")] * 10,
        ),
        (
            lambda delta, state, g, p: (delta, {"m": delta[:2]} if p.dtype == "f4" else ()),
            [("delta", "aliased output", "shares memory with the new state", "float32")] * 10,
        ),
        (
            lambda delta, state, g, p: (
                delta,
                {"m": np.zeros(2, "f2"), "n": np.zeros(2, int)} if p.dtype == "f8" else (),
            ),
            [("state/m", "dtype", "moments in float16", "float64")] * 10,
        ),
    ],
)
def test_each_fault_of_an_optimizer_at_each_step(change, expected):
    assert findings(fn.testing.check_optimizer, Rule(change), PARAMS) == expected


def test_an_optimizer_that_edits_or_differs():
    def edits(delta, state, g, p):
        if p.dtype == "f4":
            state["m"][0] += 1
        return delta, {"m": state["m"].copy()}

    found = findings(fn.testing.check_optimizer, Rule(edits, {"m": np.zeros(2, "f4")}), PARAMS)
    assert ("state", "mutated input", "by update", "float32") in found
    assert {path for path, *_ in found} == {"state", "delta"}
    generator = np.random.default_rng(0)
    found = findings(
        fn.testing.check_optimizer,
        Rule(lambda delta, state, g, p: (delta, generator.random() if p.dtype == "f2" else ())),
        PARAMS,
    )
    assert found == [("delta", "not repeatable", "update called again", "float16")] * 10


def test_gradients_of_zeros_and_then_ordinary_ones_and_the_state_goes_on():
    seen = []

    def looks(delta, state, g, p):
        seen.append((p.dtype.name, float(np.abs(g.astype("f8")).max()), state, p.copy()))
        return delta, (*state, 1)

    fn.testing.check_optimizer(Rule(looks), PARAMS, seed=7)
    zeros = [size == 0 for _, size, *_ in seen]
    assert zeros == ([True] * 15 + [False] * 15) * 3  # two calls to compare and one to go on, five times
    assert [len(state) for *_, state, _ in seen] == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4] * 6
    single = [row for row in seen if row[0] == "float64"][15:]
    generator = np.random.default_rng(7)
    for _ in range(5):
        generator.standard_normal(20)
    g = [generator.standard_normal(20) for _ in range(5)]
    assert [size for _, size, *_ in single[::3]] == pytest.approx([np.abs(row).max() for row in g])
    np.testing.assert_allclose(single[6][3], fn.tree.ravel(fn.tree.cast(PARAMS, "f8")) - 0.1 * (g[0] + g[1]))


def test_a_random_start_is_named():
    @attrs.frozen
    class Random(Rule):
        def init(self, params):
            return np.random.default_rng().random(2)

    found = findings(fn.testing.check_optimizer, Random(lambda delta, state, g, p: (delta, state)), PARAMS)
    assert found == [
        ("state", "not repeatable", "init called again", d) for d in ("float16", "float32", "float64")
    ]


@attrs.frozen
class Loses(fn.Layer):
    """tanh in the place of the layer inside, whose state is lost."""

    layer: fn.Layer = attrs.field(validator=check_layer)

    def __call__(self, params, x):
        return np.tanh(x), np.tanh(x)

    def vjp(self, params, cache, dy):
        return params, dy * (1 - cache * cache)


def test_state_that_is_lost():
    found = findings(fn.testing.check_combinator, Loses, X)
    assert found == [("params", "advance", "the Buffer of the layer inside is lost", "")] * 2


def test_a_mode_that_cannot_be_taken_back():
    @attrs.frozen
    class Trains(fn.Layer):
        layers: frozenset
        training: bool = False

        @property
        def layer(self):
            (layer,) = self.layers
            return fn.training(layer)

        def init(self, key, x):
            return self.layer.init(key, x)

        def __call__(self, params, x):
            return self.layer(params, x)

        def vjp(self, params, cache, dy):
            return self.layer.vjp(params, cache, dy)

        def advance(self, params, cache):
            return self.layer.advance(params, cache)

    found = findings(fn.testing.check_combinator, lambda layer: Trains(frozenset([layer])), X)
    assert {reason for _, reason, *_ in found} == {"advance"}
