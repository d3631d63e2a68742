"""Networks from rows to rows, (N, C) to (N, C'), for any C."""

from __future__ import annotations

from collections.abc import Sequence

import hypothesis.strategies as st
import numpy as np

from funnet.core.containers import Array, Tree
from funnet.nn import combinators as cs, layers as ls
from funnet.nn.layer import Layer
from funnet.testing import arguments

Nets = st.SearchStrategy[Layer]

_SMOOTH = (ls.Tanh(), ls.Sigmoid(), ls.Softplus(), ls.Silu(), ls.Mish(), ls.Gelu())
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


def layers(max_depth: int = 1, *, kinks: bool = True, state: bool = True) -> Nets:
    """Layers from rows to rows, nested up to a depth.

    Without `kinks` all are smooth, without `state` none has running moments or a dropout key.
    """
    arguments.nets("layers", max_depth, kinks=kinks, state=state)
    shaped = st.sampled_from((ls.Flatten(), ls.Reshape((-1,)), _SQUARE))
    nets = pointwise(kinks=kinks, state=state) | shaped
    for _ in range(max_depth - 1):
        nets = nets | _nested(nets)
    return nets


def networks(max_depth: int = 3, *, kinks: bool = True, state: bool = True) -> Nets:
    """Nested networks from rows to rows; they shrink to Linear(1)."""
    return layers(max_depth, kinks=kinks, state=state)


def pointwise(*, kinks: bool, state: bool) -> Nets:
    """Layers from (N, …, C) to (N, …, C'), each a single choice: none is simpler for drawing less."""
    linear = st.sampled_from([ls.Linear(width, bias) for width in range(1, 5) for bias in (True, False)])
    plain = st.sampled_from(_SMOOTH + (_KINKED if kinks else ()))
    scores = st.sampled_from((ls.Softmax(), ls.LogSoftmax()))
    norms = st.sampled_from((ls.LayerNorm(_EPS), ls.RMSNorm(_EPS), ls.GroupNorm(1, _EPS), _GROUPED))
    dropouts = st.sampled_from([ls.Dropout(rate) for rate in (0.0, 0.2, 0.5)])
    of_batches = st.sampled_from((ls.BatchNorm(), ls.BatchNorm(0.5)))
    return st.one_of(linear, plain, scores, norms, *((dropouts, of_batches) if state else ()))


def wrapped(nets: Nets) -> Nets:
    """Networks of a kind with a layer around them that leaves their shapes as they are."""
    return st.one_of(
        st.builds(cs.Frozen, nets), st.builds(cs.Remat, nets), st.builds(cs.Repeat, nets, st.integers(1, 2))
    )


def ended(net: Layer, end: Layer | None) -> Layer:
    """The network, with an end behind it if there is one."""
    return net if end is None else cs.Sequential([net, end])


def _nested(nets: Nets) -> Nets:
    lists = st.lists(nets, min_size=0, max_size=3)
    named = st.dictionaries(st.sampled_from(("a", "b", "encoder", "head")), nets, min_size=1, max_size=3)
    return st.one_of(
        st.builds(cs.Sequential, lists),
        st.builds(cs.Sequential, named),
        st.builds(joined, lists.filter(bool) | named),
        st.builds(_summed, lists.filter(bool), st.integers(1, 4)),
        st.builds(_paired, nets, nets),
        st.builds(residual, nets),
        st.builds(_shared, nets, st.integers(1, 3)),
        st.builds(_tied, nets, st.booleans()),
        wrapped(nets),
    )


def joined(nets: Sequence[Layer] | dict[str, Layer]) -> Layer:
    """The networks side by side, their outputs one behind the other."""
    return cs.Sequential([cs.Branch(nets), cs.Concat()])


def _summed(nets: list[Layer], width: int) -> Layer:
    return cs.Sequential([cs.Branch([cs.Sequential([net, ls.Linear(width)]) for net in nets]), cs.Add()])


def _paired(first: Layer, second: Layer) -> Layer:
    return cs.Sequential([cs.Branch([ls.Linear(2), ls.Tanh()]), cs.Parallel([first, second]), cs.Concat()])


def residual(net: Layer) -> Layer:
    """The network with a way around it, three channels wide."""
    return cs.Sequential([ls.Linear(3), cs.Residual(cs.Sequential([net, ls.Linear(3)]))])


def _shared(net: Layer, times: int) -> Layer:
    return cs.Sequential([ls.Linear(3), cs.Repeat(cs.Sequential([net, ls.Linear(3)]), times, shared=True)])


def _tied(net: Layer, transpose: bool) -> Layer:
    inside = cs.Sequential([ls.Linear(3), ls.Linear(3), net, ls.Linear(3), ls.Linear(3)])
    return cs.Tied(inside, "1/w", "4/w", transpose)


def square(params: Tree, x: Array) -> tuple[Array, Array]:
    """(x², cache), for a Lambda."""
    return np.square(x), x


def square_vjp(params: Tree, cache: Array, dy: Array) -> tuple[Tree, Array]:
    """(dparams, 2 x dy)."""
    return params, 2.0 * cache * dy


_SQUARE = ls.Lambda(square, square_vjp)
_EPS = 0.1  # where a vector is nearly constant, a small eps makes a bend that is sharper than any step
_GROUPED = cs.Sequential([ls.Linear(4), ls.GroupNorm(2, _EPS)])
