"""Saving and loading trees.

The file is a zip archive as `np.load` reads it: an array for every path, and `header.json` with the
format, funnet's version, what in the tree is no array, and the fingerprint of the whole. It holds no
pickle, and loading runs no code from it.
"""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from funnet import tree
from funnet.containers import Array, Buffer, Tree, is_leaf, parts, read_only, rebuild
from funnet.errors import CheckpointError
from funnet.version import VERSION
from funnet.writing import whole

_FORMAT = "funnet tree 1"
_HEADER = "header.json"
_HEADER_LIMIT = 16 * 2**20
_NPY_HEADER_LIMIT = 4096
_PASSENGERS = (bool, int, float, str, type(None))


def save(path: str | os.PathLike[str], value: Tree) -> None:
    """Write a tree: parameters, a TrainState, anything built of trees, numbers and strings.

    The file appears whole or not at all: it is written beside its place, flushed to the disk, and moved
    there. Raises CheckpointError if that fails, or if the tree holds what no file can.
    """
    path = Path(path)
    items = dict(tree.walk(value, buffers=True))
    arrays = {name: np.asarray(item) for name, item in items.items() if is_leaf(item)}
    others = {name: item for name, item in items.items() if name not in arrays}
    for name, item in items.items():
        if not isinstance(item, _PASSENGERS) and (name not in arrays or item.dtype.hasobject):
            raise CheckpointError("arrays, numbers and strings", f"a {type(item).__name__}", who=name)
    header = {"format": _FORMAT, "funnet": VERSION, "fingerprint": tree.fingerprint(value), "values": others}
    try:
        _write(path, arrays, json.dumps(header))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CheckpointError(
            "a file that can be written", reason, who=path, fix="choose another path"
        ) from error


def _write(path: Path, arrays: dict[str, Array], header: str) -> None:
    with whole(path) as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo(_HEADER), header)
        for key, array in arrays.items():
            with archive.open(zipfile.ZipInfo(_member(key)), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def load(path: str | os.PathLike[str], *, like: Tree) -> Tree:
    """The tree in a file, built like `like`: same containers, paths, shapes and dtypes; arrays read-only.

    Raises CheckpointError if the file cannot be read or is damaged, or holds another tree than `like`.
    """
    path = Path(path)
    wanted = dict(tree.walk(like, buffers=True))
    try:
        with zipfile.ZipFile(path) as archive:
            header = _read_header(archive)
            _check_names(path, archive, header, wanted)
            found = {
                name: _read_array(path, archive, name, item) if is_leaf(item) else header["values"][name]
                for name, item in wanted.items()
            }
        made = _filled(like, found, ())
        damaged = tree.fingerprint(made) != header["fingerprint"]
    except CheckpointError:
        raise
    except FileNotFoundError as error:
        raise CheckpointError("a file", "none at this path", who=path) from error
    except Exception as error:  # a damaged archive can make its readers raise anything
        expected = "a file written by funnet.save"
        raise CheckpointError(expected, repr(error), who=path, why="damaged or foreign") from error
    if damaged:
        raise CheckpointError("values that match their fingerprint", "others", who=path, why="damaged")
    return made


def _read_header(archive: zipfile.ZipFile) -> dict[str, Any]:
    with archive.open(_HEADER) as member:
        header = json.loads(member.read(_HEADER_LIMIT))
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        raise ValueError(f"no header of the format {_FORMAT!r}")
    return header


def _check_names(
    path: Path, archive: zipfile.ZipFile, header: dict[str, Any], wanted: dict[str, Tree]
) -> None:
    members = set(archive.namelist()) - {_HEADER}
    expected = {_member(name) for name, item in wanted.items() if is_leaf(item)}
    values = {name for name, item in wanted.items() if not is_leaf(item)}
    missing = sorted(expected - members) + sorted(values - header["values"].keys())
    extra = sorted(members - expected) + sorted(header["values"].keys() - values)
    if missing or extra:
        said = [
            f"{word} {', '.join(names[:5])}"
            for word, names in (("lacks", missing), ("has besides", extra))
            if names
        ]
        raise CheckpointError(
            "the paths of the tree it is loaded into", f"a file that {' and '.join(said)}", who=path
        )


def _read_array(path: Path, archive: zipfile.ZipFile, name: str, like: Array) -> Array:
    size = archive.getinfo(_member(name)).file_size
    if size > like.nbytes + _NPY_HEADER_LIMIT:
        raise CheckpointError(f"{like.nbytes} bytes for {name}", f"{size}", who=path)
    with archive.open(_member(name)) as member:
        array: Array = np.lib.format.read_array(member, allow_pickle=False)
    if array.shape != like.shape or array.dtype != like.dtype:
        wanted = f"{like.dtype} of shape {like.shape} for {name}"
        raise CheckpointError(wanted, f"{array.dtype} of shape {array.shape}", who=path)
    return array


def _filled(like: Tree, found: dict[str, Tree], path: tuple[str, ...]) -> Tree:
    if isinstance(like, Buffer):
        return Buffer(_filled(like.value, found, path))
    children = None if is_leaf(like) else parts(like)
    if children is None:
        value = found["/".join(path)]
        return read_only(value) if is_leaf(like) else value
    return rebuild(like, [_filled(child, found, (*path, str(name))) for name, child in children])


def _member(name: str) -> str:
    return f"{name or '.'}.npy"
