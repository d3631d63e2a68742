"""What the strategies draw is what they promise, and it shrinks."""

import hypothesis.strategies as st
import numpy as np
from hypothesis import find, given, settings

import funnet as fn
from funnet.layer import children
from funnet.testing import strategies as draw


@given(draw.arrays((4, 3), away_from=(0.0, 1.0), margin=0.1))
def test_arrays_keep_away_from_kinks(x):
    assert x.shape == (4, 3)
    assert (np.abs(x) >= 0.1 - 1e-12).all()
    assert (np.abs(x - 1) >= 0.1 - 1e-12).all()


@given(draw.arrays(st.tuples(st.integers(1, 3)), dtype="float32", domain=(0, 1)))
def test_arrays_stay_in_their_domain(x):
    assert x.dtype == np.float32
    assert ((x > 0) & (x < 1)).all()


@given(draw.arrays((50,), ties=True))
def test_arrays_tie(x):
    assert len(np.unique(x)) < 50


@given(draw.labels(5, 3))
def test_labels_are_in_range(t):
    assert t.shape == (5,)
    assert set(t) <= {0, 1, 2}


@given(draw.logits(4, 3, extreme=True))
def test_extreme_logits_have_a_finite_gradient(y):
    value, dy = fn.SoftmaxCrossEntropy()(y, y.argmax(axis=-1))
    assert np.isfinite(value)
    assert np.isfinite(dy).all()
    assert not dy[np.isneginf(y)].any()


@given(draw.masks(3, 5))
def test_masks_begin_with_true(mask):
    assert mask.shape == (3, 5)
    assert mask[:, 0].all()
    assert (np.diff(mask.astype(int), axis=1) <= 0).all()


CELL = fn.RNNCell(3)
READERS = (
    fn.Add(),
    fn.Concat(),
    fn.Parallel([fn.Linear(2), fn.Tanh()]),
    fn.Parallel({"a": fn.Linear(2), "b": fn.Tanh()}),
    CELL,
    fn.RNN(2),
    fn.RNN(2, time_major=True),
    fn.Scan(CELL),
    fn.Last(),
    fn.Sequential({"rnn": fn.RNN(2), "last": fn.Last(), "out": fn.Linear(1)}),
    fn.Residual(fn.Linear(3)),
)


@given(st.one_of(st.sampled_from(READERS), draw.networks()), st.data())
def test_inputs_and_parameters_fit_the_network(net, data):
    x = data.draw(draw.inputs_for(net))
    params = data.draw(draw.params_for(net, x))
    y, cache = net(params, x)
    dparams, dx = net.vjp(params, cache, y)
    fn.tree.same_structure(params, dparams)
    fn.tree.same_structure(x, dx)


def size(net):
    return 1 + sum(size(child) for child in children(net).values())


def test_a_failing_network_shrinks_to_one_layer():
    def has_dropout(net):
        return isinstance(net, fn.Dropout) or any(has_dropout(child) for child in children(net).values())

    small = find(draw.networks(), has_dropout, settings=settings(derandomize=True, max_examples=500))
    assert small == fn.Dropout(0.0)
    assert size(find(draw.networks(), lambda net: size(net) > 3, settings=settings(derandomize=True))) <= 6


@given(draw.networks(kinks=False, state=False))
def test_kinks_and_state_can_be_left_out(net):
    def classes(net):
        return {type(net)}.union(*(classes(child) for child in children(net).values()))

    assert not classes(net) & {fn.Relu, fn.LeakyRelu, fn.HardTanh, fn.Dropout, fn.BatchNorm}
