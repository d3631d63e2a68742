"""The clauses of the contract that need no numerics, each a function from a pair to its findings."""

from __future__ import annotations

import itertools
import math
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import attrs
import numpy as np

from funnet import tree
from funnet.core.containers import Buffer, Tree, parts
from funnet.errors import DtypeError, FunnetError, ShapeError
from funnet.testing.report import Finding
from funnet.testing.subject import Pair, copied, gaussian, named_leaves

_LINEAR = 1e-9
_ROUNDING = 1e-13


def check_contract(pair: Pair, mode: str, generator: np.random.Generator) -> list[Finding]:
    """The findings of the first clause that does not hold; what comes after it would only echo them."""
    for clause in (_pure, _structure, _repeatable, _aliased, _linear):
        if found := [attrs.evolve(finding, mode=mode) for finding in clause(pair, generator)]:
            return found
    return []


def _failed(path: str, reason: str, detail: str = "") -> Finding:
    return Finding(path, "failed", reason, detail)


def _structure(pair: Pair, _: np.random.Generator) -> Iterator[Finding]:
    """dparams and dx are built like params and x; Buffers come back as they went in."""
    dparams, dx = pair.pull(pair.dy)
    for name, like, made in (("params", pair.params, dparams), ("x", pair.x, dx)):
        try:
            tree.same_structure(like, made)
        except FunnetError as error:
            reason = {ShapeError: "shape", DtypeError: "dtype"}.get(type(error), "structure")
            path = "/".join((name, *error.path))
            yield _failed(path, reason, f"expected {error.expected}, got {error.got}")
        else:
            if not tree.equal(_buffers(like), _buffers(made)):
                yield _failed(name, "structure", "a Buffer did not come back as it went in")


def _buffers(node: Tree) -> list[Tree]:
    """The contents of all Buffers of a tree."""
    if isinstance(node, Buffer):
        return [node.value]
    children = None if isinstance(node, np.ndarray | np.generic) else parts(node)
    return list(itertools.chain.from_iterable(_buffers(child) for _, child in children or ()))


def _pure(pair: Pair, _: np.random.Generator) -> Iterator[Finding]:
    """Nothing received is changed."""
    params, x, dy = copied(pair.params), copied(pair.x), copied(pair.dy)
    (_, cache), changed = _watched(lambda: pair.forward(params, x), params=params, x=x)
    yield from (_failed(path, "mutated input", "by the forward pass") for path in changed)
    params, cache = copied(pair.params), copied(cache)
    _, changed = _watched(lambda: pair.vjp(params, cache, dy), params=params, cache=cache, dy=dy)
    yield from (_failed(path, "mutated input", "by vjp") for path in changed)


def _watched(call: Callable[[], Tree], **received: Tree) -> tuple[Tree, list[str]]:
    """The result of a call, and the paths of what it changed of that which it received."""

    def bits() -> dict[str, bytes]:
        named = (named_leaves(name, node) for name, node in received.items())
        return {path: leaf.tobytes() for leaves in named for path, leaf in leaves.items()}

    before = bits()
    result = call()
    after = bits()
    return result, [path for path in before if before[path] != after[path]]


def _repeatable(pair: Pair, generator: np.random.Generator) -> Iterator[Finding]:
    """The same call gives the same bits: again, after another pass, from eight threads, from a pickle."""
    y, cache = pair.forward(pair.params, pair.x)
    again = dict(zip(("y", "cache"), pair.forward(pair.params, pair.x), strict=True))
    yield from _differences("forward", "called again", {"y": y, "cache": cache}, again)
    first = pair.vjp(pair.params, cache, pair.dy)
    here = (pair.params, pair.x)
    moved = tree.map(
        lambda leaf, z: leaf * (1 + 0.01 * z).astype(leaf.dtype), here, gaussian(here, generator)
    )
    with np.errstate(all="ignore"):
        pair.forward(*moved)
    with ThreadPoolExecutor(8) as pool:
        threads = [pool.submit(pair.vjp, pair.params, cache, pair.dy) for _ in range(8)]
    results = [("called again, after a pass at another point", pair.vjp(pair.params, cache, pair.dy))]
    results += [("called from eight threads", thread.result()) for thread in threads]
    try:
        pickled = pickle.loads(pickle.dumps(cache))
        results.append(("with a pickled cache", pair.vjp(pair.params, pickled, pair.dy)))
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        yield _failed("cache", "pickle", str(error))
    for how, (dparams, dx) in results:
        yield from _differences("vjp", how, {"params": first[0], "x": first[1]}, {"params": dparams, "x": dx})


def _differences(what: str, how: str, a: dict[str, Tree], b: dict[str, Tree]) -> Iterator[Finding]:
    for name, node in a.items():
        if not tree.equal(node, b[name]):
            pairs = zip(named_leaves(name, node).items(), tree.leaves(b[name]), strict=False)
            wrong = [path for (path, p), q in pairs if not tree.equal(p, q)]
            yield from (_failed(path, "not repeatable", f"{what} {how}") for path in wrong or [name])


def _aliased(pair: Pair, _: np.random.Generator) -> Iterator[Finding]:
    """No result of vjp shares memory with what it received or with another; no cache with a parameter."""
    params, x, dy = copied(pair.params), copied(pair.x), copied(pair.dy)
    _, cache = pair.forward(params, x)
    owned = named_leaves("params", params)
    for path, leaf in named_leaves("cache", cache).items():
        for name, other in owned.items():
            if np.shares_memory(leaf, other):
                yield _failed(path, "parameter in cache", name)
    dparams, dx = pair.vjp(params, cache, dy)
    received = owned | named_leaves("cache", cache) | named_leaves("dy", dy) | named_leaves("the input x", x)
    made = named_leaves("params", dparams) | named_leaves("x", dx)
    for path, leaf in made.items():
        for name, other in received.items():
            if np.shares_memory(leaf, other):
                yield _failed(path, "aliased output", f"shares memory with {name}")
    again = named_leaves("params", (later := pair.vjp(params, cache, dy))[0]) | named_leaves("x", later[1])
    for path, leaf in made.items():
        if any(np.shares_memory(leaf, other) for other in again.values()):
            yield _failed(path, "aliased output", "shares memory with the result of another call")
    for (path, leaf), (name, other) in itertools.combinations(made.items(), 2):
        if np.shares_memory(leaf, other):
            yield _failed(path, "aliased output", f"shares memory with the gradient of {name}")


def _linear(pair: Pair, generator: np.random.Generator) -> Iterator[Finding]:
    """vjp(a d1 + b d2) = a vjp(d1) + b vjp(d2), and exact zeros come of a dy of zeros."""
    a, b = 0.75, -1.25
    d1, d2 = gaussian(pair.dy, generator), gaussian(pair.dy, generator)
    zero, g1, g2, both = (
        _gradients(pair, dy)
        for dy in (
            tree.map(np.zeros_like, pair.dy),
            d1,
            d2,
            tree.map(lambda p, q: a * p + b * q, d1, d2),
        )
    )
    rounding = _ROUNDING * math.sqrt(sum(float(np.vdot(g, g)) for g in both.values()))
    for path in both:
        if np.any(zero[path]):
            yield _failed(path, "not linear in dy", "the gradient of a dy of zeros is not zero")
            continue
        miss = np.linalg.norm(both[path] - a * g1[path] - b * g2[path])
        size = abs(a) * np.linalg.norm(g1[path]) + abs(b) * np.linalg.norm(g2[path])
        if not miss <= _LINEAR * size + rounding:
            yield _failed(path, "not linear in dy", f"off by {miss / size if size else miss:.1e}")


def _gradients(pair: Pair, dy: Tree) -> dict[str, Tree]:
    dparams, dx = pair.pull(dy)
    named = named_leaves("params", dparams) | named_leaves("x", dx)
    return {path: np.asarray(leaf).ravel() for path, leaf in named.items() if leaf.dtype.kind == "f"}
