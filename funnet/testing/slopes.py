"""The numeric stage: the gradient of every leaf against slopes of the function."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import attrs
import numpy as np

from funnet import tree
from funnet.core.containers import Array, Tree
from funnet.errors import ConfigError
from funnet.testing.report import Finding
from funnet.testing.stencil import EPS, Slope, has_kink, sides, slope
from funnet.testing.subject import Pair, gaussian, named_leaves

Mode = Literal["direction", "full"]
_PARTS = 512
_COMPLEX_STEP = 1e-30


@attrs.frozen
class Manner:
    """How slopes are taken.

    `mode` "direction" takes one slope for a leaf, along a random direction; "full" one for each of its
    entries, which only small trees can bear. Differences keep x inside `domain`. With `analytic` the
    slopes come from complex steps, which are exact, and must agree with the differences.
    """

    mode: Mode = "direction"
    domain: tuple[float, float] = (-math.inf, math.inf)
    analytic: bool = False


def check_slopes(pair: Pair, label: str, generator: np.random.Generator, manner: Manner) -> list[Finding]:
    """A finding for every leaf of params and x."""
    y0, cache = pair.forward(pair.params, pair.x)
    gradient = pair.vjp(pair.params, cache, pair.dy)
    direction = gaussian((pair.params, pair.x), generator)
    free = Manner(manner.mode, analytic=manner.analytic)
    manners = [free] * len(tree.leaves(pair.params)) + [manner] * len(tree.leaves(pair.x))
    names = [*named_leaves("params", pair.params), *named_leaves("x", pair.x)]
    columns = (tree.leaves(node) for node in ((pair.params, pair.x), gradient, direction))
    rows = enumerate(zip(names, manners, *columns, strict=True))
    return [
        attrs.evolve(_Line(pair, y0, index, leaf, own, np.asarray(grad)).finding(u), path=name, mode=label)
        for index, (name, own, leaf, grad, u) in rows
        if leaf.dtype.kind == "f"
    ]


@attrs.frozen(eq=False)
class _Line:
    """The inner product of dy and y as one leaf moves, and the gradient that should be its slope."""

    pair: Pair
    y0: Tree
    index: int
    leaf: Array
    manner: Manner
    grad: Array

    def finding(self, u: Array) -> Finding:
        """What is found along the direction `u`, in parts of it if there is a kink, or entry by entry."""
        if self.manner.mode == "full":
            return _worst(map(self.entry, np.ndindex(self.leaf.shape)))
        found = self.along(u)
        return _worst(self.parts(u)) if found.reason == "kink" else found

    def along(self, u: Array) -> Finding:
        """The gradient along a direction against the slope; of a wrong one, the worst entry."""
        analytic, numeric = float(np.vdot(self.grad, u)), self.slope(u)
        found = functools.partial(
            Finding, "", analytic=analytic, numeric=numeric.value, error=numeric.error, reason=numeric.doubt
        )
        if numeric.doubt == "not analytic":
            return found(verdict="failed")
        if numeric.doubt:
            return found(verdict="inconclusive")
        if numeric.agrees(analytic):
            return found(verdict="ok", reason="")
        if has_kink(self.curve(u), self.size(), self.limit(u)):
            return found(verdict="inconclusive", reason="kink")
        return found(verdict="failed", reason="value", detail=self.worst(u))

    def parts(self, u: Array) -> Iterator[Finding]:
        """The findings along parts of `u`, halved until they have no kink, or are a single entry."""
        todo = [np.arange(self.leaf.size)]
        for _ in range(_PARTS):
            if not todo:
                return
            entries = todo.pop()
            if len(entries) == 1:
                yield self.entry(tuple(int(i) for i in np.unravel_index(entries[0], self.leaf.shape)))
                continue
            found = self.along(_only(entries, u))
            if found.reason == "kink":
                todo += np.array_split(entries, 2)
            else:
                yield found
        if todo:
            yield self.along(u)

    def entry(self, index: tuple[int, ...]) -> Finding:
        """One entry of the gradient against its slope; at a kink it lies between those of the two sides."""
        e = np.zeros_like(self.leaf)
        e[index] = 1.0
        found = self.along(e) if self.leaf.size > 1 else attrs.evolve(self.along(e), detail="")
        if found.verdict == "failed":
            return attrs.evolve(found, detail=f"at {index}")
        if found.reason != "kink":
            return found
        left, right, error = sides(self.curve(e), self.limit(e))
        between = min(left, right) - error <= self.grad[index] <= max(left, right) + error
        if between:
            return attrs.evolve(found, verdict="ok", reason="")
        detail = f"at {index}, between the slopes {left:.6g} and {right:.6g} of a kink"
        alone = self.touches_one_output(e)
        return attrs.evolve(
            found,
            verdict="failed" if alone else "inconclusive",
            reason="value" if alone else "kink",
            detail=detail,
        )

    def touches_one_output(self, e: Array) -> bool:
        """Whether an entry moves a single entry of y, as in an elementwise layer."""
        y = self.output(self.leaf + 1e-3 * e)
        pairs = zip(tree.leaves(y), tree.leaves(self.y0), strict=True)
        return sum(int(np.count_nonzero(new != old)) for new, old in pairs) <= 1

    def slope(self, u: Array) -> Slope:
        """The slope along the direction `u`."""
        found = slope(self.curve(u), self.size(), self.limit(u))
        if not self.manner.analytic:
            return found
        exact = self.complex_slope(u)
        return exact if found.agrees(exact.value) else attrs.evolve(exact, doubt="not analytic")

    def size(self) -> float:
        """The scale of the leaf."""
        return float(np.abs(self.leaf).max())

    def limit(self, u: Array) -> float:
        """How far the leaf may move along `u`, to either side, within the domain."""
        low, high = self.manner.domain
        if low == -math.inf and high == math.inf:
            return math.inf
        room = np.minimum(self.leaf - low, high - self.leaf)
        if room.min() <= 0:
            raise ConfigError(
                f"x inside its domain ({low}, {high})",
                f"values from {self.leaf.min()} to {self.leaf.max()}",
                who="check",
            )
        with np.errstate(divide="ignore"):
            return 0.9 * float((room / np.abs(u)).min())

    def curve(self, u: Array) -> Callable[[float], tuple[float, float]]:
        """t -> (Σ dy (y − y0) at leaf + t u, the unit of its rounding)."""

        def value(t: float) -> tuple[float, float]:
            with np.errstate(all="ignore"):
                terms = list(self.terms(self.output(self.leaf + t * u)))
            return sum(rise for rise, _ in terms), EPS * math.sqrt(sum(square for _, square in terms))

        return value

    def terms(self, y: Tree) -> Iterator[tuple[float, float]]:
        """(Σ dy (y − y0), Σ (dy y)²) of every leaf of y."""
        for dy, new, old in zip(*(tree.leaves(node) for node in (self.pair.dy, y, self.y0)), strict=True):
            yield float(np.vdot(dy, new - old)), float(np.square(dy * new).sum())

    def output(self, leaf: Array) -> Tree:
        """y with the leaf in its place."""
        here = (self.pair.params, self.pair.x)
        position = iter(range(len(tree.leaves(here))))
        return self.pair.forward(*tree.map(lambda old: leaf if next(position) == self.index else old, here))[
            0
        ]

    def complex_slope(self, u: Array) -> Slope:
        """Im f(leaf + i h u) / h, with a step so small that only rounding is left."""
        here = tree.map(lambda leaf: leaf.astype(complex), (self.pair.params, self.pair.x))
        position = iter(range(len(tree.leaves(here))))
        moved = tree.map(
            lambda leaf: leaf + 1j * _COMPLEX_STEP * u if next(position) == self.index else leaf, here
        )
        y, _ = self.pair.forward(*moved)
        pairs = zip(tree.leaves(self.pair.dy), tree.leaves(y), strict=True)
        terms = [dy * np.imag(leaf) / _COMPLEX_STEP for dy, leaf in pairs]
        norm = math.hypot(*(float(np.linalg.norm(term.ravel())) for term in terms))
        return Slope(sum(float(term.sum()) for term in terms), 64.0 * EPS * norm, "")

    def worst(self, u: Array) -> str:
        """The entry of the gradient that is most wrong, found by halving."""
        entries = np.arange(self.leaf.size)
        while len(entries) > 1:
            entries = max(np.array_split(entries, 2), key=lambda half: self.miss(half, u))
        index = tuple(int(i) for i in np.unravel_index(entries[0], self.leaf.shape))
        e = np.zeros_like(self.leaf)
        e[index] = 1.0
        return f"worst at {index}: {float(self.grad[index]):.6g} for {self.slope(e).value:.6g}"

    def miss(self, entries: Array, u: Array) -> float:
        """How far the gradient is off along the part of `u` in some entries."""
        part = _only(entries, u)
        return abs(float(np.vdot(self.grad, part)) - self.slope(part).value)


def _only(entries: Array, u: Array) -> Array:
    """The direction `u` in some of its entries, counted flat, and 0 in the others."""
    part = np.zeros(u.size)
    part[entries] = u.ravel()[entries]
    return part.reshape(u.shape)


def _worst(findings: Iterable[Finding]) -> Finding:
    """The finding that is most wrong."""
    order = ("failed", "inconclusive", "ok")
    return min(
        findings, key=lambda f: (order.index(f.verdict), -abs((f.analytic or 0.0) - (f.numeric or 0.0)))
    )
