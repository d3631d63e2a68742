"""Globs over paths, matched in one pass: globs and paths may come from a file."""

from __future__ import annotations

from collections.abc import Sequence

_ANY = "**"


def matches(where: Sequence[str], names: Sequence[str]) -> bool:
    """Whether the names of a path match those of a glob.

    "**" stands for any number of names, at the end for at least one; "*" for any letters within a name.
    All ways to match are followed at once: `places` are those names of the glob that may be due next. So the
    work is at most one comparison for each pair of names.
    """
    end = len(where)
    places = _opened({0}, where)
    for name in names:
        due = set()
        for place in places - {end}:
            if where[place] != _ANY:
                if _alike(where[place], name):
                    due.add(place + 1)
            elif place == end - 1:
                due |= {place, end}
            elif name:
                due.add(place)
        places = _opened(due, where)
    return end in places


def _opened(places: set[int], where: Sequence[str]) -> set[int]:
    """The places, and those behind a "**" among them that is not at the end, for it may stand for nothing."""
    found = set()
    for place in places:
        while place not in found:
            found.add(place)
            if place < len(where) - 1 and where[place] == _ANY:
                place += 1
    return found


def _alike(pattern: str, name: str) -> bool:
    """Whether a name matches a pattern, each piece between two stars where it first occurs."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == name
    *middle, last = rest
    if not name.startswith(first):
        return False
    at = len(first)
    for piece in middle:
        at = name.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return len(name) - at >= len(last) and name.endswith(last)
