"""Networks made of networks: the chain rule and no other mathematics."""

from funnet.combinators.frozen import Frozen
from funnet.combinators.join import Add, Concat
from funnet.combinators.parallel import Branch, Parallel
from funnet.combinators.residual import Residual
from funnet.combinators.scan import Scan
from funnet.combinators.sequential import Sequential

__all__ = ["Add", "Branch", "Concat", "Frozen", "Parallel", "Residual", "Scan", "Sequential"]
