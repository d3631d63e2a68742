"""Flattened images: PyTorch's order of features is found, or refused with the place and the fix."""

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet import tree
from funnet.interop.channel_order import permutations, reshapes
from funnet.nn.layer import rewrite
from funnet.nn.layers.linear import Affine
from tests.interop.nets import draw

IMAGES, STEPS = draw(2, 5, 4, 3), draw(2, 6, 3)


@attrs.frozen
class Own(fn.Layer):
    """A layer of a user's: what it does, nobody knows."""

    def __call__(self, params, x):
        return 2 * x, ()

    def vjp(self, params, cache, dy):
        return (), 2 * dy


def twin_of(net):
    """The network as PyTorch computes it, whose features are flattened in another order."""
    return rewrite(
        net, lambda layer, _: fn.Flatten(order="channels_first") if isinstance(layer, fn.Flatten) else layer
    )


CONV = fn.Conv2d(4, 2)
FOLLOWED = {
    "at once": [CONV, fn.Flatten(), fn.Linear(2)],
    "activations": [CONV, fn.Flatten(), fn.Relu(), fn.Dropout(0.5), fn.Softmax(), fn.Gelu(), fn.Linear(2)],
    "norms": [CONV, fn.Flatten(), fn.BatchNorm(), fn.LayerNorm(), fn.RMSNorm(), fn.Linear(2), fn.Linear(3)],
    "nested": [fn.Sequential([CONV, fn.Flatten()]), fn.Sequential({"act": fn.Tanh(), "out": fn.Linear(2)})],
    "frozen": [fn.Frozen(fn.Sequential([CONV, fn.Flatten(), fn.BatchNorm()])), fn.Frozen(fn.Linear(2))],
    "checkpoints": [fn.Remat(fn.Sequential([CONV, fn.Flatten(), fn.Tanh()])), fn.Remat(fn.Linear(2))],
    "pooled": [fn.MaxPool2d(2), fn.Flatten(), fn.Linear(2)],
    "residual": [CONV, fn.Residual(fn.Conv2d(4, 3, padding=1)), fn.Relu(), fn.Flatten(), fn.Linear(2)],
    "repeated": [fn.Repeat(fn.Conv2d(4, 2), 2), fn.Flatten(), fn.Linear(2)],
    "in branches": [fn.Branch([CONV, CONV]), fn.Concat(), fn.GroupNorm(2), fn.Flatten(), fn.Linear(2)],
    "twice": [CONV, fn.Flatten(), fn.Flatten(), fn.Linear(2)],
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_the_layers_behind_read_their_features_where_pytorch_has_them(name):
    """Drawn params belong to the twin; permuted, they give the same outputs without the twin's order."""
    net = fn.Sequential(FOLLOWED[name])
    twin = twin_of(net)
    params = tree.cast(twin.init(fn.Key(0), IMAGES), "f8")
    noise = fn.Key(1).generator()
    params = tree.map(lambda leaf: leaf + noise.standard_normal(leaf.shape), params)
    rows = permutations(net, params, IMAGES)
    assert rows
    wanted = twin(params, IMAGES)[0]
    moved = params
    for path, index in rows.items():
        own = tree.get(params, path)
        if isinstance(own, Affine):
            moved = tree.set(moved, f"{path}/w", own.w[index])
        else:
            for leaf in ("scale", "shift"):
                if hasattr(own, leaf):
                    moved = tree.set(moved, f"{path}/{leaf}", getattr(own, leaf)[index])
    np.testing.assert_allclose(net(moved, IMAGES)[0], wanted, rtol=1e-12, atol=1e-13)
    assert not np.allclose(net(params, IMAGES)[0], wanted)


def test_reshape_to_rows_is_a_flatten():
    net = fn.Sequential([CONV, fn.Reshape((-1,)), fn.Linear(2)])
    twin = fn.Sequential([CONV, fn.Flatten(), fn.Linear(2)])
    params = net.init(fn.Key(0), IMAGES)
    (rows,) = permutations(net, params, IMAGES).values()
    assert np.array_equal(rows, permutations(twin, params, IMAGES)["2"])


@pytest.mark.parametrize(
    ("layers", "x"),
    [
        ([CONV, fn.GlobalAvgPool(), fn.Flatten(), fn.Linear(2)], IMAGES),
        ([fn.Flatten(), fn.Linear(2)], draw(2, 5, 4, 1)),
        ([fn.Flatten(), fn.Linear(2)], draw(2, 7)),
        ([fn.Conv2d(1, 2), fn.Flatten(), fn.Linear(2)], IMAGES),
        ([fn.Conv2d(4, (5, 4)), fn.Flatten(), fn.Linear(2)], IMAGES),
        ([fn.Embedding(9, 3), fn.Flatten(), fn.Linear(2)], np.arange(8).reshape(2, 4)),
        ([fn.GRU(3), fn.Tanh(), fn.Flatten(), fn.Linear(2)], STEPS),
        ([fn.Linear(3), fn.Reshape((-1,)), fn.Linear(2)], STEPS),
        ([CONV, fn.Flatten(order="channels_first"), fn.Linear(2)], IMAGES),
        ([fn.Flatten(order="channels_first"), Own(), fn.Linear(2)], IMAGES),
        ([CONV, Own(), fn.GlobalAvgPool(), Own(), fn.Linear(2)], IMAGES),
    ],
)
def test_what_is_in_the_same_order_stays(layers, x):
    net = fn.Sequential(layers)
    assert permutations(net, net.init(fn.Key(0), x), x) == {}


@pytest.mark.parametrize(
    ("layers", "x", "words"),
    [
        (
            [CONV, fn.Flatten(), Own(), fn.Linear(2)],
            IMAGES,
            "a Linear behind the features flattened at 1 (PyTorch flattens the channels first), "
            "got Own() at 2; write Flatten(order='channels_first') at 1",
        ),
        (
            [CONV, fn.Sequential([fn.Flatten(), fn.Residual(fn.Linear(48))])],
            IMAGES,
            "a Linear behind the features flattened at 1/0 (PyTorch flattens the channels first), "
            "got Residual(Linear(48)) at 1/1; write Flatten(order='channels_first') at 1/0",
        ),
        (
            [CONV, fn.Flatten(), fn.GroupNorm(2), fn.Linear(2)],
            IMAGES,
            "a Linear behind the features flattened at 1 (PyTorch flattens the channels first), "
            "got GroupNorm(2) at 2; write Flatten(order='channels_first') at 1",
        ),
        (
            [CONV, fn.Flatten(), fn.Relu()],
            IMAGES,
            "a Linear behind the features flattened at 1 (PyTorch flattens the channels first), "
            "got the output of the network; write Flatten(order='channels_first') at 1",
        ),
        (
            [fn.Branch([fn.Sequential([CONV, fn.Flatten()]), fn.Flatten()]), fn.Concat(), fn.Linear(2)],
            IMAGES,
            "a Flatten or Reshape to stand in a Sequential (PyTorch flattens the channels first), "
            "got Branch at 0; write Flatten(order='channels_first') there, and leave out net and x",
        ),
        (
            [fn.Flatten(), fn.Linear(2)],
            IMAGES,
            "to know the order of the axes (PyTorch's channels may come first or last there), "
            "got Flatten() of shape (2, 5, 4, 3) at 0; write Flatten(order='channels_first') if they come "
            "first, leave out net and x if last",
        ),
        (
            [CONV, Own(), fn.Flatten(), fn.Linear(2)],
            IMAGES,
            "to know the order of the axes (PyTorch's channels may come first or last there), "
            "got Flatten() of shape (2, 4, 3, 4) at 2; write Flatten(order='channels_first') if they come "
            "first, leave out net and x if last",
        ),
        (
            [fn.Conv1d(4, 2), fn.Reshape((2, 10)), fn.Flatten(), fn.Linear(2)],
            STEPS,
            "to know the order of the axes (PyTorch's channels may come first or last there), "
            "got Reshape((2, 10)) of shape (2, 5, 4) at 1; leave out net and x if it is the same in PyTorch",
        ),
    ],
)
def test_what_cannot_be_followed_is_refused(layers, x, words):
    net = fn.Sequential(layers)
    params = net.init(fn.Key(0), x)
    with pytest.raises(fn.CheckpointError) as caught:
        permutations(net, params, x)
    assert str(caught.value) == f"from_torch: expected {words}"


def test_an_example_is_needed_only_where_something_is_flattened():
    net = fn.Sequential([CONV, fn.GlobalAvgPool(), fn.Linear(2)])
    params = net.init(fn.Key(0), IMAGES)
    state = {
        "0.weight": np.ones((4, 3, 2, 2)),
        "0.bias": np.ones(4),
        "2.weight": np.ones((2, 4)),
        "2.bias": np.ones(2),
    }
    assert not reshapes(net)
    assert tree.equal(
        fn.interop.from_torch(state, params, net=net), fn.interop.from_torch(state, params, net=net, x=IMAGES)
    )
    flat = fn.Sequential([CONV, fn.Flatten(), fn.Linear(2)])
    state["2.weight"] = np.ones((2, 48))
    with pytest.raises(fn.CheckpointError) as caught:
        fn.interop.from_torch(state, flat.init(fn.Key(0), IMAGES), net=flat)
    assert str(caught.value) == (
        "from_torch: expected an example x beside net (what is flattened has another order in PyTorch), "
        "got None; give x=x[:1]"
    )


def test_an_example_of_another_dtype_will_do():
    net = fn.Sequential([CONV, fn.Flatten(), fn.Linear(1)])
    like = net.init(fn.Key(0), IMAGES)
    head = np.arange(48.0)[None]
    state = {"c.weight": np.ones((4, 3, 2, 2)), "c.bias": np.ones(4), "h.weight": head, "h.bias": np.ones(1)}
    params = fn.interop.from_torch(state, like, net=net, x=IMAGES[:1].astype("f4"))
    assert np.array_equal(params[2].w.reshape(4, 3, 4), np.moveaxis(head.reshape(4, 4, 3), 0, -1))
    with pytest.raises(fn.DtypeError, match="from_torch: expected net to be an instance of Layer, got 'net'"):
        fn.interop.from_torch(state, like, net="net", x=IMAGES)
