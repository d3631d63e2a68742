import numpy as np
import pytest

import funnet as fn
from funnet import tree


def drawn(*shape):
    return fn.Key(0).generator().standard_normal(shape)


def test_convnet_is_convolution_activation_and_pooling():
    net = fn.models.convnet(7, (4, 6), 5, activation=fn.Silu())
    blocks = [layer for width in (4, 6) for layer in (fn.Conv2d(width, 5), fn.Silu(), fn.MaxPool2d(2))]
    assert net == fn.Sequential([*blocks, fn.Flatten(), fn.Linear(7)])
    params = net.init(fn.Key(0), np.zeros((1, 28, 28, 1), np.float32))
    assert tree.count(params) == 25 * 4 + 4 + 100 * 6 + 6 + 4 * 4 * 6 * 7 + 7


def test_convnet_is_proved_and_says_which_layer_an_image_is_too_small_for():
    assert fn.testing.check_layer(fn.models.convnet(3, (2, 2)), drawn(3, 10, 11, 2)).verdict == "ok"
    with pytest.raises(
        fn.ShapeError, match=r"^3/Conv2d\(32, kernel_size=3\): expected x of at least 3×3 .* 2×2$"
    ):
        fn.models.convnet(10).init(fn.Key(0), drawn(1, 6, 6, 1))


def test_resnet_is_the_one_of_the_paper():
    net = fn.models.resnet(10, blocks=(3, 3, 3))
    params = net.init(fn.Key(0), np.zeros((1, 8, 8, 3), np.float32))
    kernels = tree.select(params, "**/w")
    assert sum(w.shape[:2] == (3, 3) for w in kernels.values()) == 19
    assert [w.shape for w in kernels.values() if w.shape[:2] == (1, 1)] == [(1, 1, 16, 32), (1, 1, 32, 64)]
    projections = 16 * 32 + 32 * 64 + 2 * (32 + 64)
    assert tree.count(params) == 269_722 + projections  # of the paper's 0.27 million, plus projections


def test_a_block_is_the_shortcut_plus_two_convolutions():
    net = fn.models.resnet(2, width=3, blocks=(1, 1))
    x = drawn(4, 6, 5, 2)
    params = tree.map(lambda leaf: leaf + 0.1 * drawn(*leaf.shape), net.init(fn.Key(1), x))
    layers, p = net.layers, params

    def run(index, x, layer=None, params=None):
        return (layer or layers[index])(p[index] if params is None else params, x)[0]

    h = run(2, run(1, run(0, x)))
    body = run(3, h, layers[3].layer, p[3])
    h = np.maximum(h + body, 0)
    branches = layers[5].layers
    left, right = (run(5, h, branches[name], p[5][name]) for name in ("shortcut", "body"))
    assert left.shape == right.shape == (4, 3, 3, 6)
    expected = np.maximum(left + right, 0).mean(axis=(1, 2)) @ p[-1].w + p[-1].b
    np.testing.assert_allclose(net(params, x)[0], expected, rtol=1e-12)


def test_resnet_is_proved_and_learns():
    x, labels = drawn(12, 6, 6, 1), np.arange(12) % 2
    x[labels == 1, 2:4] += 1
    net, optimizer, loss = (
        fn.models.resnet(2, width=2, blocks=(1, 1)),
        fn.adam(0.03),
        fn.SoftmaxCrossEntropy(),
    )
    assert fn.testing.check_layer(net, x[:3]).verdict == "ok"
    state = fn.init(net, optimizer, fn.Key(0), x)
    for _ in range(40):
        state, value = fn.train_step(net, loss, optimizer, state, x, labels)
    assert value < 0.1
