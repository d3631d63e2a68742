"""Networks that run without funnet."""

from funnet.standalone.program import export

__all__ = ["export"]
