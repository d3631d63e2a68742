"""One work in funnet and its peers: first the same losses, then the times."""

from __future__ import annotations

import attrs
import numpy as np

from funnet.core.containers import Array
from funnet.ops.numeric import log_softmax
from tests.benchmarks.peers import Run, Unsupported, train
from tests.benchmarks.timing import Clock, Ratio, interleave, ratios
from tests.benchmarks.works import WORKS, Work

TOLERANCE = 1e-4


@attrs.frozen
class Result:
    """What was found about a work: funnet / peer for a step and for inference, and why peers are missing."""

    work: str
    step: dict[str, Ratio]
    inference: dict[str, Ratio]
    left_out: dict[str, str]


def measure(name: str, peers: list[str], rounds: int, clock: Clock) -> Result:
    """The ratios of a work, of training steps and of inference for one example."""
    runs, left_out = begin(WORKS[name](), peers)
    resets = {peer: run.reset for peer, run in runs.items()}
    step = interleave({peer: run.step for peer, run in runs.items()}, resets, rounds, clock)
    inference = interleave({peer: run.infer for peer, run in runs.items()}, resets, rounds, clock)
    return Result(name, ratios(step), ratios(inference), left_out)


def begin(work: Work, peers: list[str]) -> tuple[dict[str, Run], dict[str, str]]:
    """Runs by peer, funnet's first, and why a peer has none. All agree, or AssertionError is raised."""
    runs, left_out = {"funnet": train("funnet", work)}, {}
    for peer in peers:
        try:
            runs[peer] = train(peer, work)
        except Unsupported as why:
            left_out[peer] = str(why)
    check_agreement(runs)
    return runs, left_out


def check_agreement(runs: dict[str, Run]) -> None:
    """Assert that all have the same losses over ten steps, which move them, and the same output after."""
    ours, y = losses(runs["funnet"]), output(runs["funnet"])
    assert abs(ours[-1] / ours[0] - 1) > 10 * TOLERANCE, f"ten steps change nothing: {ours}"
    for peer, run in runs.items():
        np.testing.assert_allclose(losses(run), ours, rtol=TOLERANCE, err_msg=f"losses of {peer}")
        np.testing.assert_allclose(output(run), y, rtol=1e-2, atol=1e-4, err_msg=f"output of {peer}")


def losses(run: Run) -> list[float]:
    """The loss before the first step and after each of ten."""
    run.reset()
    return [float(run.step()) for _ in range(11)]


def output(run: Run) -> Array:
    """The output for the first example; several numbers are taken as logits, whose common height is free."""
    y = np.asarray(run.infer())
    return y if y.shape[-1] == 1 else log_softmax(y)
