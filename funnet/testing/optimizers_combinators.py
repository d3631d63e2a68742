"""Checks of what is no layer by itself: optimizers and combinators."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs
import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.containers import Array, Buffer, Tree, describe, record
from funnet.core.key import Key
from funnet.errors import DtypeError
from funnet.nn.combinators import Sequential
from funnet.nn.layer import Layer, inference, training
from funnet.nn.layers import BatchNorm, Dropout, Tanh
from funnet.optim.base import Optimizer
from funnet.testing import arguments
from funnet.testing.advance import buffers
from funnet.testing.check import check_layer, concluded
from funnet.testing.report import Finding, Report

_STEPS = 5


def check_optimizer(optimizer: Optimizer, params: Tree, *, seed: int = 0) -> Report:
    """Check that an optimizer is a pure rule on one flat vector, at parameters like `params`.

    Over a few steps of random gradients: the same call gives the same bits, the gradient, the state and
    the parameters stay as they were, delta has their shape and dtype and shares no memory with anything
    received or with the new state; moments are kept in at least float32. In float16, 32 and 64: deltas for
    gradients of zeros and for ordinary gradients are finite.
    Raises GradientError, with the report, if any of it fails.
    """
    __tracebackhide__ = True
    checks.instance("check_optimizer", "optimizer", optimizer, Optimizer)
    arguments.arrays("check_optimizer", params=params)
    checks.count("check_optimizer", "seed", seed, 0)
    findings = []
    for dtype in ("float16", "float32", "float64"):
        found = list(_optimizer_findings(optimizer, tree.cast(params, dtype), seed))
        findings += [attrs.evolve(finding, mode=dtype) for finding in found or [Finding("delta", "ok")]]
    return concluded(str(optimizer), seed, findings)


def _optimizer_findings(optimizer: Optimizer, params: Tree, seed: int) -> Iterator[Finding]:
    generator = np.random.default_rng(seed)
    p = tree.ravel(params)
    if not tree.equal(optimizer.init(params), optimizer.init(params)):
        yield Finding("state", "failed", "not repeatable", "init called again")
    for size in (0.0, 1.0):
        state = optimizer.init(params)
        for _ in range(_STEPS):
            g = (size * generator.standard_normal(p.shape)).astype(p.dtype)
            yield from _step_findings(optimizer, g, state, p)
            delta, state = optimizer.update(g, state, p)
            if delta.shape != p.shape:
                return
            p = p + delta.astype(p.dtype)


def _step_findings(optimizer: Optimizer, g: Array, state: Tree, p: Array) -> Iterator[Finding]:
    before = tree.fingerprint((g, state, p))
    delta, new = optimizer.update(g, state, p)
    again, other = optimizer.update(g, state, p)
    if tree.fingerprint((g, state, p)) != before:
        yield Finding("state", "failed", "mutated input", "by update")
    if not tree.equal((delta, new), (again, other)):
        yield Finding("delta", "failed", "not repeatable", "update called again")
    if delta.shape != p.shape:
        yield Finding("delta", "failed", "shape", f"{delta.shape} for parameters of shape {p.shape}")
    if delta.dtype != p.dtype:
        yield Finding("delta", "failed", "dtype", f"{delta.dtype} for parameters of {p.dtype}")
    if not np.isfinite(delta).all():
        yield Finding("delta", "failed", "value", "not finite")
    if any(np.shares_memory(delta, leaf) for leaf in (g, p, *tree.leaves(state))):
        yield Finding("delta", "failed", "aliased output", "shares memory with what update received")
    if any(np.shares_memory(delta, leaf) for leaf in tree.leaves(new)):
        yield Finding("delta", "failed", "aliased output", "shares memory with the new state")
    for path, leaf in zip(tree.paths(new), tree.leaves(new), strict=True):
        if leaf.dtype.kind == "f" and leaf.dtype.itemsize < 4:
            yield Finding(f"state/{path}", "failed", "dtype", f"moments in {leaf.dtype}")


@record
class _Count:
    """The number of training passes so far: training_passes (1,)."""

    training_passes: Array


@attrs.frozen
class _Counting(Layer):
    """tanh, with a _Count in a Buffer."""

    training: bool = False

    def init(self, key: Key, x: Tree) -> Buffer:
        return Buffer(_Count(np.zeros(1, np.float32)))

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        y = tree.map(np.tanh, x)
        return y, y

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        y = cache
        return params, tree.map(lambda y, dy: dy * (1.0 - y * y), y, dy)

    def advance(self, params: Tree, cache: Tree) -> Tree:
        return Buffer(_Count(params.value.training_passes + 1.0)) if self.training else params


def check_combinator(combinator: Callable[[Layer], Layer], x: Tree, *, seed: int = 0) -> Report:
    """Check a combinator, a function from a layer to a network, around layers with and without state.

    The layers inside keep the shape of their input, so that a residual combinator can be checked too. Each
    network keeps the contract of `check_layer`; `training` and `inference` reach the layer inside, and
    `advance` renews its Buffer in training, and in training only.
    Raises GradientError, with the report, if any of it fails.
    """
    __tracebackhide__ = True
    arguments.function("check_combinator", combinator=combinator)
    arguments.arrays("check_combinator", x=x)
    key = Key(checks.count("check_combinator", "seed", seed, 0))
    x = tree.cast(x, "float32")
    net = combinator(_Counting())
    if not isinstance(net, Layer):
        raise DtypeError("combinator to give a layer", describe(net), who="check_combinator")
    findings: list[Finding] = []
    for inside in (Tanh(), Sequential([BatchNorm(), Dropout(0.3)]), _Counting()):
        findings += check_layer(combinator(inside), x, key=key, seed=seed).findings
    for trained, rewritten in ((True, training(net)), (False, inference(training(net)))):
        params = rewritten.init(key, x)
        counts = _counts(rewritten.advance(params, rewritten(params, x)[1]))
        if not counts:
            findings.append(Finding("params", "failed", "advance", "the Buffer of the layer inside is lost"))
        for path, count in counts.items():
            if bool(count.any()) != trained:
                detail = "not renewed in training" if trained else "renewed in inference"
                findings.append(Finding(path, "failed", "advance", detail))
    return concluded(str(net), seed, findings)


def _counts(params: Tree) -> dict[str, Array]:
    """The numbers of training passes, by path."""
    held = {path: value for path, value in buffers(params).items() if isinstance(value, _Count)}
    return {path: count.training_passes for path, count in held.items()}
