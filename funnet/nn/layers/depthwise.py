"""The correlation of each channel of x (N, *S, C) with its own kernel of w (*K, 1, C), and its two adjoints.

y[n, o, c] = Σ_k x[n, o·stride + k·dilation, c] w[k, 0, c]      y (N, *out, C)

There is no matrix product to gain by: the sums run over whole images, an entry of the kernel at a time.
Of this kind is the depthwise half of a separable convolution (Howard et al. 2017, arXiv:1704.04861).
"""

from __future__ import annotations

import numpy as np

from funnet.core.containers import Array
from funnet.nn.layers.windows import Windows
from funnet.ops.numeric import column_sums, narrowed


def correlate(x: Array, w: Array, windows: Windows) -> Array:
    """y."""
    seen = windows.view(windows.padded(x))
    y = np.zeros((len(x), *windows.out, x.shape[-1]), np.result_type(x, np.float32))
    for k in np.ndindex(windows.kernel):
        y += seen[k] * w[k]
    return narrowed(y, x.dtype)


def pull_kernel(x: Array, dy: Array, windows: Windows) -> Array:
    """dw[k, 0] = Σ x[n, o·stride + k·dilation] dy[n, o], over all n and o."""
    seen = windows.view(windows.padded(x))
    dw = np.empty((*windows.kernel, 1, x.shape[-1]), x.dtype)
    for k in np.ndindex(windows.kernel):
        dw[k] = column_sums(seen[k] * dy)
    return dw


def pull_input(dy: Array, w: Array, windows: Windows) -> Array:
    """dx: dy[n, o] w[k, 0], added up where the windows saw x."""
    dx = windows.frame(len(dy), dy.shape[-1], np.result_type(dy, np.float32))
    seen = windows.view(dx)
    for k in np.ndindex(windows.kernel):
        seen[k] += dy * w[k]
    return np.ascontiguousarray(narrowed(dx[windows.inner], dy.dtype))
