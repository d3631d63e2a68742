"""Which class is taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from funnet.core import checks
from funnet.core.containers import Array
from funnet.errors import DataError
from funnet.plot.canvas import axes_for, labels, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def confusion_matrix(
    counts: Array, names: Sequence[object] | None = None, *, axes: Axes | None = None
) -> Axes:
    """Counts (C, C), true class by row and predicted class by column.

    A cell is as dark as the root of its share of the row. `names` are those of the classes, by default
    their numbers.
    Raises ShapeError unless the matrix is square and has a name for each row.
    """
    found = numbers("confusion_matrix", "counts", counts, 2)
    texts = labels("confusion_matrix", "names", range(len(found)) if names is None else names)
    checks.axes("confusion_matrix", counts, (len(texts), len(texts)), "counts")
    if not (np.isfinite(found) & (found >= 0)).all():
        raise DataError("counts of at least 0", f"{found.min()} and {found.max()}", who="confusion_matrix")
    shades = np.sqrt(found / np.maximum(found.sum(axis=1, keepdims=True), 1))
    axes = axes_for("confusion_matrix", axes, 1.6 + 0.4 * len(texts), 1.4 + 0.4 * len(texts))
    axes.imshow(shades, cmap="Greys", vmin=0, vmax=1.2)
    for (row, column), count in np.ndenumerate(counts):
        color = "white" if shades[row, column] > 0.6 else "black" if count else "0.7"
        axes.text(column, row, f"{count}", ha="center", va="center", color=color, fontsize=9)
    axes.set_xticks(range(len(texts)), texts)
    axes.set_yticks(range(len(texts)), texts)
    axes.set(xlabel="predicted class", ylabel="true class")
    return axes
