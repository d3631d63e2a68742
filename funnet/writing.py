"""Writing files that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write that is at `path` once it is complete and flushed to the disk.

    It is written beside its place and moved there at the end. After an error, or a crash at any moment,
    what was at `path` before is still there; an error leaves nothing else behind.
    """
    beside = path.parent / f".{path.name}.{secrets.token_hex(8)}"
    try:
        with open(beside, "x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
