"""The spiral: the recipe against NumPy written out, and what its figures must show."""

import matplotlib.pyplot
import numpy as np
import pytest

import funnet as fn
from tests.examples.running import load, pictures, run


def trained_by_hand(activation, state, x, labels, steps):
    """The loss after so many steps of 2-50-50-3 in NumPy; weights and biases are changed in place."""
    f, slope = {
        "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda h: h * (1 - h)),
        "ReLU": (lambda z: np.maximum(z, 0), lambda h: h > 0),
    }[activation]
    ws, bs = (
        [leaf.astype(float) for leaf in fn.tree.select(state.params, f"**/{name}").values()] for name in "wb"
    )
    for step in range(steps + 1):
        h1 = f(x @ ws[0] + bs[0])
        h2 = f(h1 @ ws[1] + bs[1])
        scores = np.exp(h2 @ ws[2] + bs[2])
        p = scores / scores.sum(axis=1, keepdims=True)
        if step == steps:
            correct = p[np.arange(len(x)), labels]
            return -np.log(correct).mean() + 0.5 * 1e-3 * sum((w**2).sum() for w in ws)
        d3 = (p - np.eye(3)[labels]) / len(x)
        d2 = d3 @ ws[2].T * slope(h2)
        d1 = d2 @ ws[1].T * slope(h1)
        for w, b, h, d in zip(ws, bs, (x, h1, h2), (d1, d2, d3), strict=True):
            w -= 0.1 * (h.T @ d + 1e-3 * w)
            b -= 0.1 * d.sum(axis=0)
    return None


@pytest.mark.parametrize("raw", [True, False])
def test_the_steps_are_those_of_the_recipe_in_numpy(raw, tmp_path):
    spiral, key = load("spiral"), fn.Key(3)
    figures = spiral.main(
        ["--steps", "40", "--seed", "3", "--quiet", "--out", str(tmp_path), *["--raw"] * raw]
    )
    x, labels = fn.data.spiral(key.child("data"), dtype=np.float64)
    x = x if raw else (x - x.mean(axis=0)) / x.std(axis=0)
    for name, activation in spiral.ACTIVATIONS.items():
        state = fn.init(spiral.spiral_net(activation), fn.sgd(0.1), key, x[:1].astype(np.float32))
        weights = fn.tree.select(state.params, "**/w").values()
        assert [w.shape for w in weights] == [(2, 50), (50, 50), (50, 3)]
        assert np.concatenate([w.ravel() for w in weights]).std() == pytest.approx(0.1, rel=0.05)
        by_hand = trained_by_hand(name, state, x, labels, 40)
        assert figures[f"{name}, final loss"] == pytest.approx(by_hand, rel=1e-5)


def test_relu_unwinds_the_spiral_while_the_gradient_of_the_sigmoids_vanishes(tmp_path, capsys):
    figures, printed = run("spiral", ["--steps", "1000"], tmp_path, capsys)
    assert figures["ReLU, training accuracy"] >= 0.98
    assert figures["ReLU, final loss"] <= 0.14
    assert figures["sigmoid, training accuracy"] <= 0.7
    assert figures["ReLU, evaluations of L-BFGS to that"] <= 1000 / 20
    assert figures["sigmoid, evaluations of L-BFGS to that"] <= 1000 / 20
    assert figures["sigmoid, early gradient, layer 3 to 1"] >= 4
    assert figures["ReLU, early gradient, layer 3 to 1"] <= 1
    ratio = figures["ReLU, early gradient, layer 1"] / figures["sigmoid, early gradient, layer 1"]
    assert ratio >= 3
    for name in ("sigmoid", "ReLU"):
        assert f"{name}: 100%" in printed.err
    assert pictures(tmp_path) == {
        "spiral-data.png",
        "spiral-boundaries.png",
        "spiral-losses.png",
        "spiral-gradients.png",
    }
    assert matplotlib.pyplot.get_fignums() == []


def test_the_gradients_drawn_are_those_of_the_loss_without_the_penalty():
    spiral = load("spiral")
    x, labels = fn.data.spiral(fn.Key(0))
    net, optimizer = spiral.spiral_net(fn.Sigmoid()), fn.sgd(0.1)
    state = fn.init(net, optimizer, fn.Key(0), x[:1])
    with spiral.trange(50, disable=True) as steps:
        history = spiral.train(net, optimizer, state, x, labels, steps).history
    assert history["step"][:12].tolist() == list(range(1, 13))
    assert history["step"][-1] == 50
    y, caches = net(state.params, x)
    dparams = net.param_vjp(state.params, caches, fn.SoftmaxCrossEntropy()(y, labels)[1])
    for layer in ("layer1", "layer2", "layer3"):
        assert history[layer][0] == pytest.approx(np.abs(dparams[layer].w).mean(), rel=1e-5)
