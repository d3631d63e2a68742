"""Weights that other libraries trained, as parameters of a network of the same form."""

from funnet.foreign.pytorch import from_torch
from funnet.foreign.scikit import from_sklearn

__all__ = ["from_sklearn", "from_torch"]
