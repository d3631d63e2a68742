"""The two-layer example compares gradients and trains by both recipes, here on a miniature of MNIST."""

import numpy as np
import pytest

import funnet as fn
from tests.examples.miniature import write_miniature
from tests.examples.running import load, pictures


@pytest.fixture
def figures(tmp_path, monkeypatch, request):
    write_miniature(tmp_path / "data")
    monkeypatch.setenv("FUNNET_DATA", str(tmp_path / "data"))
    example = load("two_layer")
    monkeypatch.setattr(example, "net_of", lambda recipe: small(recipe))
    argv = [
        "--recipe",
        request.param,
        "--steps",
        "300",
        "--rows",
        "2",
        "--quiet",
        "--out",
        str(tmp_path / "out"),
    ]
    return example.main(argv)


def small(recipe):
    """The net of the example with two hidden units, for its numerical gradient."""
    w = fn.initializers.glorot_normal()
    return fn.Sequential([fn.Linear(2, w_init=w), fn.Sigmoid(), fn.Linear(10, w_init=w)])


@pytest.mark.parametrize("figures", ["original", "own"], indirect=True)
def test_it_compares_trains_saves_and_draws(figures, tmp_path):
    assert figures["parameters"] == 784 * 2 + 2 + 2 * 10 + 10
    assert figures["largest relative difference of gradients"] <= 1e-7
    assert figures["times faster"] > 10
    assert figures["test accuracy"] == figures["test accuracy, saved and loaded"] > 0.12
    out = tmp_path / "out"
    assert (out / "two-layer.npz").exists()
    (out / "two-layer.npz").rename(tmp_path / "two-layer.npz")
    assert pictures(out) == {"two-layer-loss.png", "two-layer-accuracy.png"}


def test_moved_images_are_rolled_by_a_pixel_at_most():
    example = load("two_layer")
    x = np.random.default_rng(0).random((50, 784))
    made = example.moved(x, np.random.default_rng(1))
    rolls = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    seen = set()
    for before, after in zip(x.reshape(-1, 28, 28), made.reshape(-1, 28, 28), strict=True):
        found = [roll for roll in rolls if np.array_equal(np.roll(before, roll, (0, 1)), after)]
        assert len(found) == 1
        seen |= set(found)
    assert len(seen) == 9


def test_the_net_is_the_one_of_the_tutorial():
    for recipe in ("original", "own"):
        params = load("two_layer").net_of(recipe).init(fn.Key(0), np.zeros((1, 784), np.float32))
        assert fn.tree.count(params) == 39_760
