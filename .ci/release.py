"""Print what the changelog says of a version, if the tag is that version: `python .ci/release.py v0.1.0`."""

import re
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "funnet"


def main(tag: str) -> None:
    """Print the section, or exit with what does not agree."""
    found = re.search(r'VERSION = "(.+)"', (PACKAGE / "version.py").read_text(encoding="utf-8"))
    version = found[1] if found else None
    if tag != f"v{version}":
        sys.exit(f"expected the tag v{version}, as in funnet/version.py, got {tag}")
    changelog = (PACKAGE / "CHANGELOG.md").read_text(encoding="utf-8")
    head = rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$"
    section = re.search(rf"{head}\n(.+?)(?=^## \[|\Z)", changelog, re.MULTILINE | re.DOTALL)
    if not section:
        sys.exit(f"expected a section '## [{version}] - <date>' in funnet/CHANGELOG.md, got none")
    print(section[1].strip())


if __name__ == "__main__":
    main(sys.argv[1])
