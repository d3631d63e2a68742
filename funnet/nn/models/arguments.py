"""What the ready-made networks check of their arguments, where no layer does."""

from __future__ import annotations

from collections.abc import Iterable

from funnet.core import checks
from funnet.errors import ConfigError
from funnet.nn.layer import Layer
from funnet.nn.layers import Dropout

_MOST = 10_000


def integers(who: str, name: str, values: Iterable[int]) -> tuple[int, ...]:
    """The values, if there is one and all are positive integers."""
    made = checks.listed(who, name, values, "positive integers")
    if not made or not all(checks.is_integer(value) and 0 < value < 2**63 for value in made):
        raise ConfigError(f"{name} to be positive integers", repr(values), who=who)
    return made


def few(who: str, name: str, value: int) -> int:
    """The value, if it is a positive integer of layers that a network can have."""
    if checks.count(who, name, value) > _MOST:
        raise ConfigError(f"{name} of at most {_MOST}", repr(value), who=who)
    return value


def dropouts(rate: float) -> list[Layer]:
    """A Dropout of this rate in a list, which is empty for 0."""
    layer = Dropout(rate)
    return [layer] if layer.rate else []
