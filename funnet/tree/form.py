"""How a tree is built, for those who make one like it from a vector again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import attrs
import numpy as np

from funnet.containers import Array, Buffer, Tree, anatomy, has_buffer, is_leaf, parts, rebuild
from funnet.tree.leaves import ravel


@attrs.frozen(eq=False)
class Form:
    """The ways from a tree to a vector and back, written out as Python and compiled once.

    They are `tree.ravel` and `tree.unravel` for trees of this form, in less than half of the time, for they
    look at nothing twice: another tree may raise any error, or none. What a vector does not hold, Buffers
    and other passengers, comes from the tree that `unravel` is given.

        >>> import funnet as fn, numpy as np
        >>> form = Form.of({"w": np.ones((2, 3)), "moments": fn.Buffer(np.ones(3)), "b": np.ones(3)})
        >>> print(form.source)
        def ravel(tree):
            leaves = [tree['b'], tree['w'].ravel()]
            return concatenate(leaves, dtype=dtype, casting='no')
        def unravel(tree, vector):
            made0 = rebuild(tree, [vector[0:3], tree['moments'], vector[3:9].reshape(2, 3)])
            return made0
        >>> form.buffers
        True
    """

    source: str
    ravel: Callable[[Tree], Array]
    unravel: Callable[[Tree, Array], Tree]
    buffers: bool

    @classmethod
    def of(cls, tree: Tree) -> Self:
        """That of a tree. Raises DtypeError, with the path, unless all leaves have one dtype."""
        nothing = np.zeros(0, ravel(tree).dtype)
        names = {
            "concatenate": np.concatenate,
            "dtype": nothing.dtype,
            "nothing": nothing,
            "rebuild": rebuild,
        }
        writer = _Writer([], [], names)
        result, _ = writer.expression(tree, "tree", 0)
        lines = [
            "def ravel(tree):",
            f"    leaves = [{', '.join(writer.leaves or ['nothing'])}]",
            "    return concatenate(leaves, dtype=dtype, casting='no')",
            "def unravel(tree, vector):",
            *(f"    {line}" for line in writer.lines),
            f"    return {result}",
        ]
        source = "\n".join(lines)
        exec(source, writer.names)
        return cls(source, writer.names["ravel"], writer.names["unravel"], has_buffer(tree))


@attrs.define
class _Writer:
    """Where the leaves are, lines that make the containers, inner ones first, and what names in them mean."""

    leaves: list[str]
    lines: list[str]
    names: dict[str, Any]

    def expression(self, node: Tree, path: str, start: int) -> tuple[str, int]:
        """What makes the node at `path`, whose leaves begin at `start` in the vector; and where they end."""
        if is_leaf(node):
            self.leaves.append(path if node.ndim == 1 else f"{path}.ravel()")
            part = f"vector[{start}:{start + node.size}]"
            shape = ", ".join(map(str, node.shape)) or "()"
            return part if node.ndim == 1 else f"{part}.reshape({shape})", start + node.size
        children = None if isinstance(node, Buffer) else parts(node)
        if not children:
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
