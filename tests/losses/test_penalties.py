"""Penalties: values and gradients by hand, and what the glob chooses."""

import numpy as np
import pytest

import funnet as fn
from funnet.nn.layers.linear import Affine

PARAMS = {
    "a": Affine(np.array([[1.0, -2.0]]), np.array([3.0, 4.0])),
    "b": {"w": np.array([0.0, -5.0]), "scale": np.array([6.0])},
}


def test_l2():
    value, dparams = fn.L2(0.1)(PARAMS)
    assert value == pytest.approx(0.05 * (1 + 4 + 25), rel=1e-15)
    np.testing.assert_allclose(dparams["a"].w, [[0.1, -0.2]])
    np.testing.assert_allclose(dparams["b"]["w"], [0, -0.5])
    assert dparams["a"].b.tolist() == [0, 0]
    assert dparams["b"]["scale"].tolist() == [0]


def test_l1_has_slope_0_at_0():
    value, dparams = fn.L1(0.1)(PARAMS)
    assert value == pytest.approx(0.1 * (1 + 2 + 5), rel=1e-15)
    assert dparams["a"].w.tolist() == [[0.1, -0.1]]
    assert dparams["b"]["w"].tolist() == [0, -0.1]
    assert dparams["a"].b.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("where", "squares"),
    [("**", 91), ("a/*", 30), ("b/scale", 36), ("*/b", 25), ("**/s*", 36)],
)
def test_the_glob_chooses(where, squares):
    assert fn.L2(2.0, where)(PARAMS)[0] == squares


@pytest.mark.parametrize("penalty", [fn.L1(np.float64(0.1)), fn.L2(np.float64(0.1))])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_dtype_is_kept(penalty, dtype):
    params = fn.tree.map(lambda leaf: leaf.astype(dtype), PARAMS)
    value, dparams = penalty(params)
    assert value.dtype == dtype
    fn.tree.same_structure(params, dparams)


def test_the_gradient_of_the_penalty_is_added_to_that_of_the_loss():
    net, loss = fn.Linear(2), fn.MeanSquaredError()
    x, t = np.ones((3, 4)), np.zeros((3, 2))
    params = net.init(fn.Key(0), x)
    value, dparams = fn.value_and_grad(net, loss, params, x, t)
    both, dboth = fn.value_and_grad(net, loss, params, x, t, penalty=fn.L2(0.1))
    assert both == pytest.approx(value + 0.05 * (params.w**2).sum(), rel=1e-14)
    np.testing.assert_allclose(dboth.w, dparams.w + 0.1 * params.w, rtol=1e-13)
    assert (dboth.b == dparams.b).all()


@pytest.mark.parametrize("kind", [fn.L1, fn.L2])
def test_messages(kind):
    with pytest.raises(fn.TreeError) as caught:
        kind(0.1, "**/weight")(PARAMS)
    assert str(caught.value) == (
        "expected a glob that matches a path (the paths are a/w, a/b, b/scale, b/w), got '**/weight'"
    )
    for strength in (-0.1, np.nan, "1", True):
        with pytest.raises(fn.ConfigError) as caught:
            kind(strength)
        words = f"expected strength to be a number of at least 0, got {strength!r}"
        assert str(caught.value) == f"{kind.__name__}: {words}"


@pytest.mark.parametrize("kind", [fn.L1, fn.L2])
@pytest.mark.parametrize("where", [None, 3, ["**/w"]])
def test_where_is_a_glob(kind, where):
    with pytest.raises(fn.ConfigError) as caught:
        kind(0.1, where)
    assert str(caught.value) == f"{kind.__name__}: expected where to be a glob, as a string, got {where!r}"


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize(("scale", "strength"), [(1e-4, 1.0), (30.0, 1e-3)])
def test_small_and_many_weights_are_counted(dtype, scale, strength):
    """In float16 squares are summed in float32: they neither vanish nor overflow before the strength."""
    w = (scale * np.ones((300, 300))).astype(dtype)
    for penalty in (fn.L2(strength), fn.L1(strength)):
        value, dw = penalty({"w": w})
        right, _ = penalty({"w": w.astype("f8")})
        assert value.dtype == dw["w"].dtype == dtype
        assert float(value) == pytest.approx(float(right), rel=4 * float(np.finfo(dtype).eps))
