"""Weights that other libraries trained, as parameters of a network of the same form."""

from funnet.interop.pytorch import from_torch
from funnet.interop.scikit_learn import from_sklearn

__all__ = ["from_sklearn", "from_torch"]
