"""Writing a network as a program of its own."""

from __future__ import annotations

import os
import textwrap
import zipfile

from funnet import tree
from funnet.core import checks
from funnet.core.atomic_write import whole
from funnet.core.containers import FrozenDict, Tree, describe, freeze, is_leaf
from funnet.errors import CheckpointError, ConfigError, writable
from funnet.io import npz_file
from funnet.nn.layer import Layer, inference
from funnet.program.kernel_source import text_of
from funnet.program.layers_as_code import Code, emit
from funnet.version import VERSION

_TEMPLATE = '''\
"""A neural network, written by funnet {version}: y = predict(x).

It needs NumPy and, beside it, the .npz file of the same name, and no funnet.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy import ndarray as Array

{net}
with np.load(Path(__file__).with_suffix(".npz"), allow_pickle=False) as _file:
    PARAMS = {{name: _file[name] for name in _file.files}}


{kernels}

def predict(x):
    # x is like {example}, its first axis of any length
    {lines}
'''


def export(path: str | os.PathLike[str], net: Layer, params: Tree, x: Tree) -> None:
    """Write the network in inference as one file of plain NumPy, name.py, and its arrays beside it, name.npz.

    The file runs where there is no funnet: `predict(x)` gives what `net(params, x)[0]` does, to the last bit,
    for x built like the example `x` (mappings come out as dicts). It is meant to be read and changed.
    Raises ConfigError, with the path, for a layer without a rule for export, such as one of your own; what
    the network raises for an x or params that do not fit; CheckpointError if a file cannot be written.
    """
    path = checks.path("export", path)
    if path.suffix != ".py":
        raise ConfigError("a path that ends in .py", repr(str(path)), who="export")
    checks.instance("export", "net", net, Layer)
    net, params, code = inference(net), freeze(params), Code()
    net(params, x)
    y = emit(code, net, params, "", _expressions(x, "x"))
    arrays = path.with_suffix(".npz")
    text = _TEMPLATE.format(
        version=VERSION,
        net=textwrap.fill(str(net), 100, initial_indent="# ", subsequent_indent="# "),
        kernels=text_of(code.kernels),
        example=_written(tree.map(describe, x)),
        lines="\n    ".join([*code.lines, f"return {_written(y)}"]),
    )
    with writable(arrays, CheckpointError), whole(arrays) as file:
        with zipfile.ZipFile(file, "w") as archive:
            npz_file.add(archive, code.arrays)
        with writable(path, CheckpointError), whole(path) as script:
            script.write(text.encode())


def _expressions(x: Tree, text: str) -> Tree:
    """A tree like x with an expression for every array."""
    if is_leaf(x):
        return text
    if isinstance(x, dict | FrozenDict):
        return {name: _expressions(child, f"{text}[{name!r}]") for name, child in x.items()}
    if type(x) in (tuple, list):
        return tuple(_expressions(child, f"{text}[{index}]") for index, child in enumerate(x))
    raise ConfigError("x built of arrays, tuples and dicts", describe(x), who="export")


def _written(y: Tree) -> str:
    """The expression of a tree of expressions."""
    if isinstance(y, str):
        return y
    if isinstance(y, tuple | list):
        return f"({', '.join(map(_written, y))}{',' if len(y) == 1 else ''})"
    return "{" + ", ".join(f"{name!r}: {_written(child)}" for name, child in y.items()) + "}"
