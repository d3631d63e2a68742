"""The checker is checked: every clause has a layer that breaks it alone, and right layers pass."""

import pickle
import subprocess
import sys

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet.testing import mutation as kinds

X = np.random.default_rng(0).standard_normal((5, 4))
NETS = {
    "Linear": fn.Linear(3),
    "BatchNorm": fn.BatchNorm(),
    "LogSoftmax": fn.LogSoftmax(),
    "net": fn.Sequential([fn.Linear(7), fn.Gelu(), fn.Linear(2)]),
    "stateful": fn.Sequential([fn.Linear(7), fn.BatchNorm(), fn.Dropout(0.3), fn.Sigmoid(), fn.Linear(2)]),
}


def leaf_names(net):
    return [f"params/{path}" for path in fn.tree.paths(net.init(fn.Key(0), X))] + ["x"]


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("kind", kinds.KINDS)
def test_mutants_are_named(name, kind):
    names = leaf_names(NETS[name])
    if kind == "parameter in the cache" and len(names) == 1:
        return
    for leaf, path in enumerate(names):
        mutant = kinds.Mutant(NETS[name], kind, leaf)
        if name == "stateful" and path == "params/0/b":  # no gradient: the normalisation takes it away
            continue
        with pytest.raises(fn.testing.GradientError) as caught:
            fn.testing.check_layer(mutant, X)
        assert {finding.reason for finding in caught.value.report.failures} == {mutant.reason}
        if mutant.reason in ("value", "shape", "dtype") or kind in ("constant added", "hidden randomness"):
            assert caught.value.paths == (path,)


class Locked:
    """Holds an array and does not pickle."""

    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        return np.array_equal(self.x, other.x)

    def __reduce__(self):
        raise TypeError("locked")


@attrs.frozen
class Base(fn.Layer):
    """A right layer y = a x to be broken, one method at a time."""

    broken: str = ""
    training: bool = False

    def init(self, key, x):
        if self.broken == "init":
            return {"a": np.random.default_rng().standard_normal(x.shape[-1]).astype(x.dtype)}
        if self.broken == "init dtype":
            return {"a": np.ones(x.shape[-1])}
        if self.broken == "init in float32":
            return {"a": np.ones(x.shape[-1], np.float32)}
        if self.broken == "init in place":
            x[:] += 1
        return {"a": np.ones(x.shape[-1], x.dtype)}

    def __call__(self, params, x):
        return params["a"] * x, Locked(x) if self.broken == "pickle" else x

    def vjp(self, params, cache, dy):
        x = cache.x if self.broken == "pickle" else cache
        da, dx = (dy * x).sum(axis=0), params["a"] * dy
        if self.broken == "extra name":
            return {"a": da, "b": da}, dx
        return {"a": da}, dx

    def param_vjp(self, params, cache, dy):
        dparams = self.vjp(params, cache, dy)[0]
        if self.broken == "param_vjp in float64":
            return {"a": dparams["a"].astype(np.float64)}
        if self.broken == "param_vjp in place":
            dy[:] = 0
        if self.broken == "param_vjp by name":
            return {"b": dparams["a"]}
        return {"a": 2 * dparams["a"]} if self.broken == "param_vjp" else dparams

    def advance(self, params, cache):
        if self.broken == "advance in training" and self.training:
            return {"a": params["a"] + 1}
        if self.broken == "advance in inference" and not self.training:
            return {"a": params["a"] + 1}
        if self.broken == "advance in place":
            params["a"].flags.writeable = True
            params["a"][:] += 1
        return params


def test_the_base_is_right():
    assert fn.testing.check_layer(Base(), X).verdict == "ok"


@pytest.mark.parametrize(
    ("broken", "path", "reason"),
    [
        ("init", "params", "not repeatable"),
        ("init dtype", "params/a", "dtype"),
        ("init in float32", "params/a", "dtype"),
        ("init in place", "x", "mutated input"),
        ("pickle", "cache", "pickle"),
        ("extra name", "params", "structure"),
        ("param_vjp", "params/a", "value"),
        ("param_vjp in float64", "params", "structure"),
        ("param_vjp by name", "params", "structure"),
        ("param_vjp in place", "params", "mutated input"),
        ("advance in training", "params/a", "advance"),
        ("advance in inference", "params", "advance"),
        ("advance in place", "params", "mutated input"),
    ],
)
def test_each_clause_has_a_layer_that_breaks_it(broken, path, reason):
    with pytest.raises(fn.testing.GradientError) as caught:
        fn.testing.check_layer(Base(broken), X)
    assert {(f.path, f.reason) for f in caught.value.report.failures} == {(path, reason)}


@attrs.frozen
class ByIndex(fn.Layer):
    """w[x] for a pair of floats, that are passed on, and integers; the dtype of w is a fault if it is set."""

    dtype: str = "float32"

    def init(self, key, x):
        return np.ones(3, self.dtype)

    def __call__(self, params, x):
        floats, integers = x
        return floats + params[integers], integers

    def vjp(self, params, cache, dy):
        dw = np.zeros_like(params)
        np.add.at(dw, cache, dy)
        return dw, (dy.copy(), np.zeros_like(cache))


def test_floats_beside_integers():
    x = (np.arange(4.0), np.array([2, 0, 0, 1]))
    assert fn.testing.check_layer(ByIndex(), x).verdict == "ok"
    wrong = [("params", "dtype", "float64 for an example of float32 and int64")]
    assert failures(fn.testing.check_layer, ByIndex("float64"), x) == wrong
    wide = (np.arange(4.0, dtype="f4"), x[1])
    assert fn.testing.check_layer(ByIndex(), wide, params=np.ones(3)).verdict == "ok"


@pytest.mark.parametrize("scale", [1e-13, 1.0])
def test_param_vjp_has_no_absolute_tolerance(scale):
    @attrs.frozen
    class Small(fn.Layer):
        factor: float

        def __call__(self, params, x):
            return scale * params * x, x

        def vjp(self, params, cache, dy):
            return scale * (dy * cache).sum(axis=0), scale * params * dy

        def param_vjp(self, params, cache, dy):
            return self.factor * self.vjp(params, cache, dy)[0]

    assert fn.testing.check_layer(Small(1.0), X, params=np.ones(4)).verdict == "ok"
    wrong = [("params", "value", "param_vjp is not vjp[0]")]
    assert failures(fn.testing.check_layer, Small(1.0 + 1e-8), X, params=np.ones(4)) == wrong


def test_gradients_may_not_share_memory():
    def vjp(params, cache, dy):
        both = np.stack([dy, 2 * dy])
        return both[1], both[1]

    with pytest.raises(fn.testing.GradientError, match="aliased output"):
        fn.testing.check_vjp(lambda p, x: (2 * x + 2 * p, x), vjp, X.copy(), X)


def test_a_domain_keeps_the_stencil_inside():
    def log(params, x):
        assert (np.real(x) > 0).all()
        return np.log(x), x

    x = np.array([1e-4, 0.5, 3.0])
    report = fn.testing.check_vjp(log, lambda p, c, dy: ((), dy / c), (), x, domain=(0, np.inf))
    assert report.verdict == "ok"
    with pytest.raises(fn.ConfigError, match=r"x inside its domain \(0, inf\)"):
        fn.testing.check_vjp(log_of_abs, lambda p, c, dy: ((), dy / c), (), -x, domain=(0, np.inf))


def log_of_abs(params, x):
    return np.log(np.abs(x)), x


def test_outside_the_domain_is_inconclusive():
    report = fn.testing.check_vjp(
        lambda p, x: (np.where(x == X, x, np.nan), x), lambda p, c, dy: ((), dy.copy()), (), X
    )
    assert {(f.path, f.verdict, f.reason) for f in report.findings} >= {("x", "inconclusive", "domain")}


def test_relu_at_zero_is_right_and_its_double_is_wrong():
    x = np.array([[0.0, 1.0, 2.0, 0.5]])
    assert fn.testing.check_layer(fn.Relu(), x).verdict == "ok"

    def vjp(params, cache, dy):
        return (), dy * np.where(cache > 0, 1.0, 1.5)

    with pytest.raises(fn.testing.GradientError, match=r"at \(0, 0\), between the slopes"):
        fn.testing.check_vjp(lambda p, x: (np.maximum(x, 0), x), vjp, (), x)


def test_kinks_are_told_apart():
    assert fn.testing.check_layer(fn.Relu(), np.zeros((10, 10))).verdict == "ok"
    x = np.random.default_rng(0).standard_normal(1000)
    x[::100] = 0.0
    assert fn.testing.check_layer(fn.Relu(), x).verdict == "ok"
    with pytest.raises(fn.testing.GradientError, match="x: value"):
        fn.testing.check_vjp(lambda p, x: (np.maximum(x, 0), x), lambda p, c, dy: ((), -dy * (c > 0)), (), x)


def test_too_many_kinks_at_once_are_inconclusive():
    x = np.zeros((40, 40))
    assert fn.testing.check_layer(fn.Relu(), x).verdict == "inconclusive"
    assert fn.testing.check_layer(fn.Relu(), x, mode="full").verdict == "ok"


def test_full_mode_names_the_entry():
    def vjp(params, cache, dy):
        dx = 2 * cache * dy
        dx[1, 2] *= 1.01
        return (), dx

    with pytest.raises(fn.testing.GradientError, match=r"x: value, at \(1, 2\)"):
        fn.testing.check_vjp(lambda p, x: (x * x, x), vjp, (), X[:2], mode="full")


def test_direction_mode_names_the_worst_entry():
    def vjp(params, cache, dy):
        dx = 2 * cache * dy
        dx[3, 1] += dy[3, 1]
        return (), dx

    with pytest.raises(fn.testing.GradientError, match=r"worst at \(3, 1\)"):
        fn.testing.check_vjp(lambda p, x: (x * x, x), vjp, (), X)


@pytest.mark.parametrize("layer", [fn.Tanh(), fn.Sigmoid(), fn.Silu(), fn.Softmax()])
def test_complex_steps_are_exact(layer):
    net = fn.Sequential([fn.Linear(3), layer])
    report = fn.testing.check_layer(net, X, analytic=True)
    assert report.verdict == "ok"
    assert max(finding.error for finding in report.findings) < 1e-12


def test_complex_steps_find_out_abs():
    with pytest.raises(fn.testing.GradientError, match="not analytic"):
        fn.testing.check_vjp(
            lambda p, x: (np.abs(x), np.sign(x)), lambda p, c, dy: ((), c * dy), (), X, analytic=True
        )


@pytest.mark.parametrize("size", [1_000, 100_000])
def test_blind_spots_of_others(size):
    x = np.random.default_rng(1).standard_normal(size)

    def forward(params, x):
        return np.array([np.sin(x).sum()]), x

    def check(change, scale=1.0):
        fn.testing.check_vjp(
            lambda p, x: (scale * forward(p, x)[0], x),
            lambda p, c, dy: ((), change(scale * np.cos(c) * dy)),
            (),
            x,
        )

    def dead(g):
        g[size // 2] = 0
        return g

    check(lambda g: g)
    for change, scale in (
        (dead, 1.0),
        (lambda g: 1.25 * g, 1.0),
        (lambda g: 1.001 * g, 1.0),
        (lambda g: -g, 5e-7 / size),
    ):
        with pytest.raises(fn.testing.GradientError, match="x: value"):
            check(change, scale)


def test_float32_promotion_is_found():
    def forward(params, x):
        return x * np.float64(2), x

    with pytest.raises(fn.testing.GradientError, match="dtype, float64 in a float32 net"):
        fn.testing.check_vjp(forward, lambda p, c, dy: ((), 2 * dy), (), X)


def test_float32_cancellation_is_found():
    def forward(params, x):
        far = x + x.dtype.type(1e6)
        return (far - x.dtype.type(1e6)) * 3, x

    with pytest.raises(fn.testing.GradientError, match="y: dtype, float32 is off by"):
        fn.testing.check_vjp(forward, lambda p, c, dy: ((), 3 * dy), (), X)


def test_losses_and_penalties():
    y, t = X, np.abs(X)
    assert fn.testing.check_loss(fn.MeanSquaredError(), y, t).verdict == "ok"
    with pytest.raises(fn.testing.GradientError, match="y: value"):
        fn.testing.check_loss(lambda y, t: (np.square(y - t).mean(), (y - t) / y.size), y, t)
    params = fn.Linear(3).init(fn.Key(0), X)
    assert fn.testing.check_penalty(fn.L2(0.1), params).verdict == "ok"
    with pytest.raises(fn.testing.GradientError, match="params/w: value"):
        fn.testing.check_penalty(lambda p: (fn.L2(0.1)(p)[0], fn.L2(0.2)(p)[1]), params)


def squares(value_type=np.asarray, scale=2.0):
    """The mean squared error, written by hand; its value of some type."""

    def loss(y, target):
        return value_type(np.square(y - target).mean()), scale * (y - target) / y.size

    return loss


def failures(check, *args, **kwargs):
    with pytest.raises(fn.testing.GradientError) as caught:
        check(*args, **kwargs)
    return [(f.path, f.reason, f.detail) for f in caught.value.report.failures]


@pytest.mark.parametrize("y", [X, X.astype("f4"), X.astype("f2")])
@pytest.mark.parametrize("target", [X / 2, (X / 2).astype("f4"), fn.Weighted(X / 2, np.ones(5))])
def test_a_target_is_cast_as_y_is(y, target):
    loss = fn.MeanSquaredError() if isinstance(target, fn.Weighted) else squares()
    report = fn.testing.check_loss(loss, y, target)
    assert report.verdict == "ok"
    assert [finding.path for finding in report.findings] == ["y"]


@pytest.mark.parametrize("seed", range(3))
def test_a_target_that_float32_cannot_hold(seed):
    y, z = np.random.default_rng(seed).standard_normal((2, 5, 4))
    assert fn.testing.check_loss(squares(), y + 1e4, z + 1e4).verdict == "ok"
    p = np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
    assert fn.testing.check_loss(fn.SoftmaxCrossEntropy(), y, p, mode="full").verdict == "ok"


def test_a_value_without_a_dtype_may_be_any():
    assert fn.testing.check_loss(squares(float), X, X / 2).verdict == "ok"
    assert fn.testing.check_loss(lambda y, t: (7, 0 * y), X, ()).verdict == "ok"
    wrong = [("value", "dtype", "float64 in a float32 net")]
    assert failures(fn.testing.check_loss, squares(np.float64), X, X / 2) == wrong


def test_leaves_of_losses_are_called_what_they_are():
    params = {"a": {"w": X}, "b": fn.Buffer(X)}

    def penalty(params):
        w = params["a"]["w"]
        return np.square(w).sum(), {"a": {"w": 3 * w}, "b": params["b"]}

    def norm(y):
        return np.square(y["left"]).sum(), {"left": 3 * y["left"]}

    assert {path for path, *_ in failures(fn.testing.check_penalty, penalty, params)} == {"params/a/w"}
    assert {path for path, *_ in failures(fn.testing.check_loss, lambda y, _: norm(y), {"left": X}, ())} == {
        "y/left"
    }
    with pytest.raises(fn.testing.GradientError, match=r"^penalty: .* got params/a/w: value"):
        fn.testing.check_penalty(penalty, params)
    with pytest.raises(fn.testing.GradientError, match=r"^loss: .* got y: value"):
        fn.testing.check_loss(squares(scale=3.0), X, X / 2)
    wide = failures(
        fn.testing.check_loss, lambda y, t: (squares()(y, t)[0], np.float64(2) * (y - t) / y.size), X, X / 2
    )
    assert wide == [("y", "dtype", "float64 in a float32 net")]


def test_losses_are_pure():
    def edits_target(y, target):
        target[0] = 0.0
        return squares()(y, target)

    def edits_y(y, target):
        y *= 2
        return squares()(y, target)

    generator = np.random.default_rng(0)

    def draws(y, target):
        value, dy = squares()(y, target)
        return value, dy * generator.random()

    assert failures(fn.testing.check_loss, edits_target, X, X / 2) == [("target", "mutated input", "")]
    assert failures(fn.testing.check_loss, edits_y, X, X / 2) == [
        ("y", "mutated input", "by the forward pass")
    ]
    assert ("dy", "not repeatable", "forward called again") in failures(
        fn.testing.check_loss, draws, X, X / 2
    )


def negate(x):
    return np.negative(x, out=x)


def test_assert_pure():
    assert fn.testing.assert_pure(np.add, X, X).tobytes() == (X + X).tobytes()
    with pytest.raises(
        fn.testing.GradientError,
        match=r"^negate: .* got argument 0: mutated input\nnegate: failed \(repeat with seed=0\)",
    ):
        fn.testing.assert_pure(negate, X.copy())
    generator = np.random.default_rng(0)
    with pytest.raises(fn.testing.GradientError, match="result: not repeatable"):
        fn.testing.assert_pure(lambda x: x + generator.random(), X)


def test_assert_pure_sees_what_only_a_second_call_does():
    calls, kept = [], np.zeros(1)

    def edits_later(a, b):
        calls.append(1)
        if len(calls) == 2:
            b[0] = 7.0
        return a.copy()

    def fills_again(a):
        kept[:] += 1.0
        return kept

    assert failures(fn.testing.assert_pure, edits_later, X, X.copy()) == [("argument 1", "mutated input", "")]
    assert failures(fn.testing.assert_pure, fills_again, X) == [("result", "not repeatable", "")]


def test_reports_repeat_and_pickle():
    first, second = (fn.testing.check_layer(NETS["net"], X, seed=3) for _ in range(2))
    assert first == second
    assert "repeat with seed=3" in str(first)
    with pytest.raises(fn.testing.GradientError) as caught:
        fn.testing.check_layer(kinds.Mutant(fn.Linear(3), "wrong sign", 0), X)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_cost_does_not_grow_with_the_number_of_parameters():
    calls = []

    def forward(params, x):
        calls.append(1)
        return x @ params, x

    def vjp(params, cache, dy):
        return cache.T @ dy, dy @ params.T

    counts = []
    for width in (4, 400):
        calls.clear()
        x = np.random.default_rng(0).standard_normal((3, width))
        fn.testing.check_vjp(forward, vjp, np.random.default_rng(1).standard_normal((width, width)), x)
        counts.append(len(calls))
    assert counts[0] == counts[1] < 60


FAILING = """
import numpy as np, funnet as fn

class Wrong(fn.Layer):
    def __call__(self, params, x):
        return 2 * x, ()
    def vjp(self, params, cache, dy):
        return params, 3 * dy

def test_layer():
    fn.testing.check_layer(Wrong(), np.ones(3))

def test_vjp():
    fn.testing.check_vjp(lambda p, x: (2 * x, ()), lambda p, c, dy: (p, 3 * dy), (), np.ones(3))

def test_loss():
    fn.testing.check_loss(lambda y, t: (y.sum(), 2 * np.ones_like(y)), np.ones(3), ())

def test_penalty():
    fn.testing.check_penalty(lambda p: (p.sum(), 2 * np.ones_like(p)), np.ones(3))

def test_pure():
    fn.testing.assert_pure(lambda x: np.add(x, 1, out=x), np.ones(3))

def test_combinator():
    fn.testing.check_combinator(lambda layer: fn.Sequential([layer, Wrong()]), np.eye(3))

def test_optimizer():
    class Mutates(fn.Optimizer):
        def update(self, g, state, p):
            g *= 2
            return -g, state
    fn.testing.check_optimizer(Mutates(), np.ones(3))
"""


def test_a_failure_shows_the_line_of_the_user(tmp_path):
    path = tmp_path / "test_user.py"
    path.write_text(FAILING)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", str(path)]
    shown = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False).stdout
    assert "7 failed" in shown
    assert shown.count("E   funnet.testing.report.GradientError") == 7
    where = [line for line in shown.splitlines() if ": in " in line]
    assert [line.partition(":")[0] for line in where] == ["test_user.py"] * 7
