"""Examples run as a user runs them, on a small budget."""

import importlib.util
from pathlib import Path

import matplotlib.image
import pytest

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


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
