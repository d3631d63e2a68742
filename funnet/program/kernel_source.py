"""The text of the kernels that a file needs."""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Iterable, Mapping

from funnet.program import kernels


def text_of(names: Iterable[str]) -> str:
    """The source of these functions and of all that they call, in the order in which they are written."""
    functions = _functions()
    needed: set[str] = set()
    found = list(names)
    while found:
        name = found.pop()
        if name not in needed:
            needed.add(name)
            found += _used(functions[name]) & functions.keys()
    return "\n\n".join(text for name, text in functions.items() if name in needed)


def _used(text: str) -> set[str]:
    """The names that a function reads, but for its own variables."""
    nodes = list(ast.walk(ast.parse(text)))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    own = {node.arg for node in nodes if isinstance(node, ast.arg)}
    own |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return {node.id for node in names} - own


@functools.cache
def _functions() -> Mapping[str, str]:
    """The source of every kernel by its name."""
    found = {}
    for module in kernels.MODULES:
        text = inspect.getsource(module)
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                found[node.name] = "\n".join(text.splitlines()[first - 1 : node.end_lineno]) + "\n"
    return found
