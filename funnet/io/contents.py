"""What a file of arrays holds, whatever its format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np

from funnet.core.containers import Array

FORMAT = "funnet tree 2"
FIRST_FORMAT = "funnet tree 1"
HEADER_LIMIT = 64 * 2**20

SCALARS = (bool, int, float, str, type(None))


@attrs.frozen
class Outline:
    """Shape and dtype of an array that is not read yet."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        return f"{self.dtype}{list(self.shape)}"


@attrs.frozen(eq=False)
class Contents:
    """The header, the outlines of the arrays by name, and how to read one, while the file is open."""

    header: Mapping[str, Any]
    outlines: Mapping[str, Outline]
    read: Callable[[str], Array]


def check_length(text: bytes | str) -> None:
    """Raise ValueError if the text is too long for a header."""
    if len(text) > HEADER_LIMIT:
        raise ValueError(f"a header of {len(text)} bytes, of which there may be {HEADER_LIMIT}")


def parsed(text: bytes | str) -> dict[str, Any]:
    """The header of a checkpoint. Raises ValueError unless it is one."""
    check_length(text)
    header = json.loads(text)
    if not isinstance(header, dict) or header.get("format") not in (FORMAT, FIRST_FORMAT):
        raise ValueError(f"no header of the format {FORMAT!r}")
    header.setdefault("about", {})
    values = header["values"]
    if not isinstance(values, dict) or not all(isinstance(value, SCALARS) for value in values.values()):
        raise ValueError("values in the header that are no numbers and strings")
    if not isinstance(header["about"], dict):
        raise ValueError("a header that is about nothing")
    return header
