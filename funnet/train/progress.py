"""Showing that long work is under way: through tqdm where it is installed, otherwise a line an epoch."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from funnet.core import optional
from funnet.errors import MissingExtraError


class Progress(Protocol):
    """Told of every step, and of the figures of every epoch."""

    def step(self) -> None: ...

    def epoch(self, row: Mapping[str, Any]) -> None: ...

    def note(self, text: str) -> None: ...


class _Silent:
    def step(self) -> None:
        pass

    def epoch(self, row: Mapping[str, Any]) -> None:
        pass

    def note(self, text: str) -> None:
        pass


class _Lines:
    def step(self) -> None:
        pass

    def epoch(self, row: Mapping[str, Any]) -> None:
        self.note(_figures(row))

    def note(self, text: str) -> None:
        print(text, file=sys.stderr)


class _Bar:
    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def step(self) -> None:
        self._bar.update()

    def epoch(self, row: Mapping[str, Any]) -> None:
        self._bar.set_postfix_str(_figures(row))

    def note(self, text: str) -> None:
        self._bar.write(text, file=sys.stderr)


@contextmanager
def progress(steps: int | None, shown: bool) -> Iterator[Progress]:
    """A Progress for so many steps; None where that is not known."""
    if not shown:
        yield _Silent()
        return
    try:
        tqdm = optional.load("tqdm", "progress")
    except MissingExtraError:
        yield _Lines()
        return
    with tqdm.tqdm(total=steps, unit="step", file=sys.stderr, dynamic_ncols=True) as bar:
        yield _Bar(bar)


def _figures(row: Mapping[str, Any]) -> str:
    numbers = {name: value for name, value in row.items() if not isinstance(value, Mapping)}
    return ", ".join(f"{name} {value:.4g}" for name, value in numbers.items() if name != "step")
