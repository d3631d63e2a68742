import math

import numpy as np
import pytest

import funnet as fn
from funnet import tree
from funnet.nn.layers.gates import Recurrent

FORMS = ("tanh", False), ("tanh", True), ("relu", False), ("relu", True)
LENGTHS = (4, 1, 6)


def draw(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape)


def generic(layer, x):
    """Parameters at no special point."""
    return tree.map(lambda leaf: leaf + 0.1 * draw(*leaf.shape), layer.init(fn.Key(1), x))


def slow(params, activation, x, h0, dy, dh):
    """One sequence x (T, I) by itself, vector by vector: y, h_T, dparams, dx, dh_0."""
    f, slope = {
        "tanh": (np.tanh, lambda a: 1 / np.cosh(a) ** 2),
        "relu": (lambda a: np.where(a > 0, a, 0), lambda a: np.where(a > 0, 1, 0)),
    }[activation]
    pre, h = [], [h0]
    for x_t in x:
        pre.append(params.w.T @ x_t + params.u.T @ h[-1] + params.b)
        h.append(f(pre[-1]))
    dw, du, db, dx = (np.zeros_like(a) for a in (params.w, params.u, params.b, x))
    for t in reversed(range(len(x))):
        da = slope(pre[t]) * (dy[t] + dh)
        dw, du, db = dw + np.outer(x[t], da), du + np.outer(h[t], da), db + da
        dx[t], dh = params.w @ da, params.u @ da
    return np.array(h[1:]), h[-1], Recurrent(dw, du, db), dx, dh


def test_two_steps_by_hand():
    w, u, b, x1, x2 = 0.5, 2.0, 0.1, 1.0, -1.0
    h1 = math.tanh(w * x1 + b)
    h2 = math.tanh(w * x2 + u * h1 + b)
    params = Recurrent(np.array([[w]]), np.array([[u]]), np.array([b]))
    y, cache = fn.RNN(1)(params, np.array([[[x1], [x2]]]))
    np.testing.assert_allclose(y, [[[h1], [h2]]], rtol=1e-15)
    dparams, dx = fn.RNN(1).vjp(params, cache, np.array([[[3.0], [1.0]]]))
    da2 = 1 - h2 * h2
    da1 = (1 - h1 * h1) * (3.0 + u * da2)
    np.testing.assert_allclose(tree.ravel(dparams), [x1 * da1 + x2 * da2, h1 * da2, da1 + da2], rtol=1e-14)
    np.testing.assert_allclose(dx, [[[w * da1], [w * da2]]], rtol=1e-14)


def test_three_relu_steps_by_hand_the_last_at_the_kink():
    params = Recurrent(np.array([[1.0]]), np.array([[2.0]]), np.array([-1.0]))
    y, cache = fn.RNN(1, "relu")(params, np.array([[[2.0], [1.0], [-3.0]]]))
    assert y.tolist() == [[[1.0], [2.0], [0.0]]]
    dparams, dx = fn.RNN(1, "relu").vjp(params, cache, np.ones((1, 3, 1)))
    assert tree.ravel(dparams).tolist() == [7.0, 1.0, 4.0]
    assert dx.tolist() == [[[3.0], [1.0], [0.0]]]


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["whole", "padded"])
@pytest.mark.parametrize("start", [None, (), "given"])
@pytest.mark.parametrize(("activation", "time_major"), FORMS)
def test_a_batch_is_its_sequences_one_by_one(activation, time_major, start, lengths):
    net = fn.RNN(5, activation, time_major)
    x, h0, dy, dh = draw(3, 6, 4), draw(3, 5), draw(3, 6, 5), draw(3, 5) * 2
    params = generic(net, x)

    def wrapped(values, state):
        values = np.ascontiguousarray(values.swapaxes(0, 1)) if time_major else values
        values = values if lengths is None else fn.Padded(values, lengths)
        return values if start is None else (values, state)

    state = h0 if start == "given" else ()
    out, cache = net(params, wrapped(x, state))
    dparams, dx = net.vjp(params, cache, wrapped(dy, dh))

    y_, last_, dx_, dh0_, total = np.zeros_like(dy), np.zeros_like(h0), np.zeros_like(x), np.zeros_like(h0), 0
    for n, length in enumerate(lengths or (6, 6, 6)):
        end = slice(0, length)
        begin = h0[n] if start == "given" else np.zeros(5)
        later = np.zeros(5) if start is None else dh[n]
        y_[n, end], last_[n], one, dx_[n, end], dh0_[n] = slow(
            params, activation, x[n, end], begin, dy[n, end], later
        )
        total += tree.ravel(one)
    assert tree.allclose(out, wrapped(y_, last_), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(tree.ravel(dparams), total, rtol=1e-11, atol=1e-12)
    assert tree.allclose(dx, wrapped(dx_, dh0_ if start == "given" else ()), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("activation", "time_major"), FORMS)
def test_every_form_of_the_call_is_proved(activation, time_major):
    net = fn.RNN(3, activation, time_major)
    x, h0 = draw(6, 3, 2) if time_major else draw(3, 6, 2), draw(3, 3)
    padded = fn.Padded(x, LENGTHS)
    for given in (x, (x, ()), (x, h0), padded, (padded, ()), (padded, h0)):
        assert fn.testing.check_layer(net, given).verdict == "ok"


def test_a_stack_over_padded_sequences_is_proved():
    net = fn.Sequential([fn.RNN(4), fn.Residual(fn.RNN(4)), fn.Branch([fn.RNN(2), fn.RNN(2)])])
    x = fn.Padded(draw(3, 6, 2), LENGTHS)
    assert fn.testing.check_layer(net, x).verdict == "ok"
    (a, b), _ = net(net.init(fn.Key(0), x), x)
    assert a.lengths.value.tolist() == b.lengths.value.tolist() == list(LENGTHS)


def test_what_stands_in_the_padding_is_never_read_and_more_of_it_changes_nothing():
    net = fn.RNN(5)
    x, h0, dy, dh = draw(3, 6, 4), draw(3, 5), draw(3, 6, 5), draw(3, 5)
    params = generic(net, x)
    short, long = (fn.Padded(np.pad(a, ((0, 0), (0, more), (0, 0))), LENGTHS) for a, more in ((x, 0), (x, 7)))
    short_dy, long_dy = (fn.Padded(np.pad(dy, ((0, 0), (0, more), (0, 0))), LENGTHS) for more in (0, 7))
    for padded in (long, long_dy):
        for n, length in enumerate(LENGTHS):
            padded.values[n, length:] = np.nan
    (y, last), cache = net(params, (short, h0))
    (long_y, long_last), long_cache = net(params, (long, h0))
    np.testing.assert_allclose(long_last, last, rtol=1e-13)
    np.testing.assert_allclose(long_y.values, np.pad(y.values, ((0, 0), (0, 7), (0, 0))), rtol=1e-13)
    dparams, (dx, dh0) = net.vjp(params, cache, (short_dy, dh))
    long_dparams, (long_dx, long_dh0) = net.vjp(params, long_cache, (long_dy, dh))
    assert tree.allclose(long_dparams, dparams, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(long_dh0, dh0, rtol=1e-12)
    np.testing.assert_allclose(long_dx.values, np.pad(dx.values, ((0, 0), (0, 7), (0, 0))), rtol=1e-12)
    assert not long_dx.values[1, 1:].any()


def test_a_state_that_would_grow_without_end_stops_with_its_sequence():
    params = Recurrent(np.ones((1, 1), "f4"), np.full((1, 1), 2, "f4"), np.ones(1, "f4"))
    x = fn.Padded(np.ones((1, 2000, 1), "f4"), [3])
    (y, h), cache = fn.RNN(1, "relu")(params, (x, ()))
    assert h.tolist() == [[14.0]]
    _, (dx, _) = fn.RNN(1, "relu").vjp(params, cache, (y, h))
    assert dx.values[0, :4, 0].tolist() == [4 * 28 + 2 * 6 + 2, 2 * 28 + 6, 28, 0]


def test_the_state_carries_on():
    net = fn.RNN(5)
    x, dy, dh = draw(2, 9, 3), draw(2, 9, 5), draw(2, 5)
    params = generic(net, x)
    (y, last), cache = net(params, (x, ()))
    (y1, middle), cache1 = net(params, (x[:, :4], ()))
    (y2, end), cache2 = net(params, (x[:, 4:], middle))
    np.testing.assert_allclose(np.concatenate([y1, y2], axis=1), y, rtol=1e-13)
    np.testing.assert_allclose(end, last, rtol=1e-13)
    dparams, (dx, _) = net.vjp(params, cache, (dy, dh))
    dp2, (dx2, dmiddle) = net.vjp(params, cache2, (dy[:, 4:], dh))
    dp1, (dx1, begin) = net.vjp(params, cache1, (dy[:, :4], dmiddle))
    assert tree.allclose(tree.map(np.add, dp1, dp2), dparams, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(np.concatenate([dx1, dx2], axis=1), dx, rtol=1e-11)
    assert begin == ()


def test_parameters_depend_on_the_example_by_its_width_alone():
    x = draw(2, 5, 3).astype("f4")
    params = fn.RNN(4).init(fn.Key(0), x)
    assert [(leaf.shape, str(leaf.dtype)) for leaf in tree.leaves(params)] == [
        ((3, 4), "float32"),
        ((4, 4), "float32"),
        ((4,), "float32"),
    ]
    np.testing.assert_allclose(params.u @ params.u.T, np.eye(4), atol=1e-6)
    assert not params.b.any()
    for other in ((x, ()), fn.Padded(x, [5, 2]), x[:1, :1], (x[:1], np.zeros((1, 4), "f4"))):
        assert tree.equal(fn.RNN(4).init(fn.Key(0), other), params)
    assert tree.equal(fn.RNN(4, time_major=True).init(fn.Key(0), x), params)
    assert tree.equal(fn.RNNCell(4).init(fn.Key(0), (x[0], ())), params)


def test_the_weights_are_drawn_from_addresses_of_their_own():
    init = fn.initializers.normal()
    params = fn.RNN(3, w_init=init, u_init=init, b_init=init).init(fn.Key(0), draw(2, 5, 3))
    assert len(np.unique(tree.ravel(params))) == 9 + 9 + 3


@pytest.mark.parametrize("net", [fn.RNN(4), fn.RNNCell(4)])
def test_the_state_given_back_is_no_view_of_the_output(net):
    x = draw(2, 5, 3) if isinstance(net, fn.RNN) else draw(2, 3)
    (y, h), _ = net(net.init(fn.Key(0), (x, ())), (x, ()))
    assert not np.shares_memory(y, h)


def test_a_thousand_steps_of_time_stay_finite_in_training():
    net = fn.Sequential([fn.RNN(16, u_init=fn.initializers.orthogonal(1.6)), fn.Last(), fn.Linear(1)])
    x, target = draw(4, 1000, 1).astype("f4"), draw(4, 1).astype("f4")
    optimizer, loss = fn.chain(fn.clip_by_norm(1.0), fn.sgd(0.01)), fn.MeanSquaredError()
    state = fn.init(net, optimizer, fn.Key(0), x)
    _, dparams = fn.value_and_grad(net, loss, state.params, x, target)
    assert np.linalg.norm(tree.ravel(dparams)) > 1e3
    for _ in range(20):
        new, value = fn.train_step(net, loss, optimizer, state, x, target)
        step = tree.ravel(new.params) - tree.ravel(state.params)
        assert np.isfinite(value)
        assert np.linalg.norm(step) <= 0.0101
        state = new


def test_padded_data_are_cut_into_batches_with_their_lengths():
    net = fn.Sequential([fn.RNN(4), fn.Last(), fn.Linear(1)])
    x, target, lengths = draw(7, 6, 2), draw(7, 1), np.array([4, 1, 6, 3, 2, 6, 5])
    params = net.init(fn.Key(0), x)
    loss = fn.MeanSquaredError()
    each = [loss(net(params, x[n : n + 1, :end])[0], target[n : n + 1])[0] for n, end in enumerate(lengths)]
    got = fn.evaluate(net, loss, params, (fn.Padded(x, lengths), target), batch_size=3)
    assert got["loss"] == pytest.approx(np.mean(each), rel=1e-12)


X = np.zeros((2, 5, 3))
PARAMS = fn.RNN(4).init(fn.Key(0), X)


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ("x", fn.DtypeError, "RNN(4): expected x to be a NumPy array, got 'x'"),
        ((X, X, X), fn.DtypeError, "RNN(4): expected x to be a NumPy array, got a tuple of 3"),
        (X[0], fn.ShapeError, "RNN(4): expected x with axes (N, T, ...), got x of shape (5, 3)"),
        (X[None], fn.ShapeError, "RNN(4): expected x with axes (N, T, I), got x of shape (1, 2, 5, 3)"),
        (
            X[..., :2],
            fn.ShapeError,
            "RNN(4): expected x with last axis 3 (params.w is (3, 4)), got x of shape (2, 5, 2)",
        ),
        (
            X.astype("f4"),
            fn.DtypeError,
            "RNN(4): expected x of float64 (as params.w), got x of float32; "
            "convert x with x.astype(np.float64)",
        ),
        ((X, np.zeros((2, 3))), fn.ShapeError, "RNN(4): expected h of shape (2, 4), got shape (2, 3)"),
        (
            (X, np.zeros((2, 4), "f4")),
            fn.DtypeError,
            "RNN(4): expected h of dtype float64, got dtype float32",
        ),
        ((X, ((), ())), fn.DtypeError, "RNN(4): expected h to be a NumPy array, got a tuple of 2"),
        (
            (X, None),
            fn.TreeError,
            "RNN(4): expected a state, got None; () is the state before the first step",
        ),
        (
            fn.Padded(X, [5, 2, 1]),
            fn.ShapeError,
            "RNN(4): expected lengths of shape (2,) (one for each sequence), got shape (3,)",
        ),
        (
            fn.Padded(X, [5.0, 2.0]),
            fn.DtypeError,
            "RNN(4): expected lengths to be an array of integers, got float64[2]",
        ),
        (
            fn.Padded(X, [5, 6]),
            fn.DataError,
            "RNN(4): expected lengths from 1 to 5 (x has 5 steps), got 6 for sequence 1",
        ),
        (
            fn.Padded(X, [0, 5]),
            fn.DataError,
            "RNN(4): expected lengths from 1 to 5 (x has 5 steps), got 0 for sequence 0",
        ),
    ],
)
def test_bad_inputs(x, error, message):
    with pytest.raises(error) as caught:
        fn.RNN(4)(PARAMS, x)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("x", "dy", "error", "message"),
    [
        (
            X,
            np.zeros((2, 4, 4)),
            fn.ShapeError,
            "RNN(4): expected dy of shape (2, 5, 4), got shape (2, 4, 4)",
        ),
        (
            X,
            np.zeros((2, 5, 4), "f4"),
            fn.DtypeError,
            "RNN(4): expected dy of dtype float64, got dtype float32",
        ),
        (
            (X, ()),
            np.zeros((2, 5, 4)),
            fn.TreeError,
            "RNN(4): expected a pair (dy, dstate) (y came with a state), got float64[2, 5, 4]",
        ),
        (
            (X, ()),
            (np.zeros((2, 5, 4)), np.zeros((2, 3))),
            fn.ShapeError,
            "RNN(4): expected dh of shape (2, 4), got shape (2, 3)",
        ),
        (
            fn.Padded(X, [5, 2]),
            np.zeros((2, 5, 4)),
            fn.TreeError,
            "RNN(4): expected dy to be a Padded (as y), got float64[2, 5, 4]",
        ),
    ],
)
def test_bad_cotangents(x, dy, error, message):
    _, cache = fn.RNN(4)(PARAMS, x)
    with pytest.raises(error) as caught:
        fn.RNN(4).vjp(PARAMS, cache, dy)
    assert str(caught.value) == message


def test_bad_parameters_and_hyperparameters():
    with pytest.raises(
        fn.TreeError, match=r"RNN\(4\): expected params to be its Recurrent record, got a tuple of 0"
    ):
        fn.RNN(4)((), X)
    with pytest.raises(fn.ShapeError, match=r"expected params.u of shape \(4, 4\), got shape \(4, 3\)"):
        fn.RNN(4)(Recurrent(PARAMS.w, PARAMS.u[:, :3], PARAMS.b), X)
    with pytest.raises(fn.ConfigError, match="activation to be one of 'tanh', 'relu', got 'sigmoid'"):
        fn.RNN(4, "sigmoid")
    with pytest.raises(fn.ConfigError, match="width to be a positive integer, got 0"):
        fn.RNNCell(0)
    with pytest.raises(fn.TreeError, match=r"RNNCell\(4\): expected a pair \(x, h\), got float64\[2, 3\]"):
        fn.RNNCell(4)(PARAMS, X[:, 0])
