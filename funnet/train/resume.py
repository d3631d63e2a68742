"""The checkpoint of a training run: what `fit` saves after an epoch and goes on from."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from funnet.core import checks, optional
from funnet.core.atomic_write import sweep, whole
from funnet.core.containers import FrozenDict, Tree, describe
from funnet.errors import CheckpointError, FunnetError, writable
from funnet.io.machine import difference
from funnet.io.metadata import check_same, sayable
from funnet.io.store import header, load, save, storable, told
from funnet.nn.layer import Layer, inference
from funnet.optim.base import Optimizer
from funnet.train.history import History, entries, row_of
from funnet.train.step import TrainState


def save_run(path: Path, net: Layer, optimizer: Optimizer, state: TrainState, history: History) -> None:
    """Save state and history, with the network and the optimizer where they can be written as data."""
    rows = json.dumps([dict(entries(row)) for row in history.rows])
    best = {} if history.best_state is None else {"best": history.best_state}
    about = sayable(net=inference(net), optimizer=optimizer)
    save(path, {"state": state, "rows": rows, **best}, **about)


def load_run(
    path: Path, net: Layer, optimizer: Optimizer, state: TrainState, resume: bool
) -> tuple[TrainState, History]:
    """State and history from the checkpoint, if there is one; else the state as it is.

    The history has a note if the file was written on another kind of machine, or with another number of BLAS
    threads. Raises CheckpointError if there is a file and no `resume`, or if it is of another network,
    optimizer or state than these.
    """
    with writable(path, CheckpointError):
        there = path.exists()
        sweep(path)
        if path.is_dir():
            raise IsADirectoryError("a folder")
    if not there:
        return state, History()
    if not resume:
        fix = "give resume=True to go on from it, or another path"
        raise CheckpointError("no file where the checkpoint goes", "one", who=path, fix=fix)
    known = header(path)
    check_same(path, known["about"], **sayable(net=inference(net), optimizer=optimizer))
    like: dict[str, Tree] = {"state": state, "rows": ""}
    if "best/step" in known["values"]:
        like["best"] = state
    if "has_best" in known["values"]:  # the first format always had a best state, and said whether it was one
        like["has_best"] = False
    saved = load(path, like=like)
    has_best = saved.get("has_best", "best" in saved)
    rows = _rows(path, saved["rows"])
    other = difference(known.get("machine"))
    notes = (f"the checkpoint is from another machine, the last bits may differ: {other}",) if other else ()
    return saved["state"], History(rows, saved["best"] if has_best else None, notes)


_ALWAYS = {"epoch", "step", "loss", "seconds"}


def _rows(path: Path, text: str) -> tuple[FrozenDict, ...]:
    """The rows of a history. Raises CheckpointError for what no run writes."""
    try:
        rows = tuple(row_of(row) for row in json.loads(text))
        for row in rows:
            if lacking := _ALWAYS - row.keys():
                raise ValueError(f"a row without {', '.join(sorted(lacking))}")
            for _, value in entries(row):
                if not isinstance(value, float) and not checks.is_number(value):
                    raise ValueError(f"{describe(value)} in a row")
    except (AttributeError, FunnetError, RecursionError, TypeError, ValueError) as error:
        raise CheckpointError("the rows of a history", told(error), who=path, why="damaged") from error
    return rows


def check_place(path: Path, state: TrainState) -> None:
    """Raise unless the checkpoint can be written, before training: a file is begun there, and taken away."""
    if path.suffix == ".safetensors":
        optional.load("safetensors", "safetensors")
    storable(state)
    with writable(path, CheckpointError), suppress(_BegunError), whole(path):
        raise _BegunError


class _BegunError(Exception):
    """A file was begun."""
