"""What happened during training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from funnet.core import checks, optional
from funnet.core.containers import Array, FrozenDict, Tree
from funnet.errors import TreeError

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


@attrs.frozen
class History:
    """Rows of named numbers, one an epoch.

    `history["loss"]` is a column, with NaN where a row has no such entry; `history.rows[-1]` is the last row.
    A row is a tree, and its columns are called by their paths: `history["gradient/0/w"]` is made of the
    entries `row["gradient"]["0"]["w"]`.
    `best_state` is the TrainState of the best epoch, where early stopping looked for it. `notes` are the
    lines that `fit` printed beside its figures: that it was interrupted, that gradients wait for a step, that
    the checkpoint is from another machine.

        >>> history = History().append({"epoch": 1, "loss": 0.7}).append({"epoch": 2, "loss": 0.5})
        >>> history["loss"]
        array([0.7, 0.5])
    """

    rows: tuple[FrozenDict, ...] = ()
    best_state: Tree = attrs.field(default=None, eq=False, repr=False)
    notes: tuple[str, ...] = attrs.field(default=(), eq=False, repr=False)

    def append(self, row: Mapping[str, Any]) -> History:
        """A history with one row more; its names may be paths.

        Raises TreeError where a path leads on from another's end.
        """
        checks.instance("History", "row", row, Mapping)
        return History((*self.rows, row_of(row)), self.best_state, self.notes)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns, in the order of their first appearance."""
        return tuple(dict.fromkeys(name for row in self.rows for name, _ in entries(row)))

    def __getitem__(self, column: str) -> Array:
        values = [_at(row, column) for row in self.rows]
        if all(value is None for value in values):
            known = ", ".join(self.columns) or "(none)"
            raise TreeError(f"one of the columns {known}", repr(column), who="History")
        return np.array([np.nan if value is None else value for value in values], np.float64)

    def __len__(self) -> int:
        return len(self.rows)

    def arrays(self) -> dict[str, Array]:
        """All columns (epochs,) by name."""
        return {column: self[column] for column in self.columns}

    def frame(self) -> DataFrame:
        """All columns as a pandas data frame, a row for each epoch. Needs the extra [dataframe]."""
        rows = [dict(entries(row)) for row in self.rows]
        frame: DataFrame = optional.load("pandas", "dataframe").DataFrame(rows, columns=self.columns)
        return frame

    def plot(self) -> Figure:
        """A figure with a panel for each quantity (see `funnet.plot.panels`). Needs the extra [plot]."""
        from funnet.plot import panels

        return panels(self)


def entries(row: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    """(path, number) of every number of a row, in order."""
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from entries(value, f"{path}{name}/")
        else:
            yield f"{path}{name}", value


def _at(row: Mapping[str, Any], column: str) -> float | None:
    """The number of a row at a path, if it has one."""
    node: Any = row
    for name in str(column).split("/"):
        node = node.get(name) if isinstance(node, Mapping) else None
    return None if isinstance(node, Mapping) else node


def row_of(row: Mapping[str, Any]) -> FrozenDict:
    """The tree of a row whose names are paths."""
    branches: dict[str, dict[str, float]] = {}
    for path, value in entries(row):
        name, _, rest = path.partition("/")
        branch = branches.setdefault(name, {})
        if branch and (rest in branch or "" in (rest, *branch)):
            raise TreeError("paths of which none leads on from another's end", repr(path), who="History")
        branch[rest] = value
    return FrozenDict(
        {name: branch[""] if "" in branch else row_of(branch) for name, branch in branches.items()}
    )
