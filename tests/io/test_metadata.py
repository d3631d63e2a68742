"""Files that say what they are about: made anew from the file alone."""

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet import tree
from tests.io import states


@attrs.frozen
class Scale(fn.Layer):
    """A layer of the user's own."""

    factor: float = 2.0

    def __call__(self, params, x):
        return self.factor * x, ()

    def vjp(self, params, cache, dy):
        return (), self.factor * dy


OWN = fn.Sequential([fn.Linear(2), fn.Residual(Scale(3.0)), fn.Branch({"a": Scale()})])
LAMBDA = fn.Lambda(lambda p, x: (x, ()), lambda p, c, dy: (p, dy))


@pytest.fixture(params=["net.npz", "net.safetensors"])
def path(tmp_path, request):
    return tmp_path / request.param


def test_a_file_is_restored_alone(path):
    state = states.trained()
    fn.save(path, state, net=states.NET, optimizer=states.ADAM, loss=fn.SoftmaxCrossEntropy(), note="run 7")
    net, optimizer, again = fn.restore(path, states.X[:1])
    assert (net, optimizer) == (states.NET, states.ADAM)
    assert tree.fingerprint(again) == tree.fingerprint(state)


def test_a_run_that_is_part_of_a_tree_is_restored(path):
    state = states.trained()
    fn.save(path, {"state": state, "best": states.start()}, net=states.NET, optimizer=states.ADAM)
    assert tree.equal(fn.restore(path, states.X[:1])[2], state)


def test_classes_of_ones_own_are_given(path):
    state = fn.init(OWN, states.ADAM, fn.Key(0), states.X)
    fn.save(path, state, net=OWN, optimizer=states.ADAM)
    net, _, again = fn.restore(path, states.X, classes=[Scale])
    assert net == OWN
    assert tree.equal(again, state)
    with pytest.raises(fn.DataError) as caught:
        fn.restore(path, states.X)
    assert str(caught.value) == (
        f"{path}/net/layers/1/layer/class: expected the name of a class of funnet, got 'Scale'; "
        "pass the class in classes=(...) if it is yours"
    )


def test_what_cannot_be_written_as_data_is_refused(path):
    with pytest.raises(fn.DtypeError, match=r"net/layers/0/forward: expected .*, got a function"):
        fn.save(path, states.X, net=fn.Sequential([LAMBDA]))
    assert not path.exists()


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({}, "one that says neither"),
        ({"net": states.NET}, "one that says net"),
        ({"net": states.ADAM, "optimizer": states.NET}, "one that says net, optimizer"),
    ],
)
def test_a_file_that_does_not_say_enough(path, about, words):
    fn.save(path, states.start(), **about)
    with pytest.raises(fn.CheckpointError) as caught:
        fn.restore(path, states.X)
    assert str(caught.value) == (
        f"{path}: expected a file that says its net and optimizer, got {words}; "
        "save it with net=net, optimizer=optimizer"
    )


def test_an_example_of_another_width(path):
    fn.save(path, states.start(), net=states.NET, optimizer=states.ADAM)
    with pytest.raises(fn.CheckpointError, match=r"params/hidden/w as float32\[4, 3\], not float32\[5, 3\]"):
        fn.restore(path, np.ones((1, 5), np.float32))
