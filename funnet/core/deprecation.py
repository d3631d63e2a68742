"""How a public name or argument leaves, or moves.

A public name that goes, and an argument that goes or gets another name, keep working for one minor version,
with a DeprecationWarning that names what to write instead and the version in which the old form becomes an
error. An argument never changes its meaning in silence: what would give other numbers without an error gets a
new name.

The warning points at the line of the caller, so Python shows it in scripts and notebooks, and pytest shows
it everywhere. Whoever wants to see the errors of the next version today runs `python -W error`.
"""

from __future__ import annotations

import functools
import inspect
import operator
import sys
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

_Call = TypeVar("_Call", bound=Callable[..., Any])


def deprecated_name(module: str, old: str, new: str, *, removed_in: str) -> Any:
    """What `module` now calls `new`; the `__getattr__` of the module calls this when asked for `old`.

        def __getattr__(name):
            if name == "Dense":
                return deprecated_name(__name__, "Dense", "Linear", removed_in="0.3.0")
            ...

    Args:
        module: the name of the module, which has been imported.
        old: what it was called.
        new: may be dotted, if the name has moved to a module inside.
        removed_in: the version that no longer knows `old`.

    """
    _warn(f"{module}.{old} is now {module}.{new}; the old name goes in version {removed_in}")
    return operator.attrgetter(new)(sys.modules[module])


def deprecated_argument(old: str, new: str | None, *, removed_in: str) -> Callable[[_Call], _Call]:
    """A decorator of a function or an attrs class, whose keyword argument `old` is now `new`.

    Args:
        old: what it was called.
        new: None if the argument goes without a successor; what is given for it is then ignored.
        removed_in: the version in which `old` is an unexpected argument, as any other.

    """

    def decorate(call: _Call) -> _Call:
        return wrapped(call, lambda inner: _renaming(inner, call.__name__, old, new, removed_in))

    return decorate


def keyword_only(*names: str, removed_in: str) -> Callable[[_Call], _Call]:
    """A decorator of a function or an attrs class, some of whose arguments are now keyword-only.

    They are declared as such, and a type checker, an editor and `inspect.signature` know them as such.

        >>> import attrs
        >>> @keyword_only("stride", removed_in="9.0.0")
        ... @attrs.frozen
        ... class Pool:
        ...     window: int
        ...     stride: int = attrs.field(default=1, kw_only=True)
        >>> Pool(2, stride=3)
        Pool(window=2, stride=3)

    Args:
        names: the keyword-only arguments that could once be given by position, in that order: those behind
            the ones that still can.
        removed_in: the version in which too many positional arguments are an error again.

    """

    def decorate(call: _Call) -> _Call:
        return wrapped(call, lambda inner: _naming(inner, call.__name__, names, removed_in))

    return decorate


def wrapped(call: _Call, wrap: Callable[[Callable[..., Any]], Any]) -> _Call:
    """The function wrapped; or the class itself, its `__init__` wrapped."""
    if isinstance(call, type):
        kind: Any = call
        kind.__init__ = wrap(kind.__init__)
        return call
    function: _Call = wrap(call)
    return function


def parameters(call: Callable[..., Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the arguments by position, `self` among them, and of those by keyword alone."""
    code = inspect.unwrap(call).__code__
    count = code.co_argcount
    return code.co_varnames[:count], code.co_varnames[count : count + code.co_kwonlyargcount]


def _renaming(
    call: Callable[..., Any], who: str, old: str, new: str | None, removed_in: str
) -> Callable[..., Any]:
    instead = "leave it out" if new is None else f"write {new}="

    @functools.wraps(call)
    def renaming(*args: Any, **named: Any) -> Any:
        if old in named and new not in named:
            _warn(f"{who}: {old}= is an error from version {removed_in} on; {instead}")
            value = named.pop(old)
            if new is not None:
                named[new] = value
        return call(*args, **named)

    return renaming


def _naming(
    call: Callable[..., Any], who: str, names: tuple[str, ...], removed_in: str
) -> Callable[..., Any]:
    by_position, by_keyword = parameters(call)
    if not set(names) <= set(by_keyword):
        raise TypeError(f"{who}: {', '.join(names)} are not all keyword-only, as {', '.join(by_keyword)} are")
    count, most = len(by_position), len(by_position) + len(names)
    allowed = ", ".join(name for name in by_position if name != "self") or "nothing"

    @functools.wraps(call)
    def naming(*args: Any, **named: Any) -> Any:
        if count < len(args) <= most:
            late = dict(zip(names, args[count:], strict=False))
            instead = ", ".join(f"{name}={value!r:.40}" for name, value in late.items())
            _warn(
                f"{who} takes {allowed} by position; write {instead}, "
                f"which by position is an error from version {removed_in} on"
            )
            return call(*args[:count], **late, **named)
        return call(*args, **named)

    return naming


def _warn(message: str) -> None:
    """Warn at the first line that is not of this package."""
    ours, frame, level = __name__.partition(".")[0], inspect.currentframe(), 1
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == ours:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, DeprecationWarning, level)
