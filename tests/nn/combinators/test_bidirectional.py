import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import funnet as fn
from funnet import tree
from funnet.testing import strategies
from tests.nn.layers import recurrences

LENGTHS = recurrences.LENGTHS
draw = recurrences.draw


@pytest.mark.parametrize("join", ["concat", "sum"])
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["whole", "padded"])
def test_it_is_a_layer_beside_one_reversed(join, lengths):
    forward, backward = fn.LSTM(3), fn.LSTM(3)
    net, x = fn.Bidirectional(forward, join), draw(3, 6, 4)
    x = x if lengths is None else fn.Padded(x, lengths)
    params = net.init(fn.Key(0), x)
    assert not tree.equal(params["forward"], params["backward"])
    y, cache = net(params, x)
    a, cache_a = forward(params["forward"], x)
    b, cache_b = fn.Reverse(backward)(params["backward"], x)
    joined = np.add if join == "sum" else lambda a, b: np.concatenate([a, b], axis=-1)
    assert tree.equal(y, tree.map(joined, a, b))
    dy = tree.map(lambda leaf: draw(*leaf.shape), y)
    cut = slice(None) if join == "sum" else slice(3)
    da = tree.map(lambda leaf: leaf[..., cut], dy)
    db = tree.map(lambda leaf: leaf[..., slice(None) if join == "sum" else slice(3, None)], dy)
    dparams_a, dx_a = forward.vjp(params["forward"], cache_a, da)
    dparams_b, dx_b = fn.Reverse(backward).vjp(params["backward"], cache_b, db)
    dparams, dx = net.vjp(params, cache, dy)
    assert tree.equal((dparams["forward"], dparams["backward"]), (dparams_a, dparams_b))
    assert tree.equal(dx, tree.map(np.add, dx_a, dx_b))
    assert tree.equal(net.param_vjp(params, cache, dy), dparams)


@given(st.data())
@settings(max_examples=15)
def test_every_form_of_the_call_is_proved(data):
    time_major, join = data.draw(st.booleans()), data.draw(st.sampled_from(["concat", "sum"]))
    n, t = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 5))
    pair = fn.GRU(2, time_major=time_major), fn.RNN(2 if join == "sum" else 3, time_major=time_major)
    x = data.draw(strategies.arrays((t, n, 2) if time_major else (n, t, 2)))
    if data.draw(st.booleans()):
        x = fn.Padded(x, data.draw(strategies.lengths(n, t)))
    states = draw(n, 2), draw(n, pair[1].width)
    state = data.draw(st.sampled_from([None, (), states, ((), states[1])]))
    net = fn.Bidirectional(pair, join, time_major)
    assert fn.testing.check_layer(net, x if state is None else (x, state)).verdict == "ok"


def test_states_are_pairs_and_the_backward_one_is_that_at_the_beginning():
    net, x = fn.Bidirectional([fn.RNN(3), fn.GRU(2)]), draw(3, 6, 4)
    params = net.init(fn.Key(0), x)
    (y, (a, b)), _ = net(params, (fn.Padded(x, LENGTHS), ()))
    np.testing.assert_array_equal(b, y.values[:, 0, 3:])
    np.testing.assert_array_equal(a, y.values[np.arange(3), np.array(LENGTHS) - 1, :3])


def test_what_stands_in_the_padding_is_never_read_and_more_of_it_changes_nothing():
    recurrences.padding_is_never_read_and_more_changes_nothing(
        fn.Bidirectional(fn.GRU(3)), 6, (draw(3, 3), draw(3, 3))
    )


def test_a_stack_of_them_over_padded_sequences_is_proved():
    net = fn.Sequential([fn.Bidirectional(fn.LSTM(2)), fn.Bidirectional(fn.GRU(2), "sum"), fn.Last()])
    assert fn.testing.check_layer(net, fn.Padded(draw(3, 6, 2), LENGTHS)).verdict == "ok"


def test_the_mode_and_what_is_seen_in_training_reach_both():
    net = fn.training(fn.Bidirectional(fn.TimeDistributed(fn.BatchNorm(momentum=0.0))))
    x = draw(3, 6, 2)
    params = net.init(fn.Key(0), x)
    new = net.advance(params, net(params, x)[1])
    for name in ("forward", "backward"):
        np.testing.assert_allclose(new[name].moments.value.mean, x.mean(axis=(0, 1)), rtol=1e-12)


def test_ways_to_name_the_layers():
    one, other = fn.GRU(2), fn.GRU(3)
    assert fn.Bidirectional(one) == fn.Bidirectional([one, one])
    assert fn.Bidirectional((one, other)) == fn.Bidirectional({"forward": one, "backward": other})
    x = draw(2, 3, 2)
    paths = tree.paths(fn.Bidirectional(one).init(fn.Key(0), x))
    assert sorted(paths) == sorted(f"{way}/{leaf}" for way in ("forward", "backward") for leaf in "wub")
    assert "backward  GRU(2)" in fn.summary(
        fn.Bidirectional(one), fn.Bidirectional(one).init(fn.Key(0), x), x
    )


def test_errors():
    x = np.zeros((2, 5, 3))
    net = fn.Bidirectional(fn.GRU(4))
    params = net.init(fn.Key(0), x)
    for layers in ([fn.GRU(2)] * 3, [fn.GRU(2)], {"left": fn.GRU(2), "right": fn.GRU(2)}, fn.GRU):
        with pytest.raises(fn.ConfigError, match="layers to be a layer, or two, forward and backward, got"):
            fn.Bidirectional(layers)
    with pytest.raises(fn.ConfigError, match=r"layers\['backward'\] to be a layer, got <class"):
        fn.Bidirectional([fn.GRU(2), fn.GRU])
    with pytest.raises(fn.ConfigError, match="join to be one of 'concat', 'sum', got 'mean'"):
        fn.Bidirectional(fn.GRU(2), "mean")
    unlike = fn.Bidirectional([fn.GRU(2), fn.GRU(3)], "sum")
    cases = (
        (
            lambda: net(params, (x, x[:, 0])),
            fn.TreeError,
            "state to be a pair (forward, backward), got float6",
        ),
        (
            lambda: net.vjp(params, net(params, (x, ()))[1], (np.zeros((2, 5, 8)), x[:, 0])),
            fn.TreeError,
            "dstate to be a pair (forward, backward), got float64[2, 3]",
        ),
        (
            lambda: net.vjp(params, net(params, x)[1], np.zeros((2, 5, 4))),
            fn.ShapeError,
            "dy of shape (2, 5, 8), got shape (2, 5, 4)",
        ),
        (
            lambda: unlike(unlike.init(fn.Key(0), x), x),
            fn.ShapeError,
            "y of backward of shape (5, 2, 2), got shape (5, 2, 3)",
        ),
        (
            lambda: net(params, x[..., 1:]),
            fn.ShapeError,
            "x with last axis 3 (params.w is (3, 12)), got x of",
        ),
    )
    for call, error, message in cases:
        with pytest.raises(error) as caught:
            call()
        assert f": expected {message}" in str(caught.value)
    assert str(caught.value).startswith("forward/GRU(4): ")
