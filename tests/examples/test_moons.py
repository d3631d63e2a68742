"""The moons example learns by its own recipe, and by the original one does what the hand-written net does."""

import pytest

from tests.examples.running import pictures, run


def test_moons_quick_recipe(tmp_path, capsys):
    figures, printed = run("moons", ["--epochs", "30", "--quiet"], tmp_path, capsys)
    assert printed.err == ""
    assert figures["test accuracy"] >= 0.96
    assert figures["steps"] == 30 * 70
    assert pictures(tmp_path) == {"moons-data.png", "moons-boundary.png", "moons-curves.png"}


def test_moons_original_recipe_does_what_the_hand_written_net_does(tmp_path, capsys):
    figures, _ = run("moons", ["--recipe", "original", "--epochs", "1", "--quiet"], tmp_path, capsys)
    assert figures["steps"] == 1400
    assert figures["largest difference in a parameter"] <= 1e-13
    ratio = figures["microseconds a step, funnet"] / figures["microseconds a step, by hand"]
    assert figures["ratio, funnet to by hand"] == pytest.approx(ratio)
