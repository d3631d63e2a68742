"""The products of matrices that a network and its exported file make: prints where they differ.

The bits of a product depend on how its operands lie in memory, on some processors more than on others. So
funnet and the files are compiled with a record of every product, and the records have to be the same.
"""

import ast
import builtins
import importlib.machinery
import sys
import tempfile
from itertools import zip_longest
from pathlib import Path

import numpy as np

PRODUCTS = {"dot", "einsum", "inner", "matmul", "tensordot", "vdot", "vecdot"}
MADE, COMPARED = [], []


def layout(operand):
    """What BLAS sees of an operand; the stride of an axis of length 1 is of no account."""
    if not isinstance(operand, np.ndarray):
        return operand
    strides = tuple(step if n > 1 else 0 for n, step in zip(operand.shape, operand.strides, strict=True))
    return operand.dtype.str, operand.shape, strides


def rows_lie_together(out):
    """Whether BLAS sees no more of `out` than of an array that the product would make."""
    return out.strides[-2:] == (out.shape[-1] * out.itemsize, out.itemsize)


def product(name, *operands, **options):
    said = {key: value for key, value in options.items() if key != "out" or not rows_lie_together(value)}
    MADE.append((name, *map(layout, operands), *((key, layout(value)) for key, value in said.items())))
    return getattr(np, name)(*operands, **options)


class Recorded(ast.NodeTransformer):
    """Every product made by `product`, under a name that nothing else has."""

    def visit_BinOp(self, node):
        self.generic_visit(node)
        return self.call("matmul", node.left, node.right) if isinstance(node.op, ast.MatMult) else node

    def visit_Call(self, node):
        self.generic_visit(node)
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in PRODUCTS:
            return node
        owner = node.func.value
        own = [] if isinstance(owner, ast.Name) and owner.id == "np" else [owner]
        return self.call(node.func.attr, *own, *node.args, keywords=node.keywords)

    def call(self, name, *operands, keywords=()):
        arguments = [ast.Constant(name), *operands]
        return ast.Call(ast.Name("recorded_product", ast.Load()), arguments, list(keywords))


def compiled(text, path):
    tree = ast.fix_missing_locations(Recorded().visit(ast.parse(text)))
    return compile(tree, path, "exec", dont_inherit=True)


class Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname):
        return compiled(self.get_data(self.path), self.path)


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] != "funnet":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        spec.loader = Loader(name, spec.origin)
        return spec


def products(function, *arguments):
    MADE.clear()
    function(*arguments)
    return list(MADE)


def predictor(path):
    space = {"__file__": str(path), "__name__": "exported"}
    exec(compiled(path.read_text(), str(path)), space)
    return space["predict"]


def differences():
    """What a network and its file hand to BLAS, where it is not the same, for many layouts of x."""
    import funnet as fn
    from funnet import tree
    from tests.cases import ROWS
    from tests.cases.row import draw
    from tests.program.test_export import LARGE, refusal, trained

    cases = [(row.name, row.net, row.x) for row in ROWS] + [(name, *made) for name, made in LARGE.items()]
    cases += [("one map", fn.Conv2d(1, 2, padding="same", bias=False), draw(1, 4, 4, 1))]
    cases += [("one place", fn.Conv2d(4, 1, groups=groups), draw(3, 3, 2, 8)) for groups in (1, 2)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.py"
        for name, net, example in cases:
            example, params = tree.cast(example, "f8"), net.init(fn.Key(0), example)
            made = trained(net, params, example)
            if refusal(path, net, made, example):
                continue
            for dtype in ("f4", "f8"):
                params, x = tree.cast((made, example), dtype)
                fn.export(path, net, params, x)
                predict = predictor(path)
                turns = (lambda a: a, lambda a: a[:1], lambda a: a[::2], np.asfortranarray)
                for number, turn in enumerate(turns):
                    own = tree.map(turn, x)
                    mine, theirs = products(net, params, own), products(predict, own)
                    for a, b in zip_longest(mine, theirs):
                        if a != b:
                            yield f"{name}, {dtype}, layout {number}: {a}, in the file {b}"
                            break
                    COMPARED.append(len(mine))


if __name__ == "__main__":
    builtins.recorded_product = product
    sys.meta_path.insert(0, Finder)
    print(*differences(), f"{sum(COMPARED)} products", sep="\n")
