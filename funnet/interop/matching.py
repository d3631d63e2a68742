"""Match PyTorch's modules to our records: by what the caller says, by name, or by shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import attrs

from funnet.errors import CheckpointError, ConfigError
from funnet.interop.layouts import Shapes

Modules = Mapping[str, Shapes]

_WHO = "from_torch"


@attrs.frozen
class Wanted:
    """The tensors of one of our records: those that must be there, and those that a tie has elsewhere too.

    The shape of an optional tensor is None where it is not known.
    """

    needed: Shapes
    optional: Mapping[str, tuple[int, ...] | None] = attrs.field(factory=dict)

    @property
    def all(self) -> Mapping[str, tuple[int, ...] | None]:
        """The shapes of both."""
        return {**self.needed, **self.optional}

    def fits(self, other: Shapes | None) -> bool:
        """Whether a module has what is needed and nothing else than is known."""
        if other is None or not self.needed.keys() <= other.keys() <= self.all.keys():
            return False
        return all(self.all[piece] in (None, shape) for piece, shape in other.items())


def paired(ours: Mapping[str, Wanted], theirs: Modules, names: Mapping[str, str]) -> dict[str, str]:
    """{path here: name there} of the modules that found each other, in vain if only their names are alike.

    Raises ConfigError for a path in `names` that is not here, CheckpointError where shapes leave a choice.
    """
    for path in names:
        if not any(_below(own, path) is not None for own in ours):
            why = f"they are {', '.join(ours) or 'none'}"
            raise ConfigError("names for paths of modules", repr(path), who=_WHO, why=why)
    told = {path: name for path in ours if (name := _told(path, names)) is not None}
    rest = {path: shapes for path, shapes in ours.items() if path not in told}
    free = {name: shapes for name, shapes in theirs.items() if name not in told.values()}
    alike = {path: path.replace("/", ".") for path in rest}
    if all(rest[path].fits(free.get(name, {})) for path, name in alike.items()):
        return told | {path: name for path, name in alike.items() if name in free}
    found = told | _by_shape(rest, free)
    lost = {path: name for path, name in alike.items() if path not in found and name in free}
    return found | {path: name for path, name in lost.items() if name not in found.values()}


def _told(path: str, names: Mapping[str, str]) -> str | None:
    """The name of the module at a path, by the longest of the paths in `names` that it is below."""
    rests = {given: rest for given in names if (rest := _below(path, given)) is not None}
    if not rests:
        return None
    given = max(rests, key=len)
    return ".".join(filter(None, (names[given], rests[given].replace("/", "."))))


def _below(path: str, given: str) -> str | None:
    """The rest of a path below another, None if it is not there."""
    if path == given or not given:
        return path[len(given) :]
    return path[len(given) + 1 :] if path.startswith(f"{given}/") else None


def _by_shape(ours: Mapping[str, Wanted], theirs: Modules) -> dict[str, str]:
    """Modules of one shape in their order, if as many are there, and the order of their names is clear."""
    found: dict[str, str] = {}
    for wanted in ours.values():
        alike = {path: own for path, own in ours.items() if own.all == wanted.all}
        fitting = [name for name, other in theirs.items() if any(own.fits(other) for own in alike.values())]
        there, here = sorted(fitting, key=_numbers), list(alike)
        if len(here) > len(there):  # what is tied may be missing
            here = [path for path in here if ours[path].needed]
        if len(here) == len(there) and all(map(_fits(ours, theirs), here, there)):
            if len({re.sub(r"[0-9]+", "0", name) for name in there}) > 1:
                got = f"{', '.join(here)} here and {', '.join(there)} there"
                fix = "say which is which with names={path: name}"
                raise CheckpointError("one way to pair modules of one shape", got, who=_WHO, fix=fix)
            found |= zip(here, there, strict=True)
    return found


def _fits(ours: Mapping[str, Wanted], theirs: Modules) -> Callable[[str, str], bool]:
    return lambda path, name: ours[path].fits(theirs[name])


def _numbers(name: str) -> list[tuple[int, str]]:
    """What sorts names by the numbers in them, however many digits they have."""
    found = (digits.lstrip("0") for digits in re.findall(r"[0-9]+", name))
    return [(len(digits), digits) for digits in found]
