"""Time series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from funnet import expect
from funnet.containers import Array
from funnet.plot.canvas import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def series(truth: Array, prediction: Array, *, time: Array | None = None, axes: Axes | None = None) -> Axes:
    """A prediction (T,) beside the truth (T,), over `time` (T,), by default in steps from 0.

    Raises ShapeError unless all have one length.
    """
    at = np.arange(len(truth)) if time is None else time
    expect.axes("series", truth, at.shape, "truth")
    expect.axes("series", prediction, at.shape, "prediction")
    axes = axes or new_axes(7.0, 3.5)
    axes.plot(at, truth, color="0.65", linewidth=4, label="truth")
    axes.plot(at, prediction, color="black", linewidth=1.2, linestyle="--", label="prediction")
    axes.set(xlabel="time (steps)" if time is None else "time", ylabel="value")
    axes.grid(alpha=0.3)
    axes.legend()
    return axes
