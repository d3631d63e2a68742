import numpy as np
import pytest
from hypothesis import given, settings

import funnet as fn
from funnet.nn.layers.gates import Recurrent
from tests.nn.layers import recurrences
from tests.nn.layers.recurrences import draw, sigmoid, wave


def slow(params, x, state):
    """One sequence x (T, I), number by number."""
    h, c = (list(part) for part in state)
    width, ys = len(h), []
    for x_t in x:

        def pre(gate, unit, x_t=x_t, h=tuple(h)):
            k = gate * width + unit
            return (
                sum(x_t[i] * params.w[i, k] for i in range(len(x_t)))
                + sum(h[j] * params.u[j, k] for j in range(width))
                + params.b[k]
            )

        for unit in range(width):
            g, f, i, o = (pre(gate, unit) for gate in range(4))
            c[unit] = sigmoid(f) * c[unit] + sigmoid(i) * np.tanh(g)
            h[unit] = sigmoid(o) * np.tanh(c[unit])
        ys.append(list(h))
    return np.array(ys), (np.array(h), np.array(c))


@pytest.mark.parametrize("time_major", [False, True])
def test_a_batch_is_its_sequences_one_by_one(time_major):
    recurrences.a_batch_is_its_sequences_one_by_one(fn.LSTM(5, time_major=time_major), 2, slow)


def test_what_stands_in_the_padding_is_never_read_and_more_of_it_changes_nothing():
    recurrences.padding_is_never_read_and_more_changes_nothing(fn.LSTM(5), 5, recurrences.states(2, 3, 5))


def test_the_steps_taken_at_once_change_nothing(monkeypatch):
    recurrences.the_steps_taken_at_once_change_nothing(fn.LSTM(5), monkeypatch)


def test_the_state_carries_on():
    recurrences.the_state_carries_on(fn.LSTM(5), 2)


@given(recurrences.calls(fn.LSTM, 2))
@settings(max_examples=20)
def test_every_form_of_the_call_is_proved(call):
    net, x = call
    assert fn.testing.check_layer(net, x).verdict == "ok"


def test_values_and_gradients_are_those_of_pytorch():
    """Computed once by torch.nn.LSTM in float64, from the same numbers."""
    x, h0, c0 = wave(2, 3, 2), wave(2, 2) / 2, wave(2, 2)[::-1] / 3
    params = Recurrent(wave(2, 8), wave(2, 8)[::-1], wave(8) / 4)
    (y, (_, c)), cache = fn.LSTM(2)(params, (x, (h0, c0)))
    dparams, (dx, (dh, dc)) = fn.LSTM(2).vjp(params, cache, (wave(2, 3, 2), (np.zeros((2, 2)), h0)))
    for got, known in (
        (
            y,
            [
                [
                    [0.2384798542986822, 0.27957282807647066],
                    [0.14503267596871725, 0.2675726190963101],
                    [-0.03697501263651396, 0.034801533351475754],
                ],
                [
                    [0.2923729489720465, 0.008490664674551424],
                    [0.208107807187545, 0.1686317729911482],
                    [-0.042123645955495996, 0.004188137607896674],
                ],
            ],
        ),
        (
            c,
            [[-0.09115150465700689, 0.08683137924449869], [-0.11909640051123449, 0.010961018451215415]],
        ),
        (
            dx[1],
            [
                [0.11286977215514125, 0.057029236743528756],
                [-0.1460751442476635, 0.03832524015042092],
                [-0.32539087957171164, 0.2076214727777084],
            ],
        ),
        (dh, [[0.004077017183846378, 0.1619040469755819], [0.057029236743528756, 0.11286977215514125]]),
        (dc, [[0.17544443190484993, 0.0656242331397456], [0.14124367955012854, 0.02417031958931117]]),
        (
            dparams.b,
            [
                0.092070723962938,
                -0.037600463591443756,
                0.02819426225671387,
                -0.02739016687877975,
                0.2790264829832766,
                -0.08380407702473569,
                0.18621255838143433,
                -0.04352597015935184,
            ],
        ),
    ):
        np.testing.assert_allclose(got, known, rtol=1e-12)


def test_parameters():
    recurrences.gates_are_drawn_one_by_one(fn.LSTM(4), 4)
    x = draw(2, 5, 3)
    assert fn.LSTM(2).init(fn.Key(0), x).b.tolist() == [0, 0, 1, 1, 0, 0, 0, 0]
    assert fn.LSTM(2, forget_bias=-0.5).init(fn.Key(0), x).b.tolist() == [0, 0, -0.5, -0.5, 0, 0, 0, 0]
    biased = fn.LSTM(2, b_init=fn.initializers.normal()).init(fn.Key(0), x).b
    assert len(np.unique(biased)) == 8


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gates_that_are_shut_or_open_for_good_stay_finite(dtype):
    x = np.array([[[1e4], [-1e4]], [[-1e4], [-1e4]]], dtype)
    params = Recurrent(np.ones((1, 4), dtype), np.ones((1, 4), dtype), np.zeros(4, dtype))
    y, cache = fn.LSTM(1)(params, x)
    np.testing.assert_allclose(y[..., 0], [[np.tanh(1), 0], [0, 0]], rtol=1e-6)
    dparams, dx = fn.LSTM(1).vjp(params, cache, np.ones_like(y))
    assert not any(leaf.any() for leaf in (*fn.tree.leaves(dparams), dx))


def test_an_untouched_memory_keeps_what_it_has():
    """f = 1, i = 0, o = 1: c never changes, and its gradient passes through all steps."""
    b = np.array([0.0, 1e3, -1e3, 1e3])
    params, x = Recurrent(np.zeros((1, 4)), np.zeros((1, 4)), b), np.zeros((1, 1000, 1))
    (y, (_, c)), cache = fn.LSTM(1)(params, (x, (np.zeros((1, 1)), np.full((1, 1), 0.5))))
    assert (c == 0.5).all()
    assert (y == np.tanh(0.5)).all()
    _, (_, (_, dc)) = fn.LSTM(1).vjp(params, cache, (0 * y, (np.zeros((1, 1)), np.full((1, 1), 3.0))))
    assert dc.tolist() == [[3.0]]


X = np.zeros((2, 5, 3))
PARAMS = fn.LSTM(4).init(fn.Key(0), X)
H = np.zeros((2, 4))


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (X[0], fn.ShapeError, "expected x with axes (N, T, ...), got x of shape (5, 3)"),
        (X[None], fn.ShapeError, "expected x with axes (N, T, I), got x of shape (1, 2, 5, 3)"),
        (
            X[..., :2],
            fn.ShapeError,
            "expected x with last axis 3 (params.w is (3, 16)), got x of shape (2, 5, 2)",
        ),
        ((X, H), fn.TreeError, "expected a state (h, c), got float64[2, 4]"),
        ((X, (H, H, H)), fn.TreeError, "expected a state (h, c), got a tuple of 3"),
        ((X, (H, H[:, 1:])), fn.ShapeError, "expected c of shape (2, 4), got shape (2, 3)"),
        ((X, (H, ())), fn.DtypeError, "expected c to be a NumPy array, got a tuple of 0"),
        ((X, (H[1:], H)), fn.ShapeError, "expected h of shape (2, 4), got shape (1, 4)"),
        ((X, (H, H.astype("f4"))), fn.DtypeError, "expected c of dtype float64, got dtype float32"),
        (
            fn.Padded(X, [5, 6]),
            fn.DataError,
            "expected lengths from 1 to 5 (x has 5 steps), got 6 for sequence 1",
        ),
    ],
)
def test_bad_inputs(x, error, message):
    with pytest.raises(error) as caught:
        fn.LSTM(4)(PARAMS, x)
    assert str(caught.value) == f"LSTM(4): {message}"


@pytest.mark.parametrize(
    ("dy", "error", "message"),
    [
        (X, fn.TreeError, "expected a pair (dy, dstate) (y came with a state), got float64[2, 5, 3]"),
        ((X, (H, H)), fn.ShapeError, "expected dy of shape (2, 5, 4), got shape (2, 5, 3)"),
        ((np.zeros((2, 5, 4)), ()), fn.TreeError, "expected dstate to be a pair (dh, dc), got a tuple of 0"),
        ((np.zeros((2, 5, 4)), H), fn.TreeError, "expected dstate to be a pair (dh, dc), got float64[2, 4]"),
        (
            (np.zeros((2, 5, 4)), (H, H[:, 1:])),
            fn.ShapeError,
            "expected dc of shape (2, 4), got shape (2, 3)",
        ),
    ],
)
def test_bad_cotangents(dy, error, message):
    _, cache = fn.LSTM(4)(PARAMS, (X, ()))
    with pytest.raises(error) as caught:
        fn.LSTM(4).vjp(PARAMS, cache, dy)
    assert str(caught.value) == f"LSTM(4): {message}"


def test_bad_parameters_and_hyperparameters():
    with pytest.raises(fn.ShapeError, match=r"LSTM\(4\): expected params.u of shape \(4, 16\), got shape"):
        fn.LSTM(4)(Recurrent(PARAMS.w, PARAMS.u[:, :3], PARAMS.b), X)
    with pytest.raises(fn.ShapeError, match=r"LSTM\(5\): expected params.w of shape \(any, 20\), got shape"):
        fn.LSTM(5)(PARAMS, X)
    with pytest.raises(fn.ConfigError, match="width to be a positive integer, got 0"):
        fn.LSTM(0)
    with pytest.raises(fn.ConfigError, match="forget_bias to be a finite number, got inf"):
        fn.LSTM(4, forget_bias=np.inf)
