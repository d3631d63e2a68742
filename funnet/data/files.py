"""Where the files of a data set are: in a folder of the user's, in the cache, or on a mirror."""

from __future__ import annotations

import importlib.util
import os
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from funnet.core import checks, optional
from funnet.errors import DataError

_VARIABLE = "FUNNET_DATA"
_TIMEOUT = 10  # seconds without an answer


def locate(
    name: str,
    checksums: Mapping[str, str],
    mirrors: Sequence[str],
    root: str | os.PathLike[str] | None = None,
) -> dict[str, Path]:
    """Paths of the files of the set `name`, by their names, which are the keys of `checksums`.

    If `root` is given, they are there. Otherwise they are in the folder that the environment variable
    FUNNET_DATA names, if it has them all, and otherwise in the cache, where every file that is missing, or
    has another SHA-256 than `checksums` says, is fetched first. `mirrors` are the addresses of folders,
    tried in turn. A file "x-idx3-ubyte.gz" may stand in a folder as "x-idx3-ubyte", with or without the end
    ".gz" also as "x.idx3-ubyte", and each of them in its sub-folder `name`.
    Raises DataError if `root` lacks a file or no mirror gives it, MissingExtraError without pooch.
    """
    if root is not None:
        folder = checks.path(name, root, "root")
        found = _held(name, checksums, folder)
        if missing := [file for file in checksums if file not in found]:
            got = f"a folder without {', '.join(missing)}" if os.path.isdir(folder) else "no such folder"
            raise DataError(f"the files of {name} in {root}", got, who=name, fix=_advice(checksums))
        return found
    if variable := os.environ.get(_VARIABLE):
        found = _held(name, checksums, Path(variable))
        if len(found) == len(checksums):
            return found
    return _cached(name, checksums, mirrors)


def _held(name: str, files: Iterable[str], folder: Path) -> dict[str, Path]:
    """The files that are in a folder of the user's."""
    found = {}
    for file in files:
        spellings = (place / spelling for place in (folder, folder / name) for spelling in _spellings(file))
        if path := next(filter(os.path.isfile, spellings), None):
            found[file] = path
    return found


def _spellings(file: str) -> list[str]:
    """The names a file goes by: packed or not, and with the dot that some programs unpack it with."""
    dotted = file.replace("-idx", ".idx")
    return [file, file.removesuffix(".gz"), dotted, dotted.removesuffix(".gz")]


def _cached(name: str, checksums: Mapping[str, str], mirrors: Sequence[str]) -> dict[str, Path]:
    pooch = optional.load("pooch", "data")
    folder = Path(pooch.os_cache("funnet")) / name
    found = {}
    for file, checksum in checksums.items():
        failures: list[str] = []
        for mirror in mirrors:
            try:
                found[file] = _retrieve(pooch, mirror + file, checksum, folder / file)
                break
            except (OSError, ValueError) as error:  # of the network or the disk; of the checksum
                failures.append(f"{mirror}: {_short(error)}")
        else:
            raise DataError(
                f"{file} in {folder} or on a mirror", "; ".join(failures), who=name, fix=_advice(checksums)
            )
    return found


def _retrieve(pooch: Any, url: str, checksum: str, path: Path) -> Path:
    shown = importlib.util.find_spec("tqdm") is not None
    get = pooch.HTTPDownloader(progressbar=shown, chunk_size=2**16, timeout=_TIMEOUT)
    return Path(pooch.retrieve(url, f"sha256:{checksum}", path.name, path.parent, downloader=get))


def _short(error: Exception) -> str:
    return textwrap.shorten(f"{type(error).__name__}: {error}", 120, placeholder=" ...")


def _advice(files: Iterable[str]) -> str:
    return f"put {', '.join(files)} into a folder and give it as root or in the variable {_VARIABLE}"
