"""The networks of language: what they are made of, what they may look at, that they learn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import funnet as fn
from funnet import tree
from funnet.nn.models import TransformerBlock, char_rnn, gpt


def draw(*shape):
    return fn.Key(0).child("language").child(str(shape)).generator().standard_normal(shape)


def letters(count, *shape):
    return fn.Key(0).child("letters").generator().integers(0, count, shape)


def slow_block(params, heads, causal, x):
    """One sequence x (T, C) through a block, written out by hand."""

    def norm(p, h):
        z = (h - h.mean(axis=1, keepdims=True)) / np.sqrt(h.var(axis=1, keepdims=True) + 1e-5)
        return p.scale * z + p.shift

    (first, attention), (second, wide, _, narrow) = (params[name] for name in ("attention", "feedforward"))
    own = fn.MultiHeadAttention(heads, causal)
    h = x + own(attention, norm(first, x)[None])[0][0]
    a = norm(second, h) @ wide.w + wide.b
    gelu = a / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (a + 0.044715 * a**3)))
    return h + gelu @ narrow.w + narrow.b


@pytest.mark.parametrize("causal", [False, True])
def test_a_block_is_its_formula(causal):
    net, x = TransformerBlock(6, 2, hidden=5, causal=causal), draw(3, 4, 6)
    params = tree.map(lambda leaf: leaf + 0.1 * draw(*leaf.shape), net.init(fn.Key(0), x))
    y, _ = net(params, x)
    for n in range(3):
        np.testing.assert_allclose(y[n], slow_block(params, 2, causal, x[n]), rtol=1e-11)
    lengths = [4, 1, 2]
    padded, _ = net(params, fn.Padded(x * (np.arange(4) < np.array(lengths)[:, None])[..., None], lengths))
    for n, length in enumerate(lengths):
        expected = slow_block(params, 2, causal, x[n, :length])
        np.testing.assert_allclose(padded.values[n, :length], expected, rtol=1e-11)
        assert not padded.values[n, length:].any()


@given(
    st.integers(1, 2),
    st.integers(1, 3),
    st.booleans(),
    st.sampled_from([0.0, 0.3]),
    st.booleans(),
    st.integers(1, 4),
)
@settings(max_examples=8)
def test_drawn_blocks_are_proved(heads, each, causal, dropout, padded, steps):
    net, x = TransformerBlock(heads * each, heads, 3, causal, dropout), draw(2, steps, heads * each)
    assert fn.testing.check_layer(net, fn.Padded(x, [steps, 1]) if padded else x).verdict == "ok"


def test_a_block_is_built_of_combinators_and_has_the_usual_size():
    net = TransformerBlock(64, 4, dropout=0.1)
    assert type(net) is fn.Sequential
    assert str(net.layers["attention"]) == (
        "Residual(Sequential([TimeDistributed(LayerNorm()), MultiHeadAttention(4), "
        "TimeDistributed(Dropout(0.1))]))"
    )
    params = net.init(fn.Key(0), draw(1, 2, 64).astype("f4"))
    assert tree.count(params) == 4 * 64 * 64 + 3 * 64 + 2 * 64 * 256 + 256 + 64 + 4 * 64


@pytest.mark.parametrize(
    "net",
    [
        gpt(7, width=4, heads=2, depth=1, length=5, dropout=0.2),
        char_rnn(7, width=3, cell="rnn", dropout=0.2),
        char_rnn(7, width=3, depth=2, cell="lstm"),
        char_rnn(7, width=3, cell="gru"),
    ],
    ids=["gpt", "rnn", "lstm", "gru"],
)
class TestModels:
    def test_it_is_proved_on_whole_and_on_padded_sequences(self, net):
        x = letters(7, 2, 5)
        assert fn.testing.check_layer(net, x).verdict == "ok"
        assert fn.testing.check_layer(net, fn.Padded(x, [5, 2])).verdict == "ok"

    def test_logits_depend_on_what_was_read_alone(self, net):
        x = letters(7, 3, 5)
        params = net.init(fn.Key(0), x)
        y, _ = net(params, x)
        assert (y.shape, y.dtype) == ((3, 5, 7), np.float32)
        other = x.copy()
        other[:, 3:] = (x[:, 3:] + 1) % 7
        changed, _ = net(params, other)
        np.testing.assert_allclose(changed[:, :3], y[:, :3], rtol=1e-4, atol=1e-6)
        assert (np.abs(changed - y)[:, 3:].max(axis=-1) > 1e-5).all()
        short, _ = net(params, x[:, :2])
        np.testing.assert_allclose(short, y[:, :2], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "net",
    [gpt(4, width=16, heads=2, depth=1, length=12), char_rnn(4, width=16, cell="gru")],
    ids=["gpt", "gru"],
)
def test_it_learns_what_only_the_past_tells(net):
    """Letters that repeat with period 3: after one period all is known, before it nothing."""
    x = np.tile(letters(4, 200, 3), (1, 5))
    optimizer, loss = fn.adam(1e-2), fn.SoftmaxCrossEntropy()
    state = fn.init(net, optimizer, fn.Key(0), x[:1, :12])
    for step in range(150):
        rows = slice(32 * (step % 6), 32 * (step % 6) + 32)
        state, _ = fn.train_step(net, loss, optimizer, state, x[rows, :12], x[rows, 1:13])
    new = np.tile(fn.Key(1).generator().integers(0, 4, (64, 3)), (1, 5))
    y, _ = net(state.params, new[:, :12])
    assert loss(y[:, 3:], new[:, 4:13])[0] < 0.1
    assert loss(y[:, :2], new[:, 1:3])[0] > 1.2


def test_a_window_looks_at_the_last_letters_alone_and_never_ahead():
    net = gpt(7, width=6, heads=2, depth=1, length=5, window=3)
    x = letters(7, 2, 5)
    assert fn.testing.check_layer(net, x).verdict == "ok"
    params = net.init(fn.Key(0), x)
    other = x.copy()
    other[:, 1] = (x[:, 1] + 1) % 7
    near, _ = fn.Sequential(list(net.layers.values())[:2])((params["embedding"], params["positions"]), x)
    moved, _ = fn.Sequential(list(net.layers.values())[:2])((params["embedding"], params["positions"]), other)
    assert (near != moved).any(axis=-1).tolist() == [[False, True, True, True, False]] * 2


def test_messages():
    net = gpt(7, width=6, heads=2, depth=1, length=5)
    params = net.init(fn.Key(0), letters(7, 1, 5))
    with pytest.raises(fn.ShapeError, match=r"^positions/0/PositionalEncoding.*: expected at most 5 steps"):
        net(params, letters(7, 1, 6))
    with pytest.raises(fn.DataError, match=r"^embedding/Embedding.*: expected indices from 0 to 6, got 7 at"):
        net(params, np.array([[1, 7]]))
    with pytest.raises(fn.ShapeError, match=r"^blocks/0/attention/1/.*: expected a multiple of 4 channels"):
        gpt(7, width=6, heads=4, depth=1, length=5).init(fn.Key(0), letters(7, 1, 5))
    with pytest.raises(fn.ConfigError, match="expected cell to be one of 'lstm', 'gru', 'rnn', got 'elman'"):
        char_rnn(7, width=6, cell="elman")
    with pytest.raises(fn.ConfigError, match=r"^MultiHeadAttention: expected heads to be a positive integer"):
        TransformerBlock(6, heads=0)
