"""Calls under watch: how each ends, and what ended in anything but a result or an error of ours."""

import collections
import contextlib
import io
import random
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np

import funnet as fn
from tests.fuzz.declared import may_be
from tests.fuzz.odd import replacements
from tests.fuzz.places import Arguments, Place, at, places, spoilt

HOME = Path(fn.__file__).parent
SECONDS = 2.0
MEMORY = 2**30


@attrs.frozen(eq=False)
class Call:
    """A call that works, of `f` with the arguments that `make` makes anew."""

    name: str
    f: Callable[..., Any]
    make: Callable[[], Arguments]
    others: Callable[[], dict[str, dict[str, Any]]] = dict


@attrs.frozen
class Trial:
    """A call with one place of its arguments replaced."""

    call: Call
    place: Place
    odd: str

    def __str__(self) -> str:
        return f"{self.call.name}({'/'.join(self.place)}: {self.odd})"


@attrs.frozen
class Finding:
    """A trial that ended as none may, and where in funnet."""

    trial: Trial
    kind: str
    where: str
    words: str


class TooSlow(BaseException):
    """A call that takes more than its time."""


def trials(calls: Iterable[Call]) -> list[Trial]:
    """All of them."""
    found = []
    for call in calls:
        arguments = call.make()
        others = call.others()
        for place in places(arguments):
            try:
                names = [*replacements(at(arguments, place)), *others.get("/".join(place), ())]
            except KeyError:
                continue
            found += [Trial(call, place, name) for name in names]
    return found


def drawn(call: Call, count: int, draw: random.Random) -> Iterator[Trial]:
    """So many of them for one call, its arguments all as often."""
    arguments, others = call.make(), call.others()
    whole = {name: [place for place in places(arguments) if place[0] == name] for name in arguments}
    for _ in range(count if whole else 0):
        place = draw.choice(whole[draw.choice([*whole])])
        names = [*replacements(at(arguments, place)), *others.get("/".join(place), ())]
        yield Trial(call, place, draw.choice(names))


def run(trial: Trial) -> Finding | None:
    """What is wrong with how the call ends; None if nothing is."""
    arguments = trial.call.make()
    old = at(arguments, trial.place)
    more = trial.call.others().get("/".join(trial.place), {})
    try:
        odd = more[trial.odd] if trial.odd in more else replacements(old)[trial.odd](old)
        arguments = spoilt(arguments, trial.place, odd)
    except Exception:  # what cannot be replaced so: a record that refuses it, an array without rows
        return None
    if trial.place[0] in ("cache", "state") and _alike(old, odd):
        return None
    try:
        with watched():
            trial.call.f(**arguments)
        if len(trial.place) == 1 and not may_be(trial.call.name, trial.place[0], odd):
            return Finding(trial, "accepted", trial.call.name, repr(odd)[:200])
    except fn.FunnetError as error:
        return _of_message(trial, error)
    except TooSlow as error:
        return Finding(trial, "TooSlow", _innermost(error), f"more than {SECONDS} s")
    except Exception as error:
        if _of_the_user(error) or _of_the_asked(trial, error):
            return None
        return Finding(trial, type(error).__name__, _innermost(error), str(error)[:200])
    return None


def _alike(old: Any, odd: Any) -> bool:
    """Whether nobody can see a difference without a look at the numbers."""
    if isinstance(old, np.ndarray):
        return type(odd) is np.ndarray and (odd.shape, odd.dtype) == (old.shape, old.dtype)
    return type(old) is type(odd) and not isinstance(old, tuple | fn.tree.FrozenDict | dict)


def _of_message(trial: Trial, error: fn.FunnetError) -> Finding | None:
    try:
        words = str(error)
    except Exception as broken:
        return Finding(trial, "message", _innermost(error), f"{type(broken).__name__}: {broken}"[:200])
    if len(words) > 10_000:
        return Finding(trial, "long message", _innermost(error), words[:200])
    return None


def _of_the_user(error: BaseException) -> bool:
    """Whether a function that the call was given raised it."""
    files = [Path(frame.filename) for frame in traceback.extract_tb(error.__traceback__)]
    last = max((index for index, file in enumerate(files) if HOME in file.parents), default=len(files))
    return any(file.parent == Path(__file__).parent for file in files[last + 1 :])


def _of_the_asked(trial: Trial, error: BaseException) -> bool:
    """Whether it is the answer to what was asked for: f fails itself, or a wide network has large outputs."""
    if trial.call.name == "tree.map" and trial.place == ("f",):
        return isinstance(error, TypeError)
    return trial.call.name.startswith("models.") and isinstance(error, MemoryError)


def _innermost(error: BaseException) -> str:
    """The innermost line of funnet that an error passed through."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(str(HOME))
    ]
    if not frames:
        return "outside of funnet"
    return f"{Path(frames[-1].filename).relative_to(HOME)}:{frames[-1].lineno}"


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """Warnings are errors, floating-point ones aside; time and memory have bounds; nothing is printed."""
    with (
        np.errstate(all="ignore"),
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        _little_memory(),
        _little_time(),
    ):
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "constrained_layout not applied")  # of very long names
        # what matplotlib asks of its own packages, as in pyproject.toml
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="matplotlib|pyparsing")
        yield


@contextlib.contextmanager
def _little_time() -> Iterator[None]:
    """TooSlow after so many seconds of the processor, where the system has such a clock."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


@contextlib.contextmanager
def _little_memory() -> Iterator[None]:
    """MemoryError for whoever wants much more than there is now, on Linux."""
    if sys.platform != "linux":
        yield
        return
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def summary(findings: Iterable[Finding]) -> str:
    """The findings by cause, the most frequent first, each with an example."""
    groups: dict[tuple[str, str], list[Finding]] = collections.defaultdict(list)
    for finding in findings:
        groups[finding.where, finding.kind].append(finding)
    lines = []
    for (where, kind), found in sorted(groups.items(), key=lambda item: -len(item[1])):
        names = collections.Counter(finding.trial.call.name for finding in found)
        shown = ", ".join(f"{name} {count}" for name, count in names.most_common(4))
        lines += [
            f"{len(found):6} {kind} at {where}: {shown}",
            f"       {found[0].trial}: {found[0].words[:150]!r}",
        ]
    return "\n".join(lines)
