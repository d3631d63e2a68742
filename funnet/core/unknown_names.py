"""Names and arguments that are not there: errors that know what people write by habit (see `habits`).

>>> str(name_error("funnet", "Dense", habits.NAMES))
"funnet: expected one of its names, got 'Dense'; use fn.Linear(width)"
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from funnet.core import habits
from funnet.core.deprecation import parameters, wrapped
from funnet.errors import FunnetError

_Call = TypeVar("_Call", bound=Callable[..., Any])
_Class = TypeVar("_Class", bound=type)


class UnknownNameError(FunnetError, AttributeError):
    """A name that a module or a value does not have, but that other libraries have."""


class UnknownArgumentError(FunnetError, TypeError):
    """A keyword argument, or an index, that a function or a value does not take."""


def name_error(who: object, name: str, answers: habits.Answers) -> UnknownNameError | None:
    """The error for a name in the table; None for any other, which fails as Python has it."""
    fix = answers.get(name)
    return UnknownNameError("one of its names", repr(name), who=who, fix=fix) if fix else None


class Absent:
    """A name of a class that is not there: to ask for it is an AttributeError that says what to write.

    Whatever a subclass or an instance calls by this name stands before it. A `__getattr__` would do the same,
    but would make every attribute of the class slower to read.
    """

    __slots__ = ("fix", "name")

    def __init__(self, name: str, fix: str) -> None:
        self.name = name
        self.fix = fix

    def __get__(self, instance: object, owner: type) -> NoReturn:
        raise UnknownNameError("one of its names", repr(self.name), who=owner.__name__, fix=self.fix)


def absent(answers: habits.Answers) -> Callable[[_Class], _Class]:
    """A decorator of an abstract class: the names in the table are `Absent`, and `dir` does not list them."""

    def decorate(cls: _Class) -> _Class:
        def __dir__(self: object) -> list[str]:
            return [name for name in object.__dir__(self) if name not in answers or _is_there(self, name)]

        kind: Any = cls
        kind.__dir__ = __dir__
        for name, fix in answers.items():
            setattr(kind, name, Absent(name, fix))
        return cls

    return decorate


def _is_there(value: object, name: str) -> bool:
    return not isinstance(inspect.getattr_static(value, name), Absent)


def no_item(self: object, index: object) -> NoReturn:
    """A `__getitem__` for layers. Beside it belongs `__iter__ = None`, or Python takes them for sequences."""
    fix = "the layers of fn.Sequential are in net.layers, the parameters of its first in params[0]"
    raise UnknownArgumentError("no index", f"[{index!r:.40}]", who=type(self).__name__, fix=fix)


def keywords(call: _Call) -> _Call:
    """A decorator of a function or an attrs class: a keyword argument that it does not have is our error.

    It stands below the decorators of `deprecation`, which still know old arguments.
    """
    return wrapped(call, lambda inner: _checked(inner, call.__name__))


def _checked(call: Callable[..., Any], who: str) -> Callable[..., Any]:
    by_position, by_keyword = parameters(call)
    names = tuple(name for name in (*by_position, *by_keyword) if name != "self")
    known = frozenset(names)

    @functools.wraps(call)
    def checked(*args: Any, **named: Any) -> Any:
        if named and not known.issuperset(named):
            raise argument_error(who, next(name for name in named if name not in known), names)
        return call(*args, **named)

    return checked


def argument_error(who: str, argument: str, names: tuple[str, ...]) -> UnknownArgumentError:
    """The error for a keyword argument that is not one of `names`."""
    alias = next((own for own in names if argument in habits.ALIASES.get(own, "").split()), None)
    fix = f"it is {alias}=" if alias else habits.ARGUMENTS.get(argument, "")
    expected = f"arguments among {', '.join(names)}" if names else "no arguments"
    return UnknownArgumentError(expected, f"{argument}=", who=who, fix=fix)
