"""Fifty steps of every optimizer, against PyTorch's and against loops written from the papers."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import funnet as fn
from tests.optim.problem import CASES, PARAMS, STEPS, gradient, walk

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text(encoding="utf-8"))
LOOPS = ("lion", "lamb")


def test_every_rule_has_a_reference():
    others = {"Chain", "Optimizer", "clip_by_norm", "clip_by_value", "weight_decay", "scale_rate", "only"}
    others |= {"accumulate", "ema", "lookahead"}
    kinds = [getattr(fn.optim, name) for name in fn.optim.__all__]
    rules = {kind.__name__ for kind in kinds if isinstance(kind, type) and issubclass(kind, fn.Optimizer)}
    assert rules - others == {*REFERENCE, *LOOPS}
    assert REFERENCE.keys() == CASES.keys()


@pytest.mark.parametrize("name", CASES)
def test_steps_are_those_of_pytorch(name):
    path = walk(CASES[name].optimizer)
    assert np.linalg.norm(path[-1] - path[0]) > 0.3
    for step, expected in REFERENCE[name].items():
        np.testing.assert_allclose(path[int(step)], expected, rtol=1e-10)


def slices():
    """(leaf, whether it decays) as slices of the vector."""
    start = 0
    for path, leaf in zip(fn.tree.paths(PARAMS), fn.tree.leaves(PARAMS), strict=True):
        yield slice(start, start + leaf.size), path.endswith("w")
        start += leaf.size


def test_lion_as_algorithm_2_of_the_paper():
    """update ← β1 m + (1 − β1) g;  θ ← θ − η (sign(update) + λθ);  m ← β2 m + (1 − β2) g"""
    theta = fn.tree.ravel(PARAMS).tolist()
    decays = [decay for leaf, decay in slices() for _ in range(leaf.stop - leaf.start)]
    m = [0.0] * len(theta)
    for _ in range(STEPS):
        g = gradient(np.array(theta)).tolist()
        for i in range(len(theta)):
            update = 0.8 * m[i] + (1 - 0.8) * g[i]
            theta[i] -= 0.01 * (math.copysign(1.0, update) + (0.3 * theta[i] if decays[i] else 0.0))
            m[i] = 0.95 * m[i] + (1 - 0.95) * g[i]
    path = walk(fn.lion(0.01, 0.8, 0.95, decay=0.3))
    np.testing.assert_allclose(path[-1], theta, rtol=1e-10)
    assert np.linalg.norm(path[-1] - path[0]) > 0.3


def test_lamb_as_algorithm_2_of_the_paper():
    """r = m̂ / (√v̂ + ε),  x_l ← x_l − η ‖x_l‖ / ‖r_l + λ x_l‖ (r_l + λ x_l), layer by layer"""
    theta = fn.tree.ravel(PARAMS)
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for t in range(1, STEPS + 1):
        g = gradient(theta)
        m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g**2
        r = (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.9**t)) + 1e-4)
        theta = theta.copy()
        for leaf, decays in slices():
            u = r[leaf] + (0.3 if decays else 0.0) * theta[leaf]
            theta[leaf] = theta[leaf] - 0.03 * np.linalg.norm(theta[leaf]) / np.linalg.norm(u) * u
    path = walk(fn.lamb(0.03, 0.8, 0.9, 1e-4, decay=0.3))
    np.testing.assert_allclose(path[-1], theta, rtol=1e-10)
    assert np.linalg.norm(path[-1] - path[0]) > 0.3
