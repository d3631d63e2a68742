"""Add and Concat."""

import numpy as np
import pytest

import funnet as fn

X = np.arange(6.0).reshape(2, 3)
Z = 10 * np.arange(4.0).reshape(2, 2)


@pytest.mark.parametrize("x", [(X, 2 * X, X), [X, 2 * X, X], {"b": X, "a": 2 * X, "c": X}])
def test_add(x):
    y, cache = fn.Add()((), x)
    assert (y == 4 * X).all()
    dparams, dx = fn.Add().vjp((), cache, y)
    assert dparams == ()
    assert type(dx) is type(x)
    leaves = fn.tree.leaves(dx)
    assert all((leaf == y).all() for leaf in leaves)
    assert not any(
        np.shares_memory(leaf, other) for leaf in leaves for other in (*leaves, y) if leaf is not other
    )


def test_add_of_one_array_is_a_copy():
    y, _ = fn.Add()((), (X,))
    assert (y == X).all()
    assert not np.shares_memory(y, X)


def test_concat():
    y, cache = fn.Concat()((), (X, Z, X))
    assert y.tolist() == [[0, 1, 2, 0, 10, 0, 1, 2], [3, 4, 5, 20, 30, 3, 4, 5]]
    _, dx = fn.Concat().vjp((), cache, y)
    assert type(dx) is tuple
    assert [part.tolist() for part in dx] == [X.tolist(), Z.tolist(), X.tolist()]


def test_concat_joins_a_mapping_in_the_order_of_its_sorted_names():
    x = {"z": X, "a": Z}
    y, cache = fn.Concat()((), x)
    assert y[0].tolist() == [0, 10, 0, 1, 2]
    _, dx = fn.Concat().vjp((), cache, y)
    assert list(dx) == ["z", "a"]
    assert (dx["z"] == X).all()
    assert (dx["a"] == Z).all()


def test_concat_of_images():
    image = np.arange(24.0).reshape(1, 2, 3, 4)
    y, cache = fn.Concat()((), (image, image[..., :1]))
    assert y.shape == (1, 2, 3, 5)
    assert (y[..., 4] == image[..., 0]).all()
    assert fn.Concat().vjp((), cache, y)[1][0].tolist() == image.tolist()


@pytest.mark.parametrize("layer", [fn.Add(), fn.Concat()])
class TestBoth:
    def test_the_dtype_is_kept(self, layer):
        for dtype in (np.float16, np.float32, np.float64):
            x = (X.astype(dtype), X.astype(dtype))
            y, cache = layer((), x)
            assert y.dtype == dtype
            assert all(part.dtype == dtype for part in layer.vjp((), cache, y)[1])

    def test_the_cache_holds_no_entry(self, layer):
        assert fn.tree.nbytes(layer((), (X, X))[1]) == 0

    @pytest.mark.parametrize(
        ("x", "error", "words"),
        [
            (X, fn.TreeError, "expected x to be a tuple or mapping of arrays, got float64[2, 3]"),
            ((), fn.TreeError, "expected x to be a tuple or mapping of arrays, got a tuple of 0"),
            (3, fn.TreeError, "expected x to be a tuple or mapping of arrays, got 3"),
            ((X, 3), fn.DtypeError, "expected x[1] to be a NumPy array, got 3"),
            ((X, (X,)), fn.DtypeError, "expected x[1] to be a NumPy array, got a tuple of 1"),
            (
                {"a": X, "b": X.astype(int)},
                fn.DtypeError,
                "expected x['b'] of floats, got dtype int64; convert it with x['b'].astype(np.float32)",
            ),
            ((X, X.astype("f4")), fn.DtypeError, "expected x[1] of dtype float64, got dtype float32"),
            ((X, X[:1]), fn.ShapeError, "expected x[1] of shape (2, 3), got shape (1, 3)"),
            ((X, X[None]), fn.ShapeError, "expected x[1] of shape (2, 3), got shape (1, 2, 3)"),
        ],
    )
    def test_messages(self, layer, x, error, words):
        with pytest.raises(error) as caught:
            layer((), x)
        assert str(caught.value) == f"{layer}: {words}"

    def test_a_cotangent_of_another_shape(self, layer):
        _, cache = layer((), (X, X))
        width = 3 if isinstance(layer, fn.Add) else 6
        with pytest.raises(fn.ShapeError) as caught:
            layer.vjp((), cache, np.ones((2, width + 1)))
        assert str(caught.value) == f"{layer}: expected dy of shape (2, {width}), got shape (2, {width + 1})"
        with pytest.raises(fn.DtypeError, match="expected dy of dtype float64, got dtype float32"):
            layer.vjp((), cache, np.ones((2, width), "f4"))


def test_add_does_not_broadcast():
    with pytest.raises(fn.ShapeError) as caught:
        fn.Add()((), (X, X[:, :1]))
    assert str(caught.value) == "Add(): expected x[1] of shape (2, 3), got shape (2, 1)"


def test_concat_needs_a_channel_axis():
    with pytest.raises(fn.ShapeError) as caught:
        fn.Concat()((), (X[0], X[0]))
    assert str(caught.value) == "Concat(): expected x with axes (N, ..., C), got x of shape (3,)"
