"""Checks in one call."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.containers import Buffer, Tree, freeze
from funnet.core.key import Key
from funnet.errors import DtypeError
from funnet.grad import callables
from funnet.nn import layer as layers
from funnet.nn.layer import Layer
from funnet.testing import arguments
from funnet.testing.advance import check_advance
from funnet.testing.contract import check_contract
from funnet.testing.methods import check_init, check_param_vjp
from funnet.testing.precision import check_float32
from funnet.testing.report import Finding, GradientError, Report
from funnet.testing.slopes import Manner, Mode, check_slopes
from funnet.testing.subject import Forward, Pair, Vjp, copied, gaussian, rounded

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
    float32 agrees with float64; `advance` renews the Buffers of all layers inside that ran, in training
    only. Without `params` they come
    from `layer.init(key, x)`, moved by small random numbers and one training pass, so that no term of the
    derivative is hidden by a 0 or a 1. `init` sees the example in float32, and its parameters are cast: a
    layer that reads integers makes float32 whatever the dtype of the others.

    A slope is taken along a random direction for each leaf, with `mode="full"` for each entry. `domain` is
    the open interval in which x may move. `analytic` says that the function can be continued to complex
    numbers: then slopes are exact to rounding, and a function that uses abs or the like is found out.

    Raises GradientError, with the report, if any of it fails. A slope at a kink or beyond the domain of
    the function is "inconclusive" in the report and raises nothing.
    """
    __tracebackhide__ = True
    arguments.layer("check_layer", layer)
    arguments.arrays("check_layer", x=x)
    checks.key("check_layer", key)
    generator = arguments.generator("check_layer", seed)
    manner = arguments.manner("check_layer", mode, domain, analytic)
    training = arguments.modes("check_layer", training)
    narrow = tree.cast(x, "float32")
    x = tree.cast(narrow, "float64")
    findings = []
    if params is None:
        findings += check_init(layer, key, narrow)
        params = tree.cast(layer.init(key, copied(narrow)), "float64")
        params = _generic(layer, params, copied(x), generator)
    params = rounded(params)
    nets = {trained: (layers.training if trained else layers.inference)(layer) for trained in training}
    for trained, net in nets.items():
        if trained and net == nets.get(False):
            continue
        name = "training" if trained else "inference"
        found = _check_pair(net.__call__, net.vjp, params, x, name, generator, _depth(net), manner)
        if not any(finding.verdict == "failed" for finding in found):
            found += check_param_vjp(net, params, x, name, generator)
            found += check_advance(net, params, x, trained, name)
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
    __tracebackhide__ = True
    arguments.function("check_vjp", forward=forward, vjp=vjp)
    arguments.arrays("check_vjp", x=x)
    generator, manner = (
        arguments.generator("check_vjp", seed),
        arguments.manner("check_vjp", mode, domain, analytic),
    )
    params, x = rounded(params), rounded(x)
    findings = _check_pair(forward, vjp, params, x, "", generator, 1, manner)
    return concluded(_name(forward), seed, findings)


def check_loss(
    loss: Callable[[Tree, Tree], tuple[Any, Tree]],
    y: Tree,
    target: Tree,
    *,
    seed: int = 0,
    mode: Mode = "direction",
    domain: tuple[float, float] = _EVERYWHERE,
) -> Report:
    """Check a loss (y, target) -> (value, dy): its gradient as `check_layer` does, and its value's dtype.

    The floats of the target are cast with those of y. A value that is a Python number has no dtype to keep.
    """
    __tracebackhide__ = True
    callables.loss("check_loss", loss)
    arguments.arrays("check_loss", y=y)
    manner = arguments.manner("check_loss", mode, domain)
    return _check_loss(
        loss, y, target, _name(loss), "y", manner, arguments.generator("check_loss", seed), seed
    )


def check_penalty(penalty: Callable[[Tree], tuple[Any, Tree]], params: Tree, *, seed: int = 0) -> Report:
    """Check a penalty (params) -> (value, dparams) as `check_loss` does a loss."""
    __tracebackhide__ = True
    if penalty is None:
        raise DtypeError("penalty to be a function", "None", who="check_penalty")
    callables.penalty("check_penalty", penalty)
    arguments.arrays("check_penalty", params=params)
    generator = arguments.generator("check_penalty", seed)

    def loss(params: Tree, _: Tree) -> tuple[Any, Tree]:
        return penalty(params)

    return _check_loss(loss, params, (), _name(penalty), "params", Manner(), generator, seed)


def _check_loss(
    loss: Callable[[Tree, Tree], tuple[Any, Tree]],
    y: Tree,
    target: Tree,
    subject: str,
    argument: str,
    manner: Manner,
    generator: np.random.Generator,
    seed: int,
) -> Report:
    """The report on a function of `argument` and of a target that is not moved."""
    __tracebackhide__ = True
    y, target = rounded(y), tree.cast(target, "float64")

    def forward(params: Buffer, y: Tree) -> tuple[Tree, Tree]:
        dtype = next((leaf.dtype for leaf in tree.leaves(y) if leaf.dtype.kind == "f"), np.float64)
        value, dy = checks.pair(subject, loss(y, params.value), "a pair (value, dy) to be returned")
        return np.asarray(value, dtype if type(value) in (int, float) else None), dy

    def vjp(params: Buffer, cache: Tree, dvalue: Tree) -> tuple[Tree, Tree]:
        return params, tree.map(lambda leaf: leaf * dvalue, cache)

    before = tree.fingerprint(shown := copied(target))
    loss(copied(y), shown)
    if tree.fingerprint(shown) != before:
        return concluded(subject, seed, [Finding("target", "failed", "mutated input")])
    findings = _check_pair(forward, vjp, Buffer(target), y, "", generator, 1, manner)
    names = {"x": argument, "y": "value", "cache": f"d{argument}"}
    return concluded(subject, seed, [_renamed(finding, names) for finding in findings])


def _renamed(finding: Finding, names: dict[str, str]) -> Finding:
    """The finding with another name at the head of its path."""
    head, *rest = finding.path.split("/")
    return attrs.evolve(finding, path="/".join((names.get(head, head), *rest)))


def assert_pure(f: Callable[..., Tree], *args: Tree) -> Tree:
    """The result of f(*args), once shown that a second call gives the same bits and changes no argument.

    Raises GradientError otherwise.
    """
    __tracebackhide__ = True
    arguments.function("assert_pure", f=f)
    before = [tree.fingerprint(arg) for arg in args]
    first = f(*args)
    findings = _mutated(args, before)
    if not findings:
        result = copied(first)
        second = f(*args)
        findings = _mutated(args, before)
        if not findings and not (tree.equal(result, second) and tree.equal(result, first)):
            findings = [Finding("result", "failed", "not repeatable")]
    concluded(_name(f), 0, findings)
    return first


def _mutated(args: tuple[Tree, ...], before: list[str]) -> list[Finding]:
    """A finding for every argument whose fingerprint is another one now."""
    pairs = enumerate(zip(args, before, strict=True))
    changed = [index for index, (arg, bits) in pairs if tree.fingerprint(arg) != bits]
    return [Finding(f"argument {index}", "failed", "mutated input") for index in changed]


def concluded(subject: str, seed: int, findings: list[Finding]) -> Report:
    """The report; raises GradientError if a finding failed."""
    __tracebackhide__ = True
    report = Report(subject, seed, tuple(findings))
    if report.verdict == "failed":
        raise GradientError(report)
    return report


def _name(f: object) -> str:
    """The name of a function; any other object as it prints."""
    return getattr(f, "__name__", str(f))


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
    y, _ = checks.both("forward", forward(copied(params), copied(x)), "y, cache")
    dy = gaussian(y, generator)
    pair = Pair(forward, vjp, params, x, rounded(dy))
    broken = check_contract(pair, label, generator)
    return broken or [*check_slopes(pair, label, generator, manner), *check_float32(pair, label, depth)]


def _generic(layer: Layer, params: Tree, x: Tree, generator: np.random.Generator) -> Tree:
    """Parameters at no special point."""
    noise = gaussian(params, generator)
    params = freeze(tree.map(lambda leaf, z: leaf + 0.1 * z, params, noise))
    net = layers.training(layer)
    return net.advance(params, net(params, x)[1])


def _depth(net: Layer) -> int:
    """The number of layers in a network."""
    return 1 + sum(_depth(child) for child in layers.children(net).values())
