"""Windows that slide over the axes of space of x (N, *S, C)."""

from __future__ import annotations

import functools
import math
from typing import Any

import attrs
import numpy as np

from funnet.core.containers import Array
from funnet.errors import ShapeError
from funnet.nn.layers.spatial import Padding, Sizes, on_axes


@attrs.frozen
class Windows:
    """Windows of `kernel` entries, `dilation` apart, one every `stride` entries, on axes of lengths `size`.

    `pads` (before, after) are added to each axis, which makes it `lengths` long. Then window o sees the
    entries o·stride + k·dilation, 0 ≤ k < kernel; `out` windows fit on an axis, and what is left over at
    its end is not seen.
    """

    size: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]
    lengths: tuple[int, ...]
    out: tuple[int, ...]

    @property
    def disjoint(self) -> bool:
        """Whether no entry is seen by two windows."""
        return all(reach <= s for reach, s in zip(span(self.kernel, self.dilation), self.stride, strict=True))

    @property
    def inner(self) -> tuple[slice, ...]:
        """Where x lies in the padded x."""
        return (slice(None), *(slice(b, b + n) for n, (b, _) in zip(self.size, self.pads, strict=True)))

    def frame(self, count: int, channels: int, dtype: np.dtype[Any]) -> Array:
        """Zeros in the shape of a padded x of so many examples and channels."""
        return np.zeros((count, *self.lengths, channels), dtype)

    def padded(self, x: Array, fill: float = 0.0) -> Array:
        """x with `fill` around it; x itself where nothing is added."""
        if self.lengths == self.size:
            return x
        made = self.frame(len(x), x.shape[-1], x.dtype)
        if fill:
            made.fill(fill)
        made[self.inner] = x
        return made

    def view(self, padded: Array) -> Array:
        """What the windows see of a padded x: (*kernel, N, *out, C), without a copy."""
        first, *strides, last = padded.strides
        steps = [step * d for step, d in zip(strides, self.dilation, strict=True)]
        jumps = [step * s for step, s in zip(strides, self.stride, strict=True)]
        shape = (*self.kernel, len(padded), *self.out, padded.shape[-1])
        return np.lib.stride_tricks.as_strided(padded, shape, (*steps, first, *jumps, last))


def pixels(x: Array) -> Array:
    """x (N, *S, C) as (N, *S, 1), the channels of a place as one item, which is copied in one piece."""
    return np.ascontiguousarray(x).view(f"V{x.itemsize * x.shape[-1]}")


def over(
    who: object, size: tuple[int, ...], kernel: Sizes, stride: Sizes, padding: Padding, dilation: Sizes = 1
) -> Windows:
    """The windows of a layer on axes of these lengths. Raises ShapeError if none fits."""
    made = _laid(size, kernel, stride, padding, dilation)
    if min(made.out) < 1:
        expected = f"x of at least {_times(span(made.kernel, made.dilation))} along its axes of space"
        padded = f", which is {_times(made.lengths)} with padding" if made.lengths != size else ""
        raise ShapeError(expected, _times(size) + padded, who=who, why="a window reaches that far")
    if math.prod(made.lengths) > _LARGEST:
        raise ShapeError("x with padding to fit into memory", _times(made.lengths), who=who)
    return made


_LARGEST = 2**36  # entries


@functools.lru_cache(maxsize=256)
def _laid(size: tuple[int, ...], kernel: Sizes, stride: Sizes, padding: Padding, dilation: Sizes) -> Windows:
    kernel, stride, dilation = (on_axes(value, len(size)) for value in (kernel, stride, dilation))
    spans = span(kernel, dilation)
    pads = same_pads(size, spans, stride) if padding == "same" else fixed_pads(padding, len(size))
    lengths = tuple(b + n + a for n, (b, a) in zip(size, pads, strict=True))
    out = tuple((n - reach) // s + 1 for n, reach, s in zip(lengths, spans, stride, strict=True))
    return Windows(size, kernel, stride, dilation, pads, lengths, out)


def span(kernel: tuple[int, ...], dilation: tuple[int, ...]) -> tuple[int, ...]:
    """How far a window reaches: from the first entry it sees to the last."""
    return tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))


def fixed_pads(padding: Padding, axes: int) -> tuple[tuple[int, int], ...]:
    """(before, after) for each axis, of any padding but "same"; "valid" is none."""
    each = on_axes(0 if padding == "valid" else padding, axes)
    return tuple(pad if isinstance(pad, tuple) else (pad, pad) for pad in each)


def same_pads(
    size: tuple[int, ...], spans: tuple[int, ...], stride: tuple[int, ...]
) -> tuple[tuple[int, int], ...]:
    """(before, after) for each axis: what ⌈n / stride⌉ windows on n entries need, the odd one after."""
    axes = zip(size, spans, stride, strict=True)
    sums = [max((-(-n // s) - 1) * s + reach - n, 0) for n, reach, s in axes]
    return tuple((total // 2, total - total // 2) for total in sums)


def _times(lengths: tuple[int, ...]) -> str:
    return "×".join(map(str, lengths))
