"""The comparisons: of checkers, where ours is right on every case, and of training, all the same by hand."""

import importlib.util
import time
import tracemalloc

import attrs
import numpy as np
import pytest

import funnet as fn
from tests.benchmarks import __main__ as comparison, checkers, footprint, growth, memory, profile, timing
from tests.benchmarks.gradients import cases
from tests.benchmarks.peers import Run
from tests.benchmarks.run import Result, begin, check_agreement, losses
from tests.benchmarks.works import WORKS

CASES = {case.name: case for case in cases(0)}
WRONG = {name: case for name, case in CASES.items() if case.wrong}


def test_there_are_wrong_ones_and_right_ones():
    assert len(WRONG) == 13
    assert all((case.wrong is None) == name.startswith("right, ") for name, case in CASES.items())


@pytest.mark.parametrize("name", CASES)
def test_ours_is_right(name):
    allowed = ("caught",) if name in WRONG else ("passed", "inconclusive") if "zeros" in name else ("passed",)
    assert checkers.verdict(checkers.ours, CASES[name]) in allowed


def gradients(name):
    """(right, wrong) dx, or db, for a dy of ones."""
    case = CASES[name]
    found = []
    for forward, vjp in (case.right, case.wrong):
        y, cache = forward(case.params, case.x.copy())
        dparams, dx = vjp(case.params, cache, np.ones_like(y))
        found.append(dparams[1] if dparams else dx)
    return found


@pytest.mark.parametrize("count", [1_000, 100_000])
def test_one_entry_is_dead(count):
    right, wrong = gradients(f"one dead entry in {count:,}")
    dead = np.flatnonzero(right != wrong)
    assert right.size == count
    assert dead.size == 1
    assert wrong[dead] == 0
    assert np.abs(right[dead]) == pytest.approx(np.median(np.abs(right)), rel=1e-3)


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("25 % error, 100,000 entries to one", 1.25),
        ("25 % error, 100,000 to 100,000", 1.25),
        ("whole gradient off by 0.1 %", 1.001),
        ("flipped sign, gradient of norm 5e-7", -1),
        ("flipped sign of a ReLU, zeros in x", -1),
        ("missing bias gradient", 0),
        ("mean for sum in the bias gradient", 1 / 8),
        ("|dy| for dy", 1),
        ("stale cache", 1),
        ("mutated input", 1),
    ],
)
def test_the_whole_gradient_is_wrong_by_a_factor(name, factor):
    right, wrong = gradients(name)
    np.testing.assert_allclose(wrong, factor * right, rtol=1e-12, atol=1e-15)


def test_the_small_gradient_is_small():
    right, _ = gradients("flipped sign, gradient of norm 5e-7")
    assert np.linalg.norm(right) == pytest.approx(5e-7, rel=0.1)


def test_a_slope_of_2_at_0_is_wrong_there_only():
    right, wrong = gradients("ReLU with slope 2 at 0")
    assert not right.any()
    assert (wrong == 2).all()


def test_the_input_is_mutated():
    case = CASES["mutated input"]
    for (forward, _), moves in ((case.right, False), (case.wrong, True)):
        x = case.x.copy()
        forward((), x)
        assert (not np.array_equal(x, case.x)) == moves


@pytest.mark.parametrize("name", WRONG)
def test_without_the_fault_ours_finds_nothing(name):
    case = WRONG[name]
    assert checkers.fn.testing.check_vjp(*case.right, case.params, case.x).verdict != "failed"


def test_verdicts_of_draws():
    assert checkers.summary([("caught", 1.0), ("MISSED", 3.0), ("MISSED", 5.0)]) == ("MISSED 2/3", 3.0)
    assert checkers.summary([("passed", 1.0)]) == ("passed", 1.0)


def test_tables(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["checkers"])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name in ("funnet", "jax") or None)
    times = {"ours": ("caught", 0.5), "jax reverse": ("MISSED", 1.0), "jax forward": ("too slow", 60.0)}
    monkeypatch.setattr(checkers, "measure", lambda column, draws, limit: [times[column]] * len(CASES))
    checkers.main()
    out = capsys.readouterr().out.splitlines()
    verdicts, ratios = (line.split() for line in out if line.startswith("stale cache"))
    assert " ".join(verdicts[2:]) == "caught not installed not installed MISSED too slow not installed"
    assert " ".join(ratios[2:]) == "500.0 ms not installed not installed 2.00 > 120 not installed"


@pytest.mark.parametrize("name", WORKS)
def test_a_work_is_the_same_by_hand(name):
    runs, left_out = begin(WORKS[name](), ["numpy"])
    assert set(runs) == {"funnet", "numpy"}
    assert not left_out


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_a_deep_net_is_the_same_by_hand(depth):
    begin(growth.deep(width=8, batch=4, depth=depth), ["numpy"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"step": lambda run: lambda: 1.01 * run.step()}, "losses of numpy"),
        ({"infer": lambda run: lambda: run.infer() * 1.1}, "output of numpy"),
    ],
)
def test_a_peer_that_differs_is_found_out(change, message):
    runs, _ = begin(WORKS["spiral"](), ["numpy"])
    changed = {name: edit(runs["numpy"]) for name, edit in change.items()}
    with pytest.raises(AssertionError, match=message):
        check_agreement({**runs, "numpy": attrs.evolve(runs["numpy"], **changed)})


def test_steps_that_change_nothing_are_found_out():
    run = begin(WORKS["spiral"](), [])[0]["funnet"]
    with pytest.raises(AssertionError, match="change nothing"):
        check_agreement({"funnet": attrs.evolve(run, step=lambda: 1.0)})


def test_a_run_begins_anew():
    run = begin(WORKS["moons"](), ["numpy"])[0]["numpy"]
    assert losses(run) == losses(run)


def test_jobs_take_turns():
    calls = []
    jobs = {name: lambda name=name: calls.append(name) or time.sleep(timing.BLOCK) for name in "abc"}
    resets = {name: lambda name=name: calls.append(f"reset {name}") for name in jobs}
    found = timing.interleave(jobs, resets, 2)
    assert calls[15:] == [word for name in "abcbca" for word in (f"reset {name}", name, name)]
    assert all(len(times) == 2 and min(times) >= timing.BLOCK for times in found.values())


def test_ratios_are_of_the_same_round():
    found = timing.ratios({"funnet": [1.0, 20.0, 3.0], "slow": [2.0, 40.0, 6.0], "fast": [4.0, 10.0, 1.0]})
    assert found == {"slow": timing.Ratio(0.5, 0.5, 0.5), "fast": timing.Ratio(1.125, 2.0, 2.5)}
    assert str(found["fast"]) == "2.00 (1.12–2.50)"


def test_peak_memory_counts_what_a_step_makes_for_itself():
    held = np.zeros(2_000_000, np.uint8)
    tracemalloc.start()
    before, peak = memory.peak_of(Run(lambda: np.ones_like(held), lambda: None, lambda: None))
    tracemalloc.stop()
    assert peak - before == pytest.approx(2e6, rel=0.01)


def test_sizes_count_what_is_needed():
    own, whole = footprint.sizes("funnet")
    numpy, attrs_ = (footprint.sizes(name)[1] for name in ("numpy", "attrs"))
    assert own < 2e6 < whole == own + numpy + attrs_


def test_the_table(monkeypatch, capsys):
    ratio = timing.Ratio(0.4, 0.5, 0.6)
    result = Result("moons", {"numpy": ratio}, {"numpy": ratio}, {"thinc": "it has none"})
    monkeypatch.setattr(comparison, "in_process", lambda threads, f, *args: result)
    monkeypatch.setattr(comparison, "installed", lambda peer: peer == "numpy")
    comparison.main(["--peers", "numpy,torch", "--work", "moons", "--threads", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "torch is left out: not installed"
    assert lines[4:7] == [
        "| A step of training, 1 thread | NumPy by hand |",
        "|---|---|",
        "| moons | 0.50 (0.40–0.60) |",
    ]
    assert lines[-1] == "Thinc without moons: it has none."


def test_all_matrix_products_are_found():
    def forward(params, x):
        (w,) = params
        h = x @ w
        return np.concatenate([h, h], axis=1), [x]

    def backward(params, saved, dy):
        dy = dy[:, :3].copy()
        dy += 1
        return [saved[0].T @ dy, dy @ params[0].T]

    work = attrs.evolve(WORKS["spiral"](), kind="one", net=fn.Linear(3, bias=False))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(profile.NETS, "one", (forward, backward))
        stages = profile.products(work)
        called = []
        patch.setattr(
            profile, "_multiply", lambda pairs: called.append([(a.shape, b.shape) for a, b in pairs])
        )
        stages["forward"]()
        stages["backward"]()
    assert called == [[((300, 2), (2, 3))], [((2, 300), (300, 3)), ((300, 3), (3, 2))]]


@pytest.mark.parametrize("name", ["moons", "gru32"])
def test_the_profile_of_a_step(name):
    found = profile.measure(name, [], 1, time.perf_counter)
    lines = profile.table(found, {"funnet": "funnet", "numpy": "by hand", "products": "products"})
    assert [line.split(" | ")[1] for line in lines] == ["funnet", "by hand", "products"]
    assert lines[1].endswith("| 100 |")
    assert 0 < found.rows["products"]["step"] < found.rows["numpy"]["step"]


def test_an_unknown_work_is_an_error(capsys):
    with pytest.raises(SystemExit):
        comparison.arguments(["--work", "moons,suns"])
    assert "'suns' is none of moons" in capsys.readouterr().err


def test_the_picture_of_growth(tmp_path):
    found = {axis: {"funnet": [1e-6] * len(points)} for axis, (points, _) in growth.AXES.items()}
    growth.draw(found, tmp_path / "growth.png")
    assert (tmp_path / "growth.png").read_bytes()[:4] == b"\x89PNG"
