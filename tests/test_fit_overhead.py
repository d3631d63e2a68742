"""The measurement of what `fit` costs: its loops are the same work, and it counts what it should."""

import numpy as np

import funnet as fn
from tests.benchmarks import fit_overhead


def test_all_loops_end_with_the_same_bits():
    prints = {name: fn.tree.fingerprint(loop()) for name, loop in fit_overhead.loops(2).items()}
    assert len(prints) == 4
    assert len(set(prints.values())) == 1
    assert {*fit_overhead.PAIRS, *fit_overhead.PAIRS.values()} == set(prints)


def test_the_figures_are_quotients_of_neighbours(monkeypatch, capsys):
    clock = [0.0]
    monkeypatch.setattr(fit_overhead.time, "process_time", lambda: clock[0])

    def loop(seconds):
        def run():
            clock[0] += seconds * 2.0 ** (clock[0] > 1)  # later rounds are slow, all alike

        return run

    names = list(fit_overhead.loops(1))
    loops = {name: loop(seconds) for name, seconds in zip(names, (0.2, 0.3, 0.2, 0.25), strict=True)}
    monkeypatch.setattr(fit_overhead, "loops", lambda epochs: loops)
    overheads = fit_overhead.main(["--rounds", "5", "--epochs", "1"])
    assert list(overheads) == list(fit_overhead.PAIRS)
    np.testing.assert_allclose(list(overheads.values()), [0.5, 0.25], atol=1e-9)
    assert capsys.readouterr().out.count("µs a step") == 4


def test_fit_costs_little():
    """A wide bound that holds on a busy machine; the figure is that of the benchmark."""
    seconds = fit_overhead.measure(rounds=9, epochs=1)
    for name, bare in fit_overhead.PAIRS.items():
        assert np.median(seconds[name] / seconds[bare]) < 1.25, name
