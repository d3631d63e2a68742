"""Every example runs, on a tiny budget, prints its figures and draws its pictures."""

import importlib.util
from pathlib import Path

import matplotlib.image
import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


def load(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(name, argv, folder, capsys):
    """(figures, what was printed) by an example, once its figures are seen among the printed."""
    figures = load(name).main([*argv, "--out", str(folder)])
    printed = capsys.readouterr()
    rows = dict(line.rsplit(maxsplit=1) for line in printed.out.splitlines() if len(line.split()) > 1)
    for label, value in figures.items():
        assert float(rows[label]) == pytest.approx(value, rel=1e-3), label
    return figures, printed


def pictures(folder):
    """The names of the pictures in a folder, each seen to be a PNG with something drawn on it."""
    for path in folder.iterdir():
        assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        pixels = matplotlib.image.imread(path)
        assert min(pixels.shape[:2]) > 100
        assert pixels[..., :3].std() > 0.01
    return {path.name for path in folder.iterdir()}


def test_digits(tmp_path, capsys):
    figures, printed = run("digits", ["--epochs", "8"], tmp_path / "new" / "out", capsys)
    assert figures["test accuracy"] >= 0.95
    assert figures["misread digits"] == round((1 - figures["test accuracy"]) * 450)
    assert "344/344" in printed.err
    assert pictures(tmp_path / "new" / "out") == {
        "digits-curves.png",
        "digits-confusion.png",
        "digits-misread.png",
    }


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


def test_custom_layer(tmp_path, capsys):
    figures, printed = run("custom_layer", ["--epochs", "10", "--quiet"], tmp_path, capsys)
    assert "Gated(8): ok" in printed.out
    assert "The spoilt copy is caught, at params/b:" in printed.out
    assert figures["wrong leaves of the spoilt copy"] == 1
    assert figures["test accuracy, gated"] >= 0.93 > figures["test accuracy, linear"]
    assert pictures(tmp_path) == {"custom-layer.png"}


def test_sine_rnn(tmp_path, capsys):
    figures, _ = run("sine_rnn", ["--quiet", "--steps", "40"], tmp_path, capsys)
    assert figures["last loss"] < figures["first loss"]
    assert pictures(tmp_path) == {"sine-series.png", "sine-error.png"}
