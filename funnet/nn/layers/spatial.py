"""What layers over axes of space are given: their fields, and x (N, *S, C) with D axes S."""

from __future__ import annotations

from typing import Any

from funnet.core import checks
from funnet.core.containers import Array, Tree
from funnet.errors import ConfigError, ShapeError
from funnet.nn.layers.linear import Affine

Sizes = int | tuple[int, ...]
Padding = str | int | tuple[int | tuple[int, int], ...]

_NAMES = {1: "(N, T, C)", 2: "(N, H, W, C)"}
_FEW = {1: "", 2: " or a pair of them"}


def images(who: object, x: Tree, axes: int) -> Array:
    """`x` if it is an array of floats with so many axes of space between batch and channels."""
    if checks.floating(who, x).ndim != axes + 2:
        more = "x[None] adds a batch axis, x[..., None] adds an axis of one channel"
        fix = more if x.ndim == axes + 1 else ""
        raise ShapeError(f"x with axes {_NAMES[axes]}", f"x of shape {x.shape}", who=who, fix=fix)
    made: Array = x
    return made


def channels(who: object, x: Array, count: int, w: Array) -> None:
    """Raise unless x has so many channels and the dtype of the weights."""
    if x.shape[-1] != count:
        expected, why = f"x with last axis {count}", f"params.w is {w.shape}"
        raise ShapeError(expected, f"x of shape {x.shape}", who=who, why=why)
    checks.same_dtype(who, x, w, "params.w")


def divisible(who: object, x: Array, groups: int) -> None:
    """Raise unless the channels of x can be cut into so many groups."""
    if x.shape[-1] % groups:
        expected = f"x with last axis a multiple of {groups}"
        raise ShapeError(expected, f"x of shape {x.shape}", who=who, why="the number of groups")


def weights(
    who: object, params: Tree, shape: tuple[int | None, ...], width: int, bias: bool
) -> tuple[Array, Any]:
    """w of this shape, None standing for any length, and b (width,) or (), from an Affine record."""
    p = checks.params(who, params, Affine)
    checks.axes(who, p.w, shape, "params.w")
    if bias:
        checks.shaped(who, p.b, (width,), p.w.dtype, "params.b")
    else:
        checks.no_bias(who, p.b)
    return p.w, p.b


def on_axes(value: Any, axes: int) -> tuple[Any, ...]:
    """One entry for each axis, from one for all or a tuple."""
    return value if isinstance(value, tuple) else (value,) * axes


def tuples(value: Any) -> Any:
    """Converter of fields that hold numbers or tuples: lists become tuples."""
    return tuple(map(tuples, value)) if isinstance(value, list | tuple) else value


def sizes(axes: int, least: int = 1) -> checks.Validator:
    """Validator of a field with an integer for each axis."""
    what = "a positive integer" if least == 1 else f"an integer of at least {least}"
    return checks.hyperparameter(what + _FEW[axes], lambda value: _are_sizes(value, axes, least))


def paddings(axes: int) -> checks.Validator:
    """Validator of a field `padding`."""
    each = "each such an integer or a pair (before, after) of them"
    return checks.hyperparameter(
        f"'valid', 'same', an integer of at least 0 or a tuple of {axes}, {each}",
        lambda value: _are_pads(value, axes),
    )


def check_groups(layer: Any, _: Any, groups: int) -> None:
    """Validator of a field `groups` behind a field `width`, which it must divide."""
    checks.positive_integer(layer, _, groups)
    if layer.width % groups:
        who = type(layer).__name__
        raise ConfigError(f"groups to divide the width {layer.width}", f"{groups}", who=who)


def _are_sizes(value: object, axes: int, least: int) -> bool:
    entries = on_axes(value, axes)
    return len(entries) == axes and all(checks.is_integer(n) and least <= n < 2**31 for n in entries)


def _are_pads(value: object, axes: int) -> bool:
    if isinstance(value, str):
        return value in ("valid", "same")
    entries = on_axes(value, axes)
    return len(entries) == axes and all(_are_sizes(on_axes(entry, 2), 2, 0) for entry in entries)
