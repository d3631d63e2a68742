"""The autoencoder example draws digits from two numbers better than the best plane does, with each option."""

import numpy as np
import pytest

import funnet as fn
from tests.examples.running import load, pictures, run

PICTURES = {f"autoencoder-{name}.png" for name in ("codes", "drawn", "map", "walks")}


def test_digits(tmp_path, capsys):
    figures, printed = run("autoencoder", ["--epochs", "8"], tmp_path / "new" / "out", capsys)
    assert figures["error a pixel"] < 0.99 * figures["error a pixel, best plane"]
    assert figures["read from neighbours"] > 0.5
    assert "344/344" in printed.err
    assert pictures(tmp_path / "new" / "out") == PICTURES


def test_tied_weights_and_noise(tmp_path, capsys):
    argv = ["--epochs", "1", "--tied", "--noise", "0.3", "--quiet"]
    figures, printed = run("autoencoder", argv, tmp_path, capsys)
    assert figures["parameters"] < 0.55 * 33_478
    assert printed.err == ""
    assert pictures(tmp_path) == PICTURES


@pytest.mark.parametrize("tied", [False, True])
def test_the_halves_are_the_whole(tied):
    example = load("autoencoder")
    net = example.autoencoder(16, (8, 6), 0.0, tied)
    x = fn.Key(0).generator().random((5, 16)).astype(np.float32)
    params = net.init(fn.Key(0), x)
    encode, decode = example.halves(net, params)
    np.testing.assert_allclose(decode(encode(x)), fn.Sigmoid()((), net(params, x)[0])[0], rtol=1e-6)


def test_damage_keeps_the_mean():
    damaged = load("autoencoder").damaged(np.ones((1000, 20), np.float32), 0.25, 0)
    assert damaged.dtype == np.float32
    assert set(np.unique(damaged)) == {0, np.float32(1 / 0.75)}
    assert damaged.mean() == pytest.approx(1, abs=0.02)
