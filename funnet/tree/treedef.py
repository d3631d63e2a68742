"""How a tree is built, for those who make one like it from a vector again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

import attrs
import numpy as np

from funnet.core.containers import Array, Buffer, Tree, anatomy, has_buffer, is_leaf, parts, rebuild
from funnet.tree.traverse import leaves, ravel


@attrs.frozen(eq=False)
class Form:
    """The ways from a tree to a vector and back, written out as Python and compiled once.

    They are `tree.ravel` and `tree.unravel` for trees of this form, in less than half of the time. `ravel`
    raises a bare error for a tree of another form, and for one with other kinds of containers:
    `tree.same_structure` says what is wrong, and where. `unravel` trusts the tree it is given, from which
    comes what a vector does not hold: Buffers and other passengers, of which `rest` is the list.

        >>> import funnet as fn, numpy as np
        >>> form = Form.of({"w": np.ones((2, 3)), "moments": fn.Buffer(np.ones(3)), "b": np.ones(3)})
        >>> print(form.source)
        def ravel(tree):
            if type(tree) is not kind6 or len(tree) != 3: raise TypeError
            node0, node1, node2 = tree['b'], tree['moments'], tree['w']
            if type(node1) is not kind7: raise TypeError
            if (node0.shape, node2.shape) != shapes: raise ValueError
            return concatenate([node0, node2.ravel()], dtype=dtype, casting='no')
        def unravel(tree, vector):
            made0 = rebuild(tree, [vector[0:3], tree['moments'], vector[3:9].reshape(2, 3)])
            return made0
        def rest(tree):
            return [tree['moments']]
        >>> form.buffers
        True
    """

    source: str
    ravel: Callable[[Tree], Array]
    unravel: Callable[[Tree, Array], Tree]
    rest: Callable[[Tree], list[Tree]]
    buffers: bool

    @classmethod
    def of(cls, tree: Tree) -> Self:
        """That of a tree. Raises DtypeError, with the path, unless all leaves have one dtype."""
        nothing = np.zeros(0, ravel(tree).dtype)
        names: dict[str, Any] = {
            "concatenate": np.concatenate,
            "dtype": nothing.dtype,
            "nothing": nothing,
            "rebuild": rebuild,
            "empty": (),
            "shapes": tuple(leaf.shape for leaf in leaves(tree)),
        }
        reader, writer = _Reader([], [], [], names), _Writer([], [], names)
        reader.read(tree, "tree")
        result, _ = writer.expression(tree, "tree", 0)
        lines = [
            "def ravel(tree):",
            *(f"    {line}" for line in reader.lines),
            f"    if ({_row(reader.shapes)}) != shapes: raise ValueError",
            f"    return concatenate([{', '.join(reader.leaves or ['nothing'])}], dtype=dtype, casting='no')",
            "def unravel(tree, vector):",
            *(f"    {line}" for line in writer.lines),
            f"    return {result}",
            "def rest(tree):",
            f"    return [{', '.join(writer.rest)}]",
        ]
        source = "\n".join(lines)
        exec(source, names)
        return cls(source, names["ravel"], names["unravel"], names["rest"], has_buffer(tree))


@attrs.define
class _Reader:
    """Lines that take a tree apart and look at its containers, and what its leaves and their shapes are.

    `names` is what names in them mean.
    """

    lines: list[str]
    leaves: list[str]
    shapes: list[str]
    names: dict[str, Any]
    count: int = 0

    def read(self, node: Tree, name: str) -> None:
        """Read on at the node that has this name in the lines."""
        if is_leaf(node):
            self.leaves.append(name if node.ndim == 1 else f"{name}.ravel()")
            self.shapes.append(f"{name}.shape")
            return
        if type(node) is tuple and not node:
            self.lines.append(f"if {name} is not empty: raise TypeError")
            return
        kind: Any = type(node)
        known, children = anatomy(kind), (None if isinstance(node, Buffer) else parts(node)) or []
        sized = isinstance(node, Mapping) or (isinstance(node, tuple | list) and not node)
        size = f" or len({name}) != {len(children)}" if sized else ""
        self.lines.append(f"if type({name}) is not {self._kind(kind)}{size}: raise TypeError")
        below = [f"node{self.count + index}" for index in range(len(children))]
        self.count += len(children)
        if children:
            way = "[{!r}]" if isinstance(node, Mapping) else ".{}" if known else ""
            found = _row([name + way.format(key) for key, _ in children]) if way else name
            self.lines.append(f"{_row(below)} = {found}")
        for (_, child), inside in zip(children, below, strict=True):
            self.read(child, inside)

    def _kind(self, kind: type) -> str:
        """The name of a class."""
        for name, known in self.names.items():
            if known is kind:
                return name
        name = f"kind{len(self.names)}"
        self.names[name] = kind
        return name


def _row(items: list[str]) -> str:
    """A tuple of these, without its brackets."""
    return f"{items[0]}," if len(items) == 1 else ", ".join(items)


@attrs.define
class _Writer:
    """Lines that make the containers, inner ones first, where passengers are, and what names in them mean."""

    lines: list[str]
    rest: list[str]
    names: dict[str, Any]

    def expression(self, node: Tree, path: str, start: int) -> tuple[str, int]:
        """What makes the node at `path`, whose leaves begin at `start` in the vector; and where they end."""
        if is_leaf(node):
            part = f"vector[{start}:{start + node.size}]"
            shape = ", ".join(map(str, node.shape)) or "()"
            return part if node.ndim == 1 else f"{part}.reshape({shape})", start + node.size
        children = None if isinstance(node, Buffer) else parts(node)
        if not children:
            self.rest.append(path)
            return path, start
        kind: Any = type(node)
        known, inside = anatomy(kind), []
        for name, child in children:
            below = f"{path}[{name!r}]" if known is None else f"{path}.{name}"
            expression, start = self.expression(child, below, start)
            inside.append(expression)
        values = ", ".join(inside)
        if known is not None:
            make = f"make{len(self.names)}"
            self.names[make] = known.make
            container = f"{make}({values})"
        else:
            container = f"({values},)" if kind is tuple else f"rebuild({path}, [{values}])"
        made = f"made{len(self.lines)}"
        self.lines.append(f"{made} = {container}")
        return made, start
