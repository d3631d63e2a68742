"""Names that are loaded when somebody first asks for them (PEP 562).

A package says which of its modules holds which names; `import funnet` then costs what a script uses.
"""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Iterable, Mapping
from typing import Any

Homes = Mapping[str, Iterable[str]]


def attribute(package: str, homes: Homes, name: str, whole: Iterable[str] = ()) -> Any:
    """`name` of the package, from the module that `homes` says; the package then has it.

    If it says none, from the first of the modules `whole` in whose `__all__` the name is.
    Raises AttributeError if it is in none.
    """
    said = (module for module, names in homes.items() if name in names)
    found = (module for module in whole if name in importlib.import_module(f"{package}.{module}").__all__)
    home = next(itertools.chain(said, found), None)
    if home is None:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{package}.{home}"), name)
    setattr(sys.modules[package], name, value)
    return value
