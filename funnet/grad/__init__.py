"""Gradients of a loss, and what else the backward pass of a network gives.

`value_and_grad` is what training calls. `per_example_grads` and `jacobian` keep apart what a backward pass
sums, `jvp` and `hvp` go along one direction, `numerical_grad` is there to compare with.
"""

from funnet.grad.backward import LossFunction, PenaltyFunction, value_and_grad
from funnet.grad.differences import numerical_grad
from funnet.grad.directions import hvp, jvp
from funnet.grad.per_example import jacobian, per_example_grads

__all__ = [
    "LossFunction",
    "PenaltyFunction",
    "hvp",
    "jacobian",
    "jvp",
    "numerical_grad",
    "per_example_grads",
    "value_and_grad",
]
