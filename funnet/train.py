"""Training: a state goes in, a new state comes out, and the old one is still good."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from funnet import expect, probe, tree
from funnet.batches import batches, length
from funnet.containers import Array, FrozenDict, Tree, describe, freeze, is_leaf, read_only, record
from funnet.errors import ConfigError, DtypeError, NonFiniteError, TreeError
from funnet.grad import LossFunction, PenaltyFunction, forward_backward
from funnet.history import History
from funnet.key import Key
from funnet.layer import Layer, inference, training
from funnet.optim import Optimizer
from funnet.progress import progress as showing

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
    return _step(training(net), loss, optimizer, state, x, target, penalty)


def _step(
    net: Layer,
    loss: LossFunction,
    optimizer: Optimizer,
    state: TrainState,
    x: Tree,
    target: Tree,
    penalty: PenaltyFunction | None,
) -> tuple[TrainState, Any]:
    value, g, cache = forward_backward(net, loss, state.params, x, target, penalty)
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
    examples = _examples("data", data)
    net = inference(net)
    measures: dict[str, Metric] = {"loss": lambda y, t: float(loss(y, t)[0]), **(metrics or {})}
    totals = dict.fromkeys(measures, 0.0)
    for x, target in batches(data, batch_size):
        y, _ = net(params, x)
        for name, measure in measures.items():
            totals[name] += float(measure(y, target)) * length(target)
    return {name: total / examples for name, total in totals.items()}


def _examples(name: str, data: Tree) -> int:
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise TreeError("a pair (x, target)", describe(data), who=name)
    return length(data, name)


def fit(
    net: Layer,
    loss: LossFunction,
    optimizer: Optimizer,
    state: TrainState,
    data: tuple[Tree, Tree],
    *,
    epochs: int,
    batch_size: int = 32,
    validation: tuple[Tree, Tree] | Mapping[str, tuple[Tree, Tree]] | None = None,
    metrics: Mapping[str, Metric] | None = None,
    penalty: PenaltyFunction | None = None,
    shuffle: bool = True,
    progress: bool = True,
    callback: Callable[[TrainState, Mapping[str, float]], None] | None = None,
) -> tuple[TrainState, History]:
    """(state, history) after so many epochs of mini-batches of `data` = (x, target).

    The order of an epoch is drawn from `state.key` and the step it starts at, so training in two parts
    is training in one, bit for bit. A row of the history has epoch, step, loss (the average over the
    examples as they were seen in training), seconds, and for each set of `validation`, a pair or a
    mapping of names to pairs, its loss and metrics after the epoch, as "validation_loss" or
    "<name>_accuracy". `callback(state, row)` is called after each epoch.
    Raises what `train_step` and the data's checks raise.
    """
    for name, value, least in (("epochs", epochs, 0), ("batch_size", batch_size, 1)):
        if not expect.is_integer(value) or value < least:
            raise ConfigError(f"{name} to be an integer of at least {least}", repr(value), who="fit")
    named = {} if validation is None else {"validation": validation}
    sets = FrozenDict(validation if isinstance(validation, Mapping) else named)
    examples = _examples("data", data)
    for name, pair in sets.items():
        _examples(name, pair)
    active, history, start = training(net), History(), time.perf_counter()
    with showing(epochs * -(-examples // batch_size), progress) as shown:
        for epoch in range(1, epochs + 1):
            total = 0.0
            order = state.key.child("shuffle").child(state.step) if shuffle else None
            for x, target in batches(data, batch_size, order):
                state, value = _step(active, loss, optimizer, state, x, target, penalty)
                total += float(value) * length(target)
                shown.step()
            row = {"epoch": epoch, "step": state.step, "loss": total / examples}
            for name, pair in sets.items():
                figures = evaluate(net, loss, state.params, pair, metrics=metrics)
                row |= {f"{name}_{figure}": value for figure, value in figures.items()}
            row["seconds"] = time.perf_counter() - start
            history = history.append(row)
            shown.epoch(row)
            if callback is not None:
                callback(state, row)
    return state, history
