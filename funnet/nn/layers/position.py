"""Where a step stands in its sequence."""

from __future__ import annotations

import functools
from typing import Any

import attrs
import numpy as np

from funnet.core import cached, checks, padded
from funnet.core.containers import Array, Tree, read_only
from funnet.core.key import Key
from funnet.errors import ConfigError, ShapeError
from funnet.nn import initializers
from funnet.nn.initializers import Initializer
from funnet.nn.layer import Layer
from funnet.nn.layers.embedding import Table
from funnet.ops.numeric import column_sums


@attrs.frozen
class PositionalEncoding(Layer):
    """Add to each step a vector that says where it stands.

    y_nt = x_nt + p_t,  dx = dy,  dp_t = Σ dy_nt                  x, y (N, T, C)   p (T, C)
    "sinusoidal": p_t,2i = sin ωt,  p_t,2i+1 = cos ωt,  ω = 10000^(−2i/C), for sequences of any length
    "learned": p are the first rows of a table w (L, C), with L = max_length or, without one, the T of the
    example given to `init`
    Of a `Padded` x, y is a `Padded` with zeros behind the ends.
    Raises ShapeError if a sequence is longer than the table, or the last axis of x is not C.
    Vaswani et al. 2017, arXiv:1706.03762.
    """

    kind: str = attrs.field(default="sinusoidal", validator=checks.one_of("sinusoidal", "learned"))
    max_length: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(checks.positive_integer)
    )
    w_init: Initializer = attrs.field(default=initializers.normal(0.02), validator=checks.initializer)

    def __attrs_post_init__(self) -> None:
        if self.kind == "sinusoidal" and self.max_length is not None:
            why = "sinusoids have no end"
            raise ConfigError(
                "max_length to be None", repr(self.max_length), who="PositionalEncoding", why=why
            )

    def init(self, key: Key, x: Tree) -> Tree:
        x, _ = padded.unpack_vectors(self, x)
        if self.kind == "sinusoidal":
            return ()
        _, steps, width = x.shape
        shape = self.max_length or steps, width
        return Table(initializers.drawn(self, "w", self.w_init, key, shape, x.dtype))

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        x, lengths = padded.unpack_vectors(self, x)
        y = padded.zeroed(x + self._positions(params, x), lengths)
        return padded.with_lengths(y, lengths), (x.shape, lengths)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        shape, lengths = cached.parts(self, cache, 2)
        cached.lengths(self, lengths, cached.sizes(self, shape, 3, 3)[0])
        dx = np.array(padded.zeroed(padded.cotangent_alone(self, dy, shape, lengths), lengths))
        given = padded.with_lengths(dx, lengths)
        if self.kind == "sinusoidal":
            return (), given
        dw = np.zeros_like(self._table(params, shape))
        checks.shaped(self, dx, shape, dw.dtype, "dy")
        dw[: shape[1]] = column_sums(dx.reshape(len(dx), -1)).reshape(shape[1:])
        return Table(dw), given

    def _positions(self, params: Tree, x: Array) -> Array:
        """p (T, C)."""
        _, steps, width = x.shape
        if self.kind == "sinusoidal":
            checks.no_params(self, params)
            positions = _kept_sinusoids if steps * width <= _KEPT else _sinusoids
            return positions(steps, width, x.dtype)
        w = self._table(params, x.shape)
        checks.shaped(self, x, x.shape, w.dtype, "x")
        return w[:steps]

    def _table(self, params: Tree, shape: tuple[int, ...]) -> Array:
        """w, if it fits an x of this shape."""
        _, steps, width = shape
        w: Array = checks.params(self, params, Table).w
        checks.axes(self, w, (self.max_length, width), "params.w")
        if steps > len(w):
            why = f"params.w is {w.shape}"
            raise ShapeError(f"at most {len(w)} steps", f"x of shape {shape}", who=self, why=why)
        return w


def _sinusoids(steps: int, width: int, dtype: np.dtype[Any]) -> Array:
    omega = 10000.0 ** (-2.0 * (np.arange(width) // 2) / width)
    angles = np.arange(steps)[:, None] * omega
    p = np.empty((steps, width), dtype)
    p[:, 0::2] = np.sin(angles[:, 0::2])
    p[:, 1::2] = np.cos(angles[:, 1::2])
    return read_only(p)


_KEPT = 2**20  # entries, 4 MiB in float32; longer ones are made anew for every batch
_kept_sinusoids = functools.lru_cache(maxsize=4)(_sinusoids)
