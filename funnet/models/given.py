"""What the ready-made networks check of their arguments, where no layer does."""

from __future__ import annotations

from collections.abc import Iterable

from funnet import expect
from funnet.errors import ConfigError


def integers(who: str, name: str, values: Iterable[int]) -> tuple[int, ...]:
    """The values, if there is one and all are positive integers."""
    made = tuple(values) if isinstance(values, Iterable) else ()
    if not made or not all(expect.is_integer(value) and value > 0 for value in made):
        raise ConfigError(f"{name} to be positive integers", repr(values), who=who)
    return made


def integer(who: str, name: str, value: int) -> int:
    """The value, if it is a positive integer."""
    if not expect.is_integer(value) or value < 1:
        raise ConfigError(f"{name} to be a positive integer", repr(value), who=who)
    return value
