"""Slopes by differences, each with an estimate of its own error."""

from __future__ import annotations

import functools
from collections.abc import Callable

import attrs
import numpy as np

from funnet import tree
from funnet.containers import Array, Tree
from funnet.testing.pair import Pair, gaussian, named_leaves
from funnet.testing.report import Finding

_EPS = float(np.finfo(np.float64).eps)
_FIRST_STEP = 1e-3
_SHRINK = 8.0
_STEPS = 6
_RELATIVE = 1e-7
_MARGIN = 8.0
_JUMP = 1e-5
_ROUGH = 1e-3

Curve = Callable[[float], tuple[float, float]]


@attrs.frozen
class Slope:
    """A derivative, the estimate of its error, and what may be wrong with it.

    `doubt` is "kink" where the slopes from the left and from the right differ or no step is small enough,
    "domain" where the function is not finite, otherwise empty.
    """

    value: float
    error: float
    doubt: str

    def agrees(self, analytic: float) -> bool:
        """Whether the analytic slope is the numeric one, as far as that is known."""
        return abs(analytic - self.value) <= _RELATIVE * abs(self.value) + _MARGIN * self.error


def slope(curve: Curve, size: float) -> Slope:
    """The derivative at 0 of a curve t -> (f, unit of rounding) with f(0) = 0, by a four-point stencil.

    d(h) = (8 (f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h,  error |d(h) − d(h/2)|/15 + 64 units / (h/2).
    `size` is the scale of the argument. The step shrinks until the error is no more than rounding; the
    step with the least error counts.
    """
    best = Slope(np.nan, np.inf, "domain")
    h = _FIRST_STEP * max(1.0, size)
    for _ in range(_STEPS):
        at = {t: curve(t * h) for t in (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)}
        f = {t: value for t, (value, _) in at.items()}
        wide = (8.0 * (f[1.0] - f[-1.0]) - (f[2.0] - f[-2.0])) / (12.0 * h)
        near = (8.0 * (f[0.5] - f[-0.5]) - (f[1.0] - f[-1.0])) / (6.0 * h)
        truncation = abs(wide - near) / 15.0
        rounding = 64.0 * max(unit for _, unit in at.values()) / (h / 2.0)
        if np.isfinite(near) and truncation + rounding < best.error:
            # f(t) + f(-t) is |t| times the jump of the slope at 0, and of second order where there is none
            jump = abs(4.0 * (f[0.5] + f[-0.5]) - (f[1.0] + f[-1.0])) / h
            sides = (abs(f[0.5]) + abs(f[-0.5])) / (h / 2.0)
            kink = jump > _JUMP * sides + 8.0 * rounding
            rough = truncation > 8.0 * rounding and truncation > _ROUGH * abs(near)
            best = Slope(near, truncation + rounding, "kink" if kink or rough else "")
        if truncation <= 0.1 * _RELATIVE * abs(near) + rounding:
            break
        h /= _SHRINK
    return best


def check_slopes(pair: Pair, mode: str, generator: np.random.Generator) -> list[Finding]:
    """A finding for every leaf of params and x: its gradient along a Gaussian direction."""
    y0, cache = pair.forward(pair.params, pair.x)
    gradient = pair.vjp(pair.params, cache, pair.dy)
    primal = (pair.params, pair.x)
    direction = gaussian(primal, generator)
    names = [*named_leaves("params", pair.params), *named_leaves("x", pair.x)]
    columns = (tree.leaves(primal), tree.leaves(gradient), tree.leaves(direction))
    findings = []
    for index, (name, leaf, grad, u) in enumerate(zip(names, *columns, strict=True)):
        if leaf.dtype.kind != "f" or not leaf.size:
            continue
        line = _Line(pair, y0, index, leaf)
        findings.append(line.finding(name, mode, np.asarray(grad), u))
    return findings


@attrs.frozen(eq=False)
class _Line:
    """The inner product of dy and y, as one leaf moves."""

    pair: Pair
    y0: Tree
    index: int
    leaf: Array

    def finding(self, name: str, mode: str, grad: Array, u: Array) -> Finding:
        analytic, numeric = float(np.vdot(grad, u)), self.slope(u)
        agrees = numeric.agrees(analytic)
        found = functools.partial(
            Finding, name, mode=mode, analytic=analytic, numeric=numeric.value, error=numeric.error
        )
        if numeric.doubt and (not agrees or numeric.error > _ROUGH * abs(numeric.value)):
            return found(verdict="inconclusive", reason=numeric.doubt)
        if agrees:
            return found(verdict="ok")
        return found(verdict="failed", reason="value", detail=self.worst(grad, u))

    def slope(self, u: Array) -> Slope:
        """The slope along the direction `u`."""
        return slope(lambda t: self.value(self.leaf + t * u), float(np.abs(self.leaf).max()))

    def value(self, leaf: Array) -> tuple[float, float]:
        """Σ dy (y − y0) with the leaf in its place, and the unit of its rounding."""
        leaves = tree.leaves((self.pair.params, self.pair.x))
        position = iter(range(len(leaves)))
        moved = tree.map(
            lambda old: leaf if next(position) == self.index else old, (self.pair.params, self.pair.x)
        )
        with np.errstate(all="ignore"):
            y, _ = self.pair.forward(*moved)
            pairs = zip(tree.leaves(self.pair.dy), tree.leaves(y), tree.leaves(self.y0), strict=True)
            terms = [
                (float(np.vdot(dy, new - old)), float(np.square(dy * new).sum())) for dy, new, old in pairs
            ]
        return sum(t for t, _ in terms), _EPS * float(np.sqrt(sum(s for _, s in terms)))

    def worst(self, grad: Array, u: Array) -> str:
        """The entry of the leaf that is most wrong, found by halving."""
        entries = np.arange(self.leaf.size)
        while len(entries) > 1:
            halves = np.array_split(entries, 2)
            entries = max(halves, key=lambda half: self._miss(half, grad, u))
        index = tuple(int(i) for i in np.unravel_index(entries[0], self.leaf.shape))
        e = np.zeros_like(self.leaf)
        e[index] = 1.0
        return f"worst at {index}: {float(grad[index]):.6g} for {self.slope(e).value:.6g}"

    def _miss(self, entries: Array, grad: Array, u: Array) -> float:
        part = np.zeros(self.leaf.size)
        part[entries] = u.ravel()[entries]
        return abs(float(np.vdot(grad.ravel(), part)) - self.slope(part.reshape(u.shape)).value)
