"""What the strategies draw is what they promise, and it shrinks."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, find, given, settings

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
    fn.Residual(fn.GRU(5)),
    fn.Conv2d(6, 2, groups=6),
    fn.Sequential([fn.Embedding(4, 2), fn.LSTM(2)]),
    fn.Sequential([fn.Residual(fn.Tanh()), fn.GRU(2, time_major=True)]),
    fn.Repeat(fn.Bidirectional(fn.GRU(2)), 2),
    fn.Reverse(fn.Sequential([fn.Linear(2), fn.RNN(2)])),
    fn.TimeDistributed(fn.Linear(2)),
    fn.Sequential([fn.PositionalEncoding("learned"), fn.MultiHeadAttention(2, causal=True), fn.Last()]),
    fn.Conv1d(2, 2),
    fn.Remat(fn.MaxPool1d(2)),
    fn.GlobalAvgPool(),
    fn.Sequential([fn.Relu(), fn.Conv2d(4, 3, groups=2), fn.MaxPool2d(1), fn.Flatten(), fn.Linear(2)]),
    fn.Branch([fn.LayerNorm(), fn.ConvTranspose2d(2, 3)]),
    fn.Tied(fn.Sequential([fn.AvgPool2d(2), fn.Linear(4), fn.Linear(4)]), "1/w", "2/w"),
)


@pytest.mark.parametrize("net", READERS, ids=str)
@settings(max_examples=8)
@given(data=st.data())
def test_inputs_and_parameters_fit_a_layer(net, data):
    fit(net, data)


@given(draw.networks(), st.data())
def test_inputs_and_parameters_fit_a_network(net, data):
    fit(net, data)


def fit(net, data):
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


def classes(net):
    return {type(net)}.union(*(classes(child) for child in children(net).values()))


@given(
    st.one_of(
        strategy(kinks=False, state=False)
        for strategy in (draw.networks, draw.sequence_networks, draw.image_networks)
    )
)
def test_kinks_and_state_can_be_left_out(net):
    kinked = {fn.Relu, fn.LeakyRelu, fn.HardTanh, fn.MaxPool1d, fn.MaxPool2d}
    assert not classes(net) & {*kinked, fn.Dropout, fn.BatchNorm}
    assert "relu" not in str(net)


@given(draw.sequences(3), draw.sequences(padded=True), draw.images(1))
def test_inputs_have_their_axes(x, padded, image):
    assert x.ndim == 3
    assert x.shape[-1] == 3
    assert padded.values.shape[-1] == 2
    assert padded.lengths.value.max() <= padded.values.shape[1]
    assert image.shape[1:3] >= (3, 3)
    assert image.shape[-1] == 1


ANY = {fn.Linear, fn.LayerNorm, fn.RMSNorm, fn.GroupNorm, fn.Dropout, fn.BatchNorm, fn.Softmax}
AROUND = {fn.Sequential, fn.Residual, fn.Frozen, fn.Remat, fn.Repeat}
OVER_TIME = {fn.RNN, fn.LSTM, fn.GRU, fn.Scan, fn.MultiHeadAttention, fn.PositionalEncoding}
OVER_TIME |= {fn.TimeDistributed, fn.Reverse, fn.Bidirectional, fn.Last}

FAMILIES = {
    "rows": (
        draw.networks(),
        draw.rows(),
        {fn.Branch, fn.Add, fn.Concat, fn.Parallel, fn.Tied, fn.Flatten, fn.Reshape, *ANY, *AROUND},
    ),
    "sequences": (
        draw.sequence_networks(),
        draw.sequences(),
        {fn.Conv1d, fn.MaxPool1d, fn.AvgPool1d, fn.GlobalAvgPool, fn.Flatten, *ANY, *AROUND, *OVER_TIME},
    ),
    "padded sequences": (
        draw.sequence_networks(padded=True),
        draw.sequences(padded=True),
        {fn.Linear, *AROUND, *OVER_TIME},
    ),
    "images": (
        draw.image_networks(),
        draw.images(),
        {fn.Conv2d, fn.ConvTranspose2d, fn.MaxPool2d, fn.AvgPool2d, fn.GlobalAvgPool, fn.Flatten}
        | {fn.Branch, fn.Concat, *ANY, *AROUND},
    ),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_layer_of_a_family_is_drawn(family):
    nets, _, wanted = FAMILIES[family]
    drawn = set()

    @given(st.lists(nets, min_size=10, max_size=10))
    @settings(max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    def collect(several):
        drawn.update(*map(classes, several))

    collect()
    assert not wanted - drawn


@pytest.mark.parametrize("family", FAMILIES)
def test_drawn_networks_are_proved(family):
    nets, inputs, _ = FAMILIES[family]
    verdicts = []

    @given(nets, inputs)
    @settings(suppress_health_check=[HealthCheck.too_slow])
    def prove(net, x):
        verdicts.append(fn.testing.check_layer(net, x).verdict)

    prove()
    assert verdicts.count("inconclusive") <= 0.05 * len(verdicts)


@pytest.mark.parametrize("family", FAMILIES)
def test_networks_shrink_to_a_single_layer(family):
    small = find(FAMILIES[family][0], lambda net: True, settings=settings(derandomize=True))
    assert size(small) <= 2
