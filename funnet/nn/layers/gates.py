"""What recurrent layers share: their parameters gate by gate, the way into the loop over time, the way out.

With G gates of width H the weights of gate k are columns kH to (k+1)H of w (I, G·H), u (H, G·H) and b (G·H,).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from funnet.core import cached, checks, padded
from funnet.core.containers import Array, Tree, read_only, record
from funnet.core.key import Key
from funnet.errors import ShapeError
from funnet.nn import initializers
from funnet.nn.initializers import Initializer
from funnet.nn.layer import Layer
from funnet.ops import numeric

Slopes = Callable[[Array, Array], tuple[Array, Array]]

_AT_ONCE = 8192  # states, of all sequences and units


@record
class Recurrent:
    """Weights of the input w (I, G·H) and of the state u (H, G·H), bias b (G·H,); G is 1 without gates."""

    w: Array
    u: Array
    b: Array


def drawn(
    layer: Layer, init: Initializer, key: Key, shape: tuple[int, ...], like: Array, gates: Sequence[str]
) -> Array:
    """The parameters of the gates side by side, each of this shape and drawn from a key of its name."""
    made = [initializers.drawn(layer, name, init, key, shape, like.dtype) for name in gates]
    return read_only(np.concatenate(made, axis=-1))


def unpack(layer: Layer, params: Tree, width: int, gates: int, biases: int) -> tuple[Array, Array, Array]:
    """(w, u, b), if they fit each other."""
    p = checks.params(layer, params, Recurrent)
    checks.axes(layer, p.w, (None, gates * width), "params.w")
    checks.shaped(layer, p.u, (width, gates * width), p.w.dtype, "params.u")
    checks.shaped(layer, p.b, (biases * width,), p.w.dtype, "params.b")
    return p.w, p.u, p.b


def given(layer: Layer, x: Tree, time_major: bool) -> tuple[Array, Array | None, Tree]:
    """(values, lengths, state) of x or (x, state), if the steps are rows of numbers."""
    values, lengths, state = padded.unpack(layer, x, time_major)
    if values.ndim != 3:
        axes = "(T, N, I)" if time_major else "(N, T, I)"
        raise ShapeError(f"x with axes {axes}", f"x of shape {values.shape}", who=layer)
    return values, lengths, state


def initial(layer: Layer, h: Tree, like: Array, name: str = "h") -> Array:
    """The state, if it is one like that; zeros before the first step."""
    start = padded.is_start(h)
    return np.zeros_like(like) if start else checks.like(layer, h, like, name)


def rows(values: Array, lengths: Array | None, time_major: bool) -> Array:
    """The steps (T, N, I + 1), time first: values with zeros in the padding, and a 1 that the bias meets."""
    x = padded.in_time(values, lengths, time_major)
    made = np.empty((*x.shape[:2], x.shape[2] + 1), x.dtype)
    made[..., :-1] = x
    made[..., -1] = 1.0
    return made


def kept(layer: Layer, cache: Tree, w: Array, width: int, slots: int = 0, more: int = 0) -> tuple[Tree, ...]:
    """The parts of a cache: steps, cell (T + more, slots, N, H) if there are slots, h, lengths, start."""
    found = cached.parts(layer, cache, 5 if slots else 4)
    steps, *cells, h, lengths, _ = found
    size, count, _ = cached.kind(layer, steps, "fc", 3).shape
    cached.array(layer, steps, (size, count, len(w) + 1), w.dtype)
    cached.array(layer, h, (size + 1, count, width), w.dtype)
    for cell in cells:
        cached.array(layer, cell, (size + more, slots, count, width), w.dtype)
    cached.lengths(layer, lengths, count)
    return found


def padding(lengths: Array | None, size: int) -> Array | None:
    """A mask (T, N, 1), true in the padding; None where there is none."""
    return None if lengths is None else ~padded.real(lengths, size)[..., None]


def by_gate(weights: Array, gates: int, sigmoids: slice) -> Array:
    """Weights (I, G·H) as (G, I, H), those of the sigmoids halved, for σ(a) = ½ + ½ tanh(a/2)."""
    made = weights.reshape(len(weights), gates, -1).swapaxes(0, 1).copy()
    made[sigmoids] *= 0.5
    return made


def cotangent(
    layer: Layer, dy: Tree, y: Array, lengths: Array | None, stateful: bool, time_major: bool
) -> tuple[Array, Tree]:
    """(dy, dstate): dy like y (T, N, H) in memory of its own, with zeros in the padding."""
    dy, dstate = padded.cotangent(layer, dy, y.shape, lengths, stateful, time_major)
    return np.array(checks.like(layer, dy, y), order="C"), dstate


def backwards(slopes: Slopes, cell: Array, h: Array) -> Iterator[tuple[int, Array, Array]]:
    """(t, slopes of step t) from the last step to the first.

    They are computed from cell and h (T + 1, N, H) for a few steps at once, so that they stay in the
    processor's cache.
    """
    at_once = max(1, _AT_ONCE // h[0].size)
    for end in range(len(h) - 1, 0, -at_once):
        begin = max(0, end - at_once)
        of_cell, of_c = slopes(cell[begin : end + 1], h[begin : end + 1])
        for t in reversed(range(begin, end)):
            yield t, of_cell[t - begin], of_c[t - begin]


def of_input(steps: Array, da: Array) -> tuple[Array, Array]:
    """(dw, db) = Σ x_tᵀ da_t, Σ da_t of steps (T, N, I + 1) as `rows` makes them and da (T, N, G·H)."""
    both = numeric.rows(steps).T @ numeric.rows(da)
    return both[:-1], both[-1]


def of_state(h: Array, da: Array) -> Array:
    """du = Σ h_{t−1}ᵀ da_t of h (T + 1, N, H) and da (T, N, G·H)."""
    du: Array = numeric.rows(h[:-1]).T @ numeric.rows(da)
    return du


def to_input(da: Array, w: Array) -> Array:
    """dx_t = da_t wᵀ  (T, N, I)."""
    dx: Array = (numeric.rows(da) @ w.T).reshape(*da.shape[:2], len(w))
    return dx
