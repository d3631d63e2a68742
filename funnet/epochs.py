"""Training by epochs: batches, validation, early stopping, checkpoints."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from pathlib import Path

import attrs
import numpy as np

from funnet import expect
from funnet.batches import batches, length
from funnet.checkpoint import load, save
from funnet.containers import FrozenDict, Tree
from funnet.errors import CheckpointError, ConfigError, DataError, NonFiniteError
from funnet.grad import LossFunction, PenaltyFunction
from funnet.history import History
from funnet.layer import Layer, training
from funnet.optimizer import Optimizer
from funnet.progress import progress as showing
from funnet.train import Metric, TrainState, evaluate, examples, step

Pair = tuple[Tree, Tree]
Batches = Iterable[Pair]


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
        """The number of the first best row. Raises TreeError if there is no such column."""
        values = history[self.column]
        return int(values.argmax() if self.larger else values.argmin())

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
    callback: Callable[[TrainState, Mapping[str, float]], None] | None = None,
    early_stopping: EarlyStopping | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
) -> tuple[TrainState, History]:
    """(state, history) after so many epochs of `data`.

    `data` is a pair (x, target) of trees of arrays, cut into mini-batches, or an iterable of batches (x,
    target) that gives them anew for every epoch, a list or an object of your own. The order of an epoch is
    drawn from `state.key` and the step it starts at, so training in two parts is training in one, bit for
    bit. A row of the history has epoch, step, loss (the average over the examples as they were seen in
    training), seconds, and for each set of `validation`, a pair or a mapping of names to pairs, its loss
    and metrics after the epoch, as "validation_loss" or "<name>_accuracy". `callback(state, row)` is called
    after each epoch.

    With a `checkpoint` all of this is saved there after each epoch, and `resume` goes on from such a file, if
    it is there: a run that was killed and resumed ends with the bits of one that was not.
    Ctrl-C ends training early, with the state and the history so far.
    Raises NonFiniteError, which carries the last good `state` and the `history`, if a loss or a gradient is
    not finite; CheckpointError if there is a checkpoint and no `resume`, or if it does not fit; and what
    `train_step` and the data's checks raise.
    """
    for name, value, least in (("epochs", epochs, 0), ("batch_size", batch_size, 1)):
        if not expect.is_integer(value) or value < least:
            raise ConfigError(f"{name} to be an integer of at least {least}", repr(value), who="fit")
    sets = _validation_sets(validation)
    whole = _is_pair(data)
    per_epoch = -(-examples("data", data) // batch_size) if whole else _count(data)
    active, history, start = training(net), History(), time.perf_counter()
    if checkpoint is not None:
        state, history = _restored(Path(checkpoint), state, resume)
    steps = None if per_epoch is None else per_epoch * max(0, epochs - len(history))
    with showing(steps, progress) as shown:
        try:
            while len(history) < epochs and not (early_stopping and early_stopping.stops(history)):
                total, seen = 0.0, 0
                order = state.key.child("shuffle").child(state.step) if shuffle else None
                for x, target in batches(data, batch_size, order) if whole else _pairs(data):
                    state, value = step(active, loss, optimizer, state, x, target, penalty)
                    total, seen = total + float(value) * length(target), seen + length(target)
                    shown.step()
                row = {"epoch": len(history) + 1, "step": state.step, "loss": total / seen}
                for name, pair in sets.items():
                    figures = evaluate(net, loss, state.params, pair, metrics=metrics)
                    row |= {f"{name}_{figure}": value for figure, value in figures.items()}
                row["seconds"] = time.perf_counter() - start
                history = history.append(row)
                if early_stopping and early_stopping.best(history) == len(history) - 1:
                    history = History(history.rows, state)
                shown.epoch(row)
                if callback is not None:
                    callback(state, row)
                if checkpoint is not None:
                    save(checkpoint, _to_save(state, history))
        except NonFiniteError as error:
            error.state, error.history = state, history
            raise
        except KeyboardInterrupt:
            shown.note(f"interrupted at step {state.step}, in epoch {len(history) + 1}")
    return state, history


def _validation_sets(validation: Pair | Mapping[str, Pair] | None) -> FrozenDict:
    named = {} if validation is None else {"validation": validation}
    sets = FrozenDict(validation if isinstance(validation, Mapping) else named)
    for name, pair in sets.items():
        examples(name, pair)
    return sets


def _is_pair(data: object) -> bool:
    """Whether data is (x, target), or nothing to iterate; a list of tuples gives batches."""
    if isinstance(data, list):
        return len(data) == 2 and not isinstance(data[0], tuple)
    return isinstance(data, tuple | np.ndarray | Mapping) or not isinstance(data, Iterable)


def _count(data: object) -> int | None:
    """The number of batches, where it is known."""
    return len(data) if isinstance(data, Sized) else None


def _pairs(data: Batches) -> Iterator[Pair]:
    """The batches of an epoch, each a pair. Raises DataError if there are none."""
    empty = True
    for batch in data:
        examples("a batch of data", batch)
        empty = False
        yield batch
    if empty:
        why = "data is iterated anew for every epoch"
        raise DataError("at least one batch", "none", who="data", why=why, fix="give a list, not a generator")


def _to_save(state: TrainState, history: History) -> Tree:
    best = state if history.best_state is None else history.best_state
    rows = json.dumps([dict(row) for row in history.rows])
    return {"state": state, "best": best, "rows": rows, "has_best": history.best_state is not None}


def _restored(path: Path, state: TrainState, resume: bool) -> tuple[TrainState, History]:
    """State and history from a checkpoint, if there is one."""
    if not path.exists():
        return state, History()
    if not resume:
        fix = "give resume=True to go on from it, or another path"
        raise CheckpointError("no file where the checkpoint goes", "one", who=path, fix=fix)
    saved = load(path, like=_to_save(state, History()))
    rows = tuple(FrozenDict(row) for row in json.loads(saved["rows"]))
    return saved["state"], History(rows, saved["best"] if saved["has_best"] else None)
