"""Hypothesis strategies for trees."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import funnet as fn
from funnet.core.containers import Buffer, FrozenDict, Tree
from funnet.nn.layers.linear import Affine

NAMES = st.text(
    st.characters(categories=["L", "N", "P", "S"], exclude_characters="/"), min_size=1, max_size=4
)

SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)

PASSENGERS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)


def arrays(dtype: str = "float32") -> st.SearchStrategy[np.ndarray]:
    """Arrays of any bits at all, NaNs of every kind among them, in either memory order."""
    bits = hnp.arrays(np.dtype(dtype).str.replace("f", "u"), SHAPES).map(lambda drawn: drawn.view(dtype))
    return bits | bits.map(np.asfortranarray)


def trees(leaves: st.SearchStrategy[Tree] | None = None) -> st.SearchStrategy[Tree]:
    """Trees of every kind of container."""
    return st.recursive(arrays() if leaves is None else leaves, _containers, max_leaves=8)


def _containers(nodes: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    mappings = st.dictionaries(NAMES, nodes, max_size=3)
    return st.one_of(
        st.lists(nodes, max_size=3),
        st.lists(nodes, max_size=3).map(tuple),
        mappings,
        mappings.map(FrozenDict),
        st.builds(Affine, nodes, nodes),
        st.builds(Buffer, nodes),
    )


KEYS = st.builds(fn.Key, st.integers(0, 9), st.lists(st.integers() | NAMES, max_size=3).map(tuple))

ANY_TREES = trees(arrays("float16") | arrays("float32") | arrays("float64") | PASSENGERS | KEYS)
