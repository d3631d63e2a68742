"""Print the lowest versions that pyproject.toml allows, as pins for pip: `python .ci/floors.py test`."""

import re
import sys
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pins(extra: str) -> set[str]:
    """The requirements of an extra, and of those it is made of, each at its lowest version."""
    found = set()
    for requirement in project["optional-dependencies"][extra]:
        if inner := re.fullmatch(r"funnet\[(.+)\]", requirement):
            found |= set().union(*map(pins, inner[1].split(",")))
        else:
            found.add(requirement.replace(">=", "=="))
    return found


core = {requirement.replace(">=", "==") for requirement in project["dependencies"]}
print(*sorted(core.union(*map(pins, sys.argv[1:]))), sep="\n")
