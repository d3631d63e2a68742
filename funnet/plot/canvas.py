"""What every picture is drawn on, and with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from funnet import extras

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LINES = (("black", "-", "o"), ("#0072b2", "--", "s"), ("#d55e00", "-.", "^"), ("#009e73", ":", "D"))


def new_figure(width: float, height: float) -> Figure:
    """A new figure, so many inches wide and high, that no window knows of."""
    figure: Figure = extras.load("matplotlib.figure", "plot").Figure(
        figsize=(width, height), layout="constrained"
    )
    return figure


def new_axes(width: float = 6.0, height: float = 4.0) -> Axes:
    """The axes of a new figure."""
    axes: Axes = new_figure(width, height).add_subplot()
    return axes


def line_styles(count: int) -> list[tuple[str, str, str]]:
    """(color, dashes, marker) of so many lines; of more than four, the colors go from dark to light."""
    if count <= len(_LINES):
        return list(_LINES[:count])
    shades = extras.load("matplotlib", "plot").colormaps["viridis"]
    colors = extras.load("matplotlib.colors", "plot")
    return [
        (colors.to_hex(shades(0.9 * index / (count - 1))), *_LINES[index % len(_LINES)][1:])
        for index in range(count)
    ]
