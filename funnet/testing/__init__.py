"""Proofs of gradients, in one call.

    fn.testing.check_layer(MyLayer(), x)

`check_layer`, `check_vjp`, `check_loss` and `check_penalty` compare a derivative with the slope of its
function, leaf by leaf, in float64, and check what purity asks besides. They return a `Report`, or raise
`GradientError` with the leaf that is wrong.
"""

from funnet.testing.check import assert_pure, check_layer, check_loss, check_penalty, check_vjp
from funnet.testing.mutants import Mutant, mutants
from funnet.testing.report import Finding, GradientError, Report

__all__ = [
    "Finding",
    "GradientError",
    "Mutant",
    "Report",
    "assert_pure",
    "check_layer",
    "check_loss",
    "check_penalty",
    "check_vjp",
    "mutants",
]
