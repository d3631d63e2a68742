import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import funnet as fn
from funnet import tree
from funnet.testing import strategies

LENGTHS = 4, 1, 6


def draw(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape)


def stateful():
    return fn.Sequential([fn.BatchNorm(), fn.Dropout(0.3), fn.Linear(4)])


@given(st.data())
@settings(max_examples=15)
def test_every_form_of_the_call_is_proved(data):
    time_major = data.draw(st.booleans())
    inner = data.draw(st.sampled_from([stateful(), fn.Tanh(), fn.Sequential([fn.Flatten(), fn.Linear(2)])]))
    n, t = data.draw(st.integers(2, 4)), data.draw(st.integers(1, 5))
    x = data.draw(strategies.arrays((t, n, 3) if time_major else (n, t, 3)))
    if data.draw(st.booleans()):
        x = fn.Padded(x, data.draw(strategies.lengths(n, t)))
    assert fn.testing.check_layer(fn.TimeDistributed(inner, time_major), x).verdict == "ok"


@pytest.mark.parametrize("time_major", [False, True])
def test_the_layer_inside_sees_the_real_steps_and_no_others(time_major):
    seen = []

    def forward(params, x):
        seen.append(x)
        return 2 * x, ()

    net = fn.TimeDistributed(fn.Lambda(forward, lambda params, cache, dy: ((), 3 * dy)), time_major)
    values = np.arange(12.0).reshape(2, 3, 2) + 1
    lengths = [3, 2] if not time_major else [2, 1, 2]
    y, cache = net((), fn.Padded(values, lengths))
    real = np.ones((2, 3), bool)
    real[1, 1 if time_major else 2] = False
    assert seen[0].tolist() == values[real].tolist()
    assert y.values.tolist() == (2 * values * real[..., None]).tolist()
    _, dx = net.vjp((), cache, fn.Padded(np.where(real[..., None], values, np.nan), lengths))
    assert dx.values.tolist() == (3 * values * real[..., None]).tolist()
    assert dx.lengths.value.tolist() == lengths


def test_statistics_are_those_of_the_real_steps():
    x = draw(3, 6, 2)
    net = fn.training(fn.TimeDistributed(fn.BatchNorm(momentum=0.0)))
    params = net.init(fn.Key(0), x)
    padded = fn.Padded(x, LENGTHS)
    steps = np.concatenate([x[n, :end] for n, end in enumerate(LENGTHS)])
    new = net.advance(params, net(params, padded)[1])
    np.testing.assert_allclose(new.moments.value.mean, steps.mean(axis=0), rtol=1e-12)
    assert fn.inference(net).advance(params, fn.inference(net)(params, padded)[1]) is params


def test_a_batch_is_its_steps_one_by_one():
    net, x, dy = fn.Linear(4), draw(3, 6, 2), draw(3, 6, 4)
    params = net.init(fn.Key(0), x)
    y, cache = fn.TimeDistributed(net)(params, fn.Padded(x, LENGTHS))
    dparams, dx = fn.TimeDistributed(net).vjp(params, cache, fn.Padded(dy, LENGTHS))
    total = 0
    for n, end in enumerate(LENGTHS):
        for t in range(end):
            one, own = net(params, x[n, t][None])
            np.testing.assert_allclose(y.values[n, t], one[0], rtol=1e-12)
            dp, dx_t = net.vjp(params, own, dy[n, t][None])
            np.testing.assert_allclose(dx.values[n, t], dx_t[0], rtol=1e-12)
            total += tree.ravel(dp)
    np.testing.assert_allclose(tree.ravel(dparams), total, rtol=1e-11)


def test_a_whole_array_is_not_copied():
    x, seen = draw(3, 6, 2), []
    net = fn.TimeDistributed(fn.Lambda(lambda params, rows: (seen.append(rows) or rows, ()), lambda *_: None))
    y, _ = net((), x)
    assert np.shares_memory(seen[0], x)
    assert np.shares_memory(y, x)


def test_steps_may_have_any_shape():
    x = draw(2, 3, 4, 4, 2)
    net = fn.TimeDistributed(fn.Sequential([fn.Flatten(), fn.Linear(5)]))
    params = net.init(fn.Key(0), x)
    y, _ = net(params, x)
    expected, _ = net.layer(params, x[:, 1])
    np.testing.assert_allclose(y[:, 1], expected, rtol=1e-12)


def test_errors():
    x = np.zeros((2, 5, 3))
    net = fn.TimeDistributed(fn.Linear(4))
    params = net.init(fn.Key(0), x)
    with pytest.raises(fn.ConfigError, match=r"layer to be a layer, got <class .*Linear'>; call the class"):
        fn.TimeDistributed(fn.Linear)
    halves = fn.Lambda(lambda params, x: (x[::2], ()), lambda *_: None)
    for call, error, message in (
        (lambda: net(params, x[0]), fn.ShapeError, "x with axes (N, T, ...), got x of shape (5, 3)"),
        (
            lambda: net(params, (x, ())),
            fn.TreeError,
            "x alone, got a pair (x, state); give x without the state",
        ),
        (
            lambda: net.vjp(params, net(params, x)[1], np.zeros((2, 4, 4))),
            fn.ShapeError,
            "dy of shape (2, 5, 4), got shape (2, 4, 4)",
        ),
        (
            lambda: net.vjp(params, net(params, fn.Padded(x, [5, 2]))[1], np.zeros((2, 5, 4))),
            fn.TreeError,
            "dy to be a Padded (as y), got float64[2, 5, 4]",
        ),
    ):
        with pytest.raises(error) as caught:
            call()
        assert str(caught.value) == f"TimeDistributed(Linear(4)): expected {message}"
    with pytest.raises(
        fn.ShapeError, match=r"its layer to give an array of 10 rows \(as x has\), got float6"
    ):
        fn.TimeDistributed(halves)((), x)
