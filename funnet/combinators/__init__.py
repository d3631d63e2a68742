"""Networks made of networks: the chain rule and no other mathematics."""

from typing import TYPE_CHECKING, Any

from funnet import lazy

if TYPE_CHECKING:
    from funnet.combinators.bidirectional import Bidirectional
    from funnet.combinators.frozen import Frozen
    from funnet.combinators.join import Add, Concat
    from funnet.combinators.parallel import Branch, Parallel
    from funnet.combinators.remat import Remat
    from funnet.combinators.repeat import Repeat
    from funnet.combinators.residual import Residual
    from funnet.combinators.reverse import Reverse
    from funnet.combinators.scan import Scan
    from funnet.combinators.sequential import Sequential
    from funnet.combinators.tied import Tied
    from funnet.combinators.time_distributed import TimeDistributed

__all__ = [
    "Add",
    "Bidirectional",
    "Branch",
    "Concat",
    "Frozen",
    "Parallel",
    "Remat",
    "Repeat",
    "Residual",
    "Reverse",
    "Scan",
    "Sequential",
    "Tied",
    "TimeDistributed",
]

# loaded when first asked for
_HOMES = {
    "bidirectional": ("Bidirectional",),
    "frozen": ("Frozen",),
    "join": (
        "Add",
        "Concat",
    ),
    "parallel": (
        "Branch",
        "Parallel",
    ),
    "remat": ("Remat",),
    "repeat": ("Repeat",),
    "residual": ("Residual",),
    "reverse": ("Reverse",),
    "scan": ("Scan",),
    "sequential": ("Sequential",),
    "tied": ("Tied",),
    "time_distributed": ("TimeDistributed",),
}


def __getattr__(name: str) -> Any:
    return lazy.attribute(__name__, _HOMES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
