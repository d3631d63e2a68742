"""Every kind of fault in every leaf's turn, over seeds, nets and widths: flagged, and nothing else named."""

import os

import numpy as np
import pytest

import funnet as fn
from funnet.testing import mutation

DEEP = os.environ.get("FUNNET_PROFILE") == "deep"
SEEDS, WIDTHS = (20, (7, 1000)) if DEEP else (1, (7,))


def nets(width):
    return {
        "Linear": fn.Linear(width),
        "Tanh": fn.Tanh(),
        "BatchNorm": fn.BatchNorm(),
        "LogSoftmax": fn.LogSoftmax(),
        "Gelu": fn.Gelu(),
        "net": fn.Sequential([fn.Linear(width), fn.Tanh(), fn.Linear(3)]),
        "ReLU net": fn.Sequential([fn.Linear(width), fn.Relu(), fn.Linear(3)]),
        "residual": fn.Residual(fn.Sequential([fn.Linear(width), fn.Gelu()])),
        "branches": fn.Sequential([fn.Branch([fn.Linear(3), fn.Tanh()]), fn.Concat()]),
    }


@pytest.mark.parametrize("name", nets(1))
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_fault_is_flagged_by_name(width, name, seed):
    net = nets(width)[name]
    x = np.random.default_rng(seed).standard_normal((6, width))
    paths = [f"params/{path}" for path in fn.tree.paths(net.init(fn.Key(0), x))] + ["x"]
    assert fn.testing.check_layer(net, x, seed=seed).verdict == "ok"
    for mutant in fn.testing.mutants(net, seed % len(paths)):
        if mutant.kind == "parameter in the cache" and len(paths) == 1:
            continue
        with pytest.raises(fn.testing.GradientError) as caught:
            fn.testing.check_layer(mutant, x, seed=seed)
        assert {finding.reason for finding in caught.value.report.failures} == {mutant.reason}, mutant.kind
        if mutant.reason == "value":
            assert caught.value.paths == (paths[mutant.leaf],), mutant.kind


def test_there_are_enough_kinds():
    assert len(mutation.KINDS) >= 12
    assert len(nets(7)) >= 8
