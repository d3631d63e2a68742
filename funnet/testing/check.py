"""Checks in one call."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from funnet import layer as layers
from funnet import tree
from funnet.containers import Tree, freeze
from funnet.errors import FunnetError
from funnet.key import Key
from funnet.layer import Layer
from funnet.testing.contract import check_contract
from funnet.testing.pair import Forward, Pair, Vjp, copied, gaussian, named_leaves
from funnet.testing.report import Finding, GradientError, Report
from funnet.testing.slopes import Manner, Mode, check_slopes

_FLOAT32 = 1e-5
_MARGIN = 4.0
_SHAKES = 3
_EPS32 = float(np.finfo(np.float32).eps)
_FIRST = Key(0)
_EVERYWHERE = (-math.inf, math.inf)


def check_layer(
    layer: Layer,
    x: Tree,
    *,
    params: Tree = None,
    key: Key = _FIRST,
    training: Sequence[bool] = (False, True),
    seed: int = 0,
    mode: Mode = "direction",
    domain: tuple[float, float] = _EVERYWHERE,
    analytic: bool = False,
) -> Report:
    """Check that a layer or a network keeps the contract of `Layer`, on the example `x`.

    In each mode of `training`: calls are pure, repeatable, linear in dy, without aliases, keep structure,
    shape and dtype; the gradient of every leaf of params and of x equals its numerical slope in float64;
    float32 agrees with float64; `advance` renews Buffers in training only. Without `params` they come
    from `layer.init(key, x)`, moved by small random numbers and one training pass, so that no term of the
    derivative is hidden by a 0 or a 1.

    A slope is taken along a random direction for each leaf, with `mode="full"` for each entry. `domain` is
    the open interval in which x may move. `analytic` says that the function can be continued to complex
    numbers: then slopes are exact to rounding, and a function that uses abs or the like is found out.

    Raises GradientError, with the report, if any of it fails. A slope at a kink or beyond the domain of
    the function is "inconclusive" in the report and raises nothing.
    """
    generator = np.random.default_rng(seed)
    x = tree.cast(tree.cast(x, "float32"), "float64")
    findings = []
    if params is None:
        findings += _check_init(layer, key, x)
        params = _generic(layer, layer.init(key, copied(x)), copied(x), generator)
    params = tree.cast(tree.cast(params, "float32"), "float64")
    manner = Manner(mode, domain, analytic)
    nets = {trained: (layers.training if trained else layers.inference)(layer) for trained in training}
    for trained, net in nets.items():
        if trained and net == nets.get(False):
            continue
        name = "training" if trained else "inference"
        found = _check_pair(net.__call__, net.vjp, params, x, name, generator, _depth(net), manner)
        if not any(finding.verdict == "failed" for finding in found):
            found += _check_param_vjp(net, params, x, name, generator)
            found += _check_advance(net, params, x, trained, name)
        findings += found
    return concluded(str(layer), seed, findings)


def check_vjp(
    forward: Forward,
    vjp: Vjp,
    params: Tree,
    x: Tree,
    *,
    seed: int = 0,
    mode: Mode = "direction",
    domain: tuple[float, float] = _EVERYWHERE,
    analytic: bool = False,
) -> Report:
    """Check any forward(params, x) -> (y, cache) and vjp(params, cache, dy) -> (dparams, dx), at one point.

    The functions may come from anywhere and work on any trees of arrays; `params` may be (). What is
    checked, raised and reported is as in `check_layer`.
    """
    params, x = (tree.cast(tree.cast(value, "float32"), "float64") for value in (params, x))
    manner = Manner(mode, domain, analytic)
    findings = _check_pair(forward, vjp, params, x, "", np.random.default_rng(seed), 1, manner)
    return concluded(getattr(forward, "__name__", str(forward)), seed, findings)


def check_loss(
    loss: Callable[[Tree, Tree], tuple[Any, Tree]],
    y: Tree,
    target: Tree,
    *,
    seed: int = 0,
    mode: Mode = "direction",
    domain: tuple[float, float] = _EVERYWHERE,
) -> Report:
    """Check a loss (y, target) -> (value, dy): its gradient as `check_layer` does, and its value's dtype."""

    def forward(params: Tree, y: Tree) -> tuple[Tree, Tree]:
        value, dy = loss(y, target)
        return np.asarray(value), dy

    def vjp(params: Tree, cache: Tree, dvalue: Tree) -> tuple[Tree, Tree]:
        return params, tree.map(lambda leaf: leaf * dvalue, cache)

    y = tree.cast(tree.cast(y, "float32"), "float64")
    manner = Manner(mode, domain)
    findings = _check_pair(forward, vjp, (), y, "", np.random.default_rng(seed), 1, manner)
    return concluded(str(loss), seed, findings)


def check_penalty(penalty: Callable[[Tree], tuple[Any, Tree]], params: Tree, *, seed: int = 0) -> Report:
    """Check a penalty (params) -> (value, dparams) as `check_loss` does a loss."""
    return check_loss(lambda params, _: penalty(params), params, (), seed=seed)


def assert_pure(f: Callable[..., Tree], *args: Tree) -> Tree:
    """The result of f(*args), once shown that a second call gives the same bits and changes no argument.

    Raises GradientError otherwise.
    """
    before = [tree.fingerprint(arg) for arg in args]
    first = f(*args)
    findings = [
        Finding(f"argument {index}", "failed", "mutated input")
        for index, (arg, bits) in enumerate(zip(args, before, strict=True))
        if tree.fingerprint(arg) != bits
    ]
    if not findings and not tree.equal(first, f(*args)):
        findings.append(Finding("result", "failed", "not repeatable"))
    concluded(getattr(f, "__name__", str(f)), 0, findings)
    return first


def concluded(subject: str, seed: int, findings: list[Finding]) -> Report:
    """The report; raises GradientError if a finding failed."""
    report = Report(subject, seed, tuple(findings))
    if report.verdict == "failed":
        raise GradientError(report)
    return report


def _check_pair(
    forward: Forward,
    vjp: Vjp,
    params: Tree,
    x: Tree,
    label: str,
    generator: np.random.Generator,
    depth: int,
    manner: Manner,
) -> list[Finding]:
    dy = gaussian(forward(copied(params), copied(x))[0], generator)
    pair = Pair(forward, vjp, params, x, tree.cast(tree.cast(dy, "float32"), "float64"))
    broken = check_contract(pair, label, generator)
    return broken or [*check_slopes(pair, label, generator, manner), *_check_float32(pair, label, depth)]


def _check_float32(pair: Pair, mode: str, depth: int) -> list[Finding]:
    """In float32 everything is float32, and as near its value in float64 as rounding allows.

    That is 1e-5 √depth of the norm of the leaf, and more where large terms cancel: eight units of rounding
    of all results, and the scatter of the error over inputs that differ by a unit of rounding.
    """
    misses, wide, narrow = _misses(pair)
    if not all(np.isfinite(leaf).all() for leaf in wide.values()):
        return []
    rounding = 8.0 * _EPS32 * math.hypot(*(_norm(leaf) for leaf in wide.values()))
    others = [_misses(_shaken(pair, seed))[0] for seed in range(_SHAKES)]
    findings = []
    for path, miss in misses.items():
        if narrow[path].dtype != np.float32:
            detail = f"{narrow[path].dtype} in a float32 net"
            findings.append(Finding(path, "failed", "dtype", detail, mode))
            continue
        scatter = max(_norm(miss - other[path]) for other in others)
        allowed = _FLOAT32 * math.sqrt(depth) * _norm(wide[path]) + _MARGIN * scatter + rounding
        if not _norm(miss) <= allowed:
            detail = f"float32 is off by {_norm(miss):.1e} of {_norm(wide[path]):.1e}"
            findings.append(Finding(path, "failed", "dtype", detail, mode))
    return findings


def _misses(pair: Pair) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """(float32 result − float64 result, float64 result, float32 result) of y, dparams and dx, by path."""
    wide, narrow = (_named_results(p) for p in (pair, pair.cast("float32")))
    floats = {path for path, leaf in wide.items() if leaf.dtype == np.float64}
    return {path: np.ravel(narrow[path] - wide[path]) for path in floats}, wide, narrow


def _shaken(pair: Pair, seed: int) -> Pair:
    """The pair at numbers that are off by a unit of float32 rounding."""
    received = (pair.params, pair.x, pair.dy)
    noise = gaussian(received, np.random.default_rng(seed))
    params, x, dy = tree.map(lambda leaf, z: leaf * (1.0 + _EPS32 * z).astype(leaf.dtype), received, noise)
    rounded = tree.cast(tree.cast((params, x, dy), "float32"), "float64")
    return Pair(pair.forward, pair.vjp, *rounded)


def _norm(array: Tree) -> float:
    return float(np.linalg.norm(np.ravel(array)))


def _named_results(pair: Pair) -> dict[str, Any]:
    y, cache = pair.forward(pair.params, pair.x)
    dparams, dx = pair.vjp(pair.params, cache, pair.dy)
    return named_leaves("y", y) | named_leaves("params", dparams) | named_leaves("x", dx)


def _check_init(layer: Layer, key: Key, x: Tree) -> list[Finding]:
    first, second, narrow = layer.init(key, x), layer.init(key, x), layer.init(key, tree.cast(x, "float32"))
    findings = []
    if not tree.equal(first, second):
        findings.append(Finding("params", "failed", "not repeatable", "init called again"))
    floats = [("float64", "float64", first), ("float32", "float32", narrow)]
    for example, dtype, made in floats if _float_example(x) else [("integers", "float32", first)]:
        for path, leaf in named_leaves("params", made).items():
            if leaf.dtype != dtype:
                findings.append(Finding(path, "failed", "dtype", f"{leaf.dtype} for an example of {example}"))
    return findings


def _float_example(x: Tree) -> bool:
    return any(leaf.dtype.kind == "f" for leaf in tree.leaves(x))


def _generic(layer: Layer, params: Tree, x: Tree, generator: np.random.Generator) -> Tree:
    """Parameters at no special point."""
    noise = gaussian(params, generator)
    params = freeze(tree.map(lambda leaf, z: leaf + 0.1 * z, params, noise))
    net = layers.training(layer)
    return net.advance(params, net(params, x)[1])


def _depth(net: Layer) -> int:
    """The number of layers in a network."""
    return 1 + sum(_depth(child) for child in layers.children(net).values())


def _check_param_vjp(
    net: Layer, params: Tree, x: Tree, mode: str, generator: np.random.Generator
) -> list[Finding]:
    """param_vjp gives the dparams of vjp, up to rounding."""
    y, cache = net(params, x)
    dy = gaussian(y, generator)
    whole, alone = net.vjp(params, cache, dy)[0], net.param_vjp(params, cache, dy)
    try:
        tree.same_structure(whole, alone)
    except FunnetError as error:
        return [Finding("params", "failed", "structure", f"param_vjp: {error}", mode)]
    pairs = zip(named_leaves("params", whole).items(), tree.leaves(alone), strict=True)
    wrong = [path for (path, a), b in pairs if not np.allclose(a, b, rtol=1e-9, atol=1e-12)]
    return [Finding(path, "failed", "value", "param_vjp is not vjp[0]", mode) for path in wrong]


def _check_advance(net: Layer, params: Tree, x: Tree, trained: bool, name: str) -> list[Finding]:
    """advance changes no leaf, nothing in inference, and mutates nothing."""
    before = tree.fingerprint(params)
    new = net.advance(params, net(params, x)[1])
    if tree.fingerprint(params) != before:
        return [Finding("params", "failed", "mutated input", "by advance", name)]
    if not trained and not tree.equal(params, new):
        return [Finding("params", "failed", "advance", "it changes parameters in inference", name)]
    try:
        tree.same_structure(params, new)
    except FunnetError as error:
        return [Finding("params", "failed", "advance", str(error), name)]
    pairs = zip(named_leaves("params", params).items(), tree.leaves(new), strict=True)
    wrong = [path for (path, a), b in pairs if not tree.equal(a, b)]
    return [Finding(path, "failed", "advance", "it changes what is trained", name) for path in wrong]
