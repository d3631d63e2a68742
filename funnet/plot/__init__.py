"""Pictures: functions that take data and an optional axes, and return the axes.

Nothing is shown and no global state is touched: without axes a new figure is made, to be saved with
`axes.figure.savefig(path)`. Lines differ in dashes and markers, classes in markers and hatches, so that
every picture reads in black and white. Needs the extra [plot].
"""

from funnet.plot.confusion import confusion_matrix
from funnet.plot.images import image_grid
from funnet.plot.plane import decision_boundary, scatter
from funnet.plot.rate_search import loss_by_rate
from funnet.plot.time_series import series
from funnet.plot.training_curves import curves, gradient_sizes, panels

__all__ = [
    "confusion_matrix",
    "curves",
    "decision_boundary",
    "gradient_sizes",
    "image_grid",
    "loss_by_rate",
    "panels",
    "scatter",
    "series",
]
