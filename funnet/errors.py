"""Every error funnet raises, and the one way they are worded.

<layer path>: expected <what> (<why>), got <value>; <fix>
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self, TypeVar

Result = TypeVar("Result")

_MOST = 1000  # letters of a part of a message


class FunnetError(Exception):
    """The root of funnet's errors.

    A message grows its path on the way out: the layer that notices names itself in `who`, and every
    combinator around it puts the name of its child in front with `under`.

    `state` and `history`: an error that leaves `fit`, `find_rate` or `minimize` carries the last good state
    (parameters, from `minimize`) and the history so far; elsewhere both are None.
    """

    state: Any = None
    history: Any = None

    def __init__(
        self,
        expected: str,
        got: str,
        *,
        who: object = "",
        why: str = "",
        fix: str = "",
    ) -> None:
        super().__init__(expected, got)
        self.expected = expected
        self.got = got
        self.who = str(who)
        self.why = why
        self.fix = fix
        self.path: tuple[str, ...] = ()

    def under(self, name: object) -> Self:
        """The error itself, with `name` in front of its path."""
        self.path = (str(name), *self.path)
        return self

    def __str__(self) -> str:
        where = printable("/".join((*self.path, self.who) if self.who else self.path))
        return "".join(
            (
                f"{where}: " if where else "",
                f"expected {printable(self.expected)}",
                f" ({printable(self.why)})" if self.why else "",
                f", got {printable(self.got)}",
                f"; {printable(self.fix)}" if self.fix else "",
            )
        )


class ShapeError(FunnetError, ValueError):
    """An array of the wrong rank, width or length."""


class DtypeError(FunnetError, TypeError):
    """A value of the wrong type, or an array of the wrong dtype."""


class ConfigError(FunnetError, ValueError):
    """A hyperparameter outside its range."""


class DataError(FunnetError, ValueError):
    """A label out of range, a target that is no distribution, a file that is not what it should be."""


class TreeError(FunnetError, LookupError):
    """A tree of another structure, or a path that is not in it."""


class CheckpointError(FunnetError, ValueError):
    """A file that cannot be written, read, or fitted to the tree it is loaded into."""


class NonFiniteError(FunnetError, ArithmeticError):
    """A loss, a gradient or anything else a step makes that is NaN or infinite."""


class MissingExtraError(FunnetError, RuntimeError):
    """An optional package that is not installed."""


def printable(text: str, most: int = _MOST) -> str:
    r"""Text that may come from a file, as a terminal can show it: in one line, a long one without its middle.

    What cannot be printed, such as the codes that move the cursor, is written as Python escapes it.

        >>> print(printable("red: \x1b[31m"))
        red: \x1b[31m
    """
    if len(text) > most:
        text = f"{text[: most // 2]} ... {text[-(most // 2) :]}"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def at(name: object, f: Callable[..., Result], *args: Any) -> Result:
    """`f(*args)`; an error on the way out is told that it passed through the child `name`.

    One of ours grows its path. Any other exception, say from a layer of the user's, gets a note.
    """
    try:
        return f(*args)
    except Exception as error:
        passing(error, name)
        raise


def passing(error: Exception, name: object) -> None:
    """Tell an error that it passes through the child `name`, as `at` does."""
    if isinstance(error, FunnetError):
        error.under(name)
    else:
        error.add_note(f"in the layer {printable(str(name))!r}")


_CARRIES = "error.state and error.history hold the last good state and the history so far"


class SoFar:
    """The last good state and the history of long work, given to every error that leaves a `with` of it."""

    def __init__(self, state: Any, history: Any) -> None:
        self.state = state
        self.history = history

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            carry(error, self.state, self.history)


def carry(error: BaseException, state: Any, history: Any) -> None:
    """Set `error.state` and `error.history`; an error that is not funnet's also gets a note that says so.

    Where an exception has attributes of these names with another meaning, or takes none, a FunnetError that
    carries them is raised from it.
    """
    values = {"state": state, "history": history}
    known = isinstance(error, FunnetError) or _CARRIES in getattr(error, "__notes__", ())
    if known or not any(name in dir(error) for name in values):
        with suppress(Exception):  # of a frozen exception
            for name, value in values.items():
                setattr(error, name, value)
            if not known:
                error.add_note(_CARRIES)
            return
    if isinstance(error, Exception):
        carrier = FunnetError("no error", repr(error), fix="it is the __cause__ of this one")
        carrier.state, carrier.history = state, history
        raise carrier from error


@contextmanager
def writable(path: Path, kind: type[FunnetError]) -> Iterator[None]:
    """An error of this kind for what keeps a file from being written."""
    try:
        yield
    except FunnetError:
        raise
    except (OSError, ValueError) as error:
        expected, fix = "a file that can be written", "choose another path"
        raise kind(expected, reason(error), who=path, fix=fix) from error


def reason(error: Exception) -> str:
    """What went wrong with a file, in the words of the operating system where it has any."""
    return getattr(error, "strerror", None) or str(error)
