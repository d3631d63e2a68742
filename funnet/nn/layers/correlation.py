"""The correlation of x (N, *S, C) with a kernel w (*K, C/groups, O), and its two adjoints.

y[n, o] = Σ_k x[n, o·stride + k·dilation] w[k]      y (N, *out, O), each group of channels by itself

What the windows see is gathered into the rows of a matrix, of a few examples at a time so that it stays
in the cache of the processor, and one product does the rest; but see `depthwise`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from funnet.core.containers import Array
from funnet.nn.layers import depthwise
from funnet.nn.layers.windows import Windows
from funnet.ops.numeric import narrowed

_BLOCK = 2**19  # numbers in the matrix
_FEW = 4  # channels are too short a run to be copied together


def correlate(x: Array, w: Array, windows: Windows, groups: int) -> Array:
    """y."""
    if _is_depthwise(x, w.shape[-1], groups):
        return depthwise.correlate(x, w, windows)
    kernel = w.reshape(-1, groups, w.shape[-1] // groups).swapaxes(0, 1)
    y = np.empty((len(x), *windows.out, w.shape[-1]), x.dtype)
    for part in _parts(len(x), x.shape[-1], windows):
        np.matmul(_gathered(x[part], windows, groups), kernel, out=_by_group(y[part], groups))
    return y


def pull_kernel(x: Array, dy: Array, windows: Windows, groups: int) -> Array:
    """dw[k] = Σ x[n, o·stride + k·dilation]ᵀ dy[n, o], over all n and o."""
    if _is_depthwise(x, dy.shape[-1], groups):
        return depthwise.pull_kernel(x, dy, windows)
    inner, width = x.shape[-1] // groups, dy.shape[-1]
    wide = np.result_type(x, np.float32)
    dw = np.zeros((groups, math.prod(windows.kernel) * inner, width // groups), wide)
    for part in _parts(len(x), x.shape[-1], windows):
        dw += _gathered(x[part], windows, groups).swapaxes(1, 2) @ _by_group(dy[part], groups)
    return narrowed(dw.swapaxes(0, 1).reshape(*windows.kernel, inner, width), x.dtype)


def pull_input(dy: Array, w: Array, windows: Windows, groups: int) -> Array:
    """dx: dy[n, o] w[k]ᵀ, added up where the windows saw x."""
    inner, width = w.shape[-2:]
    if _is_depthwise(dy, inner * groups, groups):
        return depthwise.pull_input(dy, w, windows)
    kernel = w.reshape(-1, inner, groups, width // groups).transpose(0, 2, 3, 1)
    dx = windows.frame(len(dy), inner * groups, np.result_type(dy, np.float32))
    for part in _parts(len(dy), inner * groups, windows):
        seen = windows.view(dx[part])
        pulled = (_by_group(dy[part], groups) @ kernel).swapaxes(1, 2)
        for index, entry in zip(np.ndindex(windows.kernel), pulled, strict=True):
            place = seen[index]
            place += entry.reshape(place.shape)
    return np.ascontiguousarray(narrowed(dx[windows.inner], dy.dtype))


def _is_depthwise(x: Array, channels: int, groups: int) -> bool:
    """Whether each of several channels of x goes with one channel of the other side."""
    own: bool = x.shape[-1] == channels == groups > 1
    return own


def add_bias(y: Array, b: Array) -> None:
    """y += b, an example at a time, which is faster than a place at a time."""
    examples = y.reshape(len(y), -1)
    examples += np.tile(b, examples.shape[1] // len(b))


def _parts(count: int, channels: int, windows: Windows) -> Iterator[slice]:
    """The batch in parts that fill a block."""
    size = math.prod((*windows.out, *windows.kernel, channels))
    step = max(1, _BLOCK // size)
    return (slice(first, first + step) for first in range(0, count, step))


def _gathered(x: Array, windows: Windows, groups: int) -> Array:
    """For each group the matrix of windows, (groups, N · out, K · C/groups), in the faster memory order."""
    axes = len(windows.kernel)
    seen = windows.view(windows.padded(x))
    seen = seen.reshape(*seen.shape[:-1], groups, -1)
    kernel, places, group, channel = range(axes), range(axes, 2 * axes + 1), 2 * axes + 1, 2 * axes + 2
    count = len(x) * math.prod(windows.out)
    if seen.shape[-1] < _FEW:
        return seen.transpose(group, *kernel, channel, *places).reshape(groups, -1, count).swapaxes(1, 2)
    return seen.transpose(group, *places, *kernel, channel).reshape(groups, count, -1)


def _by_group(y: Array, groups: int) -> Array:
    """y (N, *out, O) as (groups, N · out, O/groups)."""
    return y.reshape(-1, groups, y.shape[-1] // groups).swapaxes(0, 1)
