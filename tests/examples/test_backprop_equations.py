"""The four equations: equal to funnet's, true to differences, and a comparison that sees a wrong one."""

import matplotlib.pyplot
import numpy as np
import pytest

import funnet as fn
from tests.examples.running import load, pictures, run


def test_the_equations_are_funnets_and_the_net_learns_the_sine(tmp_path, capsys):
    figures, printed = run("backprop_equations", ["--quiet"], tmp_path, capsys)
    assert figures["largest relative difference"] <= 1e-12
    assert figures["R² of the fit"] >= 0.999
    assert "on 301 batches" in printed.out
    table = printed.out.splitlines()[1:5]
    assert table[0].split() == ["layer", "δ", "∂C/∂b", "∂C/∂w"]
    rows = np.array([line.split() for line in table[1:]], float)
    assert rows[:, 0].tolist() == [1, 2, 3]
    assert rows[:, 1:].max() == pytest.approx(figures["largest relative difference"], rel=0.05)
    assert pictures(tmp_path) == {"backprop-fit.png", "backprop-curve.png"}
    assert matplotlib.pyplot.get_fignums() == []


def net_and_batch():
    module = load("backprop_equations")
    generator = fn.Key(1).generator()
    x, t = generator.standard_normal((10, 1)), generator.uniform(0.1, 0.9, (10, 1))
    return module, module.NET.init(fn.Key(0), x), x, t


def arrays(params, name):
    return list(fn.tree.select(params, f"**/{name}").values())


def test_the_equations_are_the_derivatives():
    module, params, x, t = net_and_batch()
    found = module.four_equations(arrays(params, "w"), arrays(params, "b"), x, t)
    numeric = fn.grad.numerical_grad(lambda p: ((module.NET(p, x)[0] - t) ** 2).sum() / 20, params)
    for symbol, name in (("∂C/∂w", "w"), ("∂C/∂b", "b")):
        for ours, truth in zip(found[symbol], arrays(numeric, name), strict=True):
            np.testing.assert_allclose(ours, truth, rtol=0, atol=1e-9 * np.abs(truth).max())


def test_delta_is_read_from_the_backward_pass_that_training_runs():
    module, params, x, t = net_and_batch()
    found = module.backward_pass(params, x, t)
    _, dparams = fn.value_and_grad(module.NET, module.LOSS, params, x, t)
    for symbol, name in (("∂C/∂w", "w"), ("∂C/∂b", "b")):
        for ours, truth in zip(found[symbol], arrays(dparams, name), strict=True):
            np.testing.assert_array_equal(ours, truth)
    assert [delta.shape for delta in found["δ"]] == [(10, 30), (10, 30), (10, 1)]


@pytest.mark.parametrize(
    ("layer", "symbol", "spoil"),
    [
        (2, "δ", lambda value: value * (1 + 1e-9)),
        (0, "δ", lambda value: value[::-1]),
        (1, "∂C/∂b", lambda value: value / 10),
        (1, "∂C/∂w", lambda value: value.T),
    ],
)
def test_a_wrong_quantity_is_seen_where_it_is(layer, symbol, spoil):
    module, params, x, t = net_and_batch()
    ours = module.backward_pass(params, x, t)
    by_hand = module.four_equations(arrays(params, "w"), arrays(params, "b"), x, t)
    by_hand[symbol][layer] = spoil(by_hand[symbol][layer])
    found = module.differences([(ours, by_hand)])
    wrong = {(s, i) for s, values in found.items() for i, value in enumerate(values) if value > 1e-12}
    assert wrong == {(symbol, layer)}


def test_a_wrong_equation_is_seen(tmp_path, monkeypatch):
    module = load("backprop_equations")
    monkeypatch.setattr(module, "sigma_prime", lambda z: module.sigma(z) * (1 - module.sigma(z) ** 2))
    figures = module.main(["--epochs", "1", "--quiet", "--out", str(tmp_path)])
    assert figures["largest relative difference"] > 0.1
