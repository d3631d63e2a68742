"""Convolution."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs

from funnet.core import cached, checks
from funnet.core.containers import Array, Tree
from funnet.core.key import Key
from funnet.nn import initializers
from funnet.nn.initializers import Initializer
from funnet.nn.layer import Layer
from funnet.nn.layers import spatial, windows
from funnet.nn.layers.correlation import add_bias, correlate, pull_input, pull_kernel
from funnet.nn.layers.linear import Affine
from funnet.nn.layers.spatial import Padding, Sizes
from funnet.nn.layers.windows import Windows
from funnet.ops.numeric import column_sums


@attrs.frozen
class Conv1d(Layer):
    """A linear map of each window of a sequence.

    y_o = Σ_k x_{o·stride + k·dilation} w_k + b     x (N, T, C)   w (K, C/groups, O)   b (O,)   y (N, T', O)
    All else is as in `Conv2d`, with one axis for two. padding=((2, 0),) makes K = 3 causal.
    """

    _axes: ClassVar[int] = 1

    width: int = attrs.field(validator=checks.positive_integer)
    kernel_size: Sizes = attrs.field(converter=spatial.tuples, validator=spatial.sizes(1))
    stride: Sizes = attrs.field(default=1, converter=spatial.tuples, validator=spatial.sizes(1))
    padding: Padding = attrs.field(default="valid", converter=spatial.tuples, validator=spatial.paddings(1))
    dilation: Sizes = attrs.field(default=1, converter=spatial.tuples, validator=spatial.sizes(1))
    groups: int = attrs.field(default=1, validator=spatial.check_groups)
    bias: bool = attrs.field(default=True, validator=checks.boolean)
    w_init: Initializer = attrs.field(default=initializers.glorot_uniform(), validator=checks.initializer)
    b_init: Initializer = attrs.field(default=initializers.zeros(), validator=checks.initializer)

    def init(self, key: Key, x: Tree) -> Affine:
        return _init(self, key, x)

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        return _forward(self, params, x)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Affine, Array]:
        return _vjp(self, params, cache, dy)

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Affine:
        return _param_vjp(self, params, cache, dy)


@attrs.frozen
class Conv2d(Layer):
    """A linear map of each window of an image.

    y_o = Σ_k x_{o·stride + k·dilation} w_k + b     x (N, H, W, C)   w (KH, KW, C/groups, O)   b (O,)
    dw_k = Σ xᵀ_{o·stride + k·dilation} dy_o        y (N, H', W', O),   O = width
    db = Σ dy,   dx_{o·stride + k·dilation} += dy_o w_kᵀ       (o and k are pairs; the kernel is not flipped)
    H' = ⌊(H + padding − (KH − 1)·dilation − 1) / stride⌋ + 1, where padding counts the zeros around x:
    "valid" none; "same" as many as H' = ⌈H / stride⌉ needs, half of them before and the odd one after, which
    is TensorFlow's rule; a number that many on every side; a pair holds, for each axis, a number or a pair
    (before, after). The other sizes are a number for both axes or a pair.
    With `groups` the channels of x and of y are cut into so many parts, each mapped by itself. With as many
    groups as channels, each has a kernel of its own (depthwise).
    Raises ShapeError if x has other axes or channels, or is smaller than a window.
    LeCun et al. 1989, Backpropagation applied to handwritten zip code recognition.
    """

    _axes: ClassVar[int] = 2

    width: int = attrs.field(validator=checks.positive_integer)
    kernel_size: Sizes = attrs.field(converter=spatial.tuples, validator=spatial.sizes(2))
    stride: Sizes = attrs.field(default=1, converter=spatial.tuples, validator=spatial.sizes(2))
    padding: Padding = attrs.field(default="valid", converter=spatial.tuples, validator=spatial.paddings(2))
    dilation: Sizes = attrs.field(default=1, converter=spatial.tuples, validator=spatial.sizes(2))
    groups: int = attrs.field(default=1, validator=spatial.check_groups)
    bias: bool = attrs.field(default=True, validator=checks.boolean)
    w_init: Initializer = attrs.field(default=initializers.glorot_uniform(), validator=checks.initializer)
    b_init: Initializer = attrs.field(default=initializers.zeros(), validator=checks.initializer)

    def init(self, key: Key, x: Tree) -> Affine:
        return _init(self, key, x)

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        return _forward(self, params, x)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Affine, Array]:
        return _vjp(self, params, cache, dy)

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Affine:
        return _param_vjp(self, params, cache, dy)


def _init(layer: Conv1d | Conv2d, key: Key, x: Tree) -> Affine:
    x = spatial.images(layer, x, layer._axes)
    spatial.divisible(layer, x, layer.groups)
    _windows(layer, x)
    draw, shape = initializers.drawn, (*_kernel(layer), x.shape[-1] // layer.groups, layer.width)
    w = draw(layer, "w", layer.w_init, key, shape, x.dtype)
    return Affine(w, draw(layer, "b", layer.b_init, key, (layer.width,), x.dtype) if layer.bias else ())


def _forward(layer: Conv1d | Conv2d, params: Tree, x: Tree) -> tuple[Array, Array]:
    w, b = _unpack(layer, params)
    x = spatial.images(layer, x, layer._axes)
    spatial.channels(layer, x, w.shape[-2] * layer.groups, w)
    y = correlate(x, w, _windows(layer, x), layer.groups)
    if layer.bias:
        add_bias(y, b)
    return y, x


def _vjp(layer: Conv1d | Conv2d, params: Tree, cache: Tree, dy: Tree) -> tuple[Affine, Array]:
    w, _ = _unpack(layer, params)
    x = cached.vectors(layer, cache, w.shape[-2] * layer.groups, w.dtype)
    dparams = _param_vjp(layer, params, cache, dy)
    return dparams, pull_input(dy, w, _windows(layer, x), layer.groups)


def _param_vjp(layer: Conv1d | Conv2d, params: Tree, cache: Tree, dy: Tree) -> Affine:
    x = cached.kind(layer, cache, "fc", layer._axes + 2)
    spatial.divisible(layer, x, layer.groups)
    seen = _windows(layer, x)
    dy = checks.shaped(layer, dy, (len(x), *seen.out, layer.width), x.dtype)
    return Affine(pull_kernel(x, dy, seen, layer.groups), column_sums(dy) if layer.bias else ())


def _unpack(layer: Conv1d | Conv2d, params: Tree) -> tuple[Array, Any]:
    return spatial.weights(layer, params, (*_kernel(layer), None, layer.width), layer.width, layer.bias)


def _kernel(layer: Conv1d | Conv2d) -> tuple[int, ...]:
    return spatial.on_axes(layer.kernel_size, layer._axes)


def _windows(layer: Conv1d | Conv2d, x: Array) -> Windows:
    size = x.shape[1:-1]
    return windows.over(layer, size, layer.kernel_size, layer.stride, layer.padding, layer.dilation)
