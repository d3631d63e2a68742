"""The clauses on `init` and `param_vjp`."""

from __future__ import annotations

import math

import numpy as np

from funnet import tree
from funnet.core.containers import Tree
from funnet.core.key import Key
from funnet.errors import FunnetError
from funnet.nn.layer import Layer
from funnet.testing.report import Finding
from funnet.testing.subject import copied, gaussian, named_leaves, norm

_SAME = 1e-9
_ROUNDING = 1e-13


def check_init(layer: Layer, key: Key, x: Tree) -> list[Finding]:
    """`init` repeats, leaves x alone, and its dtype is that of x: float32, and float64 if all of x is."""
    before = tree.fingerprint(x)
    first, second = layer.init(key, x), layer.init(key, x)
    findings = []
    if tree.fingerprint(x) != before:
        findings.append(Finding("x", "failed", "mutated input", "by init"))
    if not tree.equal(first, second):
        findings.append(Finding("params", "failed", "not repeatable", "init called again"))
    made = {"float32": first}
    if all(leaf.dtype.kind == "f" for leaf in tree.leaves(x)):
        made["float64"] = layer.init(key, tree.cast(x, "float64"))
    for dtype, params in made.items():
        for path, leaf in named_leaves("params", params).items():
            if leaf.dtype.kind == "f" and leaf.dtype != dtype:
                detail = f"{leaf.dtype} for an example of {_dtypes(tree.cast(x, dtype))}"
                findings.append(Finding(path, "failed", "dtype", detail))
    return findings


def _dtypes(x: Tree) -> str:
    return " and ".join(sorted({str(leaf.dtype) for leaf in tree.leaves(x)}))


def check_param_vjp(
    net: Layer, params: Tree, x: Tree, mode: str, generator: np.random.Generator
) -> list[Finding]:
    """param_vjp gives the dparams of vjp, up to rounding, in both dtypes, and changes nothing it receives."""
    dy = gaussian(net(params, x)[0], generator)
    for dtype in ("float32", "float64"):
        params, x, dy = tree.cast((params, x, dy), dtype)
        _, cache = net(params, x)
        whole = net.vjp(params, cache, dy)[0]
        received = copied((params, cache, dy))
        before = tree.fingerprint(received)
        alone = net.param_vjp(*received)
        if tree.fingerprint(received) != before:
            return [Finding("params", "failed", "mutated input", "by param_vjp", mode)]
        try:
            tree.same_structure(whole, alone)
        except FunnetError as error:
            return [Finding("params", "failed", "structure", f"param_vjp: {error}", mode)]
    a, b = named_leaves("params", whole), named_leaves("params", alone)
    rounding = _ROUNDING * math.hypot(*map(norm, a.values()))
    wrong = [path for path in a if not norm(a[path] - b[path]) <= _SAME * norm(a[path]) + rounding]
    return [Finding(path, "failed", "value", "param_vjp is not vjp[0]", mode) for path in wrong]
