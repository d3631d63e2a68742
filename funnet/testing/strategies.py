"""Hypothesis strategies for networks, and inputs for them. Needs hypothesis (extra [test]).

@given(networks(), keys())
def test_my_law(net, key): ...
"""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np

from funnet import combinators as c
from funnet import layers as ls
from funnet.containers import Array, Tree
from funnet.key import Key
from funnet.layer import Layer

_SMOOTH = (ls.Gelu(), ls.Silu(), ls.Mish(), ls.Softplus(), ls.Sigmoid(), ls.Tanh())
_KINKED = (
    ls.Relu(),
    ls.LeakyRelu(),
    ls.LeakyRelu(-0.3),
    ls.Elu(),
    ls.Elu(0.5),
    ls.Selu(),
    ls.HardSigmoid(),
    ls.HardTanh(),
    ls.HardSwish(),
)


def keys() -> st.SearchStrategy[Key]:
    """Keys; they shrink to Key(0)."""
    return st.builds(Key, st.integers(0, 2**32 - 1))


def rows(width: int = 3) -> st.SearchStrategy[Array]:
    """Standard normal inputs (N, width), float64, N from 2 to 6."""

    def make(count: int, key: Key) -> Array:
        return key.generator().standard_normal((count, width))

    return st.builds(make, st.integers(2, 6), keys())


def layers(*, kinks: bool = True, state: bool = True) -> st.SearchStrategy[Layer]:
    """Single layers from rows to rows, (N, C) to (N, C'), for any C.

    Without `kinks` all are smooth, without `state` none has running moments or a dropout key.
    """
    plain = st.sampled_from(_SMOOTH + (_KINKED if kinks else ()))
    shaped = st.sampled_from((ls.Flatten(), ls.Reshape((-1,)), ls.Softmax(), ls.LogSoftmax(), _SQUARE))
    linear = st.builds(ls.Linear, st.integers(1, 4), st.booleans())
    stateful = (st.builds(ls.Dropout, st.sampled_from((0.0, 0.2, 0.5))), st.builds(ls.BatchNorm))
    return st.one_of(linear, plain, shaped, *(stateful if state else ()))


def networks(max_depth: int = 3, *, kinks: bool = True, state: bool = True) -> st.SearchStrategy[Layer]:
    """Nested networks from rows to rows, (N, C) to (N, C'), for any C; they shrink to a single layer."""
    nets = layers(kinks=kinks, state=state)
    for _ in range(max_depth - 1):
        nets = nets | _nested(nets)
    return nets


def _nested(nets: st.SearchStrategy[Layer]) -> st.SearchStrategy[Layer]:
    lists = st.lists(nets, min_size=0, max_size=3)
    named = st.dictionaries(st.sampled_from(("a", "b", "encoder", "head")), nets, min_size=1, max_size=3)
    widths = st.integers(1, 4)
    return st.one_of(
        st.builds(c.Sequential, lists),
        st.builds(c.Sequential, named),
        st.builds(_joined, lists.filter(bool) | named),
        st.builds(_summed, lists.filter(bool), widths),
        st.builds(_paired, nets, nets),
        st.builds(_residual, nets),
        st.builds(c.Frozen, nets),
    )


def _joined(nets: list[Layer] | dict[str, Layer]) -> Layer:
    return c.Sequential([c.Branch(nets), c.Concat()])


def _summed(nets: list[Layer], width: int) -> Layer:
    return c.Sequential([c.Branch([c.Sequential([net, ls.Linear(width)]) for net in nets]), c.Add()])


def _paired(first: Layer, second: Layer) -> Layer:
    return c.Sequential([c.Branch([ls.Linear(2), ls.Tanh()]), c.Parallel([first, second]), c.Concat()])


def _residual(net: Layer) -> Layer:
    return c.Sequential([ls.Linear(3), c.Residual(c.Sequential([net, ls.Linear(3)]))])


def _square_forward(params: Tree, x: Array) -> tuple[Array, Array]:
    return np.square(x), x


def _square_vjp(params: Tree, cache: Array, dy: Array) -> tuple[Tree, Array]:
    return params, 2.0 * cache * dy


_SQUARE = ls.Lambda(_square_forward, _square_vjp)
