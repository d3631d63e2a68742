"""Pictures: functions that take data and an optional axes, and return the axes.

Nothing is shown and no global state is touched: without axes a new figure is made, to be saved with
`axes.figure.savefig(path)`. Lines differ in dashes and markers, classes in markers and hatches, so that
every picture reads in black and white. Needs the extra [plot].
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from funnet import expect, extras
from funnet.containers import Array, Tree
from funnet.errors import ShapeError, TreeError
from funnet.history import History
from funnet.layer import Layer, inference
from funnet.numeric import softmax

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Columns = History | Mapping[str, Sequence[float] | Array]

_LINES = (("black", "-", "o"), ("#0072b2", "--", "s"), ("#d55e00", "-.", "^"), ("#009e73", ":", "D"))
_POINTS = (("o", "black"), ("^", "white"), ("s", "0.6"), ("D", "white"), ("v", "black"))
_AREAS = (("white", ""), ("0.85", "//"), ("0.7", "\\\\"), ("0.9", ".."), ("0.8", "xx"))
_COUNTERS = ("epoch", "step", "seconds")


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
    names = _names(history)
    chosen = [name for name in names if name.endswith(label)] if columns is None else columns
    if not chosen:
        raise TreeError(f"a column that ends in {label!r}", ", ".join(names) or "none", who="curves")
    at = _column(history, x)
    axes = axes or _new_axes()
    for index, name in enumerate(chosen):
        values = _column(history, name)
        expect.axes("curves", values, at.shape, f"column {name!r}")
        color, dashes, marker = _LINES[index % len(_LINES)]
        there = ~np.isnan(values)
        (line,) = axes.plot(at[there], values[there], dashes, label=name.replace("_", " "))
        line.set(color=color, marker=marker, markersize=4, markevery=0.1)
    axes.set(xlabel=x, ylabel=label)
    axes.locator_params(axis="x", integer=True)
    axes.grid(alpha=0.3)
    axes.legend()
    return axes


def gradient_sizes(
    history: Columns, layers: Sequence[str] | None = None, *, x: str = "step", axes: Axes | None = None
) -> Axes:
    """The mean |gradient| of each layer over time, on a logarithmic axis.

    `layers` are the columns to draw: by default all but epoch, step and seconds. Raises as `curves` does.
    """
    chosen = [name for name in _names(history) if name not in _COUNTERS] if layers is None else layers
    axes = curves(history, chosen, x=x, label="mean |gradient|", axes=axes)
    axes.set_yscale("log")
    return axes


def scatter(points: Array, labels: Array, *, axes: Axes | None = None) -> Axes:
    """Points (N, 2) of the plane, with a marker for each class.     labels (N,), integers

    Raises ShapeError unless the points are (N, 2) and the labels (N,).
    """
    expect.axes("scatter", points, (None, 2), "points")
    expect.axes("scatter", labels, (len(points),), "labels")
    axes = axes or _new_axes(6.0, 4.8)
    for index in np.unique(labels):
        marker, face = _POINTS[index % len(_POINTS)]
        x, y = points[labels == index].T
        dots = axes.scatter(x, y, s=18, marker=marker, label=f"class {index}")
        dots.set(facecolor=face, edgecolor="black", linewidth=0.5)
    (left, bottom), (right, top) = _frame(points)
    axes.set(xlabel="x₁", ylabel="x₂", xlim=(left, right), ylim=(bottom, top))
    axes.legend(loc="upper center", ncols=4, fontsize="small")
    return axes


def decision_boundary(
    net: Layer,
    params: Tree,
    points: Array,
    labels: Array,
    *,
    probability: Callable[[Array], Array] = softmax,
    axes: Axes | None = None,
) -> Axes:
    """What a classifier makes of the plane, under its points (N, 2) with their labels (N,).

    `probability` maps outputs (M, …) of the network to probabilities (M, C) of the classes, or to (M, 1),
    that of class 1 alone. Of two classes the probability of class 1 is shaded; of more, the regions in
    which each is the likeliest are hatched. The lines are where a class has probability ½.
    Raises as `scatter` and the network do.
    """
    expect.axes("decision_boundary", points, (None, 2), "points")
    low, high = _frame(points)
    x, y = np.linspace(low, high, 201, dtype=points.dtype).T
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    p = np.moveaxis(probability(inference(net)(params, grid)[0]).reshape(201, 201, -1), -1, 0)
    axes = axes or _new_axes(6.0, 4.8)
    if len(p) <= 2:
        p = p[-1:]
        # the upper end of the map is left unused: points would drown in it
        shades = axes.pcolormesh(x, y, p[0], cmap="Blues", vmin=0, vmax=1.4, shading="gouraud")
        bar = axes.figure.colorbar(shades, ax=axes, label="probability of class 1")
        bar.ax.set_ylim(0, 1)
    else:
        for index in range(len(p)):
            gray, hatch = _AREAS[index % len(_AREAS)]
            lead = p[index] - np.delete(p, index, axis=0).max(axis=0)
            if lead.max() > 0:
                areas = axes.contourf(x, y, lead, levels=[0, 2], colors=[gray], hatches=[hatch])
                areas.set(edgecolor="0.6", linewidth=0)
    for layer in p:
        if layer.min() < 0.5 < layer.max():
            axes.contour(x, y, layer, levels=[0.5], colors="black", linewidths=1.5)
    axes.plot([], [], color="black", linewidth=1.5, label="probability ½")
    return scatter(points, labels, axes=axes)


def confusion_matrix(
    counts: Array, names: Sequence[object] | None = None, *, axes: Axes | None = None
) -> Axes:
    """Counts (C, C), true class by row and predicted class by column.

    A cell is as dark as the root of its share of the row. `names` are those of the classes, by default
    their numbers.
    Raises ShapeError unless the matrix is square and has a name for each row.
    """
    names = range(len(counts)) if names is None else names
    expect.axes("confusion_matrix", counts, (len(names), len(names)), "counts")
    shades = np.sqrt(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
    axes = axes or _new_axes(1.6 + 0.4 * len(names), 1.4 + 0.4 * len(names))
    axes.imshow(shades, cmap="Greys", vmin=0, vmax=1.2)
    for (row, column), count in np.ndenumerate(counts):
        color = "white" if shades[row, column] > 0.6 else "black" if count else "0.7"
        axes.text(column, row, f"{count}", ha="center", va="center", color=color, fontsize=9)
    axes.set_xticks(range(len(names)), map(str, names))
    axes.set_yticks(range(len(names)), map(str, names))
    axes.set(xlabel="predicted class", ylabel="true class")
    return axes


def image_grid(images: Array, titles: Sequence[str] | None = None, *, axes: Axes | None = None) -> Axes:
    """Images (N, H, W), dark where the number is large, or (N, H, W, 3), eight a row, titles above them.

    Raises ShapeError unless there are images, and as many titles.
    """
    expect.rank("image_grid", expect.array("image_grid", images, "images"), 3, "(N, H, W)", "images")
    count, height, width = images.shape[:3]
    titles = [""] * count if titles is None else titles
    if len(titles) != count:
        raise ShapeError(f"{count} titles", f"{len(titles)}", who="image_grid", why="one for each image")
    columns = min(8, count)
    rows = math.ceil(count / columns)
    right, down = 1.2 * width, 1.4 * height
    axes = axes or _new_axes(1.1 * columns, 1.1 * rows * down / right)
    for index, (image, title) in enumerate(zip(images, titles, strict=True)):
        x, y = index % columns * right, index // columns * down
        edges = (x, x + width, y + height, y)
        axes.imshow(image, extent=edges, cmap="gray_r", vmin=images.min(), vmax=images.max())
        axes.plot([x, x + width, x + width, x, x], [y, y, y + height, y + height, y], "0.5", linewidth=0.5)
        axes.text(x + width / 2, y - 0.05 * height, title, ha="center", va="bottom", fontsize=9)
    corner = (-0.1 * width, -0.35 * height)
    axes.set(xlim=(corner[0], corner[0] + columns * right), ylim=(corner[1] + rows * down, corner[1]))
    axes.set_axis_off()
    return axes


def series(truth: Array, prediction: Array, *, time: Array | None = None, axes: Axes | None = None) -> Axes:
    """A prediction (T,) beside the truth (T,), over `time` (T,), by default in steps from 0.

    Raises ShapeError unless all have one length.
    """
    at = np.arange(len(truth)) if time is None else time
    expect.axes("series", truth, at.shape, "truth")
    expect.axes("series", prediction, at.shape, "prediction")
    axes = axes or _new_axes(7.0, 3.5)
    axes.plot(at, truth, color="0.65", linewidth=4, label="truth")
    axes.plot(at, prediction, color="black", linewidth=1.2, linestyle="--", label="prediction")
    axes.set(xlabel="time (steps)" if time is None else "time", ylabel="value")
    axes.grid(alpha=0.3)
    axes.legend()
    return axes


def _new_axes(width: float = 6.0, height: float = 4.0) -> Axes:
    """The axes of a new figure, so many inches wide and high, that no window knows of."""
    figure = extras.load("matplotlib.figure", "plot").Figure(figsize=(width, height), layout="constrained")
    axes: Axes = figure.add_subplot()
    return axes


def _frame(points: Array) -> tuple[Array, Array]:
    """The lower left and the upper right corner around points, with room for a legend above them."""
    low, high = points.min(axis=0), points.max(axis=0)
    size = high - low
    return low - 0.05 * size, high + np.array([0.05, 0.2], size.dtype) * size


def _names(history: Columns) -> tuple[str, ...]:
    return history.columns if isinstance(history, History) else tuple(history)


def _column(history: Columns, name: str) -> Array:
    if name not in _names(history):
        raise TreeError(f"one of the columns {', '.join(_names(history))}", repr(name), who="plot")
    return np.asarray(history[name], np.float64)
