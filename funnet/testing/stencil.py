"""Slopes of curves, each with an estimate of its own error."""

from __future__ import annotations

import math
from collections.abc import Callable

import attrs
import numpy as np

EPS = float(np.finfo(np.float64).eps)
_FIRST_STEP = 1e-3
_SHRINK = 8.0
_STEPS = 6
_RELATIVE = 1e-7
_MARGIN = 8.0
_KINK_STEP = 1e-6
_SIDE_STEP = 1e-5
_ROUGH = 1e-3

Curve = Callable[[float], tuple[float, float]]


@attrs.frozen
class Slope:
    """A derivative, the estimate of its error, and what may be wrong with it.

    `doubt` is "kink" where no step is small enough, "domain" where the function is not finite, otherwise
    empty.
    """

    value: float
    error: float
    doubt: str

    def agrees(self, analytic: float) -> bool:
        """Whether the analytic slope is the numeric one, as far as that is known."""
        return abs(analytic - self.value) <= _RELATIVE * abs(self.value) + _MARGIN * self.error


def slope(curve: Curve, size: float, limit: float = math.inf) -> Slope:
    """The derivative at 0 of a curve t -> (f, unit of rounding) with f(0) = 0, by a four-point stencil.

    d(h) = (8 (f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h,  error |d(h) − d(h/2)|/15 + 64 units / (h/2).
    `size` is the scale of the argument, `limit` how far it may go. The step shrinks until the error is no
    more than rounding; the step with the least error counts.
    """
    best = Slope(np.nan, np.inf, "domain")
    h = min(_FIRST_STEP * max(1.0, size), limit / 2.0)
    for _ in range(_STEPS):
        at = {t: curve(t * h) for t in (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)}
        f = {t: value for t, (value, _) in at.items()}
        wide = (8.0 * (f[1.0] - f[-1.0]) - (f[2.0] - f[-2.0])) / (12.0 * h)
        near = (8.0 * (f[0.5] - f[-0.5]) - (f[1.0] - f[-1.0])) / (6.0 * h)
        truncation = abs(wide - near) / 15.0
        rounding = 64.0 * max(unit for _, unit in at.values()) / (h / 2.0)
        if np.isfinite(near) and truncation + rounding < best.error:
            rough = truncation > 8.0 * rounding and truncation > _ROUGH * abs(near)
            best = Slope(near, truncation + rounding, "kink" if rough else "")
        if truncation <= 0.1 * _RELATIVE * abs(near) + rounding:
            break
        h /= _SHRINK
    return best


def has_kink(curve: Curve, size: float, limit: float = math.inf) -> bool:
    """Whether the slopes of a curve from the left and from the right of 0 differ.

    f(t) + f(−t) is |t| times the jump of the slope, and of second order where there is none.
    """
    h = min(_KINK_STEP * max(1.0, size), limit)
    (a, _), (b, _), (c, unit), (d, _) = (curve(t * h) for t in (-0.5, 0.5, -1.0, 1.0))
    return abs(4.0 * (a + b) - (c + d)) > 512.0 * unit


def sides(curve: Curve, limit: float = math.inf) -> tuple[float, float, float]:
    """The derivatives at 0 from the left and from the right, extrapolated, and how far they may be off."""
    h = min(_SIDE_STEP, limit)
    one = [(4.0 * curve(t / 2.0)[0] - curve(t)[0]) / t for t in (-h, h)]
    unit = max(curve(t)[1] for t in (-h, h))
    return one[0], one[1], 64.0 * unit / h + _RELATIVE * max(abs(one[0]), abs(one[1]))
