"""Training by epochs: batches, validation, early stopping, checkpoints."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import attrs

from funnet.core import checks
from funnet.errors import ConfigError, SoFar
from funnet.grad import LossFunction, PenaltyFunction, callables
from funnet.nn.layer import Layer
from funnet.optim.base import Optimizer
from funnet.optim.wrappers import waiting
from funnet.train.batch_source import Batches, Pair
from funnet.train.early_stopping import Callback, EarlyStopping, ends, is_over
from funnet.train.epoch import Epoch, validation_sets
from funnet.train.history import History
from funnet.train.progress import Progress, progress as showing
from funnet.train.resume import check_place, load_run, save_run
from funnet.train.step import Metric, TrainState, run


def fit(
    net: Layer,
    loss: LossFunction,
    optimizer: Optimizer,
    state: TrainState,
    data: Pair | Batches,
    *,
    epochs: int,
    batch_size: int = 32,
    drop_last: bool = False,
    validation: Pair | Mapping[str, Pair] | None = None,
    metrics: Mapping[str, Metric] | None = None,
    penalty: PenaltyFunction | None = None,
    shuffle: bool = True,
    progress: bool = True,
    norms: bool = False,
    callback: Callback | None = None,
    early_stopping: EarlyStopping | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
) -> tuple[TrainState, History]:
    """Train for a number of epochs: `train_step` on every batch of `data`, again and again.

    The order of an epoch is drawn from `state.key` and the step it starts at. So two calls of 5 epochs give
    the state of one call of 10, and a run that was killed and resumed gives that of a run that was not: bit
    for bit, on machines of one kind with the same number of BLAS threads.
    A batch whose weights (see `Weighted`) are all 0 is left out, as in `evaluate`: it is not a step.
    Ctrl-C ends training early; the result is then the state and the history so far.

    Args:
        net: the network. It is trained in training mode and validated in inference mode.
        loss: a function of (y, target) that returns (value, dy).
        optimizer: the optimizer that `state` was made with.
        state: where training starts, as `init` or an earlier `fit` returns it.
        data: a pair (x, target) of trees of arrays (N, …), which is cut into mini-batches; or an iterable of
            batches (x, target) that can be iterated once for every epoch, such as a list. The target may be
            `()` or None where the loss needs none.
        epochs: the number of epochs, those of a resumed checkpoint included.
        batch_size: the number of examples in a batch; batches of an iterable come as they are.
        drop_last: leave out the last batch of each epoch if it is short; only for a pair.
        validation: a pair, or several by name, on which the network is evaluated after each epoch.
        metrics: functions of (y, target) that return a number, by name, for `validation`.
        penalty: a function of the parameters that returns (value, dparams), added to the loss.
        shuffle: draw a new order of the examples for every epoch; only for a pair.
        progress: show a progress bar (with the extra [progress]) or a line for each epoch, on stderr.
        norms: add the mean norms of the gradient and of the update of each parameter to the history.
        callback: called as `callback(state, row)` after each epoch. Its return value is ignored; if it
            raises StopIteration, training ends there.
        early_stopping: when to stop before the last epoch.
        checkpoint: a file in which the run is saved after each epoch, with the network and the optimizer
            unless they hold functions; `restore` reads it.
        resume: continue from the checkpoint if there is one.

    Returns:
        (state, history). A row of the history has epoch, step, loss (the average over the examples as they
        were seen in training, penalty included) and seconds; for each validation set its loss and metrics,
        as "validation_loss" or "<name>_accuracy"; with `norms` "gradient/<path>" and "update/<path>".
        `history.notes` holds what else there is to say, such as gradients of `accumulate` that wait for a
        step. They stay in the state, and the next call goes on with them.

    Raises:
        FunnetError: any error, also one that is not funnet's, has the last good state as `error.state` and
            the history up to the last epoch as `error.history`.
        ConfigError: an option is out of range, or two columns of the history have one name.
        CheckpointError: the checkpoint cannot be written; there is one and no `resume`; or it is of another
            network or optimizer. It is raised before the first step.
        NonFiniteError: a loss, a gradient or a new parameter is not finite.
        DataError: an epoch has no batch, or none with a weight above 0.

        >>> import funnet as fn, numpy as np
        >>> x = np.linspace(-1.0, 1.0, 50)[:, None]
        >>> net, loss, optimizer = fn.Linear(1), fn.MeanSquaredError(), fn.momentum(0.1)
        >>> state = fn.init(net, optimizer, fn.Key(0), x)
        >>> state, history = fn.fit(net, loss, optimizer, state, (x, 3 * x), epochs=99, progress=False)
        >>> len(history), bool(history["loss"][-1] < 1e-3)
        (99, True)
    """
    with SoFar(state, History()) as so_far:
        run("fit", net, loss, optimizer, state)
        _check_options(epochs, callback, early_stopping)
        callables.penalty("fit", penalty)
        flags = {"shuffle": shuffle, "progress": progress, "norms": norms, "resume": resume}
        for name, value in flags.items():
            checks.true_or_false("fit", name, value)
        epoch = Epoch(
            net=net,
            loss=loss,
            optimizer=optimizer,
            data=data,
            batch_size=batch_size,
            drop_last=drop_last,
            validation=validation_sets(validation),
            metrics=metrics,
            penalty=penalty,
            shuffle=shuffle,
            norms=norms,
        )
        batches = epoch.steps()
        epoch.check_columns(state.params, early_stopping.column if early_stopping else None)
        path = None if checkpoint is None else checks.path("fit", checkpoint, "checkpoint")
        if path is not None:
            so_far.state, so_far.history = load_run(path, net, optimizer, state, resume)
        left = max(0, epochs - len(so_far.history))
        if left:
            epoch.check_short_batch(so_far.state.params)
            if path is not None:
                check_place(path, so_far.state)
        with showing(batches and batches * left, progress) as shown:
            for note in so_far.history.notes:
                shown.note(note)
            try:
                _train(epoch, epochs, so_far, shown, callback, early_stopping, path)
            except KeyboardInterrupt:
                at = f"step {so_far.state.step}, in epoch {len(so_far.history) + 1}"
                _note(so_far, shown, f"interrupted at {at}")
            for count, k in waiting(optimizer, so_far.state.opt_state):
                _note(so_far, shown, f"gradients that wait for a step: {count}{f' of {k}' if k else ''}")
    return so_far.state, so_far.history


def _check_options(epochs: object, callback: object, early_stopping: object) -> None:
    if not checks.is_integer(epochs) or cast(int, epochs) < 0:
        raise ConfigError("epochs to be an integer of at least 0", repr(epochs), who="fit")
    if callback is not None:
        checks.callable_("fit", "callback", callback)
    if early_stopping is not None:
        checks.instance("fit", "early_stopping", early_stopping, EarlyStopping)


def _train(
    epoch: Epoch,
    epochs: int,
    so_far: SoFar,
    shown: Progress,
    callback: Callback | None,
    early_stopping: EarlyStopping | None,
    path: Path | None,
) -> None:
    """Epoch after epoch until it is enough."""
    rows = so_far.history.rows
    start = time.perf_counter() - (rows[-1]["seconds"] if rows else 0.0)
    stopped = False
    while not (stopped or len(so_far.history) >= epochs or is_over(early_stopping, so_far.history)):
        row = epoch.row(so_far, shown)
        so_far.history = so_far.history.append({**row, "seconds": time.perf_counter() - start})
        if early_stopping and early_stopping.best(so_far.history) == len(so_far.history) - 1:
            so_far.history = attrs.evolve(so_far.history, best_state=so_far.state)
        last = so_far.history.rows[-1]
        shown.epoch(last)
        stopped = callback is not None and ends(callback, so_far.state, last)
        if path is not None:
            save_run(path, epoch.net, epoch.optimizer, so_far.state, so_far.history)


def _note(so_far: SoFar, shown: Progress, text: str) -> None:
    """Show a line, and keep it in the history."""
    so_far.history = attrs.evolve(so_far.history, notes=(*so_far.history.notes, text))
    shown.note(text)
