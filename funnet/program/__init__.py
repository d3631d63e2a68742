"""Networks that run without funnet."""

from funnet.program.source import export

__all__ = ["export"]
