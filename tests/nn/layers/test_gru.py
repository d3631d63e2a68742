import numpy as np
import pytest
from hypothesis import given, settings

import funnet as fn
from funnet.nn.layers.gates import Recurrent
from tests.nn.layers import recurrences
from tests.nn.layers.recurrences import draw, sigmoid, wave


def slow(params, x, h):
    """One sequence x (T, I), number by number."""
    width, ys = len(h), []
    for x_t in x:
        new = []
        for unit in range(width):
            r_, z_, n_ = (unit + gate * width for gate in range(3))

            def of_x(k, x_t=x_t):
                return sum(x_t[i] * params.w[i, k] for i in range(len(x_t))) + params.b[k]

            def of_h(k, h=h):
                return sum(h[j] * params.u[j, k] for j in range(len(h)))

            r, z = (sigmoid(of_x(k) + of_h(k)) for k in (r_, z_))
            n = np.tanh(of_x(n_) + r * (of_h(n_) + params.b[unit + 3 * width]))
            new.append((1 - z) * n + z * h[unit])
        h = np.array(new)
        ys.append(h)
    return np.array(ys), h


@pytest.mark.parametrize("time_major", [False, True])
def test_a_batch_is_its_sequences_one_by_one(time_major):
    recurrences.a_batch_is_its_sequences_one_by_one(fn.GRU(5, time_major=time_major), 1, slow)


def test_what_stands_in_the_padding_is_never_read_and_more_of_it_changes_nothing():
    recurrences.padding_is_never_read_and_more_changes_nothing(fn.GRU(5), 5, draw(3, 5))


def test_the_steps_taken_at_once_change_nothing(monkeypatch):
    recurrences.the_steps_taken_at_once_change_nothing(fn.GRU(5), monkeypatch)


def test_the_state_carries_on():
    recurrences.the_state_carries_on(fn.GRU(5), 1)


@given(recurrences.calls(fn.GRU, 1))
@settings(max_examples=20)
def test_every_form_of_the_call_is_proved(call):
    net, x = call
    assert fn.testing.check_layer(net, x).verdict == "ok"


def test_values_and_gradients_are_those_of_pytorch():
    """Computed once by torch.nn.GRU in float64, from the same numbers."""
    x, h0 = wave(2, 3, 2), wave(2, 2) / 2
    params = Recurrent(wave(2, 6), wave(2, 6)[::-1], wave(8) / 4)
    (y, _), cache = fn.GRU(2)(params, (x, h0))
    dparams, (dx, dh) = fn.GRU(2).vjp(params, cache, (wave(2, 3, 2), np.zeros((2, 2))))
    for got, known in (
        (
            y,
            [
                [
                    [-0.026390499320489202, -0.5596265735373046],
                    [0.3160252500647268, -0.21193911654970565],
                    [0.5460985496806429, -0.015276570904555642],
                ],
                [
                    [-0.29607282131664137, -0.4534541532844549],
                    [0.029575733423361367, -0.1399790275147585],
                    [0.5181047207117312, 0.03975807042931778],
                ],
            ],
        ),
        (
            dx[1],
            [
                [-0.06308918903767591, -0.07110706270239579],
                [-0.09954051235115156, 0.018935253391049983],
                [0.13465446955252036, 0.24024566302243217],
            ],
        ),
        (dh, [[0.49684203662527193, 0.00692306289466247], [0.33583099355974994, 0.041960702130550434]]),
        (
            dparams.b,
            [
                -0.011085985126860947,
                -0.06657074420299763,
                0.6791289996280623,
                0.5033046123010275,
                -0.35998219901126155,
                -0.5560039671298488,
                -0.08320082989956311,
                -0.01672860525462111,
            ],
        ),
    ):
        np.testing.assert_allclose(got, known, rtol=1e-11)


def test_parameters():
    recurrences.gates_are_drawn_one_by_one(fn.GRU(4), 3)
    x = draw(2, 5, 3)
    assert fn.GRU(2).init(fn.Key(0), x).b.tolist() == [0] * 8
    biased = fn.GRU(2, b_init=fn.initializers.normal()).init(fn.Key(0), x).b
    assert len(np.unique(biased)) == 8


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gates_that_are_shut_or_open_for_good_stay_finite(dtype):
    x = np.array([[[1e4], [-1e4]], [[-1e4], [1e4]]], dtype)
    params = Recurrent(np.ones((1, 3), dtype), np.ones((1, 3), dtype), np.zeros(4, dtype))
    y, cache = fn.GRU(1)(params, x)
    assert y[..., 0].tolist() == [[0, -1], [-1, -1]]
    dparams, dx = fn.GRU(1).vjp(params, cache, np.ones_like(y))
    assert not any(leaf.any() for leaf in (*fn.tree.leaves(dparams), dx))


X = np.zeros((2, 5, 3))
PARAMS = fn.GRU(4).init(fn.Key(0), X)


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (X[None], fn.ShapeError, "expected x with axes (N, T, I), got x of shape (1, 2, 5, 3)"),
        (
            X[..., :2],
            fn.ShapeError,
            "expected x with last axis 3 (params.w is (3, 12)), got x of shape (2, 5, 2)",
        ),
        ((X, np.zeros((2, 3))), fn.ShapeError, "expected h of shape (2, 4), got shape (2, 3)"),
        ((X, ((), ())), fn.DtypeError, "expected h to be a NumPy array, got a tuple of 2"),
        (
            fn.Padded(X, [5, 0]),
            fn.DataError,
            "expected lengths from 1 to 5 (x has 5 steps), got 0 for sequence 1",
        ),
    ],
)
def test_bad_inputs(x, error, message):
    with pytest.raises(error) as caught:
        fn.GRU(4)(PARAMS, x)
    assert str(caught.value) == f"GRU(4): {message}"


def test_bad_cotangents():
    _, cache = fn.GRU(4)(PARAMS, (X, ()))
    with pytest.raises(fn.ShapeError) as caught:
        fn.GRU(4).vjp(PARAMS, cache, (np.zeros((2, 5, 4)), np.zeros((2, 3))))
    assert str(caught.value) == "GRU(4): expected dh of shape (2, 4), got shape (2, 3)"


def test_bad_parameters_and_hyperparameters():
    with pytest.raises(fn.ShapeError, match=r"GRU\(4\): expected params.b of shape \(16,\), got shape"):
        fn.GRU(4)(Recurrent(PARAMS.w, PARAMS.u, PARAMS.b[:12]), X)
    with pytest.raises(fn.ConfigError, match="width to be a positive integer, got -1"):
        fn.GRU(-1)
