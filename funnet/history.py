"""What happened during training."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np

from funnet.containers import Array, FrozenDict, Tree
from funnet.errors import TreeError


@attrs.frozen
class History:
    """Rows of named numbers, one an epoch.

    `history["loss"]` is a column, with NaN where a row has no such entry; `history.rows[-1]` is the last row.
    `best_state` is the TrainState of the best epoch, where early stopping looked for it.

        >>> history = History().append({"epoch": 1, "loss": 0.7}).append({"epoch": 2, "loss": 0.5})
        >>> history["loss"]
        array([0.7, 0.5])
    """

    rows: tuple[FrozenDict, ...] = ()
    best_state: Tree = attrs.field(default=None, eq=False, repr=False)

    def append(self, row: Mapping[str, float]) -> History:
        """A history with one row more."""
        return History((*self.rows, FrozenDict(row)), self.best_state)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns, in the order of their first appearance."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row))

    def __getitem__(self, column: str) -> Array:
        if column not in self.columns:
            raise TreeError(
                f"one of the columns {', '.join(self.columns) or '(none)'}", repr(column), who="History"
            )
        return np.array([row.get(column, np.nan) for row in self.rows], np.float64)

    def __len__(self) -> int:
        return len(self.rows)
