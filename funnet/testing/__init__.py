"""Proofs of gradients, in one call.

    fn.testing.check_layer(MyLayer(), x)

`check_layer`, `check_vjp`, `check_loss` and `check_penalty` compare a derivative with the slope of its
function, leaf by leaf, in float64, and check what purity asks besides; `check_combinator` and
`check_optimizer` do so for networks around a layer and for optimizers. They return a `Report`, or raise
`GradientError` with the leaf that is wrong. `mutants` makes broken copies of a layer, which a test should
catch, and `funnet.testing.strategies` draws networks and inputs with hypothesis.
"""

from funnet.grad import numerical_grad
from funnet.testing.check import assert_pure, check_layer, check_loss, check_penalty, check_vjp
from funnet.testing.mutation import Mutant, mutants
from funnet.testing.optimizers_combinators import check_combinator, check_optimizer
from funnet.testing.report import Finding, GradientError, Report

__all__ = [
    "Finding",
    "GradientError",
    "Mutant",
    "Report",
    "assert_pure",
    "check_combinator",
    "check_layer",
    "check_loss",
    "check_optimizer",
    "check_penalty",
    "check_vjp",
    "mutants",
    "numerical_grad",
]
