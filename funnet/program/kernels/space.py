"""Windows over axes of space of x (N, *S, C): convolution and pooling."""

from __future__ import annotations

from typing import Any

import numpy as np

from funnet.core.containers import Array
from funnet.program.kernels.affine import fitting
from funnet.program.kernels.normal import sums_of_rows


def conv(
    x: Array, w: Array, b: Array | None = None, *, stride: Any, padding: Any, dilation: Any, groups: int
) -> Array:
    """y_o = Σ_k x_{o·stride + k·dilation} w_k + b, by groups of channels."""
    axes, kernel = x.ndim - 2, w.shape[:-2]
    x = fitting(x, w, w.shape[-2] * groups)
    seen = windows(x, kernel, on_axes(stride, axes), padding, on_axes(dilation, axes), 0.0)
    if x.shape[-1] == w.shape[-1] == groups > 1:
        y = sum_of_products(seen, w)
        return y if b is None else y + b
    matrix = w.reshape(-1, groups, w.shape[-1] // groups).swapaxes(0, 1)
    y = np.empty((*seen.shape[axes:-1], w.shape[-1]), x.dtype)
    step = max(1, 2**19 // (seen.size // len(x)))
    for first in range(0, len(x), step):
        part = slice(first, first + step)
        here = seen[(slice(None),) * axes + (part,)]
        np.matmul(gathered(here, axes, groups), matrix, out=by_group(y[part], groups))
    if b is not None:
        y += b
    return y


def gathered(seen: Array, axes: int, groups: int) -> Array:
    """For each group the matrix of what windows see, (groups, N · out, K · C/groups)."""
    seen = seen.reshape(*seen.shape[:-1], groups, -1)
    count = int(np.prod(seen.shape[axes : 2 * axes + 1]))
    kernel, places, group, channel = range(axes), range(axes, 2 * axes + 1), 2 * axes + 1, 2 * axes + 2
    if seen.shape[-1] < 4:
        return seen.transpose(group, *kernel, channel, *places).reshape(groups, -1, count).swapaxes(1, 2)
    return seen.transpose(group, *places, *kernel, channel).reshape(groups, count, -1)


def sum_of_products(seen: Array, w: Array) -> Array:
    """Σ_k x_k w_k, channel by channel, of what windows see and kernels (*K, 1, C)."""
    y = np.zeros(seen.shape[w.ndim - 2 :], np.result_type(seen, np.float32))
    for k in np.ndindex(w.shape[:-2]):
        y += seen[k] * w[k]
    return y.astype(w.dtype, copy=False)


def conv_transpose(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: Any,
    padding: Any,
    output_padding: Any,
    dilation: Any,
    groups: int,
) -> Array:
    """y_{i·stride + k·dilation} += x_i w_kᵀ,  then  y += b."""
    stride, dilation, more = (on_axes(value, 2) for value in (stride, dilation, output_padding))
    kernel, (inner, width), count = w.shape[:2], w.shape[2:], len(fitting(x, w, w.shape[3]))
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    whole = [
        (n - 1) * s + reach + rest
        for n, s, reach, rest in zip(x.shape[1:-1], stride, spans, more, strict=True)
    ]
    if padding == "same":
        size = [n * s for n, s in zip(x.shape[1:-1], stride, strict=True)]
        pads = pads_of(padding, size, spans, stride)
        whole = [before + n + after for n, (before, after) in zip(size, pads, strict=True)]
    else:
        pads = pads_of(padding, [0, 0], spans, stride)
        size = [n - before - after for n, (before, after) in zip(whole, pads, strict=True)]
    y = np.zeros((count, *whole, inner * groups), np.result_type(x, np.float32))
    seen = strided(y, kernel, stride, dilation, x.shape[1:3])
    matrix = w.reshape(-1, inner, groups, width // groups).transpose(0, 2, 3, 1)
    step = max(1, 2**19 // (seen.size // count))
    if x.shape[-1] == inner * groups == groups > 1:
        for index in np.ndindex(kernel):
            seen[index] += x * w[index]
    else:
        for first in range(0, count, step):
            part = slice(first, first + step)
            pulled = (by_group(x[part], groups) @ matrix).swapaxes(1, 2)
            for index, entry in zip(np.ndindex(kernel), pulled, strict=True):
                place = seen[index][part]
                place += entry.reshape(place.shape)
    inner_part = (slice(b, b + n) for n, (b, _) in zip(size, pads, strict=True))
    y = np.ascontiguousarray(y[:, *inner_part], x.dtype)
    if b is not None:
        y += b
    return y


def max_pool(x: Array, window: Any, stride: Any, padding: Any) -> Array:
    """The largest number in each window."""
    return folded(np.maximum, x, window, stride, padding, -np.inf)


def avg_pool(x: Array, window: Any, stride: Any, padding: Any) -> Array:
    """The mean of what each window sees of x."""
    size = int(np.prod(on_axes(window, x.ndim - 2)))
    wide = np.float64 if size > 256 else np.float32
    y = folded(np.add, x, window, stride, padding, 0.0, wide)
    y /= folded(np.add, np.ones((1, *x.shape[1:-1], 1), x.dtype), window, stride, padding, 0.0, wide)
    return y.astype(x.dtype, copy=False)


def global_avg_pool(x: Array) -> Array:
    """The mean of each channel."""
    sums = sums_of_rows(x.reshape(len(x), -1, x.shape[-1]))
    sums /= x[0, ..., 0].size
    return sums.astype(x.dtype, copy=False)


def folded(
    f: Any, x: Array, window: Any, stride: Any, padding: Any, fill: float, wide: Any = np.float16
) -> Array:
    """All that a window sees, taken together by f in at least the dtype `wide`."""
    kernel = on_axes(window, x.ndim - 2)
    stride = kernel if stride is None else on_axes(stride, x.ndim - 2)
    seen = windows(x, kernel, stride, padding, (1,) * len(kernel), fill)
    first, *others = np.ndindex(kernel)
    y: Array = seen[first].astype(np.result_type(x, wide))
    for index in others:
        f(y, seen[index], out=y)
    return y


def windows(x: Array, kernel: Any, stride: Any, padding: Any, dilation: Any, fill: float) -> Array:
    """What the windows see of x with `fill` around it: (*kernel, N, *out, C)."""
    size, spans = x.shape[1:-1], [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    pads = pads_of(padding, size, spans, stride)
    padded = np.pad(x, [(0, 0), *pads, (0, 0)], constant_values=fill) if any(map(any, pads)) else x
    out = [(n - reach) // s + 1 for n, reach, s in zip(padded.shape[1:-1], spans, stride, strict=True)]
    return strided(padded, kernel, stride, dilation, out)


def strided(padded: Array, kernel: Any, stride: Any, dilation: Any, out: Any) -> Array:
    """A view (*kernel, N, *out, C): entry o·stride + k·dilation at k, o."""
    first, *strides, last = padded.strides
    steps = [step * d for step, d in zip(strides, dilation, strict=True)]
    jumps = [step * s for step, s in zip(strides, stride, strict=True)]
    shape = (*kernel, len(padded), *out, padded.shape[-1])
    return np.lib.stride_tricks.as_strided(padded, shape, (*steps, first, *jumps, last))


def pads_of(padding: Any, size: Any, spans: Any, stride: Any) -> Any:
    """(before, after) for each axis."""
    if padding == "same":
        axes = zip(size, spans, stride, strict=True)
        sums = [max((-(-n // s) - 1) * s + reach - n, 0) for n, reach, s in axes]
        return [(total // 2, total - total // 2) for total in sums]
    each = on_axes(0 if padding == "valid" else padding, len(size))
    return [pad if isinstance(pad, tuple) else (pad, pad) for pad in each]


def on_axes(value: Any, axes: int) -> Any:
    """One entry for each axis."""
    return value if isinstance(value, tuple) else (value,) * axes


def by_group(y: Array, groups: int) -> Array:
    """y (N, *out, O) as (groups, N · out, O/groups)."""
    return y.reshape(-1, groups, y.shape[-1] // groups).swapaxes(0, 1)
