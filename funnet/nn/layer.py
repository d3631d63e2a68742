"""The contract: what a layer is.

params      = layer.init(key, x)                 x: an example batch
y, cache    = layer(params, x)
dparams, dx = layer.vjp(params, cache, dy)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Self

import attrs

from funnet.core import checks
from funnet.core.containers import FrozenDict, Tree
from funnet.core.key import Key
from funnet.core.memo import Memo
from funnet.errors import ConfigError
from funnet.nn.initializers import Initializer


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

    def __new__(cls, *args: Any, **_: Any) -> Self:
        """Raises ConfigError for layers given one by one, or to a layer that holds none."""
        kind: Any = cls
        if args and attrs.has(kind) and "__attrs_init__" not in vars(cls):
            _check_count(kind, args)
        return object.__new__(cls)

    def init(self, key: Key, x: Tree) -> Tree:
        """Initial parameters for inputs like the example `x`, in the dtype of `x` (float32 for integers)."""
        return ()

    @abstractmethod
    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        """(y, cache): the output, and the least that `vjp` and `advance` need besides the parameters."""

    @abstractmethod
    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        """(dparams, dx): the cotangent `dy` of y pulled back to the parameters and the input.

        Linear in `dy`. `dparams` is built like `params` and `dx` like x, Buffers as they are and integers as
        zeros; nothing returned shares memory with anything received.
        """

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Tree:
        """`vjp(...)[0]`; a layer overrides it where it can spare the work for `dx`."""
        return cotangents(self, params, cache, dy)[0]

    def advance(self, params: Tree, cache: Tree) -> Tree:
        """The parameters after a training pass: their Buffers renewed by what the pass saw.

        A step of training asks for it where the parameters hold Buffers.
        """
        return params

    def __str__(self) -> str:
        """The layer as one would write it, without what is at its default."""
        kind: Any = type(self)
        if not attrs.has(kind):
            return type(self).__name__
        shown = []
        for index, field in enumerate(attrs.fields(kind)):
            value = getattr(self, field.name)
            if repr(value) != repr(field.default):
                shown.append(("" if index == 0 and not field.kw_only else f"{field.alias}=") + _text(value))
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """How hypothesis and IPython print a layer: as str does."""
        printer.text(str(self))


def _check_count(kind: Any, args: tuple[Any, ...]) -> None:
    """Raise ConfigError if there are more arguments than the class has fields, and layers among them."""
    names = [field.alias for field in attrs.fields(kind) if field.init and not field.kw_only]
    if len(args) > len(names) and any(map(_holds_layer, args)):
        expected = f"{', '.join(names)} and no more" if names else "no argument"
        got = f"{len(args)} arguments" if len(args) > 1 else _text(args[0])
        fix = "put them in a list" if "layers" in names else "a chain of layers is a Sequential([...])"
        raise ConfigError(expected, got, who=kind.__name__, fix=fix)


def _holds_layer(value: object) -> bool:
    return isinstance(value, Layer) or (
        isinstance(value, list | tuple) and any(isinstance(child, Layer) for child in value)
    )


def _text(value: object) -> str:
    if isinstance(value, FrozenDict):
        return "{" + ", ".join(f"{name!r}: {_text(child)}" for name, child in value.items()) + "}"
    if isinstance(value, tuple) and any(isinstance(child, Layer) for child in value):
        return "[" + ", ".join(_text(child) for child in value) + "]"
    if isinstance(value, Layer | Initializer):
        return str(value)
    return getattr(value, "__name__", repr(value))


def children(layer: Layer) -> dict[str, Layer]:
    """The layers in the fields of a layer, by their path below it, which is also that of their parameters.

    A layer in a field of its own has the path "", layers in a tuple or a mapping their index or name.
    """
    return dict(pair for value in _fields(layer).values() for pair in _layers_in(value, ""))


def _layers_in(value: Any, path: str) -> Iterator[tuple[str, Layer]]:
    if isinstance(value, Layer):
        yield path, value
    else:
        for name, child in _items(value):
            yield from _layers_in(child, _below(path, name))


def rewrite(net: Layer, f: Callable[[Layer, str], Layer], path: str = "") -> Layer:
    """`net` with f(layer, path) in place of every layer in it, the inner ones first, `net` itself last."""
    old = _fields(net)
    new = {name: _rewritten(value, f, path) for name, value in old.items()}
    changed = {name: value for name, value in new.items() if value is not old[name]}
    return f(_evolved(net, changed) if changed else net, path)


def _rewritten(value: Any, f: Callable[[Layer, str], Layer], path: str) -> Any:
    if isinstance(value, Layer):
        return rewrite(value, f, path)
    old = _items(value)
    new = [(name, _rewritten(child, f, _below(path, name))) for name, child in old]
    if all(a is b for (_, a), (_, b) in zip(new, old, strict=True)):
        return value
    return type(value)(dict(new) if isinstance(value, dict | FrozenDict) else [child for _, child in new])


def _items(value: Any) -> list[tuple[Any, Any]]:
    """(name, child) of a tuple, a list or a mapping; nothing else has any."""
    if isinstance(value, dict | FrozenDict):
        return list(value.items())
    return list(enumerate(value)) if type(value) in (tuple, list) else []


def _below(path: str, name: object) -> str:
    return f"{path}/{name}" if path else str(name)


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


def _switched(net: Layer, mode: bool) -> Layer:
    checks.instance("training" if mode else "inference", "net", net, Layer)

    def switch(layer: Layer, _: str) -> Layer:
        return layer if _fields(layer).get("training", mode) == mode else _evolved(layer, {"training": mode})

    return rewrite(net, switch)


_with_mode = Memo(_switched)


def output(layer: Layer, params: Tree, x: Tree) -> tuple[Tree, Tree]:
    """layer(params, x). Raises TreeError unless it is a pair (y, cache)."""
    return as_output(layer, layer(params, x))


def cotangents(layer: Layer, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
    """layer.vjp(params, cache, dy). Raises TreeError unless it is a pair (dparams, dx)."""
    return as_cotangents(layer, layer.vjp(params, cache, dy))


def as_output(layer: Layer, made: Tree) -> tuple[Tree, Tree]:
    """What a call of the layer gave, if it is a pair (y, cache)."""
    return checks.both(layer, made, "y, cache", "call")


def as_cotangents(layer: Layer, made: Tree) -> tuple[Tree, Tree]:
    """What the vjp of the layer gave, if it is a pair (dparams, dx)."""
    return checks.both(layer, made, "dparams, dx", "vjp")


def pullback(net: Layer, params: Tree, x: Tree) -> tuple[Tree, Callable[[Tree], tuple[Tree, Tree]]]:
    """(y, f) with f(dy) = (dparams, dx): the forward pass, and the backward pass to come."""
    checks.instance("pullback", "net", net, Layer)
    y, cache = output(net, params, x)
    return y, lambda dy: cotangents(net, params, cache, dy)
