import attrs
import numpy as np
import pytest

import funnet as fn
from funnet import tree

LENGTHS = (4, 1, 6)


def draw(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape)


@attrs.frozen
class Total(fn.Layer):
    """y = h' = {"sum": h + x, "steps": h + 1}; the parameter is the sum before the first step."""

    def init(self, key, x):
        return {"first": np.zeros(x[0].shape[1:], x[0].dtype)}

    def __call__(self, params, x):
        x, h = x
        start = h == ()
        before = np.broadcast_to(params["first"], x.shape) if start else h["sum"]
        steps = np.zeros(len(x), x.dtype) if start else h["steps"]
        y = before + x
        return (y, {"sum": y.copy(), "steps": steps + 1}), start

    def vjp(self, params, cache, dy):
        start = cache
        dy, dh = dy
        dx = dy + dh["sum"]
        if start:
            return {"first": dx.sum(axis=0)}, (dx, ())
        return {"first": np.zeros_like(params["first"])}, (
            dx,
            {"sum": dx.copy(), "steps": dh["steps"].copy()},
        )


def before(layer):
    """A cell that does a layer to x before an RNNCell."""
    return fn.Sequential([fn.Parallel([layer, fn.Sequential([])]), fn.RNNCell(4)])


@pytest.mark.parametrize("time_major", [False, True])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_it_equals_the_layer_of_its_cell(activation, time_major):
    rnn, scan = fn.RNN(5, activation, time_major), fn.Scan(fn.RNNCell(5, activation), time_major)
    x, h0 = draw(6, 3, 4) if time_major else draw(3, 6, 4), draw(3, 5)
    padded = fn.Padded(x, LENGTHS)
    for given in (x, (x, ()), (x, h0), padded, (padded, ()), (padded, h0)):
        params = rnn.init(fn.Key(0), given)
        assert tree.equal(params, scan.init(fn.Key(0), given))
        (y, cache), (scan_y, scan_cache) = rnn(params, given), scan(params, given)
        assert tree.allclose(scan_y, y, rtol=1e-12, atol=1e-12)
        dy = tree.map(lambda leaf: draw(*leaf.shape), y)
        gradients = rnn.vjp(params, cache, dy)
        assert tree.allclose(scan.vjp(params, scan_cache, dy), gradients, rtol=1e-12, atol=1e-12)


def test_sums_over_time_by_hand():
    x = np.array([[[1.0], [2.0], [4.0]], [[8.0], [16.0], [32.0]]])
    params, dy = {"first": np.array([100.0])}, np.ones((2, 3, 1))
    y, cache = fn.Scan(Total())(params, x)
    assert y[..., 0].tolist() == [[101, 103, 107], [108, 124, 156]]
    dparams, dx = fn.Scan(Total()).vjp(params, cache, dy)
    assert dx[..., 0].tolist() == [[3, 2, 1], [3, 2, 1]]
    assert dparams["first"].tolist() == [6.0]

    (y, last), cache = fn.Scan(Total())(params, (fn.Padded(x, [2, 3]), ()))
    assert y.values[..., 0].tolist() == [[101, 103, 0], [108, 124, 156]]
    assert last["sum"][:, 0].tolist() == [103, 156]
    assert last["steps"].tolist() == [2, 3]
    dlast = {"sum": np.array([[10.0], [20.0]]), "steps": np.zeros(2)}
    dparams, (dx, dh) = fn.Scan(Total()).vjp(params, cache, (fn.Padded(dy, [2, 3]), dlast))
    assert dx.values[..., 0].tolist() == [[12, 11, 0], [23, 22, 21]]
    assert dparams["first"].tolist() == [35.0]
    assert dh == ()


@pytest.mark.parametrize(
    ("cell", "width"),
    [(Total(), 2), (fn.RNNCell(3), 3), (before(fn.Linear(3)), 4), (fn.Frozen(fn.RNNCell(3)), 3)],
    ids=["tree of states", "RNNCell", "composed", "frozen"],
)
def test_its_gradient_is_proved(cell, width):
    x = draw(3, 6, 2)
    h0 = {"sum": draw(3, 2), "steps": np.ones(3)} if cell == Total() else draw(3, width)
    for given in (x, (x, h0), (fn.Padded(x, LENGTHS), h0), fn.Padded(x, LENGTHS)):
        assert fn.testing.check_layer(fn.Scan(cell), given).verdict == "ok"


def test_dropout_in_the_cell_drops_the_same_entries_at_every_step_and_others_in_the_next_pass():
    net = fn.training(fn.Scan(before(fn.Dropout(0.5))))
    x = np.ones((3, 6, 8))
    params = net.init(fn.Key(0), x)
    report = fn.testing.check_layer(net, x)
    assert report.verdict == "ok"
    masks = []
    for _ in range(2):
        y, cache = net(params, x)
        _, dx = net.vjp(params, cache, np.ones_like(y))
        mask = dx != 0
        assert (mask == mask[:, :1]).all()
        assert 0 < mask.sum() < mask.size
        masks.append(mask)
        params = net.advance(params, cache)
    assert (masks[0] != masks[1]).any()


def test_advance_folds_in_every_step():
    net, x = fn.training(fn.Scan(before(fn.BatchNorm(momentum=0.5)))), draw(8, 3, 2)
    params = net.init(fn.Key(0), x)
    new = net.advance(params, net(params, x)[1])
    mean = 0.0
    for t in range(3):
        mean = 0.5 * mean + 0.5 * x[:, t].mean(axis=0)
    np.testing.assert_allclose(tree.get(new, "0/0/moments/mean"), mean, rtol=1e-12)
    assert fn.inference(net).advance(params, fn.inference(net)(params, x)[1]) is params


def test_errors():
    x = np.zeros((2, 5, 3))
    with pytest.raises(fn.ConfigError, match=r"cell to be a layer, got <class .*RNNCell'>; call the class"):
        fn.Scan(fn.RNNCell)
    alone = fn.Lambda(lambda params, pair: (pair[0], ()), lambda params, cache, dy: ((), dy))
    with pytest.raises(fn.TreeError) as caught:
        fn.Scan(alone)((), x)
    expected = "expected its cell to give a pair (y, state), y an array, got float64[2, 3]"
    assert expected in str(caught.value)
    net = fn.Scan(fn.RNNCell(4))
    params = net.init(fn.Key(0), x)
    _, cache = net(params, (x, ()))
    for dy, error, message in (
        (
            np.zeros((2, 5, 4)),
            fn.TreeError,
            "expected a pair (dy, dstate) (y came with a state), got float64[2, 5, 4]",
        ),
        (
            (np.zeros((2, 4, 4)), np.zeros((2, 4))),
            fn.ShapeError,
            "expected dy of shape (2, 5, 4), got shape (2, 4, 4)",
        ),
        (
            (np.zeros((2, 5, 4)), np.zeros((2, 3))),
            fn.ShapeError,
            "expected shape (2, 4) (dstate is built like the last state), got shape (2, 3)",
        ),
    ):
        with pytest.raises(error) as caught:
            net.vjp(params, cache, dy)
        assert str(caught.value) == f"Scan(RNNCell(4)): {message}"
