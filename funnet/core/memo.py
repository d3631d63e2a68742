"""What is made of a value, remembered for as long as the value is there."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")

_MOST = 256


class Memo(Generic[Value]):
    """f(value, mode), made once for every value that can be hashed, and so does not change.

    A value is known by its identity and held weakly: what was made of it goes when it goes.
    """

    def __init__(self, f: Callable[[Value, bool], Value]) -> None:
        self._f = f
        self._known: dict[tuple[int, bool], tuple[weakref.ref[Value], Value | None]] = {}

    def __call__(self, value: Value, mode: bool) -> Value:
        found = self._known.get((id(value), mode))
        if found is not None and found[0]() is value:
            return value if found[1] is None else found[1]
        made = self._f(value, mode)
        try:
            hash(value)
            held = weakref.ref(value, self._forgetting(id(value), mode))
        except TypeError:  # it may change, or nothing can hold it weakly
            return made
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[id(value), mode] = held, None if made is value else made
        return made

    def __len__(self) -> int:
        return len(self._known)

    def _forgetting(self, number: int, mode: bool) -> Callable[[weakref.ref[Value]], None]:
        """What is called when a value goes. By then another may have its number."""

        def forget(dead: weakref.ref[Value]) -> None:
            found = self._known.get((number, mode))
            if found is not None and found[0] is dead:
                self._known.pop((number, mode), None)

        return forget
