"""Numbers that change in the course of training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from funnet.core import checks
from funnet.core.arrays import foreign_shape, is_array
from funnet.core.containers import Array, describe
from funnet.errors import DtypeError, TreeError
from funnet.plot.canvas import axes_for, line_styles, new_figure, numbers, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Table(Protocol):
    """Columns of numbers by name, as a History has them."""

    @property
    def columns(self) -> tuple[str, ...]: ...

    def __getitem__(self, column: str) -> Array: ...


Columns = Table | Mapping[str, Sequence[float] | Array]

_COUNTERS = ("epoch", "step", "evaluation", "seconds")
_NORMS = ("gradient", "update")
_GRADIENT = "gradient/"


def curves(
    history: Columns,
    columns: Sequence[str] | None = None,
    *,
    x: str = "epoch",
    label: str = "loss",
    axes: Axes | None = None,
) -> Axes:
    """Learning curves: columns of a history, or of a mapping of names to numbers, over the column `x`.

    `label` names the vertical axis; without `columns` it also chooses them: all that end in it. Rows with
    NaN are left out of their line.
    Raises TreeError for a column that is not there, ShapeError for one of another length than `x`.
    """
    names = _names("curves", history)
    if not isinstance(label, str):
        raise DtypeError("label to be a string", describe(label), who="curves")
    chosen = (
        [name for name in names if name.endswith(label)] if columns is None else _chosen("curves", columns)
    )
    if not chosen:
        raise TreeError(f"a column that ends in {label!r}", ", ".join(names) or "none", who="curves")
    return _lines("curves", history, {name: name.replace("_", " ") for name in chosen}, x, label, axes)


def gradient_sizes(
    history: Columns, layers: Sequence[str] | None = None, *, x: str = "step", axes: Axes | None = None
) -> Axes:
    """The size of the gradient of each layer over time, on a logarithmic axis.

    `layers` are the columns to draw: by default those that `fit(..., norms=True)` makes, if there are any,
    otherwise all but epoch, step and seconds. Raises as `curves` does.
    """
    names = _names("gradient_sizes", history)
    norms = [name for name in names if name.startswith(_GRADIENT)]
    asked = _chosen("gradient_sizes", () if layers is None else layers)
    chosen = asked or norms or [name for name in names if name not in _COUNTERS]
    of_norms = set(chosen) <= set(norms)
    label = "norm of the gradient" if of_norms else "mean |gradient|"
    texts = {name: name.removeprefix(_GRADIENT) for name in chosen}
    axes = _lines("gradient_sizes", history, texts, x, label, axes)
    axes.set_yscale("log")
    return axes


def panels(history: Columns, *, x: str | None = None) -> Figure:
    """A figure with all columns of a history, a panel for each quantity.

    Columns that end in the same word share a panel, as loss and validation_loss do. So do the norms of each
    gradient and each update by path, on a logarithmic axis. `x` is the first of epoch, step and evaluation
    that is there. Raises TreeError if there is nothing to draw.
    """
    names = _names("panels", history)
    if x is not None and not isinstance(x, str):
        raise DtypeError("x to be the name of a column", describe(x), who="panels")
    x = x or next((name for name in _COUNTERS if name in names), "epoch")
    groups: dict[str, dict[str, str]] = {}
    for name in names:
        if name not in _COUNTERS:
            first, _, path = name.partition("/")
            group = f"norm of the {first}" if first in _NORMS else first.rpartition("_")[2]
            groups.setdefault(group, {})[name] = path or name.replace("_", " ")
    if not groups:
        raise TreeError("a column to draw", ", ".join(names) or "none", who="panels")
    figure = new_figure(5.5 * min(2, len(groups)), 3.6 * -(-len(groups) // 2))
    for index, (group, texts) in enumerate(groups.items()):
        axes = figure.add_subplot(-(-len(groups) // 2), min(2, len(groups)), index + 1)
        _lines("panels", history, texts, x, group, axes)
        if group.startswith("norm of"):
            axes.set_yscale("log")
    return figure


def _lines(
    who: str, history: Columns, texts: Mapping[str, str], x: str, label: str, axes: Axes | None
) -> Axes:
    """A line for each column in `texts`, called so in the legend."""
    at = _column(who, history, x)
    columns = {name: _column(who, history, name) for name in texts}
    for name, values in columns.items():
        checks.axes(who, values, at.shape, f"column {name!r}")
    axes = axes_for(who, axes)
    for (name, values), (color, dashes, marker) in zip(
        columns.items(), line_styles(len(columns)), strict=True
    ):
        there = ~np.isnan(values)
        (line,) = axes.plot(at[there], values[there], dashes, label=words(texts[name]))
        line.set(color=color, marker=marker, markersize=4, markevery=0.1)
    axes.set(xlabel=words(x), ylabel=words(label))
    axes.locator_params(axis="x", integer=True)
    axes.grid(alpha=0.3)
    if len(columns) > 6:
        axes.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1.0, 0.5))
    else:
        axes.legend()
    return axes


def _names(who: str, history: Columns) -> tuple[str, ...]:
    try:
        names = tuple(history if isinstance(history, Mapping) else history.columns)
    except (AttributeError, TypeError):
        raise DtypeError("a History, or columns of numbers by name", describe(history), who=who) from None
    if not all(isinstance(name, str) for name in names):
        raise DtypeError("names of columns that are strings", describe(names), who=who)
    return names


def _chosen(who: str, columns: Sequence[str]) -> list[str]:
    strange = foreign_shape(columns) is not None and not is_array(columns)
    if isinstance(columns, str) or not isinstance(columns, Iterable) or strange:
        raise DtypeError("a list of names of columns", describe(columns), who=who)
    found = list(columns)
    if not all(isinstance(name, str) for name in found):
        raise DtypeError("names of columns that are strings", describe(columns), who=who)
    return found


def _column(who: str, history: Columns, name: str) -> Array:
    names = _names(who, history)
    if not isinstance(name, str) or name not in names:
        raise TreeError(f"one of the columns {', '.join(names)}", repr(name), who="plot")
    try:
        values = history[name]
    except (TypeError, ValueError):  # a row of a History that is none
        raise DtypeError(f"column {name!r} of numbers", "something else", who=who) from None
    return numbers(who, f"column {name!r}", values, 1)
