"""The contract: what a layer is.

params      = layer.init(key, x)                 x: an example batch
y, cache    = layer(params, x)
dparams, dx = layer.vjp(params, cache, dy)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import attrs

from funnet.containers import FrozenDict, Tree
from funnet.key import Key


class Layer(ABC):
    """A pure function of (params, x) with its derivative beside it.

    A layer is a frozen value: its configuration lives in the fields of an `attrs.frozen` class, its
    parameters live elsewhere. `x`, `y`, `dx` and `dy` are arrays, or trees of arrays.

        >>> import attrs, numpy as np, funnet as fn
        >>> @attrs.frozen
        ... class Scale(fn.Layer):
        ...     def init(self, key, x):
        ...         return {"scale": np.ones(x.shape[-1], x.dtype)}
        ...     def __call__(self, params, x):
        ...         return params["scale"] * x, x
        ...     def vjp(self, params, cache, dy):
        ...         x = cache
        ...         return {"scale": (dy * x).sum(0)}, params["scale"] * dy
        >>> report = fn.testing.check_layer(Scale(), np.arange(6.0).reshape(2, 3))
        >>> report.verdict
        'ok'
    """

    __slots__ = ()

    def init(self, key: Key, x: Tree) -> Tree:
        """Initial parameters for inputs like the example `x`, in the dtype of `x` (float32 for integers)."""
        return ()

    @abstractmethod
    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        """(y, cache): the output, and the least that `vjp` and `advance` need besides the parameters."""

    @abstractmethod
    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        """(dparams, dx): the cotangent `dy` of y pulled back to the parameters and the input.

        Linear in `dy`. `dparams` is built like `params`, Buffers as they are; nothing returned shares
        memory with anything received.
        """

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Tree:
        """`vjp(...)[0]`; a layer overrides it where it can spare the work for `dx`."""
        return self.vjp(params, cache, dy)[0]

    def advance(self, params: Tree, cache: Tree) -> Tree:
        """The parameters after a training pass: their Buffers renewed by what the pass saw."""
        return params

    def __str__(self) -> str:
        """The layer as one would write it, without what is at its default."""
        kind: Any = type(self)
        if not attrs.has(kind):
            return type(self).__name__
        shown = []
        for index, field in enumerate(attrs.fields(kind)):
            value = getattr(self, field.name)
            if value != field.default:
                shown.append(_text(value) if index == 0 else f"{field.alias}={_text(value)}")
        return f"{type(self).__name__}({', '.join(shown)})"


def _text(value: object) -> str:
    if isinstance(value, FrozenDict):
        return "{" + ", ".join(f"{name!r}: {_text(child)}" for name, child in value.items()) + "}"
    if isinstance(value, tuple) and any(isinstance(child, Layer) for child in value):
        return "[" + ", ".join(_text(child) for child in value) + "]"
    return str(value) if isinstance(value, Layer) else getattr(value, "__name__", repr(value))


def children(layer: Layer) -> dict[str, Layer]:
    """The layers in the fields of a layer, by their path below it, which is also that of their parameters.

    A layer in a field of its own has the path "", layers in a tuple or a mapping their index or name.
    """
    found: dict[str, Layer] = {}
    for value in _fields(layer).values():
        if isinstance(value, Layer):
            found[""] = value
        elif isinstance(value, tuple | FrozenDict):
            named = value.items() if isinstance(value, FrozenDict) else enumerate(value)
            found |= {str(name): child for name, child in named if isinstance(child, Layer)}
    return found


def rewrite(net: Layer, f: Callable[[Layer, str], Layer], path: str = "") -> Layer:
    """`net` with f(layer, path) in place of every layer in it, the inner ones first, `net` itself last."""
    changed: dict[str, Any] = {}
    for name, value in _fields(net).items():
        if isinstance(value, Layer):
            changed[name] = rewrite(value, f, path)
        elif isinstance(value, tuple):
            changed[name] = tuple(_below(child, f, path, i) for i, child in enumerate(value))
        elif isinstance(value, FrozenDict):
            changed[name] = FrozenDict({i: _below(child, f, path, i) for i, child in value.items()})
    same = all(_identical(new, getattr(net, name)) for name, new in changed.items())
    return f(net if same else _evolved(net, changed), path)


def _below(child: Any, f: Callable[[Layer, str], Layer], path: str, name: object) -> Any:
    return rewrite(child, f, f"{path}/{name}" if path else str(name)) if isinstance(child, Layer) else child


def _identical(new: Any, old: Any) -> bool:
    if isinstance(new, FrozenDict):
        return all(new[name] is old[name] for name in new)
    if isinstance(new, tuple):
        return all(a is b for a, b in zip(new, old, strict=True))
    return new is old


def _fields(layer: Layer) -> dict[str, Any]:
    """The values of the fields of an attrs layer by name; a layer of any other make has none."""
    kind = type(layer)
    return {f.name: getattr(layer, f.name) for f in attrs.fields(kind)} if attrs.has(kind) else {}


def _evolved(layer: Any, changes: dict[str, Any]) -> Layer:
    made: Layer = attrs.evolve(layer, **{name.lstrip("_"): value for name, value in changes.items()})
    return made


def training(net: Layer) -> Layer:
    """The same network in training mode: the field `training` is true everywhere.

    Parameters fit both modes. `train_step` and `fit` take this themselves.
    """
    return _with_mode(net, True)


def inference(net: Layer) -> Layer:
    """The same network in inference mode: the field `training` is false everywhere."""
    return _with_mode(net, False)


def _with_mode(net: Layer, mode: bool) -> Layer:
    def switch(layer: Layer, _: str) -> Layer:
        return layer if _fields(layer).get("training", mode) == mode else _evolved(layer, {"training": mode})

    return rewrite(net, switch)


def pullback(net: Layer, params: Tree, x: Tree) -> tuple[Tree, Callable[[Tree], tuple[Tree, Tree]]]:
    """(y, f) with f(dy) = (dparams, dx): the forward pass, and the backward pass to come."""
    y, cache = net(params, x)
    return y, lambda dy: net.vjp(params, cache, dy)
