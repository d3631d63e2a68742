"""What the signature of a public function says of its arguments: to accept another value is an error too."""

import functools
import inspect
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

import funnet as fn
from funnet.core import checks

KINDS: dict[str, Callable[[Any], bool]] = {
    "int": checks.is_integer,
    "float": lambda value: checks.is_number(value) or callable(value),  # where a rate stands, a schedule may
    "bool": lambda value: isinstance(value, bool | np.bool_),
    "str": lambda value: isinstance(value, str),
    "Layer": lambda value: isinstance(value, fn.Layer),
    "Optimizer": lambda value: isinstance(value, fn.Optimizer),
    "Key": lambda value: isinstance(value, fn.Key),
    "TrainState": lambda value: isinstance(value, fn.TrainState),
    "None": lambda value: value is None,
}
PLAIN = (
    "Error",
    "History",
    "LoadReport",
    "TrainState",
    "testing.Finding",
    "testing.Mutant",
    "testing.Report",
)


def may_be(name: str, argument: str, value: Any) -> bool:
    """Whether a public function of this name may accept the value."""
    kinds = declared(name).get(argument, "").strip("'").split(" | ")
    if name.endswith(PLAIN) or not all(kind in KINDS for kind in kinds):
        return True
    return any(KINDS[kind](value) for kind in kinds)


@functools.cache
def declared(name: str) -> dict[str, str]:
    """The annotations of the arguments of a function; none of a method."""
    try:
        f = operator.attrgetter(name)(fn)
    except AttributeError:
        return {}
    if inspect.isfunction(f) and "." in f.__qualname__:
        return {}
    return {key: str(p.annotation) for key, p in inspect.signature(f).parameters.items()}
