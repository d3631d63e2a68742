"""The MNIST example trains both of its nets, here on a miniature of MNIST."""

import numpy as np
import pytest

import funnet as fn
from tests.examples.miniature import write_miniature
from tests.examples.running import load, pictures, run


@pytest.fixture(autouse=True)
def _miniature(tmp_path, monkeypatch):
    write_miniature(tmp_path / "data")
    monkeypatch.setenv("FUNNET_DATA", str(tmp_path / "data"))


@pytest.mark.parametrize("net", ["tutorial", "modern"])
def test_it_learns_and_draws(net, tmp_path, capsys):
    argv = ["--net", net, "--epochs", "6", "--quiet"]
    figures, printed = run("mnist", argv, tmp_path / "out", capsys)
    assert figures["test digits"] == 100
    assert 0.3 < figures["test accuracy"] < 1
    assert printed.err == ""
    names = {f"mnist-{net}-{picture}.png" for picture in ("curves", "confusion", "misread")}
    assert pictures(tmp_path / "out") == names


def test_shifts_roll_whole_images_and_keep_the_contract():
    mnist = load("mnist")
    x = np.arange(2 * 28 * 28.0).reshape(2, 28, 28)
    rolled = mnist.rolled(x, np.array([1, -2]), np.array([0, 3]))
    np.testing.assert_array_equal(rolled[0], np.roll(x[0], 1, axis=0))
    np.testing.assert_array_equal(rolled[1], np.roll(x[1], (-2, 3), axis=(0, 1)))
    assert fn.testing.check_layer(mnist.Shift(2), x / 1000).verdict == "ok"


def test_the_nets_are_those_of_the_docstring():
    recipes = load("mnist").RECIPES
    x = np.zeros((1, 28, 28), np.float32)
    count = {name: fn.tree.count(recipe.net.init(fn.Key(0), x)) for name, recipe in recipes.items()}
    assert count["tutorial"] == 784 * 16 + 16 + 16 * 16 + 16 + 16 * 10 + 10
    assert count["modern"] == 784 * 512 + 512 * 512 + 4 * 512 + 512 * 10 + 10
