"""Time series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from funnet.core import checks
from funnet.core.containers import Array
from funnet.plot.canvas import axes_for, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def series(truth: Array, prediction: Array, *, time: Array | None = None, axes: Axes | None = None) -> Axes:
    """A prediction (T,) beside the truth (T,), over `time` (T,), by default in steps from 0.

    Raises ShapeError unless all have one length.
    """
    known = numbers("series", "truth", truth, 1)
    at = np.arange(len(known)) if time is None else numbers("series", "time", time, 1)
    checks.axes("series", known, at.shape, "truth")
    checks.axes("series", numbers("series", "prediction", prediction, 1), at.shape, "prediction")
    axes = axes_for("series", axes, 7.0, 3.5)
    axes.plot(at, truth, color="0.65", linewidth=4, label="truth")
    axes.plot(at, prediction, color="black", linewidth=1.2, linestyle="--", label="prediction")
    axes.set(xlabel="time (steps)" if time is None else "time", ylabel="value")
    axes.grid(alpha=0.3)
    axes.legend()
    return axes
