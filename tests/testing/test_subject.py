"""Pairs of functions, and trees like others."""

import numpy as np

from funnet.core.containers import Buffer
from funnet.testing.subject import Pair, copied, gaussian, named_leaves, norm, rounded

TREE = {"a": np.ones((2, 3), "f4"), "b": (np.arange(3), Buffer(np.ones(2)))}


def test_pull_makes_a_pass_of_its_own():
    pair = Pair(lambda p, x: (p * x, x), lambda p, cache, dy: (dy * cache, dy * p), 3.0, 5.0, 1.0)
    assert pair.pull(2.0) == (10.0, 6.0)


def test_cast():
    pair = Pair(None, None, TREE, np.ones(2), (np.ones(1), np.arange(2))).cast("f2")
    assert (pair.params["a"].dtype, pair.x.dtype, pair.dy[0].dtype) == (np.float16,) * 3
    assert (pair.params["b"][0].dtype, pair.params["b"][1].value.dtype) == (np.dtype(int), np.float16)


def test_copies_can_be_written():
    made = copied(TREE)
    made["a"][:] = 7
    assert TREE["a"].max() == 1
    assert made["b"][1] is TREE["b"][1]


def test_gaussian():
    z = gaussian(TREE, np.random.default_rng(4))
    expected = np.random.default_rng(4).standard_normal((2, 3)).astype("f4")
    assert z["a"].tobytes() == expected.tobytes()
    assert z["b"][0].tolist() == [0, 0, 0]
    assert z["b"][0].dtype == TREE["b"][0].dtype
    assert z["b"][1] is TREE["b"][1]


def test_names_of_leaves():
    assert list(named_leaves("x", TREE)) == ["x/a", "x/b/0"]
    assert list(named_leaves("x", np.ones(2))) == ["x"]
    assert named_leaves("x", ()) == {}


def test_rounded():
    made = rounded((np.array([0.1, 1.0]), np.arange(2), Buffer(np.array([0.1]))))
    assert made[0].dtype == np.float64
    assert made[0].tolist() == [float(np.float32(0.1)), 1.0]
    assert made[1].dtype == np.arange(2).dtype
    assert made[2].value.tolist() == [float(np.float32(0.1))]


def test_norm():
    assert norm(np.array([[3.0], [4.0]])) == 5.0
    assert isinstance(norm(np.ones(2, "f4")), float)
