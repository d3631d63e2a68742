"""Gradients of a loss, and what else the backward pass of a network gives.

`value_and_grad` is what training calls. `per_example_grads` and `jacobian` keep apart what a backward pass
sums, `jvp` and `hvp` go along one direction, `numerical_grad` is there to compare with.
"""

from funnet.grad.directions import hvp, jvp
from funnet.grad.loss import LossFunction, PenaltyFunction, value_and_grad
from funnet.grad.numerical import numerical_grad
from funnet.grad.rows import jacobian, per_example_grads

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
