"""Who catches what: the same right and wrong gradients through funnet's checker and its peers.

    python -m tests.benchmarks.checkers [--limit SECONDS] [--only WORD]

Peers are torch.autograd.gradcheck in both modes, jax.test_util.check_grads in both modes, and
autograd.test_util.check_grads, where installed, each of first order, with its default tolerances, in the
float64 it asks for unless the row says otherwise. Every checker gets the same NumPy functions in its own
idiom for a hand-written derivative. One table shows what each says: a wrong gradient is caught or MISSED, a
right one is passed or a FALSE ALARM; "inconclusive" raises nothing. The other shows seconds, and the time
of each peer as a multiple of ours. "-" is a case without a forward-mode rule, "too slow" one beyond the limit.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import numpy as np

import funnet as fn
from funnet.summary import table

Array = Any
Pair = tuple[Callable[..., Any], Callable[..., Any]]
_JACOBIAN = 1e9


@attrs.frozen(eq=False)
class Case:
    """A right pair (forward, vjp) at (params, x); `wrong` is the pair handed to the checkers, if it is not that."""

    name: str
    right: Pair
    params: tuple[Array, ...]
    x: Array
    wrong: Pair | None = None

    @property
    def pair(self) -> Pair:
        """What the checkers are given."""
        return self.wrong or self.right


def elementwise(f: Callable[[Array], Array], slope: Callable[[Array], Array], total: bool = True) -> Pair:
    """y = Σ f(x) or, without the sum, f(x)."""

    def forward(params: tuple[()], x: Array) -> tuple[Array, Array]:
        return (f(x).sum() if total else f(x)), x

    return forward, lambda params, cache, dy: ((), slope(cache) * dy)


def affine(db: Callable[[Array], Array]) -> Pair:
    """y = x w + b, with a gradient of b of one's own."""
    return lambda params, x: (x @ params[0] + params[1], x), lambda params, cache, dy: (
        (cache.T @ dy, db(dy)),
        dy @ params[0].T,
    )


def with_dx(pair: Pair, edit: Callable[[Array], Array]) -> Pair:
    """The pair with another dx."""
    return pair[0], lambda params, cache, dy: ((), edit(pair[1](params, cache, dy)[1]))


def with_dead_entry(pair: Pair, x: Array) -> Pair:
    """The pair with a 0 for the entry of dx that is of median size."""
    size = np.abs(pair[1]((), x, 1.0)[1])
    dead = np.argsort(size)[size.size // 2]
    return with_dx(pair, lambda dx: np.where(np.arange(dx.size) == dead, 0, dx).astype(dx.dtype))


def stale(pair: Pair) -> Pair:
    """The pair, if it remembered the last forward pass and not its cache."""
    last: list[Array] = []

    def forward(params: tuple[Array, ...], x: Array) -> tuple[Array, Array]:
        y, cache = pair[0](params, x)
        last[:] = [cache.copy()]
        return y, cache

    return forward, lambda params, cache, dy: pair[1](params, last[0], dy)


def centred(pair: Pair) -> tuple[Pair, Pair]:
    """The pair after x − mean(x), and the same with x centred in place: a right gradient, and a lost x."""

    def vjp(params: tuple[()], cache: Array, dy: Array) -> tuple[tuple[()], Array]:
        dx = pair[1](params, cache, dy)[1]
        return (), dx - dx.mean()

    def in_place(params: tuple[()], x: Array) -> tuple[Array, Array]:
        x -= x.mean()
        return pair[0](params, x.copy())

    return (lambda params, x: pair[0](params, x - x.mean()), vjp), (in_place, vjp)


def cases() -> list[Case]:
    """The rows, wrong gradients first."""
    draw = np.random.default_rng(0).standard_normal
    few, many, lots = draw(5), draw(1_000), draw(100_000)
    kinked = np.where(np.arange(1_000) % 10, many, 0.0)
    sine, sines = elementwise(np.sin, np.cos), elementwise(np.sin, np.cos, total=False)
    tiny = elementwise(lambda x: 2e-7 * np.sin(x), lambda x: 2e-7 * np.cos(x))
    relu = elementwise(lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(x.dtype))
    log, square = elementwise(np.log, lambda x: 1 / x), elementwise(np.square, lambda x: 2 * x)
    line, inputs = affine(lambda dy: dy.sum(axis=0)), ((draw((4, 3)), draw(3)), draw((8, 4)))
    right_centred, in_place = centred(sine)
    absolute = (sine[0], lambda params, cache, dy: sine[1](params, cache, np.abs(dy)))
    return [
        Case("one dead entry in 1,000", sine, (), many, with_dead_entry(sine, many)),
        Case("one dead entry in 100,000", sine, (), lots, with_dead_entry(sine, lots)),
        Case("25 % error, 100,000 entries to one", sine, (), lots, with_dx(sine, lambda dx: 1.25 * dx)),
        Case("25 % error, 100,000 to 100,000", sines, (), lots, with_dx(sines, lambda dx: 1.25 * dx)),
        Case("flipped sign, gradient of norm 5e-7", tiny, (), few, with_dx(tiny, np.negative)),
        Case("whole gradient off by 0.1 %", sine, (), many, with_dx(sine, lambda dx: 1.001 * dx)),
        Case("missing bias gradient", line, *inputs, affine(lambda dy: np.zeros(dy.shape[1], dy.dtype))),
        Case("mean for sum in the bias gradient", line, *inputs, affine(lambda dy: dy.mean(axis=0))),
        Case("|dy| for dy", sine, (), many, absolute),
        Case("stale cache", sine, (), many, stale(sine)),
        Case("mutated input", right_centred, (), many, in_place),
        Case("flipped sign of a ReLU, zeros in x", relu, (), kinked, with_dx(relu, np.negative)),
        Case("right, ReLU with zeros in x", relu, (), kinked),
        Case("right, float16", sine, (), many.astype(np.float16)),
        Case("right, float32", sine, (), many.astype(np.float32)),
        Case("right, 1,000 entries", sine, (), many),
        Case("right, 100,000 entries", sine, (), lots),
        Case("right, 100,000 to 100,000", sines, (), lots),
        Case("right, affine", line, *inputs),
        Case("right, centred", right_centred, (), many),
        Case("right, log near its pole", log, (), 1e-4 * (1 + np.abs(many))),
        Case("right, square of large numbers", square, (), 1e6 * few),
    ]


def ours(case: Case) -> str | None:
    """What our checker says of a case; like every peer below it raises what it finds wrong."""
    report = fn.testing.check_vjp(*case.pair, case.params, case.x)
    return None if report.verdict == "ok" else report.verdict


def torch_slow(case: Case, fast: bool = False) -> str | None:
    """PyTorch's gradcheck, entry by entry."""
    import torch

    if not fast and case.x.size * np.size(case.right[0](case.params, case.x)[0]) > _JACOBIAN:
        return "too slow"

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *args: Any) -> Any:
            *params, x = (arg.detach().numpy() for arg in args)
            y, ctx.cache = case.pair[0](tuple(params), x)
            ctx.params = tuple(params)
            return torch.as_tensor(np.asarray(y))

        @staticmethod
        def backward(ctx: Any, dy: Any) -> Any:
            dparams, dx = case.pair[1](ctx.params, ctx.cache, dy.numpy())
            return tuple(torch.as_tensor(np.asarray(d)) for d in (*dparams, dx))

    args = [torch.tensor(arg, requires_grad=True) for arg in (*case.params, case.x)]
    torch.autograd.gradcheck(Function.apply, args, fast_mode=fast)
    return None


def torch_fast(case: Case) -> str | None:
    """PyTorch's gradcheck along one random direction."""
    return torch_slow(case, fast=True)


def jax_rev(case: Case) -> None:
    """JAX's check_grads of a custom_vjp."""
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)

    def forward(*args: Any) -> Any:
        *params, x = map(np.asarray, args)
        y, cache = case.pair[0](tuple(params), x)
        return y, (tuple(params), cache)

    def backward(saved: Any, dy: Any) -> Any:
        dparams, dx = case.pair[1](*jax.tree.map(np.asarray, saved), np.asarray(dy))
        return (*dparams, dx)

    f = jax.custom_vjp(lambda *args: forward(*args)[0])
    f.defvjp(forward, backward)
    check_grads(f, (*case.params, case.x), order=1, modes=["rev"])


def jax_fwd(case: Case) -> str | None:
    """JAX's check_grads of a custom_jvp: that of an elementwise function, summed or not, follows from its vjp."""
    import jax
    from jax.test_util import check_grads

    if case.params:
        return "-"
    jax.config.update("jax_enable_x64", True)
    f = jax.custom_jvp(lambda x: case.pair[0]((), np.asarray(x))[0])

    def rule(primals: Any, tangents: Any) -> Any:
        y, cache = case.pair[0]((), np.asarray(primals[0]))
        terms = case.pair[1]((), cache, np.ones_like(y))[1] * np.asarray(tangents[0])
        return y, terms if np.ndim(y) else terms.sum()

    f.defjvp(rule)
    check_grads(f, (case.x,), order=1, modes=["fwd"])
    return None


def autograd(case: Case) -> None:
    """The check_grads of autograd, of a primitive with a vjp."""
    from autograd.extend import defvjp_argnums, primitive
    from autograd.test_util import check_grads

    f = primitive(lambda *args: case.pair[0](args[:-1], args[-1])[0])

    def rule(argnums: Any, y: Any, args: Any, kwargs: Any) -> Any:
        _, cache = case.pair[0](args[:-1], args[-1])

        def backward(dy: Any) -> Any:
            dparams, dx = case.pair[1](args[:-1], cache, dy)
            return [(*dparams, dx)[index] for index in argnums]

        return backward

    defvjp_argnums(f, rule)
    args = [arg.copy() for arg in (*case.params, case.x)]
    np.random.seed(0)
    check_grads(f, tuple(range(len(args))), modes=["rev"], order=1)(*args)


CHECKERS = (ours, torch_slow, torch_fast, jax_rev, jax_fwd, autograd)


def verdict(check: Callable[[Case], str | None], case: Case) -> tuple[str, float, str]:
    """What a checker says of a case, how long it took, and what it raised."""
    start, why = time.perf_counter(), ""
    try:
        said = check(case) or ("MISSED" if case.wrong else "passed")
    except Exception as error:
        said, why = "caught" if case.wrong else "FALSE ALARM", f"{type(error).__name__}: {error}"
    if case.wrong and said == "inconclusive":
        said = "MISSED"
    return said, time.perf_counter() - start, why
