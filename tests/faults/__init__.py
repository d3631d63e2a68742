"""Broken copies of the code, made in memory, in files like those of the census."""

from tests.faults import attention, basic, combinators, convolution, recurrent
from tests.faults.fault import FAULTS

__all__ = ["FAULTS", "attention", "basic", "combinators", "convolution", "recurrent"]
