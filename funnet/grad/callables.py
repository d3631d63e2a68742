"""What functions expect of the networks, losses, penalties and metrics they are given.

All but networks are callables of the caller's: a class or a value of another kind is told by what it is, and
what they return by whoever calls them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from funnet.core import checks
from funnet.core.containers import describe
from funnet.errors import DtypeError
from funnet.losses import Loss
from funnet.losses.penalties import Penalty
from funnet.nn.initializers import Initializer
from funnet.nn.layer import Layer
from funnet.optim.base import Optimizer, Schedule


def network(who: object, net: object, name: str = "net") -> None:
    """Raise DtypeError unless it is a layer."""
    checks.instance(who, name, net, Layer)


def loss(who: object, value: object) -> None:
    """Raise DtypeError unless it can be a function (y, target) -> (value, dy)."""
    if not isinstance(value, Loss):
        function(who, "loss", value)


def penalty(who: object, value: object) -> None:
    """Raise DtypeError unless it can be a function (params) -> (value, dparams), or None."""
    if value is not None and not isinstance(value, Penalty):
        function(who, "penalty", value)


def metrics(who: object, value: Any) -> None:
    """Raise DtypeError unless they can be functions (y, target) -> number by name, or None."""
    if value is None:
        return
    checks.instance(who, "metrics", value, Mapping)
    for name, metric in value.items():
        function(who, f"metrics[{name!r}]", metric)


def probabilities(who: object, value: object) -> None:
    """Raise DtypeError unless it can be a function of an array."""
    function(who, "probability", value)


def rule(who: object, value: object) -> None:
    """Raise DtypeError unless it can be a function of a rate that gives an optimizer, as `fn.adam` is."""
    if not callable(value) or isinstance(value, VALUES):
        fix = "give the function that makes one of a rate, as fn.adam"
        raise DtypeError("optimizer to be a function of the rate", describe(value), who=who, fix=fix)


VALUES = (Layer, Optimizer, Loss, Penalty, Initializer, Schedule)


def function(who: object, name: str, value: object) -> None:
    """Raise DtypeError unless it can be called, and is none of funnet's values, which work otherwise."""
    if isinstance(value, (*VALUES, type)) or not callable(value):
        fix = f"give an instance, as {name}={value.__name__}(...)" if isinstance(value, type) else ""
        raise DtypeError(f"{name} to be a function", describe(value), who=who, fix=fix)
