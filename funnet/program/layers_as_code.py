"""A network as lines of code, one for each layer that computes.

Inputs and outputs are trees of expressions: "x1", ("x1", "x2"), {"left": "x['left']"}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from funnet import tree
from funnet.core.containers import Array, Tree, is_leaf, parts, rebuild
from funnet.errors import ConfigError, at
from funnet.nn import combinators, layers
from funnet.nn.combinators.children import Children, named, packed, unpacked
from funnet.nn.layer import Layer
from funnet.program.kernel_of_layer import RULES

_FIX = "write its forward pass into the exported file by hand"


@attrs.frozen(eq=False)
class Code:
    """What a network was turned into so far: lines, the kernels they call, the arrays they name."""

    lines: list[str] = attrs.field(factory=list)
    kernels: set[str] = attrs.field(factory=set)
    arrays: dict[str, Array] = attrs.field(factory=dict)

    def named(self, expression: str) -> str:
        """A name for the value of an expression."""
        name = f"x{len(self.lines) + 1}"
        self.lines.append(f"{name} = {expression}")
        return name

    def call(self, kernel: str, *arguments: str) -> str:
        """A name for what a kernel makes of these arguments."""
        self.kernels.add(kernel)
        return self.named(f"{kernel}({', '.join(arguments)})")

    def parameters(self, params: Tree, path: str) -> list[str]:
        """The arrays of a layer as keyword arguments."""
        arguments = []
        for name, leaf in tree.walk(params, buffers=True):
            if is_leaf(leaf):
                whole = _below(path, name)
                self.arrays[whole] = np.asarray(leaf)
                arguments.append(f"{name.replace('/', '_')}=PARAMS[{whole!r}]")
        return arguments


def emit(code: Code, layer: Any, params: Tree, path: str, x: Tree) -> Tree:
    """y of a layer whose parameters stand at `path`. ConfigError if there is no rule for the layer."""
    if type(layer) in COMBINATORS:
        return COMBINATORS[type(layer)](code, layer, params, path, x)
    if type(layer) not in RULES:
        raise ConfigError("layers with a rule for export", f"a {type(layer).__name__}", who=layer, fix=_FIX)
    rule = RULES[type(layer)]
    rule = rule(layer) if callable(rule) else rule
    inputs = x if rule.pair and isinstance(x, tuple) else (_alone(layer, x),)
    fields = [f"{name}={getattr(layer, name)!r}" for name in rule.fields]
    return code.call(rule.kernel, *inputs, *code.parameters(params, path), *fields)


def _sequential(code: Code, layer: combinators.Sequential, params: Tree, path: str, x: Tree) -> Tree:
    return _chain(code, layer, layer.layers, params, path, x)


def _chain(code: Code, who: Layer, children: Children, params: Tree, path: str, x: Tree) -> Tree:
    for (name, child), own in zip(named(children), unpacked(who, children, params), strict=True):
        x = at(name, emit, code, child, own, _below(path, name), x)
    return x


def _repeat(code: Code, layer: combinators.Repeat, params: Tree, path: str, x: Tree) -> Tree:
    if not layer.shared:
        return _chain(code, layer, (layer.layer,) * layer.times, params, path, x)
    for _ in range(layer.times):
        x = emit(code, layer.layer, params, path, x)
    return x


def _parallel(code: Code, layer: combinators.Parallel, params: Tree, path: str, x: Tree) -> Tree:
    return _side_by_side(code, layer, params, path, unpacked(layer, layer.layers, x, "x"))


def _branch(code: Code, layer: combinators.Branch, params: Tree, path: str, x: Tree) -> Tree:
    return _side_by_side(code, layer, params, path, [x] * len(layer.layers))


def _side_by_side(code: Code, layer: Any, params: Tree, path: str, inputs: Sequence[Tree]) -> Tree:
    rows = zip(named(layer.layers), unpacked(layer, layer.layers, params), inputs, strict=True)
    made = [at(name, emit, code, child, own, _below(path, name), x) for (name, child), own, x in rows]
    return packed(layer.layers, made)


def _residual(code: Code, layer: combinators.Residual, params: Tree, path: str, x: Tree) -> Tree:
    return _sum(code, x, emit(code, layer.layer, params, path, x))


def _sum(code: Code, x: Tree, y: Tree) -> Tree:
    if isinstance(x, str):
        return code.named(f"{x} + {y}")
    pairs = zip(parts(x) or (), parts(y) or (), strict=True)
    return rebuild(x, [_sum(code, a, b) for (_, a), (_, b) in pairs])


def _add(code: Code, layer: combinators.Add, params: Tree, path: str, x: Tree) -> str:
    return code.named(" + ".join(child for _, child in parts(x) or ()))


def _concat(code: Code, layer: combinators.Concat, params: Tree, path: str, x: Tree) -> str:
    return code.call("concatenate", *(child for _, child in parts(x) or ()))


def _frozen(code: Code, layer: combinators.Frozen, params: Tree, path: str, x: Tree) -> Tree:
    return emit(code, layer.layer, params.value, path, x)


def _inside(code: Code, layer: combinators.Remat, params: Tree, path: str, x: Tree) -> Tree:
    return emit(code, layer.layer, params, path, x)


def _tied(code: Code, layer: combinators.Tied, params: Tree, path: str, x: Tree) -> Tree:
    shared = tree.get(params, layer.source)
    turned = tree.map(np.transpose, shared) if layer.transpose else shared
    return emit(code, layer.layer, tree.set(params, layer.target, turned), path, x)


def _time_distributed(
    code: Code, layer: combinators.TimeDistributed, params: Tree, path: str, x: Tree
) -> Tree:
    x = _alone(layer, x)
    y = emit(code, layer.layer, params, path, code.call("steps_of", x))
    return code.call("in_sequences", y, x)


def _reverse(code: Code, layer: combinators.Reverse, params: Tree, path: str, x: Tree) -> Tree:
    order = f"time_major={layer.time_major}"
    y = emit(code, layer.layer, params, path, code.call("backwards", _alone(layer, x), order))
    return code.call("backwards", y, order)


def _bidirectional(code: Code, layer: combinators.Bidirectional, params: Tree, path: str, x: Tree) -> Tree:
    forward, backward = layer.layers.values()
    both = combinators.Branch(
        {"forward": forward, "backward": combinators.Reverse(backward, layer.time_major)}
    )
    made = emit(code, both, params, path, _alone(layer, x))
    join = combinators.Add() if layer.join == "sum" else combinators.Concat()
    return emit(code, join, (), path, tuple(made.values()))


def _alone(layer: Layer, x: Tree) -> str:
    """The expression of an x that is one array. ConfigError if it is not."""
    if not isinstance(x, str):
        expected = "x as one array"
        raise ConfigError(expected, "several, for which there is no rule for export", who=layer, fix=_FIX)
    return x


def _dropout(code: Code, layer: layers.Dropout, params: Tree, path: str, x: Tree) -> Tree:
    return x


COMBINATORS: Mapping[type, Callable[[Code, Any, Tree, str, Any], Tree]] = {
    combinators.Add: _add,
    combinators.Bidirectional: _bidirectional,
    combinators.Branch: _branch,
    combinators.Concat: _concat,
    combinators.Frozen: _frozen,
    combinators.Parallel: _parallel,
    combinators.Remat: _inside,
    combinators.Repeat: _repeat,
    combinators.Residual: _residual,
    combinators.Reverse: _reverse,
    combinators.Sequential: _sequential,
    combinators.Tied: _tied,
    combinators.TimeDistributed: _time_distributed,
    layers.Dropout: _dropout,
}


def _below(path: str, name: object) -> str:
    return f"{path}/{name}" if path and name != "" else path or str(name)
