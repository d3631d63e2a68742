"""When training should stop early."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np

from funnet.core import checks
from funnet.train.history import History
from funnet.train.step import TrainState

Callback = Callable[[TrainState, Mapping[str, Any]], object]


@attrs.frozen
class EarlyStopping:
    """Stop once a column of the history has not improved for `patience` epochs.

    Training ends with the state it has; the state of the best epoch is kept apart, as `history.best_state`.
    An epoch whose entry is NaN is never the best, and until there is a first best epoch training goes on:
    `history.best_state` is then None.

    Args:
        patience: the number of epochs after the best one.
        column: the name of the column, such as "validation_loss" or "validation_accuracy".
        larger: True if larger is better.
    """

    patience: int = attrs.field(validator=checks.positive_integer)
    column: str = attrs.field(
        default="validation_loss",
        validator=checks.hyperparameter("the name of a column", lambda v: isinstance(v, str)),
    )
    larger: bool = attrs.field(default=False, validator=checks.boolean)

    def best(self, history: History) -> int | None:
        """The index of the first of the best rows; None if every entry is NaN.

        Raises TreeError if there is no such column.
        """
        checks.instance(self, "history", history, History)
        values = history[self.column]
        known = np.flatnonzero(~np.isnan(values))
        if not known.size:
            return None
        return int(known[(-values if self.larger else values)[known].argmin()])

    def stops(self, history: History) -> bool:
        """True if training should stop now."""
        checks.instance(self, "history", history, History)
        best = self.best(history) if len(history) else None
        return best is not None and len(history) - 1 - best >= self.patience


def is_over(early_stopping: EarlyStopping | None, history: History) -> bool:
    """True if there is early stopping and it stops; a history without its column yet has no best epoch."""
    if early_stopping is None or early_stopping.column not in history.columns:
        return False
    return early_stopping.stops(history)


def ends(callback: Callback, state: TrainState, row: Mapping[str, Any]) -> bool:
    """Call the callback; True if it ends training by StopIteration."""
    try:
        callback(state, row)
    except StopIteration:
        return True
    return False
