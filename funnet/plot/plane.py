"""Points of the plane, and what a classifier makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from funnet.core import checks
from funnet.core.containers import Array, Tree
from funnet.errors import DataError, DtypeError
from funnet.grad import callables
from funnet.nn.layer import Layer, inference
from funnet.ops.numeric import softmax
from funnet.plot.canvas import axes_for, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_POINTS = (("o", "black"), ("^", "white"), ("s", "0.6"), ("D", "white"), ("v", "black"))
_AREAS = (("white", ""), ("0.85", "//"), ("0.7", "\\\\"), ("0.9", ".."), ("0.8", "xx"))


def scatter(points: Array, labels: Array, *, axes: Axes | None = None) -> Axes:
    """Points (N, 2) of the plane, with a marker for each class.     labels (N,), integers

    Raises ShapeError unless the points are (N, 2) and the labels (N,).
    """
    checks.axes("scatter", points, (None, 2), "points")
    checks.axes("scatter", labels, (len(points),), "labels")
    if labels.dtype.kind not in "iu":
        raise DtypeError("labels of integers", f"dtype {labels.dtype}", who="scatter")
    _finite("scatter", points)
    axes = axes_for("scatter", axes, 6.0, 4.8)
    for index in np.unique(labels):
        marker, face = _POINTS[index % len(_POINTS)]
        x, y = points[labels == index].T
        dots = axes.scatter(x, y, s=18, marker=marker, label=f"class {index}")
        dots.set(facecolor=face, edgecolor="black", linewidth=0.5)
    (left, bottom), (right, top) = _frame(points.astype(np.float64))
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
    callables.network("decision_boundary", net)
    callables.probabilities("decision_boundary", probability)
    checks.axes("decision_boundary", points, (None, 2), "points")
    checks.floating("decision_boundary", points, "points")
    _finite("decision_boundary", points)
    low, high = _frame(points)
    x, y = np.linspace(low, high, 201, dtype=points.dtype).T
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    rows = numbers("decision_boundary", "probabilities", probability(inference(net)(params, grid)[0]), 2)
    checks.axes("decision_boundary", rows, (len(grid), rows.shape[1]), "probabilities")
    p = np.moveaxis(rows.reshape(201, 201, -1), -1, 0)
    axes = axes_for("decision_boundary", axes, 6.0, 4.8)
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


def _finite(who: str, points: Array) -> None:
    """Raise unless all points are somewhere in the plane."""
    found = numbers(who, "points", points, 2)
    if not np.isfinite(found).all():
        raise DataError("finite points", "a NaN or an infinity", who=who)


def _frame(points: Array) -> tuple[Array, Array]:
    """The lower left and the upper right corner around points, with room for a legend above them."""
    low, high = points.min(axis=0), points.max(axis=0)
    size = np.where(high > low, high - low, 1.0)
    return low - 0.05 * size, high + np.array([0.05, 0.2], size.dtype) * size
