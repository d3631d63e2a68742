"""Minimisation through SciPy: known minima, what counts, and how it ends."""

import sys
from importlib.machinery import BuiltinImporter

import numpy as np
import pytest

import funnet as fn

METHODS = ("L-BFGS-B", "CG", "BFGS", "TNC", "SLSQP")
X = fn.Key(0).generator().standard_normal((60, 3))
T = np.sin(X @ np.array([[1.0], [2.0], [-1.0]]))
NET, LOSS = fn.Sequential([fn.Linear(6), fn.Tanh(), fn.Linear(1)]), fn.MeanSquaredError()
PARAMS = NET.init(fn.Key(1), X)


def ridge():
    """The normal equations of ½ Σ (x w + b − t)² / N + ½ λ Σ w², with no penalty on b."""
    ones = np.concatenate([X, np.ones((60, 1))], axis=1)
    h = ones.T @ ones / 60 + 0.1 * np.diag([1, 1, 1, 0])
    solution = np.linalg.solve(h, ones.T @ T / 60)
    return solution[:3], solution[3]


def half_mean_square(y, target):
    value, dy = LOSS(y, target)
    return value / 2, dy / 2


@pytest.mark.parametrize("method", METHODS)
def test_a_linear_net_gets_to_the_normal_equations(method):
    net = fn.Linear(1)
    params = net.init(fn.Key(0), X)
    found, minimum = fn.minimize(net, half_mean_square, params, X, T, method, penalty=fn.L2(0.1))
    w, b = ridge()
    np.testing.assert_allclose(found.w, w, atol=1e-3)
    np.testing.assert_allclose(found.b, b, atol=1e-3)
    assert minimum.converged
    assert minimum.gradient_norm < 1e-3
    assert 0 < minimum.iterations <= minimum.evaluations == len(minimum.history) < 100
    value, dparams = fn.value_and_grad(net, half_mean_square, found, X, T, penalty=fn.L2(0.1))
    assert minimum.value == pytest.approx(value, rel=1e-12)
    assert minimum.gradient_norm == pytest.approx(np.linalg.norm(fn.tree.ravel(dparams)), rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_the_limit_of_evaluations_hands_back_the_best_so_far(method):
    found, minimum = fn.minimize(NET, LOSS, PARAMS, X, T, method, evaluations=9)
    assert (minimum.evaluations, minimum.converged) == (9, False)
    assert minimum.message == "stopped after 9 evaluations"
    losses = minimum.history["loss"]
    assert minimum.history["evaluation"].tolist() == list(range(1, 10))
    assert losses[0] == pytest.approx(float(LOSS(NET(PARAMS, X)[0], T)[0]))
    assert minimum.value == losses.min() < losses[0]
    assert minimum.gradient_norm == minimum.history["gradient"][losses.argmin()]
    assert float(LOSS(NET(found, X)[0], T)[0]) == pytest.approx(minimum.value, rel=1e-12)


def test_the_best_need_not_be_the_last():
    losses = fn.minimize(NET, LOSS, PARAMS, X, T, evaluations=60)[1].history["loss"]
    worse = 1 + int(np.flatnonzero(losses > np.minimum.accumulate(losses))[0])
    found, minimum = fn.minimize(NET, LOSS, PARAMS, X, T, evaluations=worse)
    assert minimum.value == losses[:worse].min() < losses[worse - 1]
    assert float(LOSS(NET(found, X)[0], T)[0]) == pytest.approx(minimum.value, rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_it_computes_in_float64_and_gives_back_the_dtype(dtype):
    net = fn.Sequential([fn.Linear(6), fn.Tanh(), fn.Linear(1)])
    narrow = fn.tree.cast(PARAMS, dtype)
    found, minimum = fn.minimize(net, LOSS, narrow, X.astype(dtype), T.astype(dtype), evaluations=40)
    wide, other = fn.minimize(
        *(net, LOSS, fn.tree.cast(narrow, np.float64)),
        *(X.astype(dtype).astype(float), T.astype(dtype).astype(float)),
        evaluations=40,
    )
    assert fn.tree.equal(found, fn.tree.cast(wide, dtype))
    assert minimum == other


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [1e-3, 3e-3, 1e-2])
def test_it_has_converged_where_the_gradient_is_small_however_small_the_loss(method, size):
    line = X.sum(axis=1, keepdims=True)
    for net, target in ((NET, T), (fn.Linear(1), line)):
        _, minimum = fn.minimize(net, LOSS, net.init(fn.Key(1), X), X, size * target, method)
        assert minimum.converged
        assert minimum.gradient_norm < 3e-5


@pytest.mark.parametrize("method", ["L-BFGS-B", "TNC", "SLSQP"])
def test_the_end_by_the_fall_of_the_loss_is_an_option(method):
    _, loose = fn.minimize(NET, LOSS, PARAMS, X, T, method, options={"ftol": 1e-2})
    assert loose.converged
    assert loose.gradient_norm > 1e-4


def test_float32_does_not_stall_it():
    net, x = fn.Linear(1), X.astype(np.float32)
    params, exact = net.init(fn.Key(0), x), {"ftol": 0.0, "gtol": 1e-9}
    _, minimum = fn.minimize(net, LOSS, params, x, T.astype(np.float32), options=exact)
    assert minimum.gradient_norm < 1e-8


def test_the_network_is_in_inference_and_its_buffers_stay():
    net = fn.Sequential([fn.Linear(6), fn.BatchNorm(), fn.Dropout(0.5), fn.Tanh(), fn.Linear(1)])
    params = net.init(fn.Key(0), X)
    found, minimum = fn.minimize(fn.training(net), LOSS, params, X, T, evaluations=30)
    assert minimum.value == pytest.approx(fn.evaluate(net, LOSS, found, (X, T))["loss"], rel=1e-12)
    same = fn.tree.unravel(found, fn.tree.ravel(params))
    assert fn.tree.equal(same, params)


def test_nothing_given_is_changed_and_twice_is_the_same():
    before = fn.tree.fingerprint((PARAMS, X, T))
    runs = [fn.minimize(NET, LOSS, PARAMS, X, T, evaluations=20) for _ in range(2)]
    assert fn.tree.fingerprint((PARAMS, X, T)) == before
    assert fn.tree.equal(runs[0][0], runs[1][0])
    assert runs[0][1] == runs[1][1]
    assert all(not leaf.flags.writeable for leaf in fn.tree.leaves(runs[0][0]))


def test_options_go_to_scipy():
    _, loose = fn.minimize(NET, LOSS, PARAMS, X, T, options={"gtol": 0.5})
    assert loose.converged
    assert loose.evaluations < 5
    assert fn.minimize(NET, LOSS, PARAMS, X, T, options={"maxiter": 3})[1].iterations == 3


class Fails:
    """A loss that gives something else the fourth time."""

    def __init__(self, fourth):
        self.fourth, self.calls = fourth, 0

    def __call__(self, y, target):
        self.calls += 1
        if self.calls == 4 and isinstance(self.fourth, BaseException):
            raise self.fourth
        value, dy = LOSS(y, target)
        return (self.fourth if self.calls == 4 else value), dy


@pytest.mark.parametrize("method", METHODS)
def test_ctrl_c_hands_back_the_best_so_far(method):
    found, minimum = fn.minimize(NET, Fails(KeyboardInterrupt()), PARAMS, X, T, method)
    assert (minimum.message, minimum.evaluations, minimum.converged) == ("interrupted", 3, False)
    assert float(LOSS(NET(found, X)[0], T)[0]) == pytest.approx(minimum.history["loss"].min())


@pytest.mark.parametrize("method", METHODS)
def test_what_is_not_finite_is_an_error_with_the_best_so_far(method):
    with pytest.raises(
        fn.NonFiniteError, match=r"^evaluation 4: expected a finite loss .* got nan$"
    ) as caught:
        fn.minimize(NET, Fails(np.nan), PARAMS, X, T, method)
    losses = caught.value.history["loss"]
    assert len(losses) == 3
    assert float(LOSS(NET(caught.value.state, X)[0], T)[0]) == pytest.approx(losses.min())


def test_what_is_not_finite_is_named():
    x = X.copy()
    x[7, 1] = np.inf
    with np.errstate(all="warn", under="ignore"), pytest.raises(fn.NonFiniteError) as caught:
        fn.minimize(fn.Linear(1), LOSS, fn.Linear(1).init(fn.Key(0), X), x, T)
    assert "evaluation 1: expected a finite loss (the first is inf at (7, 1) in the batch's x)" in str(
        caught.value
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"method": "Nelder-Mead"},
            "minimize: expected method to be one of L-BFGS-B, CG, BFGS, TNC, SLSQP, got 'Nelder-Mead'",
        ),
        ({"evaluations": 0}, "minimize: expected evaluations to be a positive integer, got 0"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(fn.ConfigError) as caught:
        fn.minimize(NET, LOSS, PARAMS, X, T, **options)
    assert str(caught.value) == message


def test_a_net_without_parameters():
    with pytest.raises(fn.TreeError, match="minimize: expected parameters to change, got none"):
        fn.minimize(fn.Tanh(), LOSS, (), X, X)


def test_without_scipy_the_error_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "scipy"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [BuiltinImporter])
    with pytest.raises(fn.MissingExtraError, match=r"run: pip install 'funnet\[scipy\]'"):
        fn.minimize(NET, LOSS, PARAMS, X, T)


# the losses after 50,000 steps of sgd(0.1), as examples/spiral.py prints them
GRADIENT_DESCENT = {"sigmoid": (fn.Sigmoid(), 0.2908), "ReLU": (fn.Relu(), 0.0775)}


@pytest.mark.parametrize("name", GRADIENT_DESCENT)
def test_on_the_spiral_it_needs_a_hundredth_of_the_evaluations_of_gradient_descent(name):
    activation, reached = GRADIENT_DESCENT[name]
    key, w_init = fn.Key(0), fn.initializers.normal(0.1)
    x, labels = fn.data.spiral(key.child("data"))
    (x,) = fn.data.normalise(x)
    widths = (50, 50, 3)
    net = fn.Sequential([layer for w in widths for layer in (fn.Linear(w, w_init=w_init), activation)][:-1])
    params = fn.init(net, fn.sgd(0.1), key, x[:1]).params
    loss, penalty = fn.SoftmaxCrossEntropy(), fn.L2(1e-3)
    found, minimum = fn.minimize(net, loss, params, x, labels, penalty=penalty, evaluations=500)
    assert minimum.history["loss"][0] > 1.09
    assert minimum.value < reached
    assert fn.value_and_grad(net, loss, found, x, labels, penalty=penalty)[0] < reached
    assert fn.metrics.accuracy(net(found, x)[0], labels) >= 0.98
