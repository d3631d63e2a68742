import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import funnet as fn
from funnet import tree
from tests.nn.layers import recurrences

LENGTHS = recurrences.LENGTHS
draw = recurrences.draw


def backwards(x, lengths):
    """x (N, T, …) with each sequence backwards, one by one, and zeros behind it."""
    made = np.zeros_like(x)
    for n, length in enumerate(lengths):
        made[n, :length] = x[n, :length][::-1]
    return made


@pytest.mark.parametrize("time_major", [False, True])
def test_it_is_its_layer_on_what_is_reversed_by_hand(time_major):
    inner = fn.GRU(5, time_major=time_major)
    net = fn.Reverse(inner, time_major)
    x, dy, h0, dh = draw(3, 6, 4), draw(3, 6, 5), draw(3, 5), draw(3, 5) + 1
    params = recurrences.generic(inner, x.swapaxes(0, 1) if time_major else x)

    def wrapped(values, lengths):
        values = np.ascontiguousarray(values.swapaxes(0, 1)) if time_major else values
        return values if lengths is None else fn.Padded(values, lengths)

    for lengths in (None, LENGTHS):
        ends = lengths or (6, 6, 6)
        (y, last), cache = net(params, (wrapped(x, lengths), h0))
        (y_, last_), cache_ = inner(params, (wrapped(backwards(x, ends), lengths), h0))
        assert tree.equal(last, last_)
        got = tree.map(lambda leaf: leaf.swapaxes(0, 1) if time_major else leaf, (y, y_))
        values, values_ = (v if lengths is None else v.values for v in got)
        np.testing.assert_array_equal(values, backwards(values_, ends))
        dparams, (dx, dh0) = net.vjp(params, cache, (wrapped(dy, lengths), dh))
        dparams_, (dx_, dh0_) = inner.vjp(params, cache_, (wrapped(backwards(dy, ends), lengths), dh))
        assert tree.equal((dparams, dh0), (dparams_, dh0_))
        assert tree.equal(net.param_vjp(params, cache, (wrapped(dy, lengths), dh)), dparams)
        got = tree.map(lambda leaf: leaf.swapaxes(0, 1) if time_major else leaf, (dx, dx_))
        values, values_ = (v if lengths is None else v.values for v in got)
        np.testing.assert_array_equal(values, backwards(values_, ends))


def reversed_calls(call):
    net, x = call
    return fn.Reverse(net, net.time_major), x


@given(st.one_of(recurrences.calls(fn.LSTM, 2), recurrences.calls(fn.GRU, 1)).map(reversed_calls))
@settings(max_examples=15)
def test_every_form_of_the_call_is_proved(call):
    net, x = call
    assert fn.testing.check_layer(net, x).verdict == "ok"


def test_twice_is_the_layer_itself():
    net = fn.LSTM(4)
    for x in (draw(3, 6, 2), (fn.Padded(draw(3, 6, 2), LENGTHS), ())):
        params = net.init(fn.Key(0), x)
        assert tree.equal(params, fn.Reverse(net).init(fn.Key(0), x))
        (y, cache), (twice, twice_cache) = net(params, x), fn.Reverse(fn.Reverse(net))(params, x)
        assert tree.equal(twice, y)
        gradients = net.vjp(params, cache, y)
        assert tree.equal(fn.Reverse(fn.Reverse(net)).vjp(params, twice_cache, y), gradients)


def test_what_stands_in_the_padding_is_never_read_and_more_of_it_changes_nothing():
    recurrences.padding_is_never_read_and_more_changes_nothing(
        fn.Reverse(fn.LSTM(5)), 5, recurrences.states(2, 3, 5)
    )


def test_it_advances_what_is_inside():
    net = fn.training(fn.Reverse(fn.TimeDistributed(fn.BatchNorm(momentum=0.0))))
    x = draw(3, 6, 2)
    params = net.init(fn.Key(0), x)
    new = net.advance(params, net(params, x)[1])
    np.testing.assert_allclose(new.moments.value.mean, x.mean(axis=(0, 1)), rtol=1e-12)


def test_errors():
    x = np.zeros((2, 5, 3))
    net = fn.Reverse(fn.GRU(4))
    params = net.init(fn.Key(0), x)
    last = fn.Reverse(fn.Sequential([fn.GRU(4), fn.Last()]))
    alone = fn.Reverse(fn.Tanh())
    cases = (
        (lambda: net(params, x[0]), fn.ShapeError, net, "x with axes (N, T, ...), got x of shape (5, 3)"),
        (
            lambda: last((params, ()), x),
            fn.ShapeError,
            last,
            "its layer to give every step, (2, 5, ...), got shape (2, 4)",
        ),
        (
            lambda: fn.Reverse(fn.Lambda(lambda params, x: (x.values, ()), lambda *_: ()))(
                (), fn.Padded(x, [5, 1])
            ),
            fn.TreeError,
            "Reverse(",
            "its layer to give a Padded for a Padded, got float64[2, 5, 3]",
        ),
        (
            lambda: net.vjp(params, net(params, (x, ()))[1], np.zeros((2, 5, 4))),
            fn.TreeError,
            net,
            "a pair (dy, dstate) (y came with a state), got float64[2, 5, 4]",
        ),
        (
            lambda: net.vjp(params, net(params, x)[1], np.zeros((2, 5, 3))),
            fn.ShapeError,
            net,
            "dy of shape (2, 5, 4), got shape (2, 5, 3)",
        ),
    )
    for call, error, who, message in cases:
        with pytest.raises(error) as caught:
            call()
        assert str(caught.value).startswith(str(who))
        assert str(caught.value).endswith(f": expected {message}")
    with pytest.raises(fn.DtypeError, match=r"Tanh\(\): expected x to be a NumPy array, got a tuple of 2"):
        alone((), (x, ()))
