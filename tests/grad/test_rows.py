"""Gradients by example and Jacobians: they sum to what vjp gives, and are what is known by hand."""

import numpy as np
import pytest

import funnet as fn
from funnet import tree
from funnet.layers.linear import Affine
from funnet.testing.pair import gaussian
from tests.census import BY_NAME, ROWS

ROWWISE = [row for row in ROWS if row.rowwise]
NET = fn.Sequential({"a": fn.Linear(4), "norm": fn.BatchNorm(), "act": fn.Tanh(), "b": fn.Linear(3)})


def half_squares(y, target):
    """½ Σ y² / N."""
    count = len(tree.leaves(y)[0])
    value = sum(float(np.square(leaf).sum()) for leaf in tree.leaves(y)) / (2 * count)
    return value, tree.map(lambda leaf: leaf / count, y)


def point(row):
    net = fn.inference(row.net)
    params = net.init(fn.Key(3), row.x)
    return net, params, net(params, row.x)[0]


def example(node, i):
    return tree.map(lambda leaf: leaf[i : i + 1], node)


# per_example_grads


@pytest.mark.parametrize("row", ROWWISE, ids=lambda row: row.name)
def test_the_mean_over_the_examples_is_the_gradient_of_the_batch(row):
    net, params, _ = point(row)
    target = np.zeros(len(tree.leaves(row.x)[0]))
    rows = fn.grad.per_example_grads(net, half_squares, params, row.x, target)
    whole = fn.value_and_grad(net, half_squares, params, row.x, target)[1]
    assert tree.allclose(tree.map(lambda leaf: leaf.mean(axis=0), rows), whole, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_each_row_is_the_gradient_of_one_example(dtype):
    x, labels = fn.Key(0).generator().standard_normal((5, 2)).astype(dtype), np.array([0, 2, 1, 1, 0])
    params, loss = NET.init(fn.Key(0), x), fn.SoftmaxCrossEntropy()
    rows = fn.grad.per_example_grads(NET, loss, params, x, labels)
    assert {leaf.dtype for leaf in tree.leaves(rows)} == {np.dtype(dtype)}
    for i in range(5):
        one = fn.value_and_grad(NET, loss, params, x[i : i + 1], labels[i : i + 1])[1]
        assert tree.equal(tree.map(lambda leaf, i=i: leaf[i], rows), one)


def test_per_example_grads_by_hand():
    params, x = Affine(np.array([[1.0], [2.0]]), np.array([0.0])), np.array([[1.0, 1.0], [0.0, 3.0]])
    rows = fn.grad.per_example_grads(fn.Linear(1), fn.SquaredError(), params, x, np.array([[1.0], [7.0]]))
    assert tree.equal(rows, Affine(np.array([[[2.0], [2.0]], [[0.0], [-3.0]]]), np.array([[2.0], [-1.0]])))


def test_lengths_go_with_their_sequences():
    net = fn.Sequential([fn.RNN(3), fn.Last()])
    values, lengths, target = (
        fn.Key(2).generator().standard_normal((3, 5, 2)),
        np.array([5, 1, 3]),
        np.ones((3, 3)),
    )
    params, loss = net.init(fn.Key(0), values), fn.SquaredError()
    rows = fn.grad.per_example_grads(net, loss, params, fn.Padded(values, lengths), target)
    for i, n in enumerate(lengths):
        one = fn.value_and_grad(net, loss, params, values[i : i + 1, :n], target[:1])[1]
        assert tree.allclose(tree.map(lambda leaf, i=i: leaf[i], rows), one, rtol=1e-12)


def test_per_example_grads_are_pure():
    x, labels = np.eye(3), np.array([0, 1, 2])
    fn.testing.assert_pure(
        lambda *args: fn.grad.per_example_grads(NET, fn.SoftmaxCrossEntropy(), *args),
        NET.init(fn.Key(0), x),
        x,
        labels,
    )


def test_x_and_target_of_different_lengths():
    with pytest.raises(fn.ShapeError) as caught:
        fn.grad.per_example_grads(
            NET, fn.SquaredError(), NET.init(fn.Key(0), np.eye(3)), np.eye(3), np.ones((2, 3))
        )
    assert str(caught.value) == "data: expected the same number of examples in every array, got 0: 3, 1: 2"


# jacobian


@pytest.mark.parametrize(
    "name",
    ["Linear", "HardSwish", "Sequential", "Branch", "Concat", "Parallel by name", "Add", "RNN with a state"],
)
@pytest.mark.parametrize("mode", [fn.inference, fn.training])
def test_contracted_with_dy_it_is_vjp(name, mode):
    net, x = mode(BY_NAME[name].net), BY_NAME[name].x
    params = net.init(fn.Key(3), x)
    y, cache = net(params, x)
    dy = gaussian(y, fn.Key(4).generator())
    for wrt, primal, pulled in zip(("params", "x"), (params, x), net.vjp(params, cache, dy), strict=True):
        parts = []
        whole = fn.grad.jacobian(net, params, x, wrt=wrt)
        tree.map(
            lambda d, block, parts=parts: parts.append(contracted(d, block)) or d, dy, Blocks.of(y, whole)
        )
        total = parts[0]
        for part in parts[1:]:
            total = tree.map(np.add, total, part)
        assert tree.allclose(total, pulled, rtol=1e-10, atol=1e-12)
        assert [leaf.shape for leaf in tree.leaves(total)] == [leaf.shape for leaf in tree.leaves(primal)]
