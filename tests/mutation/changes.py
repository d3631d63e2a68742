"""What is changed: one node of the syntax tree at a time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import attrs

COMPARISONS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any"}


@attrs.frozen
class Change:
    """A line as it was and as it is in the mutant, and the whole source of the mutant."""

    path: str
    line: int
    before: str
    after: str
    source: str = attrs.field(repr=False)

    @property
    def key(self) -> str:
        """The change by its text, whatever the line number."""
        return f"{self.path}\n- {self.before}\n+ {self.after}"


def changes(path: str, source: str) -> Iterator[Change]:
    """Every change to a module; two that read the same are one."""
    tree = ast.parse(source)
    whole = ast.unparse(tree)
    lines, known = whole.splitlines(), {whole}
    for place in _places(tree):
        for other in _others(place.field, place.node):
            place.put(other)
            mutated = ast.unparse(tree)
            place.put(place.node)
            if mutated not in known:
                known.add(mutated)
                after = mutated.splitlines()
                first = next(i for i, (a, b) in enumerate(zip(lines, after, strict=False)) if a != b)
                yield Change(path, place.node.lineno, lines[first].strip(), after[first].strip(), mutated)


@attrs.frozen
class _Place:
    """A node, and where it stands in its parent."""

    parent: ast.AST
    field: str
    index: int | None
    node: Any

    def put(self, other: ast.AST) -> None:
        """Another node in this place."""
        if self.index is None:
            setattr(self.parent, self.field, other)
        else:
            getattr(self.parent, self.field)[self.index] = other


def _places(parent: ast.AST) -> Iterator[_Place]:
    """The nodes of what runs: no docstring, annotation, import or text of an error."""
    for field, value in list(ast.iter_fields(parent)):
        if field in ("annotation", "returns", "decorator_list", "bases"):
            continue
        for index, child in enumerate(list(value)) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _is_skipped(child):
                continue
            if hasattr(child, "lineno"):
                yield _Place(parent, field, index, child)
            if not isinstance(child, ast.Raise | ast.JoinedStr):
                yield from _places(child)


def _is_skipped(node: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        return True
    names = [ast.unparse(target) for target in node.targets] if isinstance(node, ast.Assign) else []
    return any(name in ("__all__", "_HOMES") for name in names) or (
        isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Callable"
    )


def _others(field: str, node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    match node:
        case ast.Compare(ops=[op], comparators=[right]):
            yield ast.Compare(node.left, [COMPARISONS[type(op)]()], [right])
        case ast.BinOp(op=op) if type(op) in OPERATORS:
            yield ast.BinOp(node.left, OPERATORS[type(op)](), node.right)
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1)
        case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
            yield ast.Call(ast.Name(FUNCTIONS[name]), node.args, node.keywords)
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield ast.Return(ast.Constant(None))
        case ast.Raise() | ast.Break() | ast.Continue() | ast.AugAssign():
            yield ast.Pass()
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()):
            yield ast.Pass()
    if field == "test" or (field == "ifs" and not isinstance(node, ast.UnaryOp)):
        yield ast.UnaryOp(ast.Not(), node)
    if field in ("left", "comparators") and isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield ast.Constant(node.value + "?")


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
