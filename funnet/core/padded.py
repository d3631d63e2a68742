"""Sequences in a batch, and how a layer that runs over time is called.

x is an array (N, T, …), or (T, N, …) where time is the major axis, or a `Padded` with such an array.
Called with x the layer gives y; called with (x, state) it gives (y, state after the last step). The
state () stands for the one before the first step. dx is built like x, dy like y.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from funnet.core import checks
from funnet.core.arrays import is_array
from funnet.core.containers import Array, Buffer, Tree, describe, record
from funnet.errors import DataError, DtypeError, ShapeError, TreeError


def _in_buffer(lengths: object) -> Buffer:
    if isinstance(lengths, Buffer):
        return lengths
    return Buffer(lengths if isinstance(lengths, np.ndarray) else np.asarray(lengths))


@record
class Padded:
    """Sequences of different lengths in one array: values (N, T, …) or (T, N, …), in a Buffer lengths (N,).

    Sequence n ends after lengths[n] steps, at least 1 and at most T. What stands behind its end is never
    read; layers that compute write zeros there, into y as into dx. Lengths have no gradient: `tree.map`
    passes them by, and the cotangent of a Padded is a Padded with the same lengths.

        >>> import funnet as fn, numpy as np
        >>> fn.Padded(np.zeros((2, 5, 3)), [5, 2])
        Padded(values=<float64[2, 5, 3]>, lengths=Buffer(value=<int64[2]>))
    """

    values: Array
    lengths: Any = attrs.field(converter=_in_buffer)


def unpack(who: object, x: Tree, time_major: bool) -> tuple[Array, Array | None, Tree]:
    """(values, lengths, state) of x or (x, state); lengths and state are None where there are none.

    Raises DtypeError or ShapeError unless the values are floats with axes for batch and time and the
    lengths integers (N,), DataError for a length outside [1, T], TreeError for a state None.
    """
    state = None
    if isinstance(x, tuple | list) and len(x) == 2:
        x, state = x
        if state is None:
            raise TreeError("a state", "None", who=who, fix="() is the state before the first step")
    lengths = None
    if isinstance(x, Padded):
        x, lengths = x.values, x.lengths.value
    x = checks.floating(who, x)
    checks.rank(who, x, 3, "(T, N, ...)" if time_major else "(N, T, ...)")
    if lengths is not None:
        check_lengths(who, lengths, x.shape[time_major], x.shape[not time_major])
    return x, lengths, state


def unpack_alone(who: object, x: Tree, time_major: bool) -> tuple[Array, Array | None]:
    """(values, lengths) of x as `unpack` takes it apart. Raises TreeError if x comes with a state."""
    values, lengths, state = unpack(who, x, time_major)
    if state is not None:
        raise TreeError("x alone", "a pair (x, state)", who=who, fix="give x without the state")
    return values, lengths


def unpack_vectors(who: object, x: Tree) -> tuple[Array, Array | None]:
    """(values (N, T, C), lengths) of x alone. Raises ShapeError unless its steps are vectors."""
    values, lengths = unpack_alone(who, x, False)
    if values.ndim != 3:
        raise ShapeError("x with axes (N, T, C)", f"x of shape {values.shape}", who=who)
    return values, lengths


def check_lengths(who: object, lengths: Tree, count: int, steps: int) -> None:
    """Raise unless the lengths are integers (N,), one for each of the sequences and in [1, steps]."""
    if not is_array(lengths) or lengths.dtype.kind not in "iu":
        fix = checks.converted(lengths, "lengths")
        raise DtypeError("lengths to be an array of integers", describe(lengths), who=who, fix=fix)
    if lengths.shape != (count,):
        why = "one for each sequence"
        raise ShapeError(f"lengths of shape ({count},)", f"shape {lengths.shape}", who=who, why=why)
    if lengths.min() < 1 or lengths.max() > steps:
        odd = int(np.argmax((lengths < 1) | (lengths > steps)))
        got = f"{lengths[odd]} for sequence {odd}"
        raise DataError(f"lengths from 1 to {steps}", got, who=who, why=f"x has {steps} steps")


def is_start(state: Tree) -> bool:
    """Whether the state is the one before the first step: () or None."""
    return state is None or (isinstance(state, tuple) and not state)


def in_time(values: Array, lengths: Array | None, time_major: bool) -> Array:
    """The values (T, N, …), time first, with zeros in the padding."""
    x = values if time_major else values.swapaxes(0, 1)
    return x if lengths is None else silenced(x, real(lengths, len(x)))


def real(lengths: Array, steps: int) -> Array:
    """A mask (T, N), true where a step is not padding."""
    mask: Array = np.arange(steps)[:, None] < lengths
    return mask


def ends(lengths: Array | None) -> Any:
    """The index of the last steps of the sequences in an array (T, N, …)."""
    return -1 if lengths is None else (lengths - 1, np.arange(len(lengths)))


def silenced(x: Array, mask: Array) -> Array:
    """x with zeros where the mask of its leading axes is false."""
    return chosen(mask, x, x.dtype.type(0))


def chosen(mask: Array, x: Array, other: Any) -> Array:
    """x where the mask of its leading axes is true, and the other array elsewhere."""
    made: Array = np.where(mask.reshape(*mask.shape, *(1,) * (x.ndim - mask.ndim)), x, other)
    return made


def zeroed(x: Array, lengths: Array | None) -> Array:
    """x (N, T, …), batch first, with zeros behind the ends; x itself where there are no lengths."""
    return x if lengths is None else silenced(x, real(lengths, x.shape[1]).T)


def with_lengths(x: Array, lengths: Array | None) -> Tree:
    """A Padded of x; x itself where there are no lengths."""
    return x if lengths is None else Padded(x, lengths)


def flipped(x: Array, lengths: Array | None) -> Array:
    """x (T, N, …) with each sequence backwards within its own length."""
    if lengths is None:
        return x[::-1]
    t, last = np.arange(len(x))[:, None], lengths.astype(np.intp) - 1
    made: Array = x[np.where(t <= last, last - t, t), np.arange(len(lengths))]
    return made


def pack(y: Array, lengths: Array | None, state: Tree, time_major: bool) -> Tree:
    """What `unpack` takes apart, of y (T, N, …), time first, with zeros in the padding."""
    y = y if time_major else y.swapaxes(0, 1)
    whole = y if lengths is None else Padded(y, lengths)
    return whole if state is None else (whole, state)


def made(
    who: object, y: Tree, axes: tuple[int, ...], lengths: Array | None, stateful: bool
) -> tuple[Array, Tree]:
    """(values, state) of what a layer inside gave for an x with these two axes first; the state may be None.

    Raises TreeError unless it is built like x, ShapeError unless it has its steps.
    """
    state, whole = None, y
    if stateful:
        if not isinstance(y, tuple) or len(y) != 2:
            raise TreeError("its layer to give a pair (y, state)", describe(y), who=who, why="x has a state")
        y, state = y
    if lengths is not None and isinstance(y, Padded):
        y = y.values
    elif lengths is not None or not isinstance(y, np.ndarray):
        kind = "an array" if lengths is None else "a Padded"
        raise TreeError(f"its layer to give {kind} for {kind}", describe(whole), who=who)
    if y.ndim < 3 or y.shape[:2] != axes:
        wanted = ", ".join(map(str, axes))
        raise ShapeError(f"its layer to give every step, ({wanted}, ...)", f"shape {y.shape}", who=who)
    return y, state


def cotangent(
    who: object, dy: Tree, shape: tuple[int, ...], lengths: Array | None, stateful: bool, time_major: bool
) -> tuple[Array, Tree]:
    """(dy, dstate) of an output y of this shape (T, N, …): dy likewise, with zeros in the padding.

    dstate is None unless the call was `stateful`. The lengths are those of y, whatever dy says.
    Raises TreeError unless dy is built like the output, ShapeError or DtypeError unless it fits y.
    """
    dstate = None
    if stateful:
        dy, dstate = checks.pair(who, dy, "a pair (dy, dstate)", "y came with a state")
    own = shape if time_major else (shape[1], shape[0], *shape[2:])
    return in_time(cotangent_alone(who, dy, own, lengths), lengths, time_major), dstate


def cotangent_alone(who: object, dy: Tree, shape: tuple[int, ...], lengths: Array | None) -> Array:
    """The values of dy, of this shape, whatever stands in the padding. Raises as `cotangent` does."""
    if lengths is not None:
        if not isinstance(dy, Padded):
            raise TreeError("dy to be a Padded", describe(dy), who=who, why="as y")
        dy = dy.values
    dy = checks.floating(who, dy, "dy")
    return checks.shaped(who, dy, shape)
