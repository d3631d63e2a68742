"""Gradients by example and Jacobians: they sum to what vjp gives, and are what is known by hand."""

import numpy as np
import pytest

import funnet as fn
from funnet import tree
from funnet.nn.layers.linear import Affine
from funnet.testing.subject import gaussian
from tests.cases import BY_NAME, ROWS

ROWWISE = [row for row in ROWS if row.rowwise]
NET = fn.Sequential({"a": fn.Linear(4), "norm": fn.BatchNorm(), "act": fn.Tanh(), "b": fn.Linear(3)})


def half_squares(y, target):
    """½ Σ y² / N."""
    count = len(tree.leaves(y)[0])
    value = sum(float(np.square(leaf).sum()) for leaf in tree.leaves(y)) / (2 * count)
    return value, tree.map(lambda leaf: leaf / count, y)


def point(row):
    net = fn.inference(row.net)
    params, x = tree.cast((net.init(fn.Key(3), row.x), row.x), "float64")
    return net, params, x


# per_example_grads


@pytest.mark.parametrize("row", ROWWISE, ids=lambda row: row.name)
def test_the_mean_over_the_examples_is_the_gradient_of_the_batch(row):
    net, params, x = point(row)
    target = np.zeros(len(tree.leaves(x)[0]))
    rows = fn.grad.per_example_grads(net, half_squares, params, x, target)
    whole = fn.value_and_grad(net, half_squares, params, x, target)[1]
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


@pytest.mark.parametrize("mode", [fn.inference, fn.training])
@pytest.mark.parametrize(
    "name", ["Linear over time", "HardSwish", "Sequential", "Concat", "Add", "Frozen", "RNN", "Lambda"]
)
def test_contracted_with_dy_it_is_vjp(name, mode):
    net, x = mode(BY_NAME[name].net), BY_NAME[name].x
    params = net.init(fn.Key(3), x)
    y, cache = net(params, x)
    dy = gaussian(y, fn.Key(4).generator())
    for wrt, pulled in zip(("params", "x"), net.vjp(params, cache, dy), strict=True):
        blocks = fn.grad.jacobian(net, params, x, wrt=wrt)
        whole = tree.map(lambda block: np.asarray(np.tensordot(dy, block, dy.ndim)), blocks)
        assert tree.allclose(whole, pulled, rtol=1e-10, atol=1e-12)


def test_jacobian_by_hand():
    params, x = Affine(np.arange(1.0, 7.0).reshape(3, 2), np.zeros(2)), np.array([[7.0, 8.0, 9.0]])
    assert fn.grad.jacobian(fn.Linear(2), params, x)[0, :, 0].tolist() == params.w.T.tolist()
    found = fn.grad.jacobian(fn.Linear(2), params, x, wrt="params")
    assert found.b.tolist() == [np.eye(2).tolist()]
    assert found.w.tolist() == [[[[7, 0], [8, 0], [9, 0]], [[0, 7], [0, 8], [0, 9]]]]


def test_softmax_by_its_formula():
    x = np.array([[0.1, -1.0, 2.0], [0.0, 3.0, 1.0]])
    p = fn.Softmax()((), x)[0]
    blocks = fn.grad.jacobian(fn.Softmax(), (), x, per_example=True)
    assert np.allclose(blocks, p[:, :, None] * (np.eye(3) - p[:, None, :]), rtol=1e-13)


def test_per_example_keeps_the_blocks_on_the_diagonal():
    x = fn.Key(0).generator().standard_normal((5, 2))
    params = NET.init(fn.Key(0), x)
    whole, rows = (fn.grad.jacobian(NET, params, x, per_example=each) for each in (False, True))
    assert (whole.shape, rows.shape) == ((5, 3, 5, 2), (5, 3, 2))
    assert np.allclose(whole, np.einsum("noi,nm->nomi", rows, np.eye(5)), rtol=1e-12, atol=1e-15)
    of_params = [fn.grad.jacobian(NET, params, x, wrt="params", per_example=each) for each in (False, True)]
    assert tree.allclose(*of_params, rtol=1e-12, atol=1e-14)


def test_in_training_an_example_moves_the_others():
    x = fn.Key(0).generator().standard_normal((4, 2))
    net = fn.training(fn.BatchNorm())
    whole = fn.grad.jacobian(net, net.init(fn.Key(0), x), x)
    assert np.abs(whole[0, 0, 1, 0]) > 1e-3
    assert np.allclose(whole.sum(axis=2), 0.0, atol=1e-12)  # moving all examples together moves nothing


def test_where_y_is_a_tree():
    x = fn.Key(0).generator().standard_normal((3, 2))
    net = fn.Branch({"b": fn.Linear(4), "a": fn.Tanh()})
    params = net.init(fn.Key(0), x)
    for each in (False, True):
        found = fn.grad.jacobian(net, params, x, per_example=each)
        for name, layer in net.layers.items():
            alone = fn.grad.jacobian(layer, params[name], x, per_example=each)
            assert np.allclose(found[name], alone, rtol=1e-13, atol=1e-15)
    of_params = fn.grad.jacobian(net, params, x, wrt="params")
    assert of_params["a"]["b"].w.shape == (3, 2, 2, 4)
    assert not of_params["a"]["b"].w.any()
    alone = fn.grad.jacobian(fn.Linear(4), params["b"], x, wrt="params")
    assert tree.allclose(of_params["b"]["b"], alone, rtol=1e-13, atol=1e-15)


def test_where_x_is_a_tree():
    x = {"left": np.ones((2, 3)), "right": np.ones((2, 1))}
    found = fn.grad.jacobian(fn.Concat(), (), x, per_example=True)
    unit = np.stack([np.eye(4), np.eye(4)])
    assert np.array_equal(found["left"], unit[..., :3])
    assert np.array_equal(found["right"], unit[..., 3:])


def test_jacobian_keeps_float32_and_is_pure():
    x = np.eye(2, dtype="f4")
    params = NET.init(fn.Key(0), x)
    for wrt in ("x", "params"):
        found = fn.testing.assert_pure(
            lambda *args, wrt=wrt: fn.grad.jacobian(NET, *args, wrt=wrt), params, x
        )
        assert {leaf.dtype for leaf in tree.leaves(found)} == {np.dtype("f4")}


def test_without_parameters_there_is_nothing():
    assert fn.grad.jacobian(fn.Tanh(), (), np.ones((2, 2)), wrt="params") == ()


def test_jacobian_with_respect_to_what():
    with pytest.raises(fn.ConfigError) as caught:
        fn.grad.jacobian(NET, (), np.eye(2), wrt="y")
    assert str(caught.value) == "jacobian: expected wrt to be 'x' or 'params', got 'y'"
