"""Derivatives by differences: entry by entry, or along a direction with an estimate of the error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.containers import Array, Tree, describe
from funnet.errors import ConfigError, DtypeError
from funnet.grad import callables

_EPS = float(np.finfo(np.float64).eps)
_FIRST_STEP = 1e-3
_SHRINK = 8.0
_STEPS = 7
_MARGIN = 8.0
_NUDGE = 2.0**-38
_SETTLED = 1e-8
_SURE = 1e-5
_ROUNDING = 100.0


def numerical_grad(f: Callable[[Tree], Any], params: Tree, *, step: float = 1e-3) -> Tree:
    """The gradient of a scalar function of the parameters by differences, an entry at a time.

    df/dpᵢ = (8 (f(pᵢ + h) − f(pᵢ − h)) − (f(pᵢ + 2h) − f(pᵢ − 2h))) / 12h,  h = step · max(1, |pᵢ|)
    It calls `f` four times for every entry: to judge a gradient use `funnet.testing`, which calls it a few
    times for every leaf. Raises DtypeError unless the parameters are float64, for differences of rounded
    numbers are noise.
    """
    callables.function("numerical_grad", "f", f)
    if not checks.is_number(step) or step <= 0:
        raise ConfigError("step to be a positive number", repr(step), who="numerical_grad")
    vector = tree.ravel(params)
    if vector.dtype != np.float64:
        fix = "convert them with tree.map(lambda leaf: leaf.astype(np.float64), params)"
        raise DtypeError("params of float64", f"{vector.dtype}", who="numerical_grad", fix=fix)
    moved, grad = vector.copy(), np.empty_like(vector)
    seen = tree.unravel(params, moved)
    for i, p in enumerate(vector):
        h = step * max(1.0, abs(float(p)))
        values = []
        for t in (-2.0, -1.0, 1.0, 2.0):
            moved[i] = p + t * h
            values.append(_number(f(seen)))
        moved[i] = p
        grad[i] = (8.0 * (values[2] - values[1]) - (values[3] - values[0])) / (12.0 * h)
    return tree.unravel(params, grad)


def _number(value: Any) -> float:
    """What f returned, if it is a number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise DtypeError("f to return a number", describe(value), who="numerical_grad") from None


@attrs.frozen(eq=False)
class Slope:
    """A derivative (K,) with the estimate of its error (K,), and the error that rounding alone excuses."""

    value: Array
    error: Array
    rounding: float

    def sure(self, scale: Array | float) -> Array:
        """Which entries are known to 1e-5 of the scale, or as well as rounding allows."""
        known: Array = self.error <= _SURE * scale + self.rounding
        return known


def along(f: Callable[[Tree], Array], point: Tree, direction: Tree) -> Slope:
    """The derivative at t = 0 of f(point + t direction), a vector (K,), in float64.

    d(h) = (8 (f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h
    error = |d(h) − d(h/2)| + |4 (f(h/2) + f(−h/2)) − (f(h) + f(−h)) − 6 f(0)| / h + units / (h/2)
    The second term is the jump of the slope at 0, which the first does not see. The unit of rounding is
    measured between two points that differ in their last bits, and is at least that of the largest entry of
    f. The step shrinks until the error is rounding; a result of a smaller step is taken to be no better
    than it agrees with the step before. For each entry the result with the least error counts. f is called
    nine times where it is smooth, and at most 45 times.
    """

    def at(t: float) -> Array:
        moved = tree.map(lambda p, u: p + t * u if p.dtype.kind == "f" else p, point, direction)
        with np.errstate(all="ignore"):
            return f(moved)

    first = h = _first_step(point, direction)
    f0 = at(0.0)
    value, error = np.full(f0.shape, np.nan), np.full(f0.shape, np.inf)
    before = value
    with np.errstate(all="ignore"):
        unit = _MARGIN * max(_EPS * _largest(f0), _largest(at(2.0 * _NUDGE * h) - at(_NUDGE * h)))
        for _ in range(_STEPS):
            rise = {t: at(t * h) - f0 for t in (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)}
            wide = (8.0 * (rise[1.0] - rise[-1.0]) - (rise[2.0] - rise[-2.0])) / (12.0 * h)
            near = (8.0 * (rise[0.5] - rise[-0.5]) - (rise[1.0] - rise[-1.0])) / (6.0 * h)
            jump = np.abs(4.0 * (rise[0.5] + rise[-0.5]) - (rise[1.0] + rise[-1.0])) / h
            estimate = np.abs(wide - near) + jump + 2.0 * unit / h
            if h < first:
                estimate = np.maximum(estimate, np.abs(near - before))
            value, error = np.where(estimate < error, (near, estimate), (value, error))
            if (error <= _SETTLED * np.abs(value) + 4.0 * unit / h).all():
                break
            before, h = near, h / _SHRINK
    return Slope(value, error, _ROUNDING * unit / first)


def _first_step(point: Tree, direction: Tree) -> float:
    """The t at which no leaf moves by more than a thousandth of its scale, which is at least 1."""
    pairs = (
        (_largest(p), _largest(u)) for p, u in zip(tree.leaves(point), tree.leaves(direction), strict=True)
    )
    return min((_FIRST_STEP * max(1.0, p) / u for p, u in pairs if u), default=_FIRST_STEP)


def _largest(array: Array) -> float:
    """The largest finite magnitude in the array, 0 if there is none."""
    return float(np.abs(array).max(initial=0.0, where=np.isfinite(array)))
