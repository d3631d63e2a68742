"""How long an import takes, and how much is installed."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement

import funnet

_IMPORT = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def import_seconds(module: str) -> float:
    """The time of an import in a new interpreter."""
    run = [sys.executable, "-c", _IMPORT.format(module)]
    return float(subprocess.run(run, capture_output=True, text=True, check=True).stdout)


def sizes(package: str) -> tuple[int, int]:
    """The bytes of a package's files, and those with all that it needs; compiled Python does not count."""
    own, *others = (_size(name) for name in _needed(package, {}))
    return own, own + sum(others)


def _needed(package: str, found: dict[str, None]) -> dict[str, None]:
    """The names of a package and of all it needs, without extras, added to those found."""
    found[package] = None
    for line in importlib.metadata.requires(package) or ():
        requirement = Requirement(line)
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        name = requirement.name.lower().replace("_", "-")
        if wanted and name not in found:
            _needed(name, found)
    return found


def _size(package: str) -> int:
    """Of funnet the folder it is imported from, as it may be installed in place; of others what pip lists."""
    if package == "funnet":
        paths = list(Path(funnet.__file__).parent.rglob("*"))
    else:
        paths = [Path(str(file.locate())) for file in importlib.metadata.files(package) or ()]
    return sum(path.stat().st_size for path in paths if path.is_file() and path.suffix != ".pyc")
