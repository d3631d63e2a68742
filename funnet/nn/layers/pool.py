"""Pooling: of what a window sees, one number for each channel."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, ClassVar

import attrs
import numpy as np

from funnet.core import cached, checks
from funnet.core.checks import Validator
from funnet.core.containers import Array, Tree, outline
from funnet.errors import ConfigError
from funnet.nn.layer import Layer
from funnet.nn.layers import spatial, windows
from funnet.nn.layers.spatial import Padding, Sizes
from funnet.nn.layers.windows import Windows
from funnet.ops.numeric import narrowed, wide_sums, widened

_FEW = 256  # entries


def _strides(axes: int) -> Validator:
    return attrs.validators.optional(spatial.sizes(axes))


def _paddings(axes: int) -> Validator:
    """Every window must see an entry that is no padding."""

    def narrow(layer: Any, _: Any, padding: Padding) -> None:
        sides = windows.fixed_pads("valid" if padding == "same" else padding, axes)
        for pad, reach in zip(sides, spatial.on_axes(layer.window, axes), strict=True):
            if max(pad) >= reach:
                expected = f"padding smaller than the window {layer.window}"
                raise ConfigError(expected, f"{padding}", who=type(layer).__name__)

    return attrs.validators.and_(spatial.paddings(axes), narrow)


@attrs.frozen
class MaxPool1d(Layer):
    """The largest number in each window of a sequence: as `MaxPool2d`, on x (N, T, C)."""

    _axes: ClassVar[int] = 1

    window: Sizes = attrs.field(converter=spatial.tuples, validator=spatial.sizes(1))
    stride: Sizes | None = attrs.field(default=None, converter=spatial.tuples, validator=_strides(1))
    padding: Padding = attrs.field(default="valid", converter=spatial.tuples, validator=_paddings(1))

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Tree]:
        return _max(self, params, x)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        return (), _max_vjp(self, cache, dy)


@attrs.frozen
class MaxPool2d(Layer):
    """The largest number in each window of an image, channel by channel.

    y_o = max_k x_{o·stride + k}            x (N, H, W, C)   y (N, H', W', C)   (o and k are pairs)
    dx_{o·stride + k} += dy_o for the first k, row by row, at which x is y_o
    H' = ⌊(H + padding − window) / stride⌋ + 1. The stride is the window unless given; `padding` is as in
    `Conv2d`, but with −∞ for 0: it never wins.
    Raises ConfigError if padding can fill a window, ShapeError if x has other axes or is smaller than one.
    """

    _axes: ClassVar[int] = 2

    window: Sizes = attrs.field(converter=spatial.tuples, validator=spatial.sizes(2))
    stride: Sizes | None = attrs.field(default=None, converter=spatial.tuples, validator=_strides(2))
    padding: Padding = attrs.field(default="valid", converter=spatial.tuples, validator=_paddings(2))

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Tree]:
        return _max(self, params, x)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        return (), _max_vjp(self, cache, dy)


@attrs.frozen
class AvgPool1d(Layer):
    """The mean of each window of a sequence: as `AvgPool2d`, on x (N, T, C)."""

    _axes: ClassVar[int] = 1

    window: Sizes = attrs.field(converter=spatial.tuples, validator=spatial.sizes(1))
    stride: Sizes | None = attrs.field(default=None, converter=spatial.tuples, validator=_strides(1))
    padding: Padding = attrs.field(default="valid", converter=spatial.tuples, validator=_paddings(1))

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Tree]:
        return _mean(self, params, x)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        return (), _mean_vjp(self, cache, dy)


@attrs.frozen
class AvgPool2d(Layer):
    """The mean of each window of an image, channel by channel.

    y_o = Σ_k x_{o·stride + k} / m_o            x (N, H, W, C)   y (N, H', W', C)   (o and k are pairs)
    dx_{o·stride + k} += dy_o / m_o
    m_o is the number of entries of x in window o: padding does not count. Sizes and errors are as in
    `MaxPool2d`.
    """

    _axes: ClassVar[int] = 2

    window: Sizes = attrs.field(converter=spatial.tuples, validator=spatial.sizes(2))
    stride: Sizes | None = attrs.field(default=None, converter=spatial.tuples, validator=_strides(2))
    padding: Padding = attrs.field(default="valid", converter=spatial.tuples, validator=_paddings(2))

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Tree]:
        return _mean(self, params, x)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        return (), _mean_vjp(self, cache, dy)


@attrs.frozen
class GlobalAvgPool(Layer):
    """The mean of each channel over all axes of space.

    y = mean x,  dx = dy / m, m the numbers that it is the mean of             x (N, …, C)   y (N, C)
    Raises ShapeError if x has no axis between the first and the last.
    """

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Tree]:
        checks.no_params(self, params)
        checks.rank(self, checks.floating(self, x), 3, "(N, ..., C)")
        sums = wide_sums(x.reshape(len(x), -1, x.shape[-1]))
        sums /= math.prod(x.shape[1:-1])
        return narrowed(sums, x.dtype), x.shape

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        count, *space, channels = cached.sizes(self, cache, 3)
        dy = checks.floating(self, dy, "dy")
        each = widened(checks.shaped(self, dy, (count, channels))) / math.prod(space)
        dx = np.expand_dims(narrowed(each, dy.dtype), tuple(range(1, len(space) + 1)))
        return (), np.broadcast_to(dx, cache).copy()


def _max(layer: MaxPool1d | MaxPool2d, params: Tree, x: Tree) -> tuple[Array, Tree]:
    """y, and for each entry of it the number of the place in the window that it came from."""
    checks.no_params(layer, params)
    x = spatial.images(layer, x, layer._axes)
    over = _windows(layer, x.shape)
    entries = _entries(over, x, -math.inf)
    y = next(entries)
    winner = np.zeros(y.shape, np.min_scalar_type(math.prod(over.kernel) - 1))
    if over.lengths != over.size:
        winner += _first_real(over).astype(winner.dtype)
    for number, entry in enumerate(entries, 1):
        np.maximum(winner, (entry > y) * winner.dtype.type(number), out=winner)
        np.maximum(y, entry, out=y)
    return y, (winner, outline(x))


def _max_vjp(layer: MaxPool1d | MaxPool2d, cache: Tree, dy: Tree) -> Array:
    winner, like = cached.parts(layer, cache, 2)
    over = _windows(layer, cached.kind(layer, like, "fc", layer._axes + 2).shape)
    cached.kind(layer, winner, "u", layer._axes + 2)
    cached.array(layer, winner, (len(winner), *over.out, like.shape[-1]), winner.dtype)
    dy = checks.shaped(layer, dy, winner.shape, like.dtype)
    dx = over.frame(len(winner), like.shape[-1], like.dtype)
    dseen = over.view(windows.pixels(dx) if over.disjoint else dx)
    for number, index in enumerate(np.ndindex(over.kernel)):
        part = dy * (winner == number)
        if over.disjoint:
            dseen[index] = windows.pixels(part)
        else:
            dseen[index] += part
    return np.ascontiguousarray(dx[over.inner])


def _first_real(over: Windows) -> Array:
    """The number of the first entry of each window that is no padding: (1, *out, 1)."""
    real = over.view(over.padded(np.ones((1, *over.size, 1), bool)))
    first: Array = real.reshape(-1, 1, *over.out, 1).argmax(axis=0)
    return first


def _mean(layer: AvgPool1d | AvgPool2d, params: Tree, x: Tree) -> tuple[Array, Tree]:
    checks.no_params(layer, params)
    x = spatial.images(layer, x, layer._axes)
    over = _windows(layer, x.shape)
    y = _summed(over, x)
    y /= _counts(over, x.dtype)
    return narrowed(y, x.dtype), x.shape


def _mean_vjp(layer: AvgPool1d | AvgPool2d, cache: Tree, dy: Tree) -> Array:
    shape = cached.sizes(layer, cache, layer._axes + 2, layer._axes + 2)
    over = _windows(layer, shape)
    dy = checks.floating(layer, dy, "dy")
    dtype = dy.dtype
    dy = checks.shaped(layer, dy, (shape[0], *over.out, shape[-1])) / _counts(over, dtype)
    dx = over.frame(shape[0], shape[-1], dy.dtype)
    dseen = over.view(dx)
    for index in np.ndindex(over.kernel):
        dseen[index] += dy
    return np.ascontiguousarray(narrowed(dx[over.inner], dtype))


def _counts(over: Windows, dtype: np.dtype[Any]) -> Array:
    """The number of entries of x in each window: (1, *out, 1)."""
    return _summed(over, np.ones((1, *over.size, 1), dtype))


def _summed(over: Windows, x: Array) -> Array:
    """The sum of all that a window sees: in at least float32, of many entries in float64."""
    entries = _entries(over, x, 0.0)
    y = widened(next(entries))
    if math.prod(over.kernel) > _FEW:
        y = y.astype(np.result_type(y, np.float64), copy=False)
    for entry in entries:
        y += entry
    return y


def _entries(over: Windows, x: Array, fill: float) -> Iterator[Array]:
    """What the windows see of x, with `fill` around it: an array (N, *out, C) for each place in a window."""
    seen = over.view(windows.pixels(over.padded(x, fill)))
    return (seen[index].copy().view(x.dtype) for index in np.ndindex(over.kernel))


def _windows(layer: MaxPool1d | MaxPool2d | AvgPool1d | AvgPool2d, shape: tuple[int, ...]) -> Windows:
    stride = layer.window if layer.stride is None else layer.stride
    return windows.over(layer, shape[1:-1], layer.window, stride, layer.padding)
