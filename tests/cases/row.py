"""What a census row says."""

import attrs
import numpy as np

import funnet as fn
from funnet.core.containers import Tree


@attrs.frozen(eq=False)
class Row:
    """A network, an input for it, and what is true of it.

    `rowwise`: in inference each example is treated by itself. `renewed`: the Buffers that `advance`
    renews in training, by path.
    """

    name: str
    net: fn.Layer
    x: Tree
    rowwise: bool = True
    renewed: tuple[str, ...] = ()


def draw(*shape: int) -> np.ndarray:
    """A Gaussian example, the same every time."""
    return fn.Key(7).child("census").generator().standard_normal(shape)
