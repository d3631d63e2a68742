"""Saving and loading trees."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.arrays import is_array
from funnet.core.containers import Buffer, Tree, describe, freeze, is_leaf, parts, rebuild
from funnet.errors import CheckpointError, MissingExtraError, TreeError, at, writable
from funnet.io import npz_file, safetensors_file
from funnet.io.contents import FIRST_FORMAT, FORMAT, SCALARS, Contents, check_length
from funnet.io.machine import this_machine
from funnet.io.plain_data import classes_in, to_data
from funnet.io.report import LoadReport, compared
from funnet.version import VERSION

Reader = Callable[[Path], AbstractContextManager[Contents]]

_KINDS = "biufcSU"
_KIND_WORDS = {bool: "a bool", int: "an integer", str: "a string"}  # True is an integer, too
_LINE = 200
_BARE = "."  # the name of an array that is no part of anything


def save(path: str | os.PathLike[str], value: Tree, **about: object) -> None:
    """Write a tree: parameters, a TrainState, anything built of trees, numbers and strings.

    What the tree is `about`, such as net=net, optimizer=optimizer, is written beside it as plain data (see
    `to_data`), and `restore` makes it anew. The file also says on what machine it was written. A path that
    ends in .safetensors gives a file of that format (extra), any other an .npz.
    The file appears whole or not at all: it is written beside its place, flushed to the disk, and moved
    there. Raises CheckpointError if that fails, or if the tree holds what no file can; DtypeError for an
    `about` that cannot be written as data.
    """
    path = checks.path("save", path)
    items = storable(value)
    arrays = {name: np.asarray(item) for name, item in items.items() if is_leaf(item)}
    values = {name: item for name, item in items.items() if name not in arrays}
    header = {
        "format": FORMAT,
        "funnet": VERSION,
        "machine": this_machine(),
        "dtype": sorted({str(array.dtype) for array in arrays.values()}),
        "about": {name: at(name, as_data, item) for name, item in about.items()},
        "values": values,
    }
    write = safetensors_file.write if _is_safetensors(path) else npz_file.write
    with writable(path, CheckpointError):
        text = json.dumps(header)
        check_length(text)
        write(path, arrays, text)


def storable(value: Tree) -> dict[str, Tree]:
    """What is in a tree, by path. Raises CheckpointError for what no file can hold."""
    items = _named(value)
    for name, item in items.items():
        if isinstance(item, np.ndarray) and not is_array(item):
            raise CheckpointError("plain NumPy arrays", describe(item), who=name)
        if np.asarray(item).dtype.kind not in _KINDS if is_leaf(item) else not isinstance(item, SCALARS):
            raise CheckpointError("arrays, numbers and strings", _odd(item), who=name)
    return items


def as_data(value: object) -> Any:
    """`value` as plain data, classes of the user's own by their names too."""
    return to_data(value, classes=classes_in(value))


def load(path: str | os.PathLike[str], *, like: Tree) -> Tree:
    """The tree in a file, built like `like`: same containers, paths, shapes and dtypes; arrays read-only.

    Numbers, strings and the like are of the same kind as in `like`, and finite where they are so there.
    Raises CheckpointError if the file cannot be read or is damaged, or holds another tree than `like`.
    """
    made, report = load_partial(path, like=like)
    if not report.complete:
        raise misfit(path, report)
    return made


def load_partial(path: str | os.PathLike[str], *, like: Tree, where: str = "**") -> tuple[Tree, LoadReport]:
    """(tree, report): `like` with what the file has at the paths that match the glob `where`.

    Where the file has nothing that fits, the tree has what `like` has, and the report says so. To train on
    from parameters made so, begin with `init(net, optimizer, key, x, params=...)`: a state whose parameters
    alone come from a file has an optimizer that knows the old ones.
    Raises CheckpointError if the file cannot be read or is damaged, TreeError if no path matches.
    """
    wanted = _named(like)
    with opened(path) as file:
        values = file.header["values"]
        found = {name: str(outline) for name, outline in file.outlines.items()}
        found |= dict.fromkeys(values, "a value")
        kinds = {name: describe(item) if is_leaf(item) else "a value" for name, item in wanted.items()}
        for name in (name for name, kind in kinds.items() if kind == found.get(name) == "a value"):
            kinds[name], found[name] = _kind(wanted[name]), _kind(values[name], wanted[name])
        report = compared(kinds, found, where)
        taken = {name: values[name] if name in values else freeze(file.read(name)) for name in report.loaded}
        made = _filled(like, taken, ())
        if file.header["format"] == FIRST_FORMAT and report.complete and where == "**":
            _check_fingerprint(path, made, file.header["fingerprint"])
    return made, report


def header(path: str | os.PathLike[str]) -> Mapping[str, Any]:
    """What a file says of itself: format, version, values, and what it is about, as plain data.

    Raises CheckpointError if the file cannot be read or is damaged.
    """
    with opened(path) as file:
        return file.header


def misfit(path: str | os.PathLike[str], report: LoadReport) -> CheckpointError:
    """The error for a file that does not hold the tree it should."""
    expected = "the paths, shapes and dtypes of the tree it is loaded into"
    return CheckpointError(expected, report.faults(), who=os.fspath(path))


@contextmanager
def opened(
    path: str | os.PathLike[str], reader: Reader | None = None, what: str = "a file written by funnet.save"
) -> Iterator[Contents]:
    """What is in a file. CheckpointError for whatever a damaged or foreign one makes its reader raise."""
    path = checks.path("load", path)
    reader = reader or (safetensors_file.opened if _is_safetensors(path) else npz_file.opened)
    try:
        if path.is_fifo():
            raise CheckpointError(what, "a named pipe", who=path, why="it is read from both ends")
        with reader(path) as file:
            yield file
    except FileNotFoundError as error:
        raise CheckpointError("a file", "none at this path", who=path) from error
    except (CheckpointError, MissingExtraError, TreeError):
        raise
    except Exception as error:  # a damaged archive can make its readers raise anything
        raise CheckpointError(what, told(error), who=path, why="damaged or foreign") from error


def told(error: Exception) -> str:
    """An error in a line: one that cannot decode a file would show all of it."""
    text = repr(error)
    return text if len(text) <= _LINE else f"{text[:_LINE]}..."


def _check_fingerprint(path: str | os.PathLike[str], made: Tree, fingerprint: str) -> None:
    if tree.fingerprint(made) != fingerprint:
        expected = "values that match their fingerprint"
        raise CheckpointError(expected, "others", who=os.fspath(path), why="damaged")


def _filled(like: Tree, taken: Mapping[str, Tree], path: tuple[str, ...]) -> Tree:
    """`like` with what was taken from a file in its places."""
    if isinstance(like, Buffer):
        return Buffer(_filled(like.value, taken, path))
    children = None if is_leaf(like) else parts(like)
    if children is None:
        return freeze(taken.get("/".join(path) or _BARE, like))
    return rebuild(like, [_filled(child, taken, (*path, str(name))) for name, child in children])


def _named(value: Tree) -> dict[str, Tree]:
    return {name or _BARE: item for name, item in tree.walk(value, buffers=True)}


def _is_safetensors(path: Path) -> bool:
    return path.suffix == ".safetensors"


def _kind(item: object, like: object = None) -> str:
    """What kind of value it is. Where a float that is not finite is wanted, any float is like it."""
    if isinstance(item, float):
        wanted = like if isinstance(like, float) and not math.isfinite(like) else item
        return "a float" if math.isfinite(wanted) else "a float that is not finite"
    return next((words for kind, words in _KIND_WORDS.items() if isinstance(item, kind)), "None")


def _odd(item: Any) -> str:
    return f"an array of {item.dtype}" if is_leaf(item) else f"a {type(item).__name__}"
