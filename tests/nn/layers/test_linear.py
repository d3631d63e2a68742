"""Linear: known values, a slow loop, initial values, messages."""

import numpy as np
import pytest

import funnet as fn
from funnet.nn.layers.linear import Affine


def drawn(*shape):
    return fn.Key(0).child("drawn").child(len(shape)).generator().standard_normal(shape)


def test_known_values():
    params = Affine(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([10.0, 20.0]))
    y, cache = fn.Linear(2)(params, np.array([[1.0, 1.0], [0.0, -1.0]]))
    assert y.tolist() == [[14, 26], [7, 16]]
    dparams, dx = fn.Linear(2).vjp(params, cache, np.array([[1.0, 0.0], [2.0, 1.0]]))
    assert dparams.w.tolist() == [[1, 0], [-1, -1]]
    assert dparams.b.tolist() == [3, 1]
    assert dx.tolist() == [[1, 3], [4, 10]]


@pytest.mark.parametrize("shape", [(5, 3), (2, 5, 3), (2, 4, 5, 3)])
@pytest.mark.parametrize("bias", [True, False])
def test_against_a_loop_over_rows(shape, bias):
    layer = fn.Linear(4, bias=bias)
    x, params = drawn(*shape), layer.init(fn.Key(1), drawn(*shape))
    y, cache = layer(params, x)
    dy = drawn(*y.shape)
    dparams, dx = layer.vjp(params, cache, dy)
    dw, db = np.zeros((3, 4)), np.zeros(4)
    for row in np.ndindex(shape[:-1]):
        for o in range(4):
            expected = sum(x[row][i] * params.w[i, o] for i in range(3)) + (params.b[o] if bias else 0)
            assert y[row][o] == pytest.approx(expected, abs=1e-14)
        for i in range(3):
            assert dx[row][i] == pytest.approx(sum(dy[row][o] * params.w[i, o] for o in range(4)), abs=1e-14)
        dw += x[row][:, None] * dy[row][None, :]
        db += dy[row]
    np.testing.assert_allclose(dparams.w, dw, atol=1e-13)
    if bias:
        np.testing.assert_allclose(dparams.b, db, atol=1e-13)
    else:
        assert params.b == dparams.b == ()
    assert fn.tree.equal(layer.param_vjp(params, cache, dy), dparams)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_parameters_take_the_dtype_of_the_example(dtype):
    params = fn.Linear(5).init(fn.Key(0), np.ones((1, 3), dtype))
    assert params.w.shape == (3, 5)
    assert params.b.tolist() == [0] * 5
    assert params.w.dtype == params.b.dtype == dtype
    assert not params.w.flags.writeable


def test_initial_values_are_those_of_the_initialisers():
    key, x = fn.Key(3), np.ones((1, 3))
    params = fn.Linear(5, b_init=fn.initializers.normal()).init(key, x)
    expected = fn.initializers.glorot_uniform()(key.child("w"), (3, 5), np.float64)
    assert (params.w == expected).all()
    assert (params.b == fn.initializers.normal()(key.child("b"), (5,), np.float64)).all()


def test_weights_do_not_depend_on_the_batch_or_the_bias():
    with_bias = fn.Linear(5).init(fn.Key(3), np.ones((1, 3)))
    without = fn.Linear(5, bias=False).init(fn.Key(3), np.zeros((7, 2, 3)))
    assert (with_bias.w == without.w).all()


PARAMS = fn.Linear(5).init(fn.Key(0), np.ones((1, 3), np.float32))
X = np.ones((8, 3), np.float32)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: fn.Linear(5)(PARAMS, X[:, :2]),
            fn.ShapeError,
            "Linear(5): expected x with last axis 3 (params.w is (3, 5)), got x of shape (8, 2)",
        ),
        (
            lambda: fn.Linear(5)(PARAMS, X[0]),
            fn.ShapeError,
            "Linear(5): expected x with a batch axis and last axis 3 (params.w is (3, 5)), "
            "got x of shape (3,); add one with x[None], of shape (1, 3)",
        ),
        (
            lambda: fn.Linear(5)(PARAMS, X.astype("f8")),
            fn.DtypeError,
            "Linear(5): expected x of float32 (as params.w), got x of float64; "
            "convert x with x.astype(np.float32)",
        ),
        (
            lambda: fn.Linear(6)(PARAMS, X),
            fn.ShapeError,
            "Linear(6): expected params.w of shape (any, 6), got shape (3, 5)",
        ),
        (
            lambda: fn.Linear(5)(Affine(PARAMS.w, ()), X),
            fn.DtypeError,
            "Linear(5): expected params.b to be a NumPy array, got a tuple of 0",
        ),
        (
            lambda: fn.Linear(5)(Affine(PARAMS.w, PARAMS.b[:1]), X),
            fn.ShapeError,
            "Linear(5): expected params.b of shape (5,), got shape (1,)",
        ),
        (
            lambda: fn.Linear(5)(Affine(PARAMS.w, PARAMS.b.astype("f8")), X),
            fn.DtypeError,
            "Linear(5): expected params.b of dtype float32, got dtype float64",
        ),
        (
            lambda: fn.Linear(5)(Affine(None, PARAMS.b), X),
            fn.TreeError,
            "Linear(5): expected params.w to be an array, got None",
        ),
        (
            lambda: fn.Linear(5)({"w": PARAMS.w, "b": PARAMS.b}, X),
            fn.TreeError,
            "Linear(5): expected params to be its Affine record, got a dict of 2",
        ),
        (
            lambda: fn.Linear(5).init(fn.Key(0), X[0]),
            fn.ShapeError,
            "Linear(5): expected x with axes (N, ..., I), got x of shape (3,)",
        ),
        (
            lambda: fn.Linear(5).init(fn.Key(0), X.astype(int)),
            fn.DtypeError,
            "Linear(5): expected x of floats, got dtype int64; convert it with x.astype(np.float32)",
        ),
        (
            lambda: fn.Linear(5).vjp(PARAMS, X, np.ones((8, 4), "f4")),
            fn.ShapeError,
            "Linear(5): expected dy of shape (8, 5), got shape (8, 4)",
        ),
        (
            lambda: fn.Linear(5).vjp(PARAMS, X, np.ones((7, 5), "f4")),
            fn.ShapeError,
            "Linear(5): expected dy of shape (8, 5), got shape (7, 5)",
        ),
        (
            lambda: fn.Linear(5).vjp(PARAMS, X, np.ones((8, 5))),
            fn.DtypeError,
            "Linear(5): expected dy of dtype float32, got dtype float64",
        ),
        (lambda: fn.Linear(0), fn.ConfigError, "Linear: expected width to be a positive integer, got 0"),
        (lambda: fn.Linear(2.0), fn.ConfigError, "Linear: expected width to be a positive integer, got 2.0"),
        (lambda: fn.Linear(2, bias=1), fn.ConfigError, "Linear: expected bias to be True or False, got 1"),
        (
            lambda: fn.Linear(2, w_init=0.1),
            fn.ConfigError,
            "Linear: expected w_init to be a function, got 0.1",
        ),
        (
            lambda: fn.Linear(2, b_init=None),
            fn.ConfigError,
            "Linear: expected b_init to be a function, got None",
        ),
    ],
)
def test_messages(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == words
