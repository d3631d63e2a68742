"""python -m tests.mutation [options] PATH ...: which small changes to these sources do the tests notice?"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import tempfile
from pathlib import Path

from tests.mutation.changes import Change, changes
from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.runner import ROOT, copied, measured, verdicts

PRELOADED = "numpy", "hypothesis", "hypothesis.extra.numpy", "hypothesis.strategies", "pytest_cov", "coverage"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("paths", nargs="+", help="files or folders of funnet")
    parser.add_argument(
        "--tests", nargs="+", help="tests to run; the mirrored folders and the doctests if not given"
    )
    parser.add_argument("--sample", type=int, help="that many changes, drawn at random; all if not given")
    parser.add_argument("--seed", type=int, default=0, help="of the sample and the order")
    parser.add_argument("--jobs", type=int, default=1, help="mutants at a time")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds of tests a mutant, at most")
    parser.add_argument(
        "--folder", type=Path, help="results are kept there, and a second run goes on from them"
    )
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.gettempdir()) / "funnet-mutation"
    folder.mkdir(parents=True, exist_ok=True)
    results = folder / "results.jsonl"
    known = _known(results)
    drawn = _drawn(options.paths, options.sample, options.seed)
    todo = [change for change in drawn if known.get(change.key) != "killed"]
    print(f"{len(drawn)} changes, {len(todo)} to test; results in {folder}", flush=True)
    for name in PRELOADED:
        importlib.import_module(name)
    trees = [copied(folder / f"tree{job}") for job in range(options.jobs)]
    reach = measured(trees[0], options.paths, options.tests or _mirrored(options.paths), folder)
    todo = [change for change in todo if change.key not in EQUIVALENT]
    with results.open("a", encoding="utf-8") as file:
        for change, verdict, seconds in verdicts(todo, trees, reach, options.budget):
            known[change.key] = verdict
            print(f"{verdict:8} {seconds:5.1f} s  {change.path}:{change.line}", flush=True)
            if verdict != "killed":
                print(f"    - {change.before}\n    + {change.after}", flush=True)
            file.write(json.dumps({"key": change.key, "verdict": verdict}) + "\n")
            file.flush()
    _summary(drawn, known)


def _known(results: Path) -> dict[str, str]:
    """Verdicts of earlier runs, the later ones first in rank."""
    lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
    return {row["key"]: row["verdict"] for row in map(json.loads, lines)}


def _drawn(paths: list[str], sample: int | None, seed: int) -> list[Change]:
    files = sorted(
        {
            file
            for path in paths
            for file in ([ROOT / path] if path.endswith(".py") else (ROOT / path).rglob("*.py"))
        }
    )
    found = [
        change
        for file in files
        if file != ROOT / "funnet/__init__.py"
        for change in changes(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8"))
    ]
    random.Random(seed).shuffle(found)
    return found[:sample]


def _mirrored(paths: list[str]) -> list[str]:
    """The tests of a folder or file by its place, and its doctests."""
    found = []
    for path in map(Path, paths):
        inside = Path("tests") / path.relative_to("funnet")
        mirror = inside.with_name(f"test_{inside.name}") if path.suffix else inside
        found += [str(place) for place in (mirror, path) if (ROOT / place).exists()]
    return found


def _summary(drawn: list[Change], known: dict[str, str]) -> None:
    count = {"killed": 0, "timeout": 0, "equivalent": 0, "survived": 0}
    for change in drawn:
        verdict = "equivalent" if change.key in EQUIVALENT else known.get(change.key, "survived")
        count[verdict] += 1
        if verdict == "survived":
            print(f"\n{change.path}:{change.line}\n    - {change.before}\n    + {change.after}")
    print(f"\n{len(drawn)} changes: " + ", ".join(f"{n} {verdict}" for verdict, n in count.items()))


if __name__ == "__main__":
    main()
