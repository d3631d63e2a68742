"""Hypothesis strategies for networks and for what goes into them. Needs hypothesis (extra [test]).

    @given(networks().flatmap(lambda net: st.tuples(st.just(net), inputs_for(net))))
    def test_my_law(case):
        net, x = case

Numbers come from keys and are standard normal, so that an example is small to print and no two entries tie;
what shrinks is the network, the shape and the key.
"""

from __future__ import annotations

from collections.abc import Sequence

import hypothesis.strategies as st
import numpy as np

from funnet import combinators as cs
from funnet import layers as ls
from funnet import tree
from funnet.containers import Array, Tree
from funnet.key import Key
from funnet.layer import Layer, children
from funnet.sequences import Padded

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


def arrays(
    shape: tuple[int, ...] | st.SearchStrategy[tuple[int, ...]],
    *,
    dtype: str = "float64",
    domain: tuple[float, float] | None = None,
    away_from: Sequence[float] = (),
    margin: float = 1e-2,
    ties: bool = False,
) -> st.SearchStrategy[Array]:
    """Arrays of random numbers: standard normal, or uniform in a `domain`.

    No entry is nearer than `margin` to a number in `away_from`, where a function may have a kink, nor to
    the ends of the domain. With `ties` entries are rounded to halves, so that many are equal and many are 0.
    """
    shapes = st.just(shape) if isinstance(shape, tuple) else shape

    def make(shape: tuple[int, ...], key: Key) -> Array:
        generator = key.generator()
        if domain is None:
            x = generator.standard_normal(shape)
        else:
            x = generator.uniform(domain[0] + margin, domain[1] - margin, shape)
        if ties:
            x = np.round(2.0 * x) / 2.0
        for point in away_from:
            side = np.where(x < point, -margin, margin)
            x = np.where(np.abs(x - point) < margin, point + side, x)
        return x.astype(dtype)

    return st.builds(make, shapes, keys())


def rows(width: int = 3) -> st.SearchStrategy[Array]:
    """Inputs (N, width), N from 2 to 6."""
    return arrays(st.tuples(st.integers(2, 6), st.just(width)))


def labels(count: int, classes: int) -> st.SearchStrategy[Array]:
    """Class labels (count,), integers in [0, classes)."""
    return st.builds(lambda key: key.generator().integers(0, classes, count), keys())


def logits(count: int, classes: int, *, extreme: bool = False) -> st.SearchStrategy[Array]:
    """Logits (count, classes); if `extreme`, up to ±1e4 and with some classes masked by −inf, never all."""
    plain = arrays((count, classes))
    return st.builds(_extremes, plain, keys()) if extreme else plain


def _extremes(x: Array, key: Key) -> Array:
    generator = key.generator()
    x = x * 10.0 ** generator.uniform(0.0, 3.5, x.shape)
    masked = generator.random(x.shape) < 0.2
    masked[np.arange(len(x)), x.argmax(axis=-1)] = False
    return np.where(masked, -np.inf, np.clip(x, -1e4, 1e4))


def lengths(count: int, steps: int) -> st.SearchStrategy[Array]:
    """Lengths (count,) of sequences of at most `steps` steps, at least 1."""
    return st.lists(st.integers(1, steps), min_size=count, max_size=count).map(np.array)


def masks(count: int, steps: int) -> st.SearchStrategy[Array]:
    """Masks (count, steps) of padded sequences, true where a step is real."""
    return lengths(count, steps).map(lambda ends: np.arange(steps) < ends[:, None])


def inputs_for(layer: Layer) -> st.SearchStrategy[Tree]:
    """Inputs that a layer or a network accepts, of a small random size.

    Sequences for what begins with a recurrent layer, with a state or without, padded or not; tuples for
    what begins with Parallel, Add or Concat; otherwise rows.
    """
    first = _first(layer)
    if isinstance(first, cs.Add):
        return arrays(st.tuples(st.integers(2, 5), st.integers(1, 4))).map(lambda x: (x, 2.0 * x + 1.0))
    if isinstance(first, cs.Concat):
        return st.tuples(arrays((3, 2)), arrays((3, 4)))
    if isinstance(first, cs.Parallel):
        inner = {name: arrays((4, 3)) for name in children(first)}
        named = not isinstance(first.layers, tuple)
        return st.fixed_dictionaries(inner) if named else st.tuples(*inner.values())
    if isinstance(first, ls.RNNCell):
        return st.tuples(arrays((4, 3)), st.just(()))
    if isinstance(first, ls.RNN | cs.Scan) or type(first) is ls.Last:
        whole = arrays((3, 4, 2))
        padded = st.builds(Padded, whole, lengths(4 if first.time_major else 3, 3 if first.time_major else 4))
        return whole | padded
    return rows()


def _first(layer: Layer) -> Layer:
    """The layer inside that reads the input."""
    inside = list(children(layer).values())
    through = isinstance(layer, cs.Sequential | cs.Residual | cs.Frozen | cs.Branch)
    return _first(inside[0]) if through and inside else layer


def params_for(layer: Layer, x: Tree) -> st.SearchStrategy[Tree]:
    """Parameters of a layer for inputs like `x`: its initial ones, moved by small random numbers."""

    def make(key: Key) -> Tree:
        generator = key.child("noise").generator()
        params = layer.init(key, x)
        moved = tree.map(lambda leaf: leaf + 0.1 * generator.standard_normal(leaf.shape), params)
        return tree.freeze(tree.map(lambda leaf, like: leaf.astype(like.dtype), moved, params))

    return st.builds(make, keys())


def layers(max_depth: int = 1, *, kinks: bool = True, state: bool = True) -> st.SearchStrategy[Layer]:
    """Layers from rows to rows, (N, C) to (N, C'), for any C, nested up to a depth.

    Without `kinks` all are smooth, without `state` none has running moments or a dropout key.
    """
    plain = st.sampled_from(_SMOOTH + (_KINKED if kinks else ()))
    shaped = st.sampled_from((ls.Flatten(), ls.Reshape((-1,)), ls.Softmax(), ls.LogSoftmax(), _SQUARE))
    linear = st.builds(ls.Linear, st.integers(1, 4), st.booleans())
    stateful = (st.builds(ls.Dropout, st.sampled_from((0.0, 0.2, 0.5))), st.builds(ls.BatchNorm))
    nets: st.SearchStrategy[Layer] = st.one_of(linear, plain, shaped, *(stateful if state else ()))
    for _ in range(max_depth - 1):
        nets = nets | _nested(nets)
    return nets


def networks(max_depth: int = 3, *, kinks: bool = True, state: bool = True) -> st.SearchStrategy[Layer]:
    """Nested networks from rows to rows; they shrink to a single layer."""
    return layers(max_depth, kinks=kinks, state=state)


def _nested(nets: st.SearchStrategy[Layer]) -> st.SearchStrategy[Layer]:
    lists = st.lists(nets, min_size=0, max_size=3)
    named = st.dictionaries(st.sampled_from(("a", "b", "encoder", "head")), nets, min_size=1, max_size=3)
    return st.one_of(
        st.builds(cs.Sequential, lists),
        st.builds(cs.Sequential, named),
        st.builds(_joined, lists.filter(bool) | named),
        st.builds(_summed, lists.filter(bool), st.integers(1, 4)),
        st.builds(_paired, nets, nets),
        st.builds(_residual, nets),
        st.builds(cs.Frozen, nets),
    )


def _joined(nets: list[Layer] | dict[str, Layer]) -> Layer:
    return cs.Sequential([cs.Branch(nets), cs.Concat()])


def _summed(nets: list[Layer], width: int) -> Layer:
    return cs.Sequential([cs.Branch([cs.Sequential([net, ls.Linear(width)]) for net in nets]), cs.Add()])


def _paired(first: Layer, second: Layer) -> Layer:
    return cs.Sequential([cs.Branch([ls.Linear(2), ls.Tanh()]), cs.Parallel([first, second]), cs.Concat()])


def _residual(net: Layer) -> Layer:
    return cs.Sequential([ls.Linear(3), cs.Residual(cs.Sequential([net, ls.Linear(3)]))])


def _square_forward(params: Tree, x: Array) -> tuple[Array, Array]:
    return np.square(x), x


def _square_vjp(params: Tree, cache: Array, dy: Array) -> tuple[Tree, Array]:
    return params, 2.0 * cache * dy


_SQUARE = ls.Lambda(_square_forward, _square_vjp)
