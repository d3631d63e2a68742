"""Losses: frozen values that map (y, target) to (value, dy).

`value` is a scalar of the dtype of y, `dy` its gradient with respect to y. Prediction and target never
broadcast. All are averages over the N examples of a batch (and over time steps, if there are any), so that
the loss of a batch does not grow with it.

Target `Weighted(target, weights)`: value = Σ w · term / Σ w, and dy accordingly. The weights (N,), or
(N, T) and so on, stand for the first axes of y; a mask is weights of 0 and 1, or booleans.
Output `Padded`, y (N, T, …) with lengths: the average is over real steps, dy is a Padded with zeros behind
the ends. The target is an array (N, T, …), or a Padded with the same lengths; weights may come on top.
What stands where the weight is 0, and behind the ends, is never read, neither in y nor in the target.

Raises ShapeError if the target or the weights do not fit y, DtypeError for labels or targets of the wrong
type, DataError for labels out of range, targets that are no distribution and weights that are negative or
all 0.
"""

from typing import TYPE_CHECKING

from funnet.core import lazy

if TYPE_CHECKING:
    from funnet.losses import (
        metrics as metrics,
        penalties as penalties,
    )
    from funnet.losses.base import (
        Average as Average,
        Loss as Loss,
        Value as Value,
    )
    from funnet.losses.classification import (
        BinaryCrossEntropy as BinaryCrossEntropy,
        Hinge as Hinge,
        KLDivergence as KLDivergence,
        NegativeLogLikelihood as NegativeLogLikelihood,
        SoftmaxCrossEntropy as SoftmaxCrossEntropy,
    )
    from funnet.losses.regression import (
        Huber as Huber,
        MeanAbsoluteError as MeanAbsoluteError,
        MeanSquaredError as MeanSquaredError,
        SquaredError as SquaredError,
    )
    from funnet.losses.weighting import Weighted as Weighted

if not TYPE_CHECKING:
    __all__, __getattr__, __dir__ = lazy.exports(__name__)
