"""The works as formulas in NumPy's names, for peers that differentiate such.

`forward(xp, work, run, convolve) -> f` with f(params, x) = y, where `xp` is the peer's own namespace and
params are a list of arrays.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

import funnet as fn
from tests.benchmarks.works import Work

Array = Any
Arrays = Any
Net = Callable[[Arrays, Array], Array]
Cell = Callable[..., tuple[Array, ...]]


def steps(cell: Cell, x: Array, state: tuple[Array, ...]) -> tuple[Array, ...]:
    """The last state of a recurrence over the time of x (N, T, C), as a loop."""
    for t in range(x.shape[1]):
        state = cell(x[:, t], *state)
    return state


def patches(xp: Any, x: Array, w: Array) -> Array:
    """The convolution of images (N, H, W, I) with 3 x 3 kernels w (3, 3, I, O), as a product of matrices."""
    high, wide = x.shape[1] - 2, x.shape[2] - 2
    found = [x[:, i : i + high, j : j + wide] for i in range(3) for j in range(3)]
    cols = xp.concatenate(found, axis=-1).reshape(-1, 9 * x.shape[3])
    return (cols @ w.reshape(-1, w.shape[3])).reshape(len(x), high, wide, w.shape[3])


def pool(xp: Any, x: Array) -> Array:
    """The largest of each 2 x 2, an odd row or column left over."""
    n, high, wide, width = x.shape
    x = x[:, : high // 2 * 2, : wide // 2 * 2]
    return xp.max(x.reshape(n, high // 2, 2, wide // 2, 2, width), axis=(2, 4))


def forward(xp: Any, work: Work, run: Any = steps, convolve: Any = None, pool: Any = pool) -> Net:
    """The network of a work."""
    if work.kind in _CELLS:
        cell, states = _CELLS[work.kind]
        return lambda params, x: _recurrent(xp, functools.partial(cell, xp), states, run, params, x)
    if work.kind == "convolution":
        convolve, pool = convolve or functools.partial(patches, xp), functools.partial(pool, xp)
        return lambda params, x: _convolution(xp, convolve, pool, params, x)
    if work.kind == "transformer":
        return lambda params, x: _transformer(xp, params, x)
    names = [type(layer).__name__ for layer in work.net.layers]
    return lambda params, x: _perceptron(xp, names, params, x)


def loss(xp: Any, work: Work, y: Array, t: Array) -> Array:
    """The loss of a work."""
    if work.loss == fn.SquaredError():
        return xp.sum((y - t) ** 2) / (2 * len(y))
    if work.loss == fn.MeanSquaredError():
        return xp.mean((y - t) ** 2)
    y = y - xp.max(y, axis=1, keepdims=True)
    log_p = y - xp.log(xp.sum(xp.exp(y), axis=1, keepdims=True))
    return -xp.mean(log_p[np.arange(len(y)), t])


def _sigmoid(xp: Any, x: Array) -> Array:
    return 1 / (1 + xp.exp(-x))


def _perceptron(xp: Any, names: list[str], params: Arrays, x: Array) -> Array:
    rest = iter(params)
    for name in names:
        if name == "Linear":
            x = x @ next(rest) + next(rest)
        else:
            x = xp.maximum(x, 0) if name == "Relu" else _sigmoid(xp, x)
    return x


def _rnn(xp: Any, w: Array, u: Array, b: Array, x: Array, h: Array) -> tuple[Array]:
    return (xp.tanh(x @ w + h @ u + b),)


def _gru(xp: Any, w: Array, u: Array, b: Array, x: Array, h: Array) -> tuple[Array]:
    width = h.shape[1]
    b_x, b_m = b[: 3 * width], b[3 * width :]
    from_x, from_h = x @ w + b_x, h @ u
    r = _sigmoid(xp, from_x[:, :width] + from_h[:, :width])
    z = _sigmoid(xp, from_x[:, width : 2 * width] + from_h[:, width : 2 * width])
    n = xp.tanh(from_x[:, 2 * width :] + r * (from_h[:, 2 * width :] + b_m))
    return ((1 - z) * n + z * h,)


def _lstm(xp: Any, w: Array, u: Array, b: Array, x: Array, h: Array, c: Array) -> tuple[Array, Array]:
    width = h.shape[1]
    a = x @ w + h @ u + b
    g = xp.tanh(a[:, :width])
    f, i, o = (_sigmoid(xp, a[:, k * width : (k + 1) * width]) for k in (1, 2, 3))
    c = f * c + i * g
    return o * xp.tanh(c), c


_CELLS: dict[str, tuple[Callable[..., Any], int]] = {"rnn": (_rnn, 1), "gru": (_gru, 1), "lstm": (_lstm, 2)}


def _recurrent(xp: Any, cell: Cell, states: int, run: Any, params: Arrays, x: Array) -> Array:
    *weights, w, b = params
    zeros = (xp.zeros((x.shape[0], w.shape[0]), dtype=x.dtype),) * states
    return run(functools.partial(cell, *weights), x, zeros)[0] @ w + b


def _convolution(xp: Any, convolve: Any, pool: Any, params: Arrays, x: Array) -> Array:
    w1, b1, w2, b2, w3, b3 = params
    x = pool(xp.maximum(convolve(x, w1) + b1, 0))
    x = pool(xp.maximum(convolve(x, w2) + b2, 0))
    return x.reshape(len(x), -1) @ w3 + b3


def _transformer(xp: Any, params: Arrays, x: Array) -> Array:
    scale1, shift1, wq, bq, wk, wv, bv, wo, bo, scale2, shift2, w1, b1, w2, b2 = params
    n, time, width = x.shape

    def normalize(x: Array) -> Array:
        x = x - xp.mean(x, axis=-1, keepdims=True)
        return x / xp.sqrt(xp.mean(x**2, axis=-1, keepdims=True) + 1e-5)

    def split(x: Array) -> Array:
        return xp.transpose(x.reshape(n, time, 4, width // 4), (0, 2, 1, 3))

    a = scale1 * normalize(x) + shift1
    q, k, v = split(a @ wq + bq), split(a @ wk), split(a @ wv + bv)
    scores = q @ xp.transpose(k, (0, 1, 3, 2)) / math.sqrt(width // 4)
    e = xp.exp(scores - xp.max(scores, axis=-1, keepdims=True))
    o = xp.transpose(e / xp.sum(e, axis=-1, keepdims=True) @ v, (0, 2, 1, 3)).reshape(n, time, width)
    x = x + o @ wo + bo
    h = (scale2 * normalize(x) + shift2) @ w1 + b1
    g = 0.5 * h * (1 + xp.tanh(math.sqrt(2 / math.pi) * (h + 0.044715 * h * h * h)))
    return x + g @ w2 + b2
