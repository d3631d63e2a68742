"""Networks that read sequences, (N, T, C), for any T and C."""

from __future__ import annotations

import hypothesis.strategies as st

from funnet.nn import combinators as cs, layers as ls
from funnet.nn.layer import Layer
from funnet.testing import arguments
from funnet.testing.strategies.row_nets import Nets, ended, layers, pointwise, wrapped


def sequence_networks(
    max_depth: int = 2, *, kinks: bool = True, state: bool = True, padded: bool = False
) -> Nets:
    """Nested networks that read sequences and give every step, the last one, or a mean over the steps.

    Without `kinks` all are smooth, without `state` none has running moments or a dropout key; `padded`
    ones take a `Padded`. They shrink to Linear(1), padded ones in a TimeDistributed.
    """
    arguments.nets("sequence_networks", max_depth, kinks=kinks, state=state, padded=padded)
    nets = _every_step(kinks=kinks, state=state, padded=padded)
    for _ in range(max_depth - 1):
        nets = nets | _nested(nets)
    ends: tuple[Layer, ...] = (ls.Last(),) if padded else (ls.Last(), ls.GlobalAvgPool(), ls.Flatten())
    return st.builds(ended, nets, st.sampled_from((None, *ends)))


def _every_step(*, kinks: bool, state: bool, padded: bool) -> Nets:
    """Layers that give as many steps as they read."""
    width = st.integers(1, 3)
    activations = st.sampled_from(("tanh", "relu") if kinks else ("tanh",))
    simple = st.sampled_from((cs.TimeDistributed(ls.Linear(1)), cs.TimeDistributed(ls.Tanh())))
    of_steps = st.builds(cs.TimeDistributed, layers(2, kinks=kinks, state=state))
    recurrent = st.one_of(
        st.builds(ls.RNN, width, activations),
        st.builds(ls.LSTM, width),
        st.builds(ls.GRU, width),
        st.builds(lambda width: cs.Scan(ls.RNNCell(width)), width),
    )
    attention = st.builds(_attention, st.integers(1, 2), st.booleans(), st.booleans())
    positions = st.sampled_from((ls.PositionalEncoding(), ls.PositionalEncoding("learned")))
    convolution = st.builds(_causal, width, st.integers(1, 3), st.integers(1, 2)) | st.builds(
        ls.AvgPool1d, st.integers(2, 3), st.just(1), st.just("same")
    )
    largest = st.builds(ls.MaxPool1d, st.integers(2, 3), st.just(1), st.just("same"))
    first = simple if padded else pointwise(kinks=kinks, state=state)
    whole = (convolution, *((largest,) if kinks else ()))
    return st.one_of(first, recurrent, of_steps, attention, positions, *(() if padded else whole))


def _nested(nets: Nets) -> Nets:
    join = st.sampled_from(("concat", "sum"))
    return st.one_of(
        st.builds(cs.Sequential, st.lists(nets, min_size=0, max_size=3)),
        st.builds(cs.Reverse, nets),
        st.builds(cs.Bidirectional, nets, join),
        st.builds(cs.Bidirectional, st.tuples(nets, nets)),
        st.builds(_residual, nets),
        wrapped(nets),
    )


def _attention(heads: int, causal: bool, bias: bool) -> Layer:
    inner = cs.TimeDistributed(ls.Linear(2 * heads))
    return cs.Sequential([inner, ls.MultiHeadAttention(heads, causal, bias)])


def _causal(width: int, kernel_size: int, dilation: int) -> Layer:
    before = (kernel_size - 1) * dilation
    return ls.Conv1d(width, kernel_size, padding=((before, 0),), dilation=dilation)


def _residual(net: Layer) -> Layer:
    linear = cs.TimeDistributed(ls.Linear(3))
    return cs.Sequential([linear, cs.Residual(cs.Sequential([net, linear]))])
