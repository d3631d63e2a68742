"""What a file says it is about: to make it anew, or to tell whether it is the same."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from funnet.core.containers import describe
from funnet.errors import CheckpointError, FunnetError
from funnet.io.store import as_data


def sayable(**about: object) -> dict[str, object]:
    """Those of the values that can be written as plain data."""
    found = {}
    for name, value in about.items():
        try:
            as_data(value)
        except FunnetError:
            continue
        found[name] = value
    return found


def check_same(path: str | os.PathLike[str], said: Mapping[str, Any], **about: object) -> None:
    """Raise CheckpointError if a file says that it is about others than these, and name the first place."""
    for name, value in about.items():
        difference = _difference(said[name], as_data(value), ()) if name in said else ""
        if difference:
            raise CheckpointError(f"a checkpoint of the same {name}", difference, who=os.fspath(path))


def _difference(there: Any, here: Any, path: tuple[str, ...]) -> str:
    """The first place where two pieces of plain data differ, in words, or nothing."""
    if isinstance(there, dict) and isinstance(here, dict) and there.get("class") == here.get("class"):
        pairs = [(name, there.get(name), here.get(name)) for name in dict.fromkeys((*here, *there))]
    elif isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        pairs = [(str(index), a, b) for index, (a, b) in enumerate(zip(there, here, strict=True))]
    elif type(there) is type(here) and there == here:
        return ""
    else:
        at = f" at {'/'.join(path)}" if path else ""
        return f"one with {_said(there)} in place of {_said(here)}{at}"
    return next(filter(None, (_difference(a, b, (*path, name)) for name, a, b in pairs)), "")


def _said(data: Any) -> str:
    return str(data["class"]) if isinstance(data, dict) and "class" in data else describe(data)
