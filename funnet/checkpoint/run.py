"""The checkpoint of a training run: what `fit` saves after an epoch and goes on from."""

from __future__ import annotations

import json
from pathlib import Path

from funnet.checkpoint.about import check_same, sayable
from funnet.checkpoint.store import header, load, save
from funnet.containers import Tree
from funnet.errors import CheckpointError
from funnet.history import History, entries, row_of
from funnet.layer import Layer, inference
from funnet.optimizer import Optimizer
from funnet.train import TrainState


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

    Raises CheckpointError if there is one and no `resume`, or if it is of another network, optimizer or
    state than these.
    """
    if not path.exists():
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
    rows = tuple(row_of(row) for row in json.loads(saved["rows"]))
    return saved["state"], History(rows, saved["best"] if has_best else None)
