"""Who catches what: the same right and wrong gradients through funnet's checker and its peers.

    python -m tests.benchmarks.checkers [--draws 5] [--limit 60]

Peers are torch.autograd.gradcheck in both modes, jax.test_util.check_grads in both modes, and
autograd.test_util.check_grads, where installed, all of first order, with their default tolerances, and in
float64 unless the row says otherwise. Each gets the same NumPy functions in its own idiom for a derivative
written by hand. The first table shows what they say: a wrong gradient is caught or MISSED, a right one is
passed or a FALSE ALARM; "MISSED 3/5" is 3 of 5 draws; "inconclusive" raises nothing, so that it is right for
a right gradient only. The second shows the time, that of the peers as multiples of ours. "too slow" is
beyond the limit in seconds, "too large" a Jacobian of 80 GB, "-" a case without a forward mode.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

import funnet as fn
from funnet.nn.table import table
from tests.benchmarks.gradients import Case, cases

Checker = Callable[[Case], str | None]
_LARGEST_JACOBIAN = 1e9
_NO_ANSWER = ("-", "too large")
_WORSE = (*_NO_ANSWER, "passed", "caught", "inconclusive", "MISSED", "FALSE ALARM")


def ours(case: Case) -> str | None:
    """What funnet says of a case if not that it is right; like all checkers it raises what it finds wrong."""
    report = fn.testing.check_vjp(*case.pair, case.params, case.x, seed=case.seed)
    return "inconclusive" if report.verdict == "inconclusive" else None


def torch_slow(case: Case, fast: bool = False) -> str | None:
    """PyTorch, entry by entry: a torch.autograd.Function."""
    if not fast and case.x.size * np.size(case.right[0](case.params, case.x)[0]) > _LARGEST_JACOBIAN:
        return "too large"
    import torch

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *args: Any) -> Any:
            *params, x = (arg.detach().numpy() for arg in args)
            ctx.params = tuple(params)
            y, ctx.cache = case.pair[0](ctx.params, x)
            return torch.as_tensor(np.asarray(y))

        @staticmethod
        def backward(ctx: Any, dy: Any) -> Any:
            dparams, dx = case.pair[1](ctx.params, ctx.cache, dy.numpy())
            return tuple(torch.as_tensor(np.asarray(d)) for d in (*dparams, dx))

    args = [torch.tensor(arg, requires_grad=True) for arg in (*case.params, case.x)]
    torch.autograd.gradcheck(Function.apply, args, fast_mode=fast)
    return None


def torch_fast(case: Case) -> str | None:
    """PyTorch, along one random direction; when that fails, it goes on entry by entry to word the error."""
    return torch_slow(case, fast=True)


def jax_reverse(case: Case) -> None:
    """JAX in reverse mode: a custom_vjp."""
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
    check_grads(f, [jax.numpy.array(arg) for arg in (*case.params, case.x)], order=1, modes=["rev"])


def jax_forward(case: Case) -> str | None:
    """JAX in forward mode: a custom_jvp."""
    if not case.has_jvp:
        return "-"
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)

    def jvp(primals: Any, tangents: Any) -> Any:
        y, cache = case.pair[0]((), np.asarray(primals[0]))
        terms = case.pair[1]((), cache, np.ones_like(y))[1] * np.asarray(tangents[0])
        return y, terms if np.ndim(y) else terms.sum()

    f = jax.custom_jvp(lambda x: case.pair[0]((), np.asarray(x))[0])
    f.defjvp(jvp)
    check_grads(f, [jax.numpy.array(case.x)], order=1, modes=["fwd"])
    return None


def autograd(case: Case) -> None:
    """HIPS autograd: a primitive with its vjp."""
    import autograd.numpy as anp
    from autograd.extend import defvjp_argnums, primitive
    from autograd.test_util import check_grads

    f = primitive(lambda *args: case.pair[0](args[:-1], args[-1])[0])

    def make_vjp(argnums: Sequence[int], y: Any, args: Any, kwargs: Any) -> Any:
        _, cache = case.pair[0](args[:-1], args[-1])

        def vjp(dy: Any) -> Any:
            dparams, dx = case.pair[1](args[:-1], cache, dy)
            return [(*dparams, dx)[index] for index in argnums]

        return vjp

    defvjp_argnums(f, make_vjp)
    args = [arg.copy() for arg in (*case.params, case.x)]
    anp.random.seed(case.seed)
    check_grads(f, tuple(range(len(args))), modes=["rev"], order=1)(*args)


CHECKERS: dict[str, tuple[str, Checker]] = {
    "ours": ("funnet", ours),
    "torch": ("torch", torch_slow),
    "torch fast": ("torch", torch_fast),
    "jax reverse": ("jax", jax_reverse),
    "jax forward": ("jax", jax_forward),
    "autograd": ("autograd", autograd),
}


def verdict(check: Checker, case: Case) -> str:
    """What a checker makes of a case, in a word."""
    try:
        said = check(case) or "passed"
    except Exception:
        return "caught" if case.wrong else "FALSE ALARM"
    return "MISSED" if case.wrong and said not in _NO_ANSWER else said


def work(column: str, first: int, draws: int, pipe: Connection) -> None:
    """Send (verdict, seconds) for every draw of every case from the `first` on."""
    warnings.simplefilter("ignore")
    check = CHECKERS[column][1]
    verdict(check, cases(0)[-1])  # imports and first calls are not timed
    pipe.send("ready")
    for index in range(first, len(cases(0))):
        for draw in range(draws):
            case, start = cases(draw)[index], time.perf_counter()
            pipe.send((verdict(check, case), time.perf_counter() - start))


def measure(column: str, draws: int, limit: float) -> list[tuple[str, float]]:
    """The word and the median time for every case, from a process that is replaced when it takes too long."""
    context, found = multiprocessing.get_context("spawn"), []
    while len(found) < len(cases(0)):
        pipe, other = context.Pipe(duplex=False)
        worker = context.Process(target=work, args=(column, len(found), draws, other), daemon=True)
        worker.start()
        other.close()
        pipe.recv()
        late = False
        while len(found) < len(cases(0)) and not late:
            said = []
            while len(said) < draws and not (late := not pipe.poll(limit)):
                said.append(pipe.recv())
            found.append(("too slow", limit) if late else summary(said))
        worker.kill()
        worker.join()
    return found


def summary(said: list[tuple[str, float]]) -> tuple[str, float]:
    """The worst of some verdicts, with its share if they differ, and the median of the times."""
    words, seconds = zip(*said, strict=True)
    word = max(words, key=_WORSE.index)
    share = "" if len(set(words)) == 1 else f" {words.count(word)}/{len(words)}"
    return word + share, statistics.median(seconds)


def main() -> None:
    """Measure all columns and print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=5, help="points for each row")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds a check may take")
    args = parser.parse_args()
    names = [case.name for case in cases(0)]
    absent = [("not installed", np.nan)] * len(names)
    columns = [
        measure(column, args.draws, args.limit) if importlib.util.find_spec(package) else absent
        for column, (package, _) in CHECKERS.items()
    ]
    rows = list(zip(names, *columns, strict=True))
    print(table([("", *CHECKERS), *((name, *(word for word, _ in cells)) for name, *cells in rows)]), "\n")
    times = [
        (name, f"{1e3 * cells[0][1]:.1f} ms", *map(ratio, cells[1:], cells[:1] * 5)) for name, *cells in rows
    ]
    print(table([("", *CHECKERS), *times], right=tuple(range(1, len(CHECKERS) + 1))))


def ratio(cell: tuple[str, float], our: tuple[str, float]) -> str:
    """The time of a peer as a multiple of ours."""
    word, times = cell[0], cell[1] / our[1]
    if word in (*_NO_ANSWER, "not installed"):
        return word
    return f"{'> ' * (word == 'too slow')}{times:.{2 if times < 10 else 0}f}"


if __name__ == "__main__":
    main()
