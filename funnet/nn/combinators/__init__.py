"""Networks made of networks: the chain rule and no other mathematics."""

from typing import TYPE_CHECKING

from funnet.core import lazy

if TYPE_CHECKING:
    from funnet.nn.combinators.bidirectional import Bidirectional as Bidirectional
    from funnet.nn.combinators.frozen import Frozen as Frozen
    from funnet.nn.combinators.join import (
        Add as Add,
        Concat as Concat,
    )
    from funnet.nn.combinators.parallel import (
        Branch as Branch,
        Parallel as Parallel,
    )
    from funnet.nn.combinators.remat import Remat as Remat
    from funnet.nn.combinators.repeat import Repeat as Repeat
    from funnet.nn.combinators.residual import Residual as Residual
    from funnet.nn.combinators.reverse import Reverse as Reverse
    from funnet.nn.combinators.scan import Scan as Scan
    from funnet.nn.combinators.sequential import Sequential as Sequential
    from funnet.nn.combinators.tied import Tied as Tied
    from funnet.nn.combinators.time_distributed import TimeDistributed as TimeDistributed

if not TYPE_CHECKING:
    __all__, __getattr__, __dir__ = lazy.exports(__name__)
