"""Layers that rearrange and do not compute."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

import attrs
import numpy as np

from funnet.core import cached, checks
from funnet.core.containers import Array, Tree
from funnet.errors import ConfigError, ShapeError
from funnet.nn.layer import Layer

Order = Literal["channels_last", "channels_first"]


@attrs.frozen
class Flatten(Layer):
    """One row per example.     x (N, *S, C)   y (N, C·prod(S))

    Args:
        order: which axis of an example changes slowest in its row. With "channels_last" the entries keep
            their order; with "channels_first" all of the first channel come first, as PyTorch's Flatten has
            them, whose arrays are (N, C, *S): for weights that were trained behind one.

    Raises:
        ShapeError: x has no axis beside the batch.

        >>> import funnet as fn, numpy as np
        >>> x = np.array([[[1, 10], [2, 20], [3, 30]]])
        >>> fn.Flatten()((), x)[0].tolist()
        [[1, 10, 2, 20, 3, 30]]
        >>> fn.Flatten(order="channels_first")((), x)[0].tolist()
        [[1, 2, 3, 10, 20, 30]]

    """

    order: Order = attrs.field(
        default="channels_last", kw_only=True, validator=checks.one_of("channels_last", "channels_first")
    )

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Tree]:
        checks.no_params(self, params)
        checks.rank(self, checks.array(self, x), 2, "(N, ...)")
        moved = x if self.order == "channels_last" else np.moveaxis(x, -1, 1)
        return moved.reshape(len(x), -1), x.shape

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        shape = cached.sizes(self, cache, 2)
        n, *axes, c = shape
        y_shape = (n, math.prod(shape[1:]))
        if self.order == "channels_last":
            return (), _back(self, shape, y_shape, dy)
        return (), np.array(np.moveaxis(_back(self, (n, c, *axes), y_shape, dy), 1, -1), order="C")


def _as_tuple(shape: Iterable[int]) -> tuple[int, ...]:
    return checks.listed("Reshape", "shape", shape, "a tuple")


@attrs.frozen
class Reshape(Layer):
    """Another shape for each example.     x (N, …)   y (N, *shape)

    One entry of `shape` may be −1 and stands for what is left.
    Raises ShapeError if an example has another number of entries than `shape`.
    """

    shape: tuple[int, ...] = attrs.field(converter=_as_tuple)

    @shape.validator
    def _check_shape(self, _: object, shape: tuple[int, ...]) -> None:
        sizes = all(checks.is_integer(n) and (n > 0 or n == -1) for n in shape)
        if not sizes or shape.count(-1) > 1:
            raise ConfigError("positive integers and at most one -1", f"{shape}", who="Reshape")

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Tree]:
        checks.no_params(self, params)
        size = checks.array(self, x).size // len(x)
        known = math.prod(n for n in self.shape if n != -1)
        if size % known if -1 in self.shape else size != known:
            expected = f"x with {'a multiple of ' if -1 in self.shape else ''}{known} numbers an example"
            raise ShapeError(expected, f"x of shape {x.shape}", who=self)
        return x.reshape(len(x), *self.shape), x.shape

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Array]:
        shape = cached.sizes(self, cache, 1)
        left = math.prod(shape[1:]) // math.prod(n for n in self.shape if n != -1)
        return (), _back(self, shape, (shape[0], *(left if n == -1 else n for n in self.shape)), dy)


def _back(layer: Layer, shape: tuple[int, ...], y_shape: tuple[int, ...], dy: Tree) -> Array:
    dy = checks.floating(layer, dy, "dy")
    return np.array(checks.shaped(layer, dy, y_shape).reshape(shape))
