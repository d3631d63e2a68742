"""How a fault is told."""

from collections.abc import Callable
from typing import Any

import attrs


@attrs.frozen
class Fault:
    """A replacement for `target.name` that some law must notice on one of the rows."""

    target: Any
    name: str
    broken: Any
    rows: tuple[str, ...]
    called: str


FAULTS: list[Fault] = []


def fault(target: Any, name: str, *rows: str) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Register what the decorated function makes of the good `target.name`."""

    def register(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
        FAULTS.append(Fault(target, name, make(getattr(target, name)), rows, make.__name__))
        return make

    return register
