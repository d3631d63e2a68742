"""Arrays and a header in a file of the safetensors format (extra), sealed by a digest in the header."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from funnet.core import optional
from funnet.core.atomic_write import whole
from funnet.core.containers import Array
from funnet.io import digest
from funnet.io.contents import HEADER_LIMIT, Contents, Outline, parsed

_SEAL = {"sha256": digest.BLANK.decode()}
_MARK = json.dumps(json.dumps(_SEAL)).partition(digest.BLANK.decode())[0].lstrip('"{').encode()
_SIZE = 8  # bytes in front of the header, which say its length
_DTYPES = {
    "BOOL": "?",
    **{f"I{8 * size}": f"i{size}" for size in (1, 2, 4, 8)},
    **{f"U{8 * size}": f"u{size}" for size in (1, 2, 4, 8)},
    **{f"F{8 * size}": f"f{size}" for size in (2, 4, 8)},
}

_BFLOAT16 = "BF16"


def write(path: Path, arrays: Mapping[str, Array], header: str) -> None:
    """Write the file, whole or not at all. Raises ValueError for a dtype or a name it cannot hold."""
    numpy = optional.load("safetensors.numpy", "safetensors")
    for name, array in arrays.items():
        if array.dtype.newbyteorder("=") not in map(np.dtype, _DTYPES.values()) or not array.dtype.isnative:
            raise ValueError(f"an array of {array.dtype} at {name}")
    if "__metadata__" in arrays:
        raise ValueError("the name __metadata__")
    sealed = json.dumps({**_SEAL, **json.loads(header)})
    data = numpy.save({name: np.asarray(a, order="C") for name, a in arrays.items()}, {"funnet": sealed})
    with whole(path) as file:
        file.write(data)
        digest.put(file, _place(file))


@contextmanager
def opened(path: Path) -> Iterator[Contents]:
    """What the file holds. Raises one error or another if it is damaged or foreign."""
    with open(path, "rb") as file:
        if not digest.holds(file, _place(file)):
            raise ValueError("not the digest of its bytes")
    with tensors(path) as contents:
        header = parsed(contents.header["funnet"])
        yield Contents(header, contents.outlines, contents.read)


@contextmanager
def tensors(path: Path) -> Iterator[Contents]:
    """What any file of the format holds, its header as it stands."""
    package = optional.load("safetensors", "safetensors")
    with package.safe_open(path, framework="np") as file:
        names = file.keys()
        outlines = {name: _outline(name, file.get_slice(name)) for name in names}
        halves = {name for name in names if file.get_slice(name).get_dtype() == _BFLOAT16}

        def read(name: str) -> Array:
            made: Array = _widened(path, name, outlines[name]) if name in halves else file.get_tensor(name)
            return made

        yield Contents(file.metadata() or {}, outlines, read)


def _widened(path: Path, name: str, outline: Outline) -> Array:
    """A tensor of bfloat16, which NumPy does not have, as float32: its bits are the upper half of those."""
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(_SIZE), "little")
        begin, end = json.loads(file.read(size))[name]["data_offsets"]
        file.seek(_SIZE + size + begin)
        upper = np.frombuffer(file.read(end - begin), "<u2").astype(np.uint32)
    return (upper << 16).view(np.float32).reshape(outline.shape)


def _outline(name: str, part: Any) -> Outline:
    kind = part.get_dtype()
    if kind not in _DTYPES and kind != _BFLOAT16:
        raise ValueError(f"{name} of {kind}, which NumPy does not have")
    return Outline(tuple(part.get_shape()), np.dtype(_DTYPES.get(kind, "f4")))


def _place(file: BinaryIO) -> int:
    """Where the digest stands; −1 if nowhere."""
    file.seek(0)
    size = min(int.from_bytes(file.read(_SIZE), "little"), HEADER_LIMIT)
    at = file.read(size).find(_MARK)
    return _SIZE + at + len(_MARK) if at >= 0 else -1
