"""Names that are loaded when somebody first asks for them (PEP 562).

A package lists its public names once, as imports under `if TYPE_CHECKING`, where type checkers and editors
see them. At run time the same lines are read from its source, so `import funnet` costs what a script uses.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any


def exports(package: str) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """(__all__, __getattr__, __dir__) of a package that lists its names under `if TYPE_CHECKING`."""
    module = sys.modules[package]
    homes = dict(_listed(inspect.getsource(module)))

    def get(name: str) -> Any:
        """The name of the package, which then has it. Raises AttributeError if it is not a public one."""
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home = homes[name]
        value = (
            importlib.import_module(f"{home}.{name}")
            if home == package
            else getattr(importlib.import_module(home), name)
        )
        setattr(module, name, value)
        return value

    return sorted(homes), get, lambda: sorted(homes)


def _listed(source: str) -> Iterator[tuple[str, str]]:
    """(name, module it is imported from) for every import under `if TYPE_CHECKING`."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for line in node.body:
                if isinstance(line, ast.ImportFrom) and line.module:
                    yield from ((alias.asname or alias.name, line.module) for alias in line.names)
