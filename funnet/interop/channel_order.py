"""Where flattened images go: PyTorch flattens the channels first, so weights behind have another order."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal

import attrs
import numpy as np

from funnet.core.containers import Array, Buffer, Tree
from funnet.errors import CheckpointError
from funnet.interop.ties import unrolled
from funnet.nn import combinators as cs, layers as ls
from funnet.nn.combinators.children import named, unpacked
from funnet.nn.layer import Layer, children, inference

_WRITE = "write Flatten(order='channels_first')"

Order = Literal["first", "last", "unknown"]

_EACH = (
    *(ls.Elu, ls.Gelu, ls.HardSigmoid, ls.HardSwish, ls.HardTanh, ls.LeakyRelu, ls.Mish, ls.Relu, ls.Selu),
    *(ls.Sigmoid, ls.Silu, ls.Softplus, ls.Tanh, ls.Softmax, ls.LogSoftmax, ls.Dropout),
)
_SCALED = (ls.BatchNorm, ls.LayerNorm, ls.RMSNorm)  # feature by feature, with a parameter for each
_FIRST = (
    *(ls.Conv1d, ls.Conv2d, ls.ConvTranspose2d, ls.MaxPool1d, ls.MaxPool2d, ls.AvgPool1d, ls.AvgPool2d),
    *(ls.GlobalAvgPool, ls.BatchNorm, ls.GroupNorm),
)
_LAST = (
    *(ls.Linear, ls.Embedding, ls.RNN, ls.RNNCell, ls.LSTM, ls.GRU, ls.Last, ls.MultiHeadAttention),
    ls.PositionalEncoding,
)
_KEEPS = (*_EACH, ls.LayerNorm, ls.RMSNorm, cs.Add, cs.Concat)
_COMPOSED = (
    *(cs.Sequential, cs.Residual, cs.Repeat, cs.Frozen, cs.Remat, cs.Tied, cs.Branch, cs.Parallel),
    *(cs.Bidirectional, cs.Reverse),
)


@attrs.frozen(eq=False)
class _Place:
    """What there is between two layers.

    Our array x, where the twin of x in PyTorch has its channels, and, if x are flattened features, which of
    the twin's each of them is, and the path of the layer that flattened them.
    """

    x: Tree
    order: Order = "unknown"
    rows: Array | None = None
    source: str = ""


def reshapes(net: Any) -> bool:
    """Whether there is a layer in the network whose result depends on the order of the axes."""
    if type(net) is ls.Flatten:
        return bool(net.order == "channels_last")
    return type(net) is ls.Reshape or any(map(reshapes, children(net).values()))


def permutations(net: Layer, params: Tree, x: Tree) -> dict[str, Array]:
    """{path: rows}: which of PyTorch's features are ours, for the layers that read flattened channels.

    Raises CheckpointError, with the path, where the features cannot be followed.
    """
    found: dict[str, Array] = {}
    end = _through(unrolled(inference(net)), params, (), _Place(x), found)
    if end.rows is not None:
        raise _lost(end.source, "the output of the network")
    return found


def _through(
    layer: Any, params: Tree, path: tuple[str, ...], place: _Place, found: dict[str, Array]
) -> _Place:
    """The place behind a layer; what the layer must permute is put into `found`."""
    kind = type(layer)
    if kind is cs.Sequential:
        for (name, child), own in zip(
            named(layer.layers), unpacked(layer, layer.layers, params), strict=True
        ):
            place = _through(child, own, (*path, str(name)), place, found)
        return place
    if kind is cs.Tied:
        return _through(layer.layer, layer.untied(params), path, place, found)
    if kind is cs.Frozen or kind is cs.Remat:
        inside = params.value if isinstance(params, Buffer) and kind is cs.Frozen else params
        return _through(layer.layer, inside, path, place, found)
    y, _ = layer(params, place.x)
    here = "/".join(path)
    if kind is ls.Flatten or kind is ls.Reshape:
        return _reshaped(layer, place, y, here)
    if place.rows is not None:
        if kind is ls.Linear or kind in _SCALED:
            found[here] = place.rows
        elif kind not in _EACH:
            raise _lost(place.source, f"{layer} at {here or 'the top'}")
        return _Place(y, "last") if kind is ls.Linear else attrs.evolve(place, x=y)
    if reshapes(layer):
        raise CheckpointError(
            "a Flatten or Reshape to stand in a Sequential",
            f"{type(layer).__name__} at {here or 'the top'}",
            who="from_torch",
            why="PyTorch flattens the channels first",
            fix=f"{_WRITE} there, and leave out net and x",
        )
    return _Place(y, _order(layer, place))


def _reshaped(layer: Any, place: _Place, y: Array, here: str) -> _Place:
    x = place.x
    if type(layer) is ls.Flatten and layer.order == "channels_first":
        return _Place(y, "last")
    if _wide(x) <= 1 and _wide(y) <= 1:
        return attrs.evolve(place, x=y)
    if y.ndim == 2 and (place.order == "last" or x.shape[-1] == 1):
        return _Place(y, "last")
    if y.ndim == 2 and place.order == "first":
        twin = np.arange(math.prod(x.shape[1:])).reshape(x.shape[-1], *x.shape[1:-1])
        return _Place(y, "last", np.moveaxis(twin, 0, -1).ravel(), here)
    why = "PyTorch's channels may come first or last there"
    fix = (
        f"{_WRITE} if they come first, leave out net and x if last"
        if y.ndim == 2
        else "leave out net and x if it is the same in PyTorch"
    )
    got = f"{layer} of shape {x.shape} at {here or 'the top'}"
    raise CheckpointError("to know the order of the axes", got, who="from_torch", why=why, fix=fix)


def _wide(x: Array) -> int:
    """How many axes of an example have more than one entry."""
    return sum(length > 1 for length in x.shape[1:])


def _lost(source: str, got: str) -> CheckpointError:
    return CheckpointError(
        f"a Linear behind the features flattened at {source or 'the top'}",
        got,
        who="from_torch",
        why="PyTorch flattens the channels first",
        fix=f"{_WRITE} at {source or 'the top'}",
    )


def _order(layer: Layer, place: _Place) -> Order:
    """Where PyTorch has the channels of what the layer gives."""
    found: set[Order] = set(_orders(layer))
    if not found:
        return place.order
    return found.pop() if len(found) == 1 else "unknown"


def _orders(layer: Layer) -> Iterator[Order]:
    kind: Any = type(layer)
    if kind in _FIRST:
        yield "first"
    elif kind in _LAST:
        yield "last"
    elif kind in _KEEPS:
        return
    elif (inside := children(layer)) and kind in _COMPOSED:
        for child in inside.values():
            yield from _orders(child)
    else:
        yield "unknown"
