"""IDX, the file format of MNIST: one array of numbers, plain or packed with gzip.

Two zero bytes, a byte for the type, a byte for the number of axes, the length of each axis in 32 bits, and
the numbers in C order. All is big-endian.
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from funnet.core import checks
from funnet.core.arrays import is_array
from funnet.core.atomic_write import whole
from funnet.core.containers import Array, describe, read_only
from funnet.errors import DataError, DtypeError, ShapeError, reason, writable

_DTYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype(">u1"),
    0x09: np.dtype(">i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
_CODES = {dtype: code for code, dtype in _DTYPES.items()}
_GZIP = b"\x1f\x8b"
_CHUNK = 2**20


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read_idx(path: str | os.PathLike[str]) -> Array:
    """The array in an IDX file, read-only and in native byte order.

    Whether the file is packed is seen from its content, not from its name. No more memory is used than
    the content needs, whatever the header claims.
    Raises DataError, with the path, if the file is missing, damaged, too short or too long.
    """
    path = checks.path("read_idx", path)
    try:
        with open(path, "rb") as file:
            packed = file.peek(len(_GZIP)).startswith(_GZIP)
            with gzip.open(file) if packed else file as stream:
                return _parse(path, stream)
    except DataError:
        raise
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise DataError("an IDX file that can be read", reason(error), who=path) from error


def _parse(path: Path, stream: _Stream) -> Array:
    magic = _read(stream, 4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _DTYPES:
        codes = ", ".join(f"{code:02x}" for code in _DTYPES)
        expected = f"the start of an IDX file: 00 00, a type of {codes}, and the number of axes"
        raise DataError(expected, magic.hex(" ") or "no bytes", who=path)
    dtype, ndim = _DTYPES[magic[2]], magic[3]
    lengths = _read(stream, 4 * ndim)
    if len(lengths) < 4 * ndim:
        raise DataError(f"{4 * ndim} bytes for {ndim} axes", f"{len(lengths)} bytes", who=path)
    shape = struct.unpack(f">{ndim}I", lengths)
    why = f"its header says {dtype.name} of shape {shape}"
    size = math.prod(shape) * dtype.itemsize
    content = _read(stream, size + 1)
    if len(content) != size:
        got = f"{size + 1} or more" if len(content) > size else f"{len(content)}"
        raise DataError(f"{size} bytes of numbers", got, who=path, why=why)
    try:
        array = np.frombuffer(content, dtype).reshape(shape)
    except ValueError as error:
        raise DataError("a shape that NumPy can hold", f"{ndim} axes", who=path, why=why) from error
    return read_only(array.astype(dtype.newbyteorder("="), copy=False))


def _read(stream: _Stream, size: int) -> bytes:
    """At most `size` bytes, in chunks, for `stream.read(size)` may allocate them before it looks."""
    content = bytearray()
    while len(content) < size and (chunk := stream.read(min(size - len(content), _CHUNK))):
        content += chunk
    return bytes(content)


def write_idx(path: str | os.PathLike[str], array: Array) -> None:
    """Write an array of uint8, int8, int16, int32, float32 or float64, packed if the name ends in ".gz".

    The same array gives the same bytes. The file appears whole or not at all.
    Raises DtypeError or ShapeError for an array the format cannot hold, DataError, with the path, if the
    file cannot be written.
    """
    path = checks.path("write_idx", path)
    dtype = array.dtype.newbyteorder(">") if is_array(array) else None
    if dtype is None or dtype not in _CODES:
        names = ", ".join(dtype.name for dtype in _CODES)
        raise DtypeError(
            f"an array of one of {names}", describe(array), who="write_idx", why="IDX has no other"
        )
    if any(length >= 2**32 for length in array.shape):
        raise ShapeError(
            "axes shorter than 2**32", f"shape {array.shape}", who="write_idx", why="IDX has 32 bits for each"
        )
    header = struct.pack(f">HBB{array.ndim}I", 0, _CODES[dtype], array.ndim, *array.shape)
    content = header + array.astype(dtype, copy=False).tobytes()
    if path.suffix == ".gz":
        content = gzip.compress(content, compresslevel=6, mtime=0)
    with writable(path, DataError), whole(path) as file:
        file.write(content)
