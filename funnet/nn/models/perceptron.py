"""The multilayer perceptron."""

from __future__ import annotations

from collections.abc import Iterable

from funnet.errors import ConfigError
from funnet.nn.combinators import Sequential
from funnet.nn.layer import Layer
from funnet.nn.layers import Flatten, Linear, Relu
from funnet.nn.models.arguments import dropouts

_RELU = Relu()


def mlp(widths: Iterable[int], activation: Layer = _RELU, *, dropout: float = 0.0) -> Sequential:
    """Linear layers of these widths on x (N, …), each but the last with an activation behind it.

    The last width is that of the output, which no activation follows. With `dropout` a Dropout of that rate
    stands behind each activation.
    Raises ConfigError if there is no width.

        >>> import funnet as fn
        >>> print(fn.models.mlp([25, 2], fn.Tanh()))
        Sequential([Flatten(), Linear(25), Tanh(), Linear(2)])
    """
    *hidden, last = _checked(widths)
    layers: list[Layer] = [Flatten()]
    for width in hidden:
        layers += [Linear(width), activation, *dropouts(dropout)]
    return Sequential([*layers, Linear(last)])


def _checked(widths: Iterable[int]) -> list[int]:
    try:
        made = list(widths)
    except TypeError:
        made = []
    if not made:
        raise ConfigError("at least one width", f"{widths}", who="mlp", fix="give a list, as [25, 10]")
    return made
