"""One network for every class that has a derivative, each combinator around a layer with state.

Whoever adds a layer adds a row in one of these files, and every law is then held against it.
"""

from tests.cases import attention, basic, combinators, convolution, recurrent
from tests.cases.row import Row

ROWS: tuple[Row, ...] = (
    *basic.ROWS,
    *convolution.ROWS,
    *attention.ROWS,
    *recurrent.ROWS,
    *combinators.ROWS,
)
BY_NAME = {row.name: row for row in ROWS}
