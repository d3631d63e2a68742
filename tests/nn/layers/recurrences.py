"""What holds of every gated recurrent layer, as functions that raise where it does not."""

import numpy as np
from hypothesis import strategies as st

import funnet as fn
from funnet import tree
from funnet.nn.layers import gates
from funnet.testing import strategies

LENGTHS = 4, 1, 6


def draw(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape)


def wave(*shape):
    return np.sin(1.0 + np.arange(np.prod(shape))).reshape(shape)


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def generic(layer, x):
    """Parameters at no special point."""
    return tree.map(lambda leaf: leaf + 0.3 * draw(*leaf.shape), layer.init(fn.Key(1), x))


def states(count, rows, width):
    """A state made of `count` arrays, itself an array if it is one."""
    made = tuple(draw(rows, width) + k for k in range(count))
    return made if count > 1 else made[0]


def stretched(padded, more):
    """The same sequences with NaN in their padding, and more of it."""
    values = np.pad(padded.values, ((0, 0), (0, more), (0, 0)))
    for n, length in enumerate(padded.lengths.value):
        values[n, length:] = np.nan
    return fn.Padded(values, padded.lengths)


@st.composite
def calls(draw_, kind, count):
    """A layer of this kind, whose state is `count` arrays, and an input for it."""
    net = kind(draw_(st.integers(1, 4)), time_major=draw_(st.booleans()))
    n, t, inputs = (draw_(st.integers(1, most)) for most in (4, 5, 3))
    values = draw_(strategies.arrays((t, n, inputs) if net.time_major else (n, t, inputs)))
    x = fn.Padded(values, draw_(strategies.lengths(n, t))) if draw_(st.booleans()) else values
    state = draw_(st.sampled_from([None, (), states(count, n, net.width)]))
    return net, x if state is None else (x, state)


def a_batch_is_its_sequences_one_by_one(net, count, slow):
    """Values are those of the slow formula, gradients the sums of those of each unpadded sequence."""
    x, dy = draw(3, 6, 4), draw(3, 6, net.width)
    state, dstate = states(count, 3, net.width), tree.map(np.copy, states(count, 3, net.width))
    params = generic(net, x)

    def wrapped(values, lengths, state):
        values = np.ascontiguousarray(values.swapaxes(0, 1)) if net.time_major else values
        return (values if lengths is None else fn.Padded(values, lengths)), state

    for lengths in (None, LENGTHS):
        (y, last), cache = net(params, wrapped(x, lengths, state))
        dparams, dx = net.vjp(params, cache, wrapped(dy, lengths, dstate))
        ys, dxs, total, lasts, dstates = np.zeros_like(dy), np.zeros_like(x), 0, [], []
        for n, length in enumerate(lengths or (6, 6, 6)):
            own, down = (tree.map(lambda leaf, n=n: leaf[n : n + 1], s) for s in (state, dstate))
            ys[n, :length], end = slow(params, x[n, :length], tree.map(lambda leaf: leaf[0], own))
            lasts.append(end)
            _, alone = net(params, wrapped(x[n : n + 1, :length], None, own))
            one, (dx_n, d) = net.vjp(params, alone, wrapped(dy[n : n + 1, :length], None, down))
            dxs[n, :length] = (dx_n.swapaxes(0, 1) if net.time_major else dx_n)[0]
            total += tree.ravel(one)
            dstates.append(tree.map(lambda leaf: leaf[0], d))
        stacked, dstacked = (tree.map(lambda *rows: np.stack(rows), *rows) for rows in (lasts, dstates))
        assert tree.allclose((y, last), wrapped(ys, lengths, stacked), rtol=1e-12, atol=1e-13)
        assert tree.allclose(dx, wrapped(dxs, lengths, dstacked), rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(tree.ravel(dparams), total, rtol=1e-11, atol=1e-12)


def padding_is_never_read_and_more_changes_nothing(net, width, state):
    """For a layer that gives steps of this width, and a state for it."""
    x, dy = fn.Padded(draw(3, 6, 4), LENGTHS), fn.Padded(draw(3, 6, width), LENGTHS)
    params, dstate = generic(net, x), tree.map(np.copy, state)
    (y, last), cache = net(params, (x, state))
    dparams, (dx, d) = net.vjp(params, cache, (dy, dstate))
    (long_y, long_last), cache = net(params, (stretched(x, 7), state))
    long_dparams, (long_dx, long_d) = net.vjp(params, cache, (stretched(dy, 7), dstate))
    for long, short in ((long_y, y), (long_dx, dx)):
        np.testing.assert_allclose(long.values[:, :6], short.values, rtol=1e-12, atol=1e-14)
        assert not long.values[:, 6:].any()
        assert not long.values[1, 1:].any()
    assert tree.allclose((long_last, long_d), (last, d), rtol=1e-12, atol=1e-14)
    assert tree.allclose(long_dparams, dparams, rtol=1e-11, atol=1e-13)


def the_steps_taken_at_once_change_nothing(net, monkeypatch):
    x, dy = draw(3, 7, 2), draw(3, 7, net.width)
    params = generic(net, x)
    _, cache = net(params, x)
    whole = net.vjp(params, cache, dy)
    for steps in (1, 2, 5):
        monkeypatch.setattr(gates, "_AT_ONCE", steps * 3 * net.width)
        assert tree.equal(net.vjp(params, cache, dy), whole)


def the_state_carries_on(net, count):
    x, dy, dstate = draw(2, 9, 3), draw(2, 9, net.width), states(count, 2, net.width)
    params = generic(net, x)
    (y, last), cache = net(params, (x, ()))
    (y1, middle), cache1 = net(params, (x[:, :4], ()))
    (y2, end), cache2 = net(params, (x[:, 4:], middle))
    assert tree.allclose((np.concatenate([y1, y2], axis=1), end), (y, last), rtol=1e-12, atol=1e-14)
    dparams, (dx, _) = net.vjp(params, cache, (dy, dstate))
    dp2, (dx2, dmiddle) = net.vjp(params, cache2, (dy[:, 4:], dstate))
    dp1, (dx1, begin) = net.vjp(params, cache1, (dy[:, :4], dmiddle))
    assert tree.allclose(tree.map(np.add, dp1, dp2), dparams, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(np.concatenate([dx1, dx2], axis=1), dx, rtol=1e-11, atol=1e-13)
    assert begin == ()
    assert not any(np.shares_memory(y, leaf) for leaf in tree.leaves(last))


def gates_are_drawn_one_by_one(net, gates):
    """Weights from addresses of their own, u orthogonal gate by gate, whatever stands around x."""
    x, width = draw(2, 5, 3).astype("f4"), net.width
    params = net.init(fn.Key(0), x)
    assert {str(leaf.dtype) for leaf in tree.leaves(params)} == {"float32"}
    assert params.w.shape == (3, gates * width)
    for u in np.split(params.u, gates, axis=1):
        np.testing.assert_allclose(u @ u.T, np.eye(width), atol=1e-6)
    assert len(np.unique(params.w)) == params.w.size
    assert len(np.unique(params.u)) == params.u.size
    for other in ((x, ()), fn.Padded(x, [5, 2]), x[:1, :1]):
        assert tree.equal(net.init(fn.Key(0), other), params)
