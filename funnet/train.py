"""Training: a state goes in, a new state comes out, and the old one is still good."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from funnet import probe, tree
from funnet.batches import batches, length
from funnet.containers import Array, Tree, describe, freeze, is_leaf, read_only, record
from funnet.errors import DtypeError, NonFiniteError, TreeError
from funnet.grad import LossFunction, PenaltyFunction, forward_backward
from funnet.key import Key
from funnet.layer import Layer, inference, training
from funnet.optimizer import Optimizer

Metric = Callable[[Tree, Tree], float]


@record
class TrainState:
    """All that training needs to go on.

    Parameters, the optimizer's state, the number of steps taken, the key of the shuffles.
    """

    params: Tree
    opt_state: Tree
    step: int
    key: Key


def init(net: Layer, optimizer: Optimizer, key: Key, x: Tree) -> TrainState:
    """The state before the first step, for inputs like the example `x` (a batch of any size).

    Raises what `net.init` raises for a bad example, TreeError if the parameters hold a bare number,
    DtypeError if they are no real floats, or if net, optimizer or key are something else.
    """
    for name, value, kind in (("net", net, Layer), ("optimizer", optimizer, Optimizer), ("key", key, Key)):
        if not isinstance(value, kind):
            expected = f"{name} to be an instance of {kind.__name__}"
            fix = f"give an instance, as {name}={value.__name__}(...)" if isinstance(value, type) else ""
            raise DtypeError(expected, describe(value), who="init", fix=fix)
    params = freeze(net.init(key.child("params"), x))
    for path, value in tree.walk(params, buffers=False):
        if not is_leaf(value):
            raise TreeError("arrays as parameters", repr(value), who=path, fix="use np.asarray, or a Buffer")
        if value.dtype.kind != "f":
            raise DtypeError("parameters of floats", f"dtype {value.dtype}", who=path)
    return TrainState(params, freeze(optimizer.init(params)), 0, key)


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
    return step(training(net), loss, optimizer, state, x, target, penalty)


def step(
    net: Layer,
    loss: LossFunction,
    optimizer: Optimizer,
    state: TrainState,
    x: Tree,
    target: Tree,
    penalty: PenaltyFunction | None,
) -> tuple[TrainState, Any]:
    """`train_step` of a network that is in training mode already."""
    first = state.step == 0
    value, g, cache = forward_backward(net, loss, state.params, x, target, penalty, check=first)
    with np.errstate(over="ignore"):  # where g is large and finite, _check_finite finds nothing
        finite = math.isfinite(value) and math.isfinite(np.dot(g, g))
    if not finite:
        _check_finite(net, state, x, target, value, g)
    p = tree.ravel(state.params)
    delta, opt_state = optimizer.update(g, state.opt_state, p)
    for leaf in tree.leaves(opt_state):
        if isinstance(leaf, np.ndarray):
            read_only(leaf)
    params = tree.unravel(net.advance(state.params, cache), p + delta)
    return TrainState(params, opt_state, state.step + 1, state.key), value


def _check_finite(net: Layer, state: TrainState, x: Tree, target: Tree, value: Any, g: Array) -> None:
    """Raise NonFiniteError with the first place where a NaN or an infinity stands, if there is one."""
    who = f"step {state.step}"
    if not math.isfinite(value):
        why = _origin(net, state.params, x, target)
        raise NonFiniteError("a finite loss", f"{value}", who=who, why=why)
    for path, leaf in zip(tree.paths(state.params), tree.leaves(tree.unravel(state.params, g)), strict=True):
        if not np.isfinite(leaf).all():
            raise NonFiniteError("a finite gradient", f"{_odd(leaf)} in the gradient of {path}", who=who)


def _origin(net: Layer, params: Tree, x: Tree, target: Tree) -> str:
    for name, values in (("the batch's x", x), ("the batch's target", target), ("params", params)):
        for path, leaf in zip(tree.paths(values), tree.leaves(values), strict=True):
            if leaf.dtype.kind in "fc" and not np.isfinite(leaf).all():
                return f"the first is {_odd(leaf)} in {'/'.join(filter(None, (name, path)))}"
    for seen in probe.trace(net, params, x):
        if not all(np.isfinite(leaf).all() for leaf in tree.leaves(seen.y)):
            return f"the first is in the output of {'/'.join(filter(None, (seen.path, str(seen.layer))))}"
    return "the output of the network is finite: the loss or the penalty made it"


def _odd(leaf: Array) -> str:
    index = tuple(int(i) for i in np.argwhere(~np.isfinite(leaf))[0])
    return f"{leaf[index]} at {index}"


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

    Each batch counts by its number of examples, so the result is the average over the examples.
    """
    count = examples("data", data)
    net = inference(net)
    measures: dict[str, Metric] = {"loss": lambda y, t: float(loss(y, t)[0]), **(metrics or {})}
    totals = dict.fromkeys(measures, 0.0)
    for x, target in batches(data, batch_size):
        y, _ = net(params, x)
        for name, measure in measures.items():
            totals[name] += float(measure(y, target)) * length(target)
    return {name: total / count for name, total in totals.items()}


def examples(name: str, data: Tree) -> int:
    """The number of examples of a pair (x, target). Raises TreeError if it is no pair."""
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise TreeError("a pair (x, target)", describe(data), who=name)
    return length(data, name)
