"""What every picture is drawn on, and with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from funnet.core import checks, optional
from funnet.core.containers import Array, describe
from funnet.errors import DtypeError, ShapeError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LINES = (("black", "-", "o"), ("#0072b2", "--", "s"), ("#d55e00", "-.", "^"), ("#009e73", ":", "D"))

_LARGEST = 50.0
_LONGEST = 60  # signs of a text


def new_figure(width: float, height: float) -> Figure:
    """A new figure, so many inches wide and high, that no window knows of."""
    figure: Figure = optional.load("matplotlib.figure", "plot").Figure(
        figsize=(width, height), layout="constrained"
    )
    return figure


def axes_for(who: str, axes: Axes | None, width: float = 6.0, height: float = 4.0) -> Axes:
    """The axes that are given, or those of a new figure of this size, of at most 50 inches.

    Raises DtypeError for what is not axes.
    """
    if axes is None:
        made: Axes = new_figure(min(width, _LARGEST), min(height, _LARGEST)).add_subplot()
        return made
    checks.instance(who, "axes", axes, optional.load("matplotlib.axes", "plot").Axes)
    return axes


def numbers(who: str, name: str, values: object, axes: int | None = None) -> Array:
    """The values as an array of floats, with so many axes if that is said.

    Raises DtypeError unless they are real numbers, ShapeError for other axes or none of them.
    """
    try:
        found = np.asarray(values)
    except (TypeError, ValueError):  # rows of different lengths
        found = np.asarray(None)
    if found.dtype.kind not in "biuf" or isinstance(values, np.ma.MaskedArray):
        raise DtypeError(f"{name} of numbers", describe(values), who=who)
    if axes is not None and found.ndim != axes:
        raise ShapeError(f"{name} with {axes} axes", f"shape {found.shape}", who=who)
    if not found.size:
        raise ShapeError(f"{name} with at least one entry", f"shape {found.shape}", who=who)
    return found.astype(np.float64)


def labels(who: str, name: str, values: object) -> list[str]:
    """The words for each of the values, a list of names or of anything that has a name.

    Raises DtypeError for what is not a list, or is a string.
    """
    single = isinstance(values, np.ndarray) and not values.ndim
    if isinstance(values, str | bytes) or not isinstance(values, Sequence | np.ndarray) or single:
        raise DtypeError(f"{name} to be a list", describe(values), who=who)
    return [words(value) for value in values]


def words(text: object) -> str:
    """A text as a picture can hold it: not too long, its signs visible, and maths only where it is some."""
    shown = "".join(sign if sign.isprintable() else "?" for sign in str(text)[:_LONGEST])
    if shown.count("$") < 2:
        return shown
    try:
        optional.load("matplotlib.mathtext", "plot").MathTextParser("path").parse(shown)
    except ValueError:
        return shown.replace("$", r"\$")
    return shown


def line_styles(count: int) -> list[tuple[str, str, str]]:
    """(color, dashes, marker) of so many lines; of more than four, the colors go from dark to light."""
    if count <= len(_LINES):
        return list(_LINES[:count])
    shades = optional.load("matplotlib", "plot").colormaps["viridis"]
    colors = optional.load("matplotlib.colors", "plot")
    return [
        (colors.to_hex(shades(0.9 * index / (count - 1))), *_LINES[index % len(_LINES)][1:])
        for index in range(count)
    ]
