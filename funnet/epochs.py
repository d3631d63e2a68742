"""Training by epochs: batches, validation, early stopping, checkpoints."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np

from funnet import expect
from funnet.checkpoint import load_run, save_run
from funnet.containers import FrozenDict, Tree
from funnet.errors import ConfigError, NonFiniteError
from funnet.feed import Batches, Pair, feed, steps
from funnet.grad import LossFunction, PenaltyFunction
from funnet.history import History
from funnet.layer import Layer, training
from funnet.losses.parts import extent
from funnet.norms import Norms, Watched
from funnet.optimizer import Optimizer
from funnet.progress import progress as showing
from funnet.train import Metric, TrainState, evaluate, examples, run, step


@attrs.frozen
class EarlyStopping:
    """Stop once a column of the history has not improved for `patience` epochs.

    Smaller is better, unless `larger`. Training ends with the state it has; the state of the best epoch is
    kept apart, as `history.best_state`.
    """

    patience: int = attrs.field(validator=expect.positive_integer)
    column: str = attrs.field(default="validation_loss")
    larger: bool = attrs.field(default=False, validator=expect.boolean)

    def best(self, history: History) -> int:
        """The number of the first best row, NaN aside. Raises TreeError if there is no such column."""
        values = history[self.column]
        return int(np.where(np.isnan(values), np.inf, -values if self.larger else values).argmin())

    def stops(self, history: History) -> bool:
        """Whether it is time."""
        return len(history) > 0 and len(history) - 1 - self.best(history) >= self.patience


def fit(
    net: Layer,
    loss: LossFunction,
    optimizer: Optimizer,
    state: TrainState,
    data: Pair | Batches,
    *,
    epochs: int,
    batch_size: int = 32,
    validation: Pair | Mapping[str, Pair] | None = None,
    metrics: Mapping[str, Metric] | None = None,
    penalty: PenaltyFunction | None = None,
    shuffle: bool = True,
    progress: bool = True,
    norms: bool = False,
    callback: Callable[[TrainState, Mapping[str, Any]], object] | None = None,
    early_stopping: EarlyStopping | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
) -> tuple[TrainState, History]:
    """(state, history) after so many epochs of `data`.

    `data` is a pair (x, target) of trees of arrays, cut into mini-batches, or an iterable of batches (x,
    target) that gives them anew for every epoch, a list or an object of your own. The order of an epoch is
    drawn from `state.key` and the step it starts at, so training in two parts is training in one, bit for
    bit. A row of the history has epoch, step, loss (the average over the examples as they were seen in
    training, penalty included), seconds, and for each set of `validation`, a pair or a mapping of names to
    pairs, its loss and metrics after the epoch, as "validation_loss" or "<name>_accuracy". With `norms` it
    has for each path the mean over the steps of the norm of its gradient, as "gradient/0/w", and of its
    change, as "update/0/w". `callback(state, row)` is called after each epoch: what it returns is of no
    account, and if it raises StopIteration training ends there.

    With a `checkpoint` all of this is saved there after each epoch, and `resume` goes on from such a file, if
    it is there: a run that was killed and resumed ends with the bits of one that was not. The file says its
    network and optimizer, unless they hold functions, which no file can, and `restore` makes all of it anew.
    Ctrl-C ends training early, with the state and the history so far.
    Raises NonFiniteError, which carries the last good `state` and the `history`, if a loss, a gradient or a
    new parameter is not finite; CheckpointError if there is a checkpoint and no `resume`, or if it is of
    another network or optimizer; and what `train_step` and the data's checks raise.
    """
    for name, value, least in (("epochs", epochs, 0), ("batch_size", batch_size, 1)):
        if not expect.is_integer(value) or value < least:
            raise ConfigError(f"{name} to be an integer of at least {least}", repr(value), who="fit")
    run("fit", net, loss, optimizer, state)
    if metrics is not None:
        expect.instance("fit", "metrics", metrics, Mapping)
    if early_stopping is not None:
        expect.instance("fit", "early_stopping", early_stopping, EarlyStopping)
    if callback is not None:
        expect.callable_("fit", "callback", callback)
    sets, per_epoch = _validation_sets(validation), steps(data, batch_size)
    active, history, stopped = training(net), History(), False
    if checkpoint is not None:
        checkpoint = expect.path("fit", checkpoint, "checkpoint")
        state, history = load_run(checkpoint, net, optimizer, state, resume)
    start = time.perf_counter() - (history.rows[-1]["seconds"] if history.rows else 0.0)
    with showing(per_epoch and per_epoch * max(0, epochs - len(history)), progress) as shown:
        try:
            while not (
                stopped or len(history) >= epochs or (early_stopping and early_stopping.stops(history))
            ):
                total, count, seen = 0.0, 0.0, Norms(state.params) if norms else None
                rule = Watched(optimizer, seen.see) if seen else optimizer
                order = state.key.child("shuffle").child(state.step) if shuffle else None
                for x, target, size in feed(data, batch_size, order):
                    state, value, y = step(active, loss, rule, state, x, target, penalty)
                    part = extent(y, target, size)
                    total, count = total + float(value) * part, count + part
                    shown.step()
                row = {"epoch": len(history) + 1, "step": state.step, "loss": total / count}
                for name, pair in sets.items():
                    figures = evaluate(net, loss, state.params, pair, metrics=metrics)
                    row |= {f"{name}_{figure}": value for figure, value in figures.items()}
                row |= seen.row() if seen else {}
                history = history.append({**row, "seconds": time.perf_counter() - start})
                if early_stopping and early_stopping.best(history) == len(history) - 1:
                    history = History(history.rows, state)
                shown.epoch(history.rows[-1])
                stopped = callback is not None and _ends(callback, state, history.rows[-1])
                if checkpoint is not None:
                    save_run(checkpoint, net, optimizer, state, history)
        except NonFiniteError as error:
            error.state, error.history = state, history
            raise
        except KeyboardInterrupt:
            shown.note(f"interrupted at step {state.step}, in epoch {len(history) + 1}")
    return state, history


def _ends(callback: Callable[[TrainState, Mapping[str, Any]], object], state: TrainState, row: Tree) -> bool:
    """Whether the callback, which is called here, wants training to end."""
    try:
        callback(state, row)
    except StopIteration:
        return True
    return False


def _validation_sets(validation: Pair | Mapping[str, Pair] | None) -> FrozenDict:
    named = {} if validation is None else {"validation": validation}
    sets = FrozenDict(validation if isinstance(validation, Mapping) else named)
    for name, pair in sets.items():
        examples(name, pair)
    return sets
