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

from typing import TYPE_CHECKING, Any

from funnet import lazy
from funnet.losses.base import Average, Loss, Value
from funnet.losses.parts import Weighted

if TYPE_CHECKING:
    from funnet.losses.classification import (
        BinaryCrossEntropy,
        Hinge,
        KLDivergence,
        NegativeLogLikelihood,
        SoftmaxCrossEntropy,
    )
    from funnet.losses.regression import Huber, MeanAbsoluteError, MeanSquaredError, SquaredError

__all__ = [
    "Average",
    "BinaryCrossEntropy",
    "Hinge",
    "Huber",
    "KLDivergence",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "NegativeLogLikelihood",
    "SoftmaxCrossEntropy",
    "SquaredError",
    "Value",
    "Weighted",
]

# loaded when first asked for
_HOMES = {
    "classification": (
        "BinaryCrossEntropy",
        "Hinge",
        "KLDivergence",
        "NegativeLogLikelihood",
        "SoftmaxCrossEntropy",
    ),
    "regression": (
        "Huber",
        "MeanAbsoluteError",
        "MeanSquaredError",
        "SquaredError",
    ),
}


def __getattr__(name: str) -> Any:
    return lazy.attribute(__name__, _HOMES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
