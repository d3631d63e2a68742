"""How the paths of a file and of a tree go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from funnet import tree
from funnet.errors import printable

_SHOWN = 8


@attrs.frozen
class LoadReport:
    """What became of each path.

    `loaded` came from the file; `missing` are not in it, `extra` only there, and `reshaped` are those whose
    shape, dtype or kind of value differs: (path, what the tree has, what the file has).
    """

    loaded: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    reshaped: tuple[tuple[str, str, str], ...]

    @property
    def complete(self) -> bool:
        """Whether the file fits the tree."""
        return not (self.missing or self.extra or self.reshaped)

    def faults(self) -> str:
        """What does not fit, in a few words."""
        changed = [f"{path} as {there}, not {here}" for path, here, there in self.reshaped]
        said = (("lacks", self.missing), ("has besides", self.extra), ("has", changed))
        return "a file that " + " and ".join(f"{word} {_few(paths)}" for word, paths in said if paths)

    def __str__(self) -> str:
        rows = [f"loaded {len(self.loaded)} paths"]
        for name, paths in (("missing", self.missing), ("extra", self.extra)):
            rows += [f"{name}: {path}" for path in paths]
        rows += [f"reshaped: {path} is {here}, in the file {there}" for path, here, there in self.reshaped]
        return "\n".join(map(printable, rows))


def _few(paths: Sequence[str]) -> str:
    return ", ".join(paths[:_SHOWN]) + (", ..." if len(paths) > _SHOWN else "")


def compared(wanted: Mapping[str, str], found: Mapping[str, str], where: str = "**") -> LoadReport:
    """The report on two mappings of paths to descriptions, of the paths that match the glob.

    Raises TreeError if none does.
    """
    names = tuple(dict.fromkeys((*wanted, *found)))
    if where != "**":
        names = tuple(name for name, hit in zip(names, tree.matching(names, where), strict=True) if hit)
    both = [name for name in names if name in wanted and name in found]
    return LoadReport(
        tuple(name for name in both if wanted[name] == found[name]),
        tuple(name for name in names if name not in found),
        tuple(name for name in names if name not in wanted),
        tuple((name, wanted[name], found[name]) for name in both if wanted[name] != found[name]),
    )
