"""The adjoint of a convolution, as a layer."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from funnet.core import cached, checks
from funnet.core.containers import Array, Tree, read_only
from funnet.core.key import Key
from funnet.errors import ConfigError, ShapeError
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
class ConvTranspose2d(Layer):
    """What the backward pass of a Conv2d does to its dy, as a forward pass: images grow by the stride.

    y_{i·stride + k·dilation} += x_i w_kᵀ,  y += b     x (N, H, W, I)   w (KH, KW, O/groups, I)   b (O,)
    dw_k = Σ dyᵀ_{i·stride + k·dilation} x_i           y (N, H', W', O),   O = width
    db = Σ dy,   dx_i = Σ_k dy_{i·stride + k·dilation} w_k                 (i and k are pairs)
    H' = (H − 1)·stride + (KH − 1)·dilation + 1 − padding + output_padding. A convolution takes images of
    several H' to the same H; `output_padding`, smaller than the stride, chooses among them. With padding
    "same" H' = H·stride. Sizes are given as to `Conv2d`.
    Without b it is the adjoint of c = Conv2d(I) with the same w and sizes: ⟨c(y), x⟩ = ⟨y, this(x)⟩.
    The initialiser sees a kernel (KH, KW, I/groups, O), so its fans are those of I into O.
    Raises ShapeError if x has other axes or channels, or the padding leaves nothing of y.
    Dumoulin & Visin 2016, arXiv:1603.07285.
    """

    width: int = attrs.field(validator=checks.positive_integer)
    kernel_size: Sizes = attrs.field(converter=spatial.tuples, validator=spatial.sizes(2))
    stride: Sizes = attrs.field(default=1, converter=spatial.tuples, validator=spatial.sizes(2))
    padding: Padding = attrs.field(default="valid", converter=spatial.tuples, validator=spatial.paddings(2))
    output_padding: Sizes = attrs.field(default=0, converter=spatial.tuples, validator=spatial.sizes(2, 0))
    dilation: Sizes = attrs.field(default=1, converter=spatial.tuples, validator=spatial.sizes(2))
    groups: int = attrs.field(default=1, validator=spatial.check_groups)
    bias: bool = attrs.field(default=True, validator=checks.boolean)
    w_init: Initializer = attrs.field(default=initializers.glorot_uniform(), validator=checks.initializer)
    b_init: Initializer = attrs.field(default=initializers.zeros(), validator=checks.initializer)

    @output_padding.validator
    def _check_output_padding(self, _: object, output_padding: Sizes) -> None:
        more, stride = spatial.on_axes(output_padding, 2), spatial.on_axes(self.stride, 2)
        if any(n >= s for n, s in zip(more, stride, strict=True)):
            expected = f"output_padding below the stride {self.stride}"
            raise ConfigError(expected, f"{output_padding}", who="ConvTranspose2d")
        if self.padding == "same" and any(more):
            expected = 'output_padding 0 where padding is "same"'
            raise ConfigError(expected, f"{output_padding}", who="ConvTranspose2d")

    def init(self, key: Key, x: Tree) -> Affine:
        x = spatial.images(self, x, 2)
        spatial.divisible(self, x, self.groups)
        self._windows(x)
        kernel, inputs, groups = spatial.on_axes(self.kernel_size, 2), x.shape[-1], self.groups
        draw, shape = initializers.drawn, (*kernel, inputs // groups, self.width)
        by_group = draw(self, "w", self.w_init, key, shape, x.dtype).reshape(
            *kernel, inputs // groups, groups, self.width // groups
        )
        w = by_group.swapaxes(-1, -3).reshape(*kernel, self.width // groups, inputs)
        b = draw(self, "b", self.b_init, key, (self.width,), x.dtype) if self.bias else ()
        return Affine(read_only(np.ascontiguousarray(w)), b)

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Array]:
        w, b = self._unpack(params)
        x = spatial.images(self, x, 2)
        spatial.channels(self, x, w.shape[-1], w)
        y = pull_input(x, w, self._windows(x), self.groups)
        if self.bias:
            add_bias(y, b)
        return y, x

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Affine, Array]:
        w, _ = self._unpack(params)
        x = cached.vectors(self, cache, w.shape[-1], w.dtype)
        dparams = self.param_vjp(params, cache, dy)
        return dparams, correlate(dy, w, self._windows(x), self.groups)

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Affine:
        x = cached.kind(self, cache, "fc", 4)
        spatial.divisible(self, x, self.groups)
        seen = self._windows(x)
        dy = checks.shaped(self, dy, (len(x), *seen.size, self.width), x.dtype)
        return Affine(pull_kernel(dy, x, seen, self.groups), column_sums(dy) if self.bias else ())

    def _unpack(self, params: Tree) -> tuple[Array, Any]:
        shape = (*spatial.on_axes(self.kernel_size, 2), self.width // self.groups, None)
        return spatial.weights(self, params, shape, self.width, self.bias)

    def _windows(self, x: Array) -> Windows:
        """The windows on y through which a convolution would see x."""
        kernel, stride, dilation, more = (
            spatial.on_axes(sizes, 2)
            for sizes in (self.kernel_size, self.stride, self.dilation, self.output_padding)
        )
        axes = list(zip(x.shape[1:-1], windows.span(kernel, dilation), stride, more, strict=True))
        if self.padding == "same":
            size = tuple(n * s for n, _, s, _ in axes)
        else:
            pads = windows.fixed_pads(self.padding, 2)
            reached = ((n - 1) * s + reach + rest for n, reach, s, rest in axes)
            size = tuple(n - before - after for n, (before, after) in zip(reached, pads, strict=True))
        if min(size) < 1:
            raise ShapeError("an x whose y is larger than the padding", f"x of shape {x.shape}", who=self)
        return windows.over(self, size, kernel, stride, self.padding, dilation)
