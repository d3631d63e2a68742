"""Training: a state goes in, a new state comes out, and the old one is still good."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Self, SupportsFloat, cast

import attrs
import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.arrays import shown
from funnet.core.containers import Array, Tree, describe, freeze, is_leaf, read_only, rebuild, record, values
from funnet.core.key import Key
from funnet.errors import ConfigError, DataError, DtypeError, TreeError, at
from funnet.grad import LossFunction, PenaltyFunction, callables
from funnet.grad.backward import forward_backward, measured
from funnet.losses.weighting import extent
from funnet.nn.layer import Layer, inference, output, training
from funnet.optim.base import Optimizer, descends, updated
from funnet.train.nonfinite import advanced, check_loss, check_state, check_vector, finite
from funnet.tree.batches import batches, length
from funnet.tree.treedef import Form

Metric = Callable[[Tree, Tree], float]


_count = checks.hyperparameter("an integer of at least 0", lambda v: type(v) is not int or v >= 0)


@record
class TrainState:
    """All that training needs to go on.

    Parameters, the optimizer's state, the number of steps taken, the key of the shuffles.

    The optimizer's state belongs to the parameters: a state with others, as `attrs.evolve(state, params=...)`
    makes it, keeps the moments and averages of the old ones. To start from other parameters use
    `init(net, optimizer, key, x, params=...)`.
    """

    params: Tree
    opt_state: Tree
    step: int = attrs.field(validator=_count)
    key: Key
    _flat: tuple[Array, Form] | None = attrs.field(init=False, default=None)

    @classmethod
    def of(cls, params: Tree, vector: Array, form: Form, opt_state: Tree, step: int, key: Key) -> Self:
        """A state whose parameters, of this form, are views into a vector."""
        state = cls(params, opt_state, step, key)
        object.__setattr__(state, "_flat", (vector, form))
        return state

    @property
    def flat(self) -> tuple[Array, Form]:
        """The parameters as one vector (P,), and how they are built from it."""
        return self._flat or (tree.ravel(self.params), Form.of(self.params))


def init(net: Layer, optimizer: Optimizer, key: Key, x: Tree, *, params: Tree | None = None) -> TrainState:
    """The state before the first step, for inputs like the example `x` (a batch of any size).

    It starts at `params`, parameters from elsewhere, or else at those that `net.init` draws. The optimizer's
    state begins with them too: so `averaged` and `lookahead` know no other start.

    Raises TreeError, ShapeError or DtypeError, with the path, unless `params` are built as `net.init` builds
    them, Buffers included.
    Raises what `net.init` raises for a bad example, TreeError if the parameters hold a bare number,
    DtypeError if they are no real floats, or if net, optimizer or key are something else, ConfigError for a
    transform, such as `clip_by_norm`, without an optimizer.
    """
    for name, value, kind in (("net", net, Layer), ("optimizer", optimizer, Optimizer), ("key", key, Key)):
        checks.instance("init", name, value, kind)
    if not descends(optimizer):
        fix = "chain it with one, as chain(clip_by_norm(1.0), sgd(0.1))"
        raise ConfigError("an optimizer that goes downhill", f"{optimizer} alone", who="init", fix=fix)
    drawn = freeze(net.init(key.child("params"), x))
    for path, value in tree.walk(drawn, buffers=False):
        if not is_leaf(value):
            none = "return () from its init if it has none"
            fix = none if value is None else "use np.asarray, or a Buffer"
            raise TreeError("arrays as parameters", shown(value), who=path or net, fix=fix)
        if value.dtype.kind != "f":
            raise DtypeError("parameters of floats", f"dtype {value.dtype}", who=path)
    if params is not None:
        at("params", tree.same_structure, _without_keys(drawn), _without_keys(params))
    params = drawn if params is None else freeze(params)
    return TrainState(params, freeze(optimizer.init(params)), 0, key)


def _without_keys(params: Tree) -> Tree:
    """Parameters with None for the keys in their Buffers, any of which is as good as another."""
    if isinstance(params, Key):
        return None
    inside = None if is_leaf(params) else values(params)
    return rebuild(params, [_without_keys(child) for child in inside]) if inside else params


def train_step(
    net: Layer,
    loss: LossFunction,
    optimizer: Optimizer,
    state: TrainState,
    x: Tree,
    target: Tree,
    *,
    penalty: PenaltyFunction | None = None,
) -> tuple[TrainState, Any]:
    """(state, value): the state one step on, and the loss of the batch before it, penalty included.

    The network runs in training mode whatever mode it is in. Raises NonFiniteError, with the step and
    where it began, if the loss or the gradient is not finite.
    """
    run("train_step", net, loss, optimizer, state)
    callables.penalty("train_step", penalty)
    state, value, _ = step(training(net), loss, optimizer, state, x, target, penalty)
    return state, value


def run(who: str, net: Layer, loss: LossFunction, optimizer: Optimizer, state: TrainState) -> None:
    """Raise DtypeError unless these are what training needs."""
    callables.network(who, net)
    callables.loss(who, loss)
    checks.instance(who, "optimizer", optimizer, Optimizer)
    checks.instance(who, "state", state, TrainState)
    checks.key(who, state.key)
    checks.count(who, "state.step", state.step, 0)


@np.errstate(all="ignore")  # what is not finite is found and told where it began
def step(
    net: Layer,
    loss: LossFunction,
    optimizer: Optimizer,
    state: TrainState,
    x: Tree,
    target: Tree,
    penalty: PenaltyFunction | None,
) -> tuple[TrainState, Any, Tree]:
    """`train_step` of a network that is in training mode already, and what its output y was."""
    params, (p, form) = state.params, state.flat
    value, g, y, cache = forward_backward(net, loss, params, x, target, penalty, ravel=form.ravel)
    if not math.isfinite(value):
        check_loss(f"step {state.step}", net, params, x, target, value)
    try:
        delta, opt_state = updated(optimizer, g, state.opt_state, p)
    except Exception:
        check_vector(f"step {state.step}", "gradient", params, g)
        raise
    checks.like(optimizer, delta, p, "delta")
    sound = True
    for leaf in tree.leaves(opt_state):
        if isinstance(leaf, np.ndarray):
            read_only(leaf)
        sound = sound and finite(leaf)
    moved = read_only(np.add(p, delta, delta if delta.flags.writeable else None))
    if not (math.isfinite(g.dot(moved)) and sound):
        check_vector(f"step {state.step}", "gradient", params, g)
        check_vector(f"step {state.step}", "new value", params, moved)
        check_state(f"step {state.step}", params, opt_state)
    renewed = advanced(f"step {state.step}", net, params, cache, form) if form.buffers else params
    new = form.unravel(renewed, moved)
    return TrainState.of(new, moved, form, opt_state, state.step + 1, state.key), value, y


def evaluate(
    net: Layer,
    loss: LossFunction,
    params: Tree,
    data: tuple[Tree, Tree],
    *,
    metrics: Mapping[str, Metric] | None = None,
    batch_size: int = 1024,
) -> dict[str, float]:
    """{"loss": ..., name: ...}: loss and metrics over all of `data` = (x, target), in inference mode.

    Each batch counts by its number of examples, so the result is the average over the examples; where
    they have weights or are padded sequences, by the sum of the weights or of the real steps. A target of
    `()` or None is for a loss that needs none.

    Args:
        net: the network, whatever mode it is in.
        loss: a function of (y, target) that returns (value, dy).
        params: the parameters.
        data: a pair (x, target) of trees of arrays (N, …).
        metrics: functions of (y, target) that return a number, by name.
        batch_size: the number of examples that are computed at a time.

    Raises:
        ConfigError: a metric is called "loss", or its name is not a string.
        DtypeError: a metric is not a function, or returns something other than a number.
        DataError: all weights are 0.
    """
    callables.network("evaluate", net)
    callables.loss("evaluate", loss)
    check_metrics("evaluate", metrics)
    examples("data", data)
    net = inference(net)
    measures: dict[str, Metric] = {
        "loss": lambda y, t: float(measured("loss", loss, loss(y, t))[0]),
        **(metrics or {}),
    }
    totals, count = dict.fromkeys(measures, 0.0), 0.0
    for batch in batches(data, batch_size):
        x, target = batch
        y, _ = output(net, params, x)
        if part := extent(y, target, length(batch)):
            count += part
            for name, measure in measures.items():
                totals[name] += _figure(name, measure(y, target)) * part
    if not count:
        raise DataError("a weight above 0", "none", who="data")
    return {name: total / count for name, total in totals.items()}


def check_metrics(who: str, metrics: object) -> None:
    """Raise unless these are functions by name, or None, and none takes the place of the loss."""
    if metrics is None:
        return
    callables.metrics(who, metrics)
    for name in cast("Mapping[object, object]", metrics):
        if not isinstance(name, str) or name == "loss":
            why = "the loss has that name" if name == "loss" else ""
            raise ConfigError("metrics with names of their own, as strings", repr(name), who=who, why=why)


def _figure(name: str, value: Any) -> float:
    """What a metric returned, if it is a number; NaN and infinity are."""
    single = getattr(value, "ndim", 0) == 0 and not isinstance(value, str | np.complexfloating)
    if single and isinstance(value, SupportsFloat):
        with suppress(TypeError, ValueError, OverflowError):
            return float(value)
    raise DtypeError(f"metrics[{name!r}] to return a number", describe(value), who="evaluate")


def examples(name: str, data: Tree) -> int:
    """The number of examples of a pair (x, target). Raises TreeError if it is no pair."""
    checks.pair(name, data, "a pair (x, target)")
    return length(data, name)
