"""A network as a table."""

from __future__ import annotations

from funnet import tree
from funnet.core import checks
from funnet.core.containers import Tree
from funnet.errors import printable
from funnet.nn import trace
from funnet.nn.layer import Layer

_HEAD = ("path", "layer", "output", "parameters", "bytes")


def summary(net: Layer, params: Tree, x: Tree) -> str:
    """A table of the layers of a network run on the example `x`.

    A row has the layer's path, the layer, the shape of its output, the number of its trainable
    parameters and the bytes of all it carries, Buffers included.

        >>> import numpy as np, funnet as fn
        >>> net = fn.Sequential([fn.Linear(25), fn.Tanh(), fn.Linear(2)])
        >>> x = np.zeros((1, 4), np.float32)
        >>> print(fn.summary(net, net.init(fn.Key(0), x), x))
        path   layer       output   parameters  bytes
        0      Linear(25)  (1, 25)         125    500
        1      Tanh()      (1, 25)           0      0
        2      Linear(2)   (1, 2)           52    208
        total                              177    708
    """
    checks.instance("summary", "net", net, Layer)
    trained = {id(leaf) for leaf in tree.leaves(params)}
    rows = [
        (
            seen.path,
            str(seen.layer),
            _shape(seen.y),
            f"{sum(leaf.size for leaf in tree.leaves(seen.params) if id(leaf) in trained):,}",
            f"{tree.nbytes(seen.params):,}",
        )
        for seen in trace.trace(net, params, x)
    ]
    rows.append(("total", "", "", f"{tree.count(params):,}", f"{tree.nbytes(params):,}"))
    return table([_HEAD, *rows], right=(3, 4))


def table(rows: list[tuple[str, ...]], right: tuple[int, ...] = ()) -> str:
    """Rows of text in aligned columns, those in `right` flush right."""
    rows = [tuple(map(printable, row)) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _shape(y: Tree) -> str:
    """The shape of an array, or the shapes in a tree, named by their paths."""
    found = dict(zip(tree.paths(y), tree.leaves(y), strict=True))
    return ", ".join(f"{path}: {leaf.shape}" if path else str(leaf.shape) for path, leaf in found.items())
