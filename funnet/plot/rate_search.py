"""What a learning rate does to the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from funnet.core import checks
from funnet.core.containers import Array, describe
from funnet.errors import ConfigError, DataError
from funnet.plot.canvas import axes_for, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def loss_by_rate(
    rates: Array, losses: Array, smoothed: Array, suggestion: float, *, axes: Axes | None = None
) -> Axes:
    """Losses (K,) as measured and smoothed (K,) over learning rates (K,), and the rate that is suggested.

    The vertical axis ends at the first smoothed loss or a little above: what lies beyond has exploded.
    Raises ShapeError unless all have one length.
    """
    who = "loss_by_rate"
    known = numbers(who, "rates", rates, 1)
    for name, values in (("losses", losses), ("smoothed", smoothed)):
        checks.axes(who, numbers(who, name, values, 1), known.shape, name)
    if not (np.isfinite(known) & (known > 0)).all():
        raise DataError("positive rates", f"{known.min()} and {known.max()}", who=who)
    if not checks.is_number(suggestion) or suggestion <= 0:
        raise ConfigError("suggestion to be a positive number", describe(suggestion), who=who)
    if not np.isfinite(smoothed).all():
        raise DataError("finite smoothed losses", "a NaN or an infinity", who=who)
    axes = axes_for(who, axes)
    axes.plot(rates, losses, color="0.7", linewidth=1, label="loss of a batch")
    axes.plot(rates, smoothed, color="black", linewidth=1.8, label="smoothed")
    axes.axvline(suggestion, color="#d55e00", linestyle="--", label=f"suggestion: {suggestion:.2g}")
    low, start = float(np.min(smoothed)), float(smoothed[0])
    room = max(0.3 * (start - low), 0.1 * abs(start)) or 1.0
    axes.set(xscale="log", xlabel="learning rate", ylabel="loss", ylim=(low - room, start + room))
    axes.grid(alpha=0.3)
    axes.legend()
    return axes
