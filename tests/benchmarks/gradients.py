"""Right and wrong gradients of small functions, in plain NumPy, to measure checkers of gradients on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

Array = Any
Pair = tuple[Callable[..., Any], Callable[..., Any]]


@attrs.frozen(eq=False)
class Case:
    """A right pair (forward, vjp) at (params, x), and the wrong pair to be handed out for it, if any.

    `has_jvp` says that the gradient is what is wrong, and that of Σ f(x) or f(x): so J t follows from it.
    """

    name: str
    right: Pair
    params: tuple[Array, ...]
    x: Array
    wrong: Pair | None = None
    has_jvp: bool = True
    seed: int = 0

    @property
    def pair(self) -> Pair:
        """What a checker is given."""
        return self.wrong or self.right


def elementwise(f: Callable[[Array], Array], slope: Callable[[Array], Array], total: bool = True) -> Pair:
    """y = Σ f(x) or, without the sum, f(x)."""

    def forward(params: tuple[()], x: Array) -> tuple[Array, Array]:
        return (f(x).sum() if total else f(x)), x

    def vjp(params: tuple[()], cache: Array, dy: Array) -> tuple[tuple[()], Array]:
        return (), slope(cache) * dy

    return forward, vjp


def affine(db: Callable[[Array], Array]) -> Pair:
    """y = x w + b, with a gradient of b of one's own."""

    def forward(params: tuple[Array, Array], x: Array) -> tuple[Array, Array]:
        return x @ params[0] + params[1], x

    def vjp(params: tuple[Array, Array], cache: Array, dy: Array) -> tuple[tuple[Array, Array], Array]:
        return (cache.T @ dy, db(dy)), dy @ params[0].T

    return forward, vjp


def with_dx(pair: Pair, edit: Callable[[Array], Array]) -> Pair:
    """The pair with another dx."""
    return pair[0], lambda params, cache, dy: ((), edit(pair[1](params, cache, dy)[1]))


def with_dead_entry(pair: Pair, x: Array) -> Pair:
    """The pair with a 0 for the entry of dx that is of median size."""
    size = np.abs(pair[1]((), x, 1.0)[1])
    dead = np.argsort(size)[size.size // 2]
    return with_dx(pair, lambda dx: dx * (np.arange(dx.size) != dead))


def stale(pair: Pair) -> Pair:
    """The pair, if its vjp used what the last forward pass left behind and not the cache it is given."""
    left: list[Array] = []

    def forward(params: tuple[Array, ...], x: Array) -> tuple[Array, Array]:
        y, cache = pair[0](params, x)
        left[:] = [cache.copy()]
        return y, cache

    return forward, lambda params, cache, dy: pair[1](params, left[0], dy)


def centred(pair: Pair, in_place: bool = False) -> Pair:
    """The pair after x − mean(x); with `in_place` the gradient is right as well, but x is lost."""

    def forward(params: tuple[()], x: Array) -> tuple[Array, Array]:
        return pair[0](params, np.subtract(x, x.mean(), out=x).copy() if in_place else x - x.mean())

    def vjp(params: tuple[()], cache: Array, dy: Array) -> tuple[tuple[()], Array]:
        dx = pair[1](params, cache, dy)[1]
        return (), dx - dx.mean()

    return forward, vjp


def relu(slope_at_0: float = 0.0) -> Pair:
    """y = Σ max(x, 0), with a slope of one's own at 0; any from 0 to 1 is right."""
    return elementwise(lambda x: np.maximum(x, 0), lambda x: np.heaviside(x, x.dtype.type(slope_at_0)))


def cases(seed: int) -> list[Case]:
    """Wrong gradients, then right ones, at points drawn from a seed."""
    draw = np.random.default_rng(seed).standard_normal
    few, many, lots = draw(5), draw(1_000), draw(100_000)
    zeros, some_zeros = np.zeros(5), np.where(np.arange(1_000) % 10, many, 0.0)
    sine, sines = elementwise(np.sin, np.cos), elementwise(np.sin, np.cos, total=False)
    tiny = elementwise(lambda x: 2.5e-7 * np.sin(x), lambda x: 2.5e-7 * np.cos(x))
    log, square = elementwise(np.log, lambda x: 1 / x), elementwise(np.square, lambda x: 2 * x)
    line, at = affine(lambda dy: dy.sum(axis=0)), ((draw((4, 3)), draw(3)), draw((8, 4)))
    no_bias, mean_bias = affine(lambda dy: np.zeros_like(dy[0])), affine(lambda dy: dy.mean(axis=0))
    absolute = (sines[0], lambda params, cache, dy: sines[1](params, cache, np.abs(dy)))
    found = [
        Case("one dead entry in 1,000", sine, (), many, with_dead_entry(sine, many)),
        Case("one dead entry in 100,000", sine, (), lots, with_dead_entry(sine, lots)),
        Case("25 % error, 100,000 entries to one", sine, (), lots, with_dx(sine, lambda dx: 1.25 * dx)),
        Case("25 % error, 100,000 to 100,000", sines, (), lots, with_dx(sines, lambda dx: 1.25 * dx)),
        Case("flipped sign, gradient of norm 5e-7", tiny, (), few, with_dx(tiny, np.negative)),
        Case("whole gradient off by 0.1 %", sine, (), many, with_dx(sine, lambda dx: 1.001 * dx)),
        Case("missing bias gradient", line, *at, no_bias, has_jvp=False),
        Case("mean for sum in the bias gradient", line, *at, mean_bias, has_jvp=False),
        Case("|dy| for dy", sines, (), many, absolute, has_jvp=False),
        Case("stale cache", sine, (), many, stale(sine), has_jvp=False),
        Case("mutated input", centred(sine), (), many, centred(sine, in_place=True), has_jvp=False),
        Case("ReLU with slope 2 at 0", relu(), (), zeros, relu(2.0)),
        Case("flipped sign of a ReLU, zeros in x", relu(), (), some_zeros, with_dx(relu(), np.negative)),
        Case("right, ReLU at 0", relu(), (), zeros),
        Case("right, ReLU with zeros in x", relu(), (), some_zeros),
        Case("right, float16", sine, (), many.astype(np.float16)),
        Case("right, float32", sine, (), many.astype(np.float32)),
        Case("right, 1,000 entries", sine, (), many),
        Case("right, 100,000 entries", sine, (), lots),
        Case("right, 100,000 to 100,000", sines, (), lots),
        Case("right, affine", line, *at, has_jvp=False),
        Case("right, centred", centred(sine), (), many, has_jvp=False),
        Case("right, log near its pole", log, (), 1e-4 * (1 + np.abs(many))),
        Case("right, square of large numbers", square, (), 1e6 * few),
        Case("right, gradient of norm 5e-7", tiny, (), few),
    ]
    return [attrs.evolve(case, seed=seed) for case in found]
