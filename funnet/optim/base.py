"""What an optimizer is: a rule from gradients to steps, on one flat vector."""

from __future__ import annotations

import functools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs
import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.arrays import is_array
from funnet.core.containers import Array, Tree, describe, read_only, values
from funnet.errors import DtypeError, NonFiniteError, ShapeError, TreeError


class Schedule(ABC):
    """A rate for every step. Any function of the step may stand in its place, but cannot be saved by name."""

    __slots__ = ()

    @abstractmethod
    def __call__(self, step: int) -> float:
        """The rate of the step, which counts from 0."""


Rate = float | Schedule | Callable[[int], float]


class Optimizer(ABC):
    """A frozen value with two pure functions.

    opt_state        = optimizer.init(params)
    delta, opt_state = optimizer.update(g, opt_state, p)       g, p, delta (P,): the new vector is p + delta
    """

    __slots__ = ()

    def init(self, params: Tree) -> Tree:
        """The state before the first step, for a tree of parameters or a vector of them."""
        return ()

    @abstractmethod
    def update(self, g: Array, state: Tree, p: Array) -> tuple[Array, Tree]:
        """(delta, state) for the gradient `g` at the parameters `p`; delta is a vector of its own.

        What is not finite goes on as it is: a step of training looks at g, at p + delta and at every array
        of floats in the state, and raises NonFiniteError.
        """


def updated(optimizer: Optimizer, g: Array, state: Tree, p: Array) -> tuple[Array, Tree]:
    """optimizer.update(g, state, p). Raises TreeError unless it is a pair (delta, state)."""
    return checks.both(optimizer, optimizer.update(g, state, p), "delta, state", "update")


class Transform(Optimizer):
    """What changes a gradient on its way to an optimizer, or a step behind it, and alone would go uphill."""

    __slots__ = ()


def descends(optimizer: Optimizer) -> bool:
    """Whether it makes steps of gradients: it is no transform, nor made of transforms alone."""
    inner = list(inside(optimizer))
    return any(map(descends, inner)) if inner else not isinstance(optimizer, Transform)


def inside(optimizer: Optimizer) -> Iterator[Optimizer]:
    """The optimizers in the fields of an optimizer."""
    kind: Any = type(optimizer)
    for field in attrs.fields(kind) if attrs.has(kind) else ():
        value = getattr(optimizer, field.name)
        found = value if isinstance(value, tuple) else (value,)
        yield from (part for part in found if isinstance(part, Optimizer))


def check_gradient(who: object, g: Array, p: Array) -> None:
    """Raise unless the gradient is a vector like the parameters."""
    if type(g) is type(p) is np.ndarray and g.ndim == 1 and g.shape == p.shape and g.dtype == p.dtype:
        return
    fix = "make one with tree.ravel"
    for name, vector in (("g", g), ("p", p)):
        if not is_array(vector):
            fix = checks.converted(vector, name) or fix
            raise DtypeError(f"{name} to be a vector", describe(vector), who=who, fix=fix)
        if vector.ndim != 1:
            raise ShapeError(f"{name} of one axis", f"shape {vector.shape}", who=who, fix=fix)
    if g.shape != p.shape:
        raise ShapeError(f"g of shape {p.shape}", f"shape {g.shape}", who=who, why="as the parameters")
    if g.dtype != p.dtype:
        raise DtypeError(f"g of dtype {p.dtype}", f"dtype {g.dtype}", who=who, why="as the parameters")


def check_kind(who: object, state: Tree, kind: type) -> None:
    """Raise unless the state is of the kind that `init` makes."""
    if not isinstance(state, kind):
        raise TreeError(f"opt_state to be the {kind.__name__} that init makes", describe(state), who=who)


def check_state(who: object, state: Tree, kind: type, p: Array, own: Iterable[str] | None = None) -> None:
    """Raise unless the state is of this kind, its vectors as long as the parameters.

    Of a state with another optimizer's inside, only the fields `own` are looked at.
    """
    check_kind(who, state, kind)
    _check_fields(who, state)
    for part in (state,) if own is None else [getattr(state, name) for name in own]:
        _check_part(who, part, p)


def _check_fields(who: object, record: Tree) -> None:
    """Raise unless a record of a state holds vectors and counts where it says so."""
    kind: Any = type(record)
    for name, what in _declared(kind):
        value = getattr(record, name)
        if not (is_array(value) if what == "a vector" else type(value) is int):
            raise TreeError(f"opt_state.{name} to be {what}", describe(value), who=who)


@functools.cache
def _declared(kind: Any) -> tuple[tuple[str, str], ...]:
    """The fields of a record that hold vectors, and those that hold counts."""
    kinds = {"Array": "a vector", "int": "an integer"}
    fields = attrs.fields(kind) if attrs.has(kind) else ()
    return tuple((field.name, kinds[field.type]) for field in fields if field.type in kinds)


def _is_record(part: Tree) -> bool:
    """Whether it is made of arrays: unlike a value, as an optimizer is, it does not compare."""
    kind: Any = type(part)
    return not attrs.has(kind) or kind.__eq__ is object.__eq__


def _check_part(who: object, part: Tree, p: Array) -> None:
    """Raise unless a part of a state is a vector as long as the parameters, a count, or made of such."""
    if type(part) is int and 0 <= part < 2**63:
        return
    if type(part) is np.ndarray and part.dtype.kind in "fbiu":
        if part.shape != p.shape:
            what = f"opt_state with vectors of shape {p.shape}"
            raise ShapeError(what, f"shape {part.shape}", who=who, why="as the parameters")
    elif children := values(part) if _is_record(part) else None:
        _check_fields(who, part)
        for child in children:
            _check_part(who, child, p)
    elif not checks.is_number(part) or part < 0:
        raise TreeError("opt_state as init makes it", describe(part), who=who)


def zeros_for(params: Tree) -> Array:
    """A vector of zeros for the moments of the parameters, in at least float32."""
    return np.zeros_like(wide_vector(params))


def wide_vector(params: Tree) -> Array:
    """The parameters as a vector in at least float32. Raises DtypeError unless they are floats."""
    vector = tree.ravel(params)
    if vector.dtype.kind not in "fc":
        raise DtypeError("parameters of floats", f"dtype {vector.dtype}", who="params")
    return wide(vector)


def wide(vector: Array) -> Array:
    """The vector in at least float32."""
    return vector.astype(np.result_type(vector.dtype, np.float32), copy=False)


def path_mask(who: object, params: Tree, where: str) -> Array:
    """The mask of a glob as a read-only boolean vector (P,); any vector will do where the glob is "**"."""
    if isinstance(params, np.ndarray) and where != "**":
        fix = "init the optimizer with the tree of parameters"
        raise TreeError(f"a tree with paths to match {where!r}", "a vector", who=who, fix=fix)
    return read_only(tree.mask(params, where))


def rate_field(default: Any = attrs.NOTHING) -> Any:
    """A field for a learning rate: a number, or a schedule: a function of the step from 0."""
    validator = checks.hyperparameter("a number of at least 0 or a schedule", is_rate)
    return attrs.field(default=default, converter=checks.number, validator=validator)


def number_field(default: float, validator: checks.Validator) -> Any:
    """A field for a number with a default."""
    return attrs.field(default=default, converter=checks.number, validator=validator)


def optimizer_field() -> Any:
    """A field for an optimizer inside another."""
    return attrs.field(validator=checks.hyperparameter("an optimizer", lambda v: isinstance(v, Optimizer)))


def is_rate(value: Any) -> bool:
    """Whether `value` is a number of at least 0, or a function."""
    return callable(value) or (checks.is_number(value) and value >= 0)


def rate_at(rate: Rate, step: int) -> float:
    """The learning rate at a step, which counts from 0. Raises NonFiniteError for a NaN or an infinity."""
    value = given_rate(rate, step)
    if not math.isfinite(value):
        fix = "give a schedule that stays finite"
        raise NonFiniteError("a finite learning rate", f"{value} at step {step}", who=rate, fix=fix)
    return value


def given_rate(rate: Rate, step: int) -> float:
    """What a number or a schedule says, whatever it is."""
    return float(rate(step)) if callable(rate) else rate
