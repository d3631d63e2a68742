"""Tied: one set of weights in two places."""

import numpy as np
import pytest

import funnet as fn
from funnet import tree
from funnet.nn.layers.linear import Affine

WORDS = np.array([[1, 4, 1, 0], [2, 2, 3, 1]])
NEXT = np.array([[4, 1, 0, 2], [2, 3, 1, 4]])
MODEL = fn.Sequential(
    {"embed": fn.Embedding(5, 3), "mix": fn.Linear(3), "act": fn.Tanh(), "head": fn.Linear(5)}
)
TIED = fn.Tied(MODEL, "embed/w", "head/w", transpose=True)


def untied(params):
    """The parameters of the network inside, the table in both places."""
    head = Affine(params["embed"].w.T.copy(), params["head"].b)
    return {**params, "head": head}


def test_an_embedding_and_the_head_behind_it_share_a_table():
    params = TIED.init(fn.Key(0), WORDS)
    assert tree.paths(params) == ["embed/w", "head/b", "mix/w", "mix/b"]
    assert tree.equal(params["embed"], MODEL.init(fn.Key(0), WORDS)["embed"])
    loss = fn.SoftmaxCrossEntropy()
    value, dparams = fn.value_and_grad(TIED, loss, params, WORDS, NEXT)
    expected, both = fn.value_and_grad(MODEL, loss, untied(params), WORDS, NEXT)
    assert value == expected
    np.testing.assert_array_equal(dparams["embed"].w, both["embed"].w + both["head"].w.T)
    assert tree.equal(dparams["mix"], both["mix"])
    assert tree.equal(dparams["head"].b, both["head"].b)
    assert dparams["head"].w == ()


def test_its_gradient_is_the_slope_of_the_one_table():
    params = tree.cast(TIED.init(fn.Key(0), WORDS), "f8")
    _, dparams = fn.value_and_grad(TIED, fn.SoftmaxCrossEntropy(), params, WORDS, NEXT)
    for index in np.ndindex(5, 3):
        sides = []
        for step in (1e-6, -1e-6):
            w = params["embed"].w.copy()
            w[index] += step
            y, _ = TIED(tree.set(params, "embed/w", w), WORDS)
            sides.append(fn.SoftmaxCrossEntropy()(y, NEXT)[0])
        assert dparams["embed"].w[index] == pytest.approx((sides[0] - sides[1]) / 2e-6, abs=1e-8)


def test_training_keeps_them_one():
    optimizer, loss = fn.adam(0.05), fn.SoftmaxCrossEntropy()
    state = fn.init(TIED, optimizer, fn.Key(0), WORDS)
    assert len(state.opt_state.m) == tree.count(state.params) == 5 * 3 + 5 + 3 * 3 + 3
    for _ in range(60):
        state, value = fn.train_step(TIED, loss, optimizer, state, WORDS, NEXT)
    assert value < 0.7
    assert tree.paths(state.params) == ["embed/w", "head/b", "mix/w", "mix/b"]


def test_a_subtree_stands_in_both_places():
    block = fn.Sequential([fn.Linear(4), fn.Tanh()])
    net, x = fn.Tied(fn.Sequential([block, fn.Relu(), block]), "0", "2"), np.ones((3, 4))
    params = net.init(fn.Key(0), x)
    assert params[2] == ()
    y, cache = net(params, x)
    expected, inner = net.layer((params[0], (), params[0]), x)
    assert tree.equal(y, expected)
    dparams, dx = net.vjp(params, cache, y)
    both, expected = net.layer.vjp((params[0], (), params[0]), inner, y)
    assert tree.equal(dparams, (tree.map(np.add, both[0], both[2]), (), ()))
    assert tree.equal(dx, expected)


def test_buffers_are_renewed_at_the_source():
    net = fn.training(fn.Tied(fn.Sequential([fn.BatchNorm(0.5), fn.Linear(3), fn.BatchNorm(0.5)]), "0", "2"))
    x = fn.Key(1).generator().standard_normal((6, 3)) + 5
    params = net.init(fn.Key(0), x)
    new = net.advance(params, net(params, x)[1])
    np.testing.assert_allclose(tree.get(new, "0/moments/mean"), x.mean(axis=0) / 2, rtol=1e-12)
    assert new[2] == ()
    resting = fn.inference(net)
    assert resting.advance(params, resting(params, x)[1]) is params


def test_ties_nest():
    inner = fn.Sequential([fn.Linear(3, bias=False)] * 3)
    net = fn.Tied(fn.Tied(inner, "0/w", "1/w"), "0/w", "2/w", transpose=True)
    x = fn.Key(1).generator().standard_normal((2, 3))
    params = net.init(fn.Key(0), x)
    (w,) = tree.leaves(params)
    y, _ = net(params, x)
    np.testing.assert_allclose(y, x @ w @ w @ w.T)


def test_the_summary_counts_a_weight_once():
    net = fn.Tied(fn.Sequential([fn.Linear(3, bias=False)] * 2), "0/w", "1/w")
    params = tree.freeze(net.init(fn.Key(0), np.ones((1, 3), "f4")))
    rows = [line.split() for line in fn.summary(net, params, np.ones((1, 3), "f4")).splitlines()]
    assert [row[-2] for row in rows[1:]] == ["9", "0", "9"]


X = np.ones((2, 4))
PAIR = fn.Sequential([fn.Linear(3), fn.Frozen(fn.Linear(4)), fn.Tanh()])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: fn.Tied(fn.Linear, "a", "b"), fn.ConfigError, "Tied: expected layer to be a layer, "),
        (
            lambda: fn.Tied(PAIR, "", "0/w"),
            fn.ConfigError,
            "Tied: expected source to be a path, as 'encoder/0/w', got ''",
        ),
        (
            lambda: fn.Tied(PAIR, "0/w", 1),
            fn.ConfigError,
            "Tied: expected target to be a path, as 'encoder/0/w', got 1",
        ),
        (
            lambda: fn.Tied(PAIR, "0/w", "0"),
            fn.ConfigError,
            "Tied: expected source and target to be apart from each other, got '0/w' and '0'",
        ),
        (
            lambda: fn.Tied(fn.Repeat(fn.Linear(4), 2), "0/w", "1/v").init(fn.Key(0), X),
            fn.TreeError,
            "Tied(Repeat(Linear(4), times=2), source='0/w', target='1/v'): "
            "expected a path to parameters, '1/v', got w, b where 'v' should be",
        ),
        (
            lambda: fn.Tied(PAIR, "0/w", "1/w").init(fn.Key(0), X),
            fn.TreeError,
            f"{fn.Tied(PAIR, '0/w', '1/w')}: "
            "expected a path to parameters, '1/w', got a Buffer record where 'w' should be",
        ),
        (
            lambda: fn.Tied(PAIR, "2", "0/w").init(fn.Key(0), X),
            fn.TreeError,
            f"{fn.Tied(PAIR, '2', '0/w')}: expected parameters at 2, got a tuple of 0",
        ),
        (
            lambda: fn.Tied(fn.Sequential([fn.Linear(3), fn.Linear(4)]), "0/w", "1/w").init(fn.Key(0), X),
            fn.ShapeError,
            "1/w/Tied(Sequential([Linear(3), Linear(4)]), source='0/w', target='1/w'): "
            "expected shape (3, 4) (what stands at 0/w must fit), got shape (4, 3)",
        ),
        (
            lambda: fn.Tied(fn.Sequential([fn.Linear(4), fn.Linear(3)]), "0/w", "1/w", transpose=True).init(
                fn.Key(0), X
            ),
            fn.ShapeError,
            "1/w/Tied(Sequential([Linear(4), Linear(3)]), source='0/w', target='1/w', transpose=True): "
            "expected shape (4, 3) (what stands at 0/w transposed must fit), got shape (4, 4)",
        ),
        (
            lambda: TIED(MODEL.init(fn.Key(0), WORDS), WORDS),
            fn.TreeError,
            f"{TIED}: expected () at head/w of params (it is tied), got float32[3, 5]",
        ),
        (
            lambda: TIED((), WORDS),
            fn.TreeError,
            f"{TIED}: expected a path to parameters, 'head/w', got a tuple of 0 where 'head' should be",
        ),
    ],
)
def test_messages(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value).startswith(words)
