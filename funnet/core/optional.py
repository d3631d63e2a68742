"""Optional packages, imported where they are used."""

from __future__ import annotations

import importlib
from typing import Any

from funnet.errors import MissingExtraError


def load(module: str, extra: str) -> Any:
    """The module, or MissingExtraError with the command that installs it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name != package:
            raise
        raise MissingExtraError(
            f"the package {package}",
            "none installed",
            fix=f"run: pip install 'funnet[{extra}]'",
        ) from None
