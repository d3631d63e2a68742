"""Networks as JSON files."""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import Any

from funnet.core import checks
from funnet.core.atomic_write import whole
from funnet.core.containers import describe
from funnet.errors import CheckpointError, at, writable
from funnet.io.contents import HEADER_LIMIT
from funnet.io.plain_data import Classes, from_data
from funnet.io.store import as_data, told
from funnet.nn.layer import Layer
from funnet.version import VERSION

_FORMAT = "funnet net 1"


def save_net(path: str | os.PathLike[str], net: Layer) -> None:
    """Write a network, without parameters, as JSON that people can read.

    The file appears whole or not at all. Raises CheckpointError if it cannot be written, DtypeError, with
    the path, for what has no name, such as the functions of a Lambda.

        >>> import funnet as fn, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     fn.save_net(f"{folder}/net.json", fn.Sequential([fn.Linear(3), fn.Relu()]))
        ...     print(fn.load_net(f"{folder}/net.json"))
        Sequential([Linear(3), Relu()])
    """
    checks.instance("save_net", "net", net, Layer)
    path = checks.path("save_net", path)
    text = json.dumps({"format": _FORMAT, "funnet": VERSION, "net": as_data(net)}, indent=1)
    with writable(path, CheckpointError), whole(path) as file:
        file.write(text.encode() + b"\n")


def load_net(path: str | os.PathLike[str], *, classes: Classes = ()) -> Layer:
    """The network in a file; `classes` are the attrs classes of your own in it.

    Raises CheckpointError if the file cannot be read or holds no network, DataError, with the path, for a
    class or a field that is not known, ConfigError for a hyperparameter outside its range.
    """
    path = checks.path("load_net", path)
    net = made_of(path, "net", _read(path), classes)
    if not isinstance(net, Layer):
        raise CheckpointError("a network", describe(net), who=path)
    return net


def made_of(path: Path, name: str, data: Any, classes: Classes) -> Any:
    """The value of the data that a file has under a name; errors say so."""
    return at(path, at, name, functools.partial(from_data, classes=classes), data)


def _read(path: Path) -> Any:
    try:
        with open(path, "rb") as file:
            text = file.read(HEADER_LIMIT)
        data = json.loads(text)
    except FileNotFoundError as error:
        raise CheckpointError("a file", "none at this path", who=path) from error
    except (OSError, ValueError, RecursionError) as error:
        expected = "a file written by funnet.save_net"
        raise CheckpointError(expected, told(error), who=path, why="damaged or foreign") from error
    if not isinstance(data, dict) or data.get("format") != _FORMAT or "net" not in data:
        raise CheckpointError(f"a file of the format {_FORMAT!r}", "another", who=path)
    return data["net"]
