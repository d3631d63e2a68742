"""The convolutional MNIST example learns and draws, here on a miniature of MNIST."""

import numpy as np
import pytest

import funnet as fn
from tests.examples.miniature import write_miniature
from tests.examples.running import load, pictures, run


@pytest.fixture(autouse=True)
def _miniature(tmp_path, monkeypatch):
    write_miniature(tmp_path / "data")
    monkeypatch.setenv("FUNNET_DATA", str(tmp_path / "data"))


def test_it_learns_and_draws(tmp_path, capsys):
    figures, printed = run("mnist_conv", ["--epochs", "4", "--quiet"], tmp_path / "out", capsys)
    assert figures["test digits"] == 100
    assert figures["parameters"] == 25 * 32 + 2 * 32 + 25 * 32 * 64 + 2 * 64 + 1024 * 10 + 10
    assert 0.3 < figures["test accuracy"] < 1
    assert printed.err == ""
    assert pictures(tmp_path / "out") == {
        f"mnist-conv-{name}.png" for name in ("curves", "filters", "misread")
    }


def test_a_shift_rolls_the_batch_and_keeps_the_contract():
    shift = fn.training(load("mnist_conv").Shift(2))
    x = np.arange(3 * 6 * 5 * 1.0).reshape(3, 6, 5, 1)
    params, seen = shift.init(fn.Key(0), x), set()
    for _ in range(60):
        y, cache = shift(params, x)
        np.testing.assert_array_equal(y, np.roll(x, cache, axis=(1, 2)))
        seen.add(cache)
        params = shift.advance(params, cache)
    assert {n for pair in seen for n in pair} == {-2, -1, 0, 1, 2}
    assert fn.testing.check_layer(shift, x / 100).verdict == "ok"
