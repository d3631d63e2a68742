"""Runs the tests that reach a changed line, each mutant in a process of its own on a copy of the tree."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs
import coverage
import pytest

from tests.mutation.changes import Change

ROOT = Path(__file__).parents[2]
QUIET = (
    "-q",
    "--no-header",
    "--tb=no",
    "-p",
    "no:cacheprovider",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
)


@attrs.frozen
class Reach:
    """Which tests run which lines, and how long they take."""

    tests: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]

    def of(self, change: Change, budget: float) -> list[list[str]]:
        """The mirrored test file, and after it the tests that run the line (any of the file if none does).

        Of these the quickest come first, and as many as fit.
        """
        inside = Path("tests") / Path(change.path).relative_to("funnet")
        mirror = inside.with_name(f"test_{inside.name}")
        lines = self.tests.get(change.path, {})
        found = set(lines.get(change.line, ())) or {test for tests in lines.values() for test in tests}
        chosen, total = [], 0.0
        for test in sorted(found, key=lambda test: (self.seconds.get(test, 0.0), test)):
            total += self.seconds.get(test, 0.0)
            if not test.startswith(f"{mirror}::") and total <= budget:
                chosen.append(test)
        return [tests for tests in ([str(mirror)] if (ROOT / mirror).exists() else [], chosen) if tests]


def copied(to: Path) -> Path:
    """A copy of what the tests need."""
    skipped = shutil.ignore_patterns("__pycache__", ".*")
    for name in ("funnet", "tests", "examples"):
        shutil.copytree(ROOT / name, to / name, ignore=skipped, dirs_exist_ok=True)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, to)
    return to


class _Times:
    """A plugin that adds up how long each test takes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration


def measured(tree: Path, paths: list[str], tests: list[str], folder: Path) -> Reach:
    """The reach of the tests, within the paths, on the unchanged tree; it is kept in the folder."""
    kept = folder / "reach.json"
    if not kept.exists():
        pid = os.fork()
        if not pid:
            os._exit(_measure(tree, paths, tests, kept))
        _, status = os.waitpid(pid, 0)
        if status:
            raise SystemExit("the tests fail on the unchanged tree, or none was found")
    data = json.loads(kept.read_text())
    lines = {path: {int(n): found for n, found in own.items()} for path, own in data["tests"].items()}
    return Reach(lines, data["seconds"])


def _measure(tree: Path, paths: list[str], tests: list[str], kept: Path) -> int:
    _enter(tree)
    times = _Times()
    (tree / "coveragerc").write_text("[run]\ndata_file = reach\n")  # lines alone: arcs take longer
    cover = ("--cov-config=coveragerc", "--cov-context=test", "--cov-report=")
    cover += tuple(f"--cov={path.removesuffix('.py').replace('/', '.')}" for path in paths)
    code = pytest.main([*QUIET, *cover, *tests], plugins=[times])
    if code:
        return int(code)
    data = coverage.CoverageData(str(tree / "reach"))
    data.read()
    found = {
        os.path.relpath(file, tree): {
            line: sorted({name.partition("|")[0] for name in names if name})
            for line, names in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    kept.write_text(json.dumps({"tests": found, "seconds": times.seconds}))
    return 0


def _enter(tree: Path) -> None:
    """Make the copy the place where tests and funnet come from."""
    os.chdir(tree)
    os.environ["PYTHONPATH"] = str(tree)
    sys.path[:] = [str(tree), *(path for path in sys.path if Path(path or ".").resolve() != ROOT)]
    for name in [name for name in sys.modules if name.partition(".")[0] in ("funnet", "tests")]:
        del sys.modules[name]


def verdicts(
    changes: Iterable[Change], trees: list[Path], reach: Reach, budget: float
) -> Iterator[tuple[Change, str, float]]:
    """(change, "killed", "timeout" or "survived", seconds), as many at a time as there are trees."""
    free, running = list(trees), {}
    todo = iter(changes)
    change = next(todo, None)
    while change is not None or running:
        while free and change is not None:
            tree = free.pop()
            original = (tree / change.path).read_text(encoding="utf-8")
            tests = reach.of(change, budget)
            limit = time.monotonic() + 120.0 + 6.0 * budget
            running[_started(tree, change, tests)] = (change, tree, original, time.monotonic(), limit)
            change = next(todo, None)
        time.sleep(0.02)
        for pid, (done, tree, original, start, limit) in list(running.items()):
            found, status = os.waitpid(pid, os.WNOHANG)
            late = not found and time.monotonic() > limit
            if late:
                os.killpg(pid, 9)
                os.waitpid(pid, 0)
            if found or late:
                del running[pid]
                (tree / done.path).write_text(original, encoding="utf-8")
                free.append(tree)
                verdict = "timeout" if late else "killed" if status else "survived"
                yield done, verdict, time.monotonic() - start


def _started(tree: Path, change: Change, tests: list[list[str]]) -> int:
    """The process that tests a mutant; it ends with 0 if the mutant survives, for want of tests too."""
    file = tree / change.path
    file.write_text(change.source, encoding="utf-8")
    stamp = time.time_ns()
    os.utime(file, ns=(stamp, stamp))
    pid = os.fork()
    if pid:
        return pid
    os.setpgid(0, 0)
    os.environ["FUNNET_PROFILE"] = "mutation"  # a failing example need not shrink
    sys.dont_write_bytecode = True
    _enter(tree)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    os._exit(int(any(pytest.main(["-x", *QUIET, *some]) for some in tests)))
