"""How a tree is built, for those who make one like it from a vector again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import attrs

from funnet.containers import Array, Buffer, Tree, anatomy, is_leaf, parts, rebuild


@attrs.frozen(eq=False)
class Form:
    """The way from a vector to a tree, written out as Python and compiled once.

    `unravel(tree, vector)` is `tree.unravel` for trees of this form, in a third of the time and without its
    checks: what the vector does not hold, Buffers and other passengers, comes from `tree`.

        >>> import funnet as fn, numpy as np
        >>> form = Form.of({"w": np.ones((2, 3)), "moments": fn.Buffer(np.ones(3)), "b": np.ones(3)})
        >>> print(form.source)
        def unravel(tree, vector):
            made0 = rebuild(tree, [vector[0:3], tree['moments'], vector[3:9].reshape(2, 3)])
            return made0
        >>> form.buffers
        True
    """

    source: str
    unravel: Callable[[Tree, Array], Tree]
    buffers: bool

    @classmethod
    def of(cls, tree: Tree) -> Self:
        """That of a tree."""
        names: dict[str, Any] = {"rebuild": rebuild}
        writer = _Writer([], names)
        result, _ = writer.expression(tree, "tree", 0)
        source = "\n    ".join(["def unravel(tree, vector):", *writer.lines, f"return {result}"])
        exec(source, names)
        return cls(source, names["unravel"], writer.buffers)


@attrs.define
class _Writer:
    """Lines that make the containers of a tree, the inner ones first, and what the names in them mean."""

    lines: list[str]
    names: dict[str, Any]
    buffers: bool = False

    def expression(self, node: Tree, path: str, start: int) -> tuple[str, int]:
        """What makes the node at `path`, whose leaves begin at `start` in the vector; and where they end."""
        if is_leaf(node):
            part = f"vector[{start}:{start + node.size}]"
            shape = ", ".join(map(str, node.shape)) or "()"
            return part if node.ndim == 1 else f"{part}.reshape({shape})", start + node.size
        children = None if isinstance(node, Buffer) else parts(node)
        if not children:
            self.buffers |= isinstance(node, Buffer)
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
