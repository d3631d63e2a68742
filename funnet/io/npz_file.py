"""Arrays and a header in a zip archive as `np.load` reads it, sealed by a digest in its comment."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np

from funnet.core.atomic_write import whole
from funnet.core.containers import Array
from funnet.io import digest
from funnet.io.contents import FORMAT, Contents, Outline, parsed

_HEADER = "header.json"
_SUFFIX = ".npy"
_COMMENT = b"sha256 "
_NAME_LIMIT = 2**16 - 1 - len(_SUFFIX)


def write(path: Path, arrays: Mapping[str, Array], header: str) -> None:
    """Write the file, whole or not at all."""
    with whole(path) as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(zipfile.ZipInfo(_HEADER), header)
            add(archive, arrays)
            archive.comment = _COMMENT + digest.BLANK
        digest.put(file, _place(file))


def add(archive: zipfile.ZipFile, arrays: Mapping[str, Array]) -> None:
    """Write the arrays into an archive, each as it lies in memory. Raises ValueError for a name too long."""
    for name, array in arrays.items():
        if len(name.encode()) > _NAME_LIMIT:
            raise ValueError(f"a name of {len(name)} letters in a format that has {_NAME_LIMIT} bytes for it")
        with archive.open(zipfile.ZipInfo(name + _SUFFIX), "w", force_zip64=True) as member:
            np.lib.format.write_array(member, array, allow_pickle=False)


@contextmanager
def opened(path: Path) -> Iterator[Contents]:
    """What the file holds. Raises one error or another if it is damaged or foreign.

    Nothing is inflated, no pickle is read, and no array is made before its size is known to be that of its
    bytes in the file.
    """
    with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
        members = {info.filename: info for info in archive.infolist()}
        packed = next(
            (name for name, info in members.items() if info.compress_type != zipfile.ZIP_STORED), ""
        )
        if packed or len(members) < len(archive.infolist()):
            raise ValueError(f"a compressed member {packed}" if packed else "two members of one name")
        if sum(info.file_size for info in members.values()) > os.fstat(file.fileno()).st_size:
            raise ValueError("members larger than the file")
        header = parsed(archive.read(members.pop(_HEADER)))
        if header["format"] == FORMAT and not digest.holds(file, _place(file)):
            raise ValueError("not the digest of its bytes")
        outlines = {}
        for name in members:
            with archive.open(name) as member:
                outlines[name.removesuffix(_SUFFIX)], _ = _outline(member)

        def read(name: str) -> Array:
            with archive.open(name + _SUFFIX) as member:
                outline, order = _outline(member)
                flat = np.frombuffer(member.read(), outline.dtype)
                return flat.reshape(outline.shape, order=order)

        yield Contents(header, outlines, read)


def _place(file: BinaryIO) -> int:
    return file.seek(0, os.SEEK_END) - len(digest.BLANK)


def _outline(member: IO[bytes]) -> tuple[Outline, Any]:
    """Shape and dtype, and the order of the bytes."""
    version = np.lib.format.read_magic(member)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
    shape, fortran, dtype = read(member)
    if dtype.hasobject:
        raise ValueError("an array of Python objects")
    return Outline(shape, dtype), "F" if fortran else "C"
