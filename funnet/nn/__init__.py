"""Networks: the contract, layers, combinators, ready-made models."""

from typing import TYPE_CHECKING

from funnet.core import lazy

if TYPE_CHECKING:
    from funnet.nn import (
        combinators as combinators,
        initializers as initializers,
        layers as layers,
        models as models,
    )

if not TYPE_CHECKING:
    __all__, __getattr__, __dir__ = lazy.exports(__name__)
