"""What is done with many gradients or many steps: `accumulate`, `ema`, `lookahead`.

Sums and averages are kept in at least float32.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import attrs
import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.containers import Array, Tree, describe, record, values
from funnet.errors import TreeError
from funnet.optim.base import (
    Optimizer,
    Transform,
    check_gradient,
    check_state,
    inside,
    number_field,
    optimizer_field,
    updated,
    wide,
    wide_vector,
    zeros_for,
)

_Record = TypeVar("_Record")


@record
class Accumulated:
    """Micro-batches since the last step, the sum of their gradients (P,), the state of the optimizer."""

    count: int
    total: Array
    inner: Tree


@record
class Averaged:
    """Steps taken, and the average of the parameters after each of them (P,)."""

    step: int
    average: Array


@record
class Slow:
    """Steps taken, the slow parameters (P,), the state of the optimizer."""

    step: int
    slow: Array
    inner: Tree


@attrs.frozen
class accumulate(Optimizer):
    """One step of the optimizer, by the mean of their gradients, for every k micro-batches.

    Of micro-batches of one size that is the step of one big batch. Steps in between are zero. Schedules
    inside count the steps that are taken.
    """

    k: int = attrs.field(validator=checks.positive_integer)
    optimizer: Optimizer = optimizer_field()

    def init(self, params: Tree) -> Accumulated:
        return Accumulated(0, zeros_for(params), self.optimizer.init(params))

    def update(self, g: Array, state: Accumulated, p: Array) -> tuple[Array, Accumulated]:
        check_gradient(self, g, p)
        check_state(self, state, Accumulated, p, own=["count", "total"])
        total = state.total + g
        if state.count + 1 < self.k:
            return np.zeros_like(p), Accumulated(state.count + 1, total, state.inner)
        mean = (total / self.k).astype(p.dtype, copy=False)
        delta, inner = updated(self.optimizer, mean, state.inner, p)
        return delta, Accumulated(0, np.zeros_like(total), inner)


def waiting(optimizer: Optimizer, opt_state: Tree) -> tuple[tuple[int, int | None], ...]:
    """(gradients that wait for a step, k) of each `accumulate` that has some, an outer one first.

    k is None where an `accumulate` is not found in the fields of the optimizer.

        >>> import funnet as fn, numpy as np
        >>> optimizer, g = fn.accumulate(4, fn.sgd(0.1)), np.ones(2)
        >>> _, opt_state = optimizer.update(g, optimizer.init(g), g)
        >>> waiting(optimizer, opt_state)
        ((1, 4),)
    """
    checks.instance("waiting", "optimizer", optimizer, Optimizer)
    counts = [part.count for part in _records(opt_state, Accumulated)]
    if odd := [count for count in counts if type(count) is not int]:
        raise TreeError("opt_state with whole counts of gradients", describe(odd[0]), who="waiting")
    sizes: list[int | None] = [part.k for part in _every(optimizer) if isinstance(part, accumulate)]
    if len(sizes) != len(counts):
        sizes = [None] * len(counts)
    return tuple((count, k) for count, k in zip(counts, sizes, strict=True) if count)


def _every(optimizer: Optimizer) -> Iterator[Optimizer]:
    """An optimizer and all inside it."""
    yield optimizer
    for part in inside(optimizer):
        yield from _every(part)


@attrs.frozen
class ema(Transform):
    """An exponential moving average of the parameters, in the optimizer's state; steps pass unchanged.

    The average of the points after each step, one of age i with weight ∝ decayⁱ: with pₜ after step t
    average ← average + (1 − decay) / (1 − decayᵗ) (pₜ − average)
    It is the last link: `chain(adam(1e-3), ema(0.999))`. `averaged(params, opt_state)` reads it.
    Polyak & Juditsky 1992; the weights without bias as in Adam.
    """

    decay: float = number_field(0.999, checks.fraction)

    def init(self, params: Tree) -> Averaged:
        return Averaged(0, wide_vector(params))

    def update(self, g: Array, state: Averaged, p: Array) -> tuple[Array, Averaged]:
        check_gradient(self, g, p)
        check_state(self, state, Averaged, p)
        t = state.step + 1
        share = (1 - self.decay) / (1 - self.decay**t)
        average = state.average + share * ((p + g) - state.average)
        return g.copy(), Averaged(t, average)


def averaged(params: Tree, opt_state: Tree) -> Tree:
    """The parameters with the average that `ema` keeps in place of every leaf; Buffers as they are.

    Before the first step it is the parameters `init` saw.
    Raises TreeError unless the state holds exactly one average.

        >>> import funnet as fn, numpy as np
        >>> optimizer, params = fn.chain(fn.sgd(0.5), fn.ema(0.9)), {"w": np.array([1.0, -1.0])}
        >>> delta, opt_state = optimizer.update(np.ones(2), optimizer.init(params), np.array([1.0, -1.0]))
        >>> fn.averaged(params, opt_state)
        {'w': array([ 0.5, -1.5])}
    """
    found = list(_records(opt_state, Averaged))
    if len(found) != 1:
        got = f"{len(found)} of them" if found else "none"
        raise TreeError("an opt_state with one average", got, fix="put one ema(decay) in the chain")
    vector = tree.ravel(params)
    checks.shaped("averaged", found[0].average, vector.shape, wide(vector).dtype, "the average")
    dtype = vector.dtype
    return tree.unravel(params, found[0].average.astype(dtype))


def _records(state: Tree, kind: type[_Record]) -> Iterator[_Record]:
    """The records of a kind in the state of an optimizer."""
    if isinstance(state, kind):
        yield state
    for child in values(state) or ():
        yield from _records(child, kind)


@attrs.frozen
class lookahead(Optimizer):
    """k steps forward, one step back: after every k steps of the optimizer

    slow ← slow + alpha (p − slow),  p ← slow
    Zhang et al. 2019, arXiv:1907.08610.
    """

    optimizer: Optimizer = optimizer_field()
    k: int = attrs.field(default=5, validator=checks.positive_integer)
    alpha: float = number_field(
        0.5, checks.hyperparameter("a number in (0, 1]", lambda v: checks.is_number(v) and 0 < v <= 1)
    )

    def init(self, params: Tree) -> Slow:
        return Slow(0, wide_vector(params), self.optimizer.init(params))

    def update(self, g: Array, state: Slow, p: Array) -> tuple[Array, Slow]:
        check_gradient(self, g, p)
        check_state(self, state, Slow, p, own=["step", "slow"])
        delta, inner = updated(self.optimizer, g, state.inner, p)
        if (state.step + 1) % self.k:
            return delta, Slow(state.step + 1, state.slow, inner)
        slow = state.slow + self.alpha * (p + delta - state.slow)
        return (slow - p).astype(p.dtype, copy=False), Slow(state.step + 1, slow, inner)
