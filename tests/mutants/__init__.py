"""Broken copies of the code, made in memory, in files like those of the census."""

from tests.mutants import attention, basic, combinators, convolution, recurrent
from tests.mutants.fault import FAULTS

__all__ = ["FAULTS", "attention", "basic", "combinators", "convolution", "recurrent"]
