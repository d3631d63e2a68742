"""Sequential: the chain rule written out, names, independence of its layers, messages."""

import numpy as np
import pytest

import funnet as fn
from funnet.core.containers import Buffer, FrozenDict

X = fn.Key(0).generator().standard_normal((4, 3))


def test_the_chain_rule_written_out():
    net = fn.Sequential([fn.Linear(5), fn.Tanh(), fn.Linear(2)])
    params = net.init(fn.Key(1), X)
    (w1, b1), (w2, b2) = ((p.w, p.b) for p in (params[0], params[2]))
    h = np.tanh(X @ w1 + b1)
    y, cache = net(params, X)
    np.testing.assert_allclose(y, h @ w2 + b2, rtol=1e-14)
    dy = np.arange(8.0).reshape(4, 2)
    dparams, dx = net.vjp(params, cache, dy)
    da = (dy @ w2.T) * (1 - h**2)
    np.testing.assert_allclose(dparams[2].w, h.T @ dy, rtol=1e-13)
    np.testing.assert_allclose(dparams[2].b, dy.sum(0), rtol=1e-13)
    np.testing.assert_allclose(dparams[0].w, X.T @ da, rtol=1e-12)
    np.testing.assert_allclose(dparams[0].b, da.sum(0), rtol=1e-12)
    np.testing.assert_allclose(dx, da @ w1.T, rtol=1e-12)
    assert dparams[1] == ()
    assert fn.tree.equal(net.param_vjp(params, cache, dy), dparams)


def test_by_name():
    listed = fn.Sequential([fn.Linear(5), fn.Tanh(), fn.Linear(2)])
    named = fn.Sequential({"z": fn.Linear(5), "act": fn.Tanh(), "a": fn.Linear(2)})
    p = listed.init(fn.Key(1), X)
    q = FrozenDict({"z": p[0], "act": p[1], "a": p[2]})
    y, cache = named(q, X)
    assert fn.tree.equal(y, listed(p, X)[0])
    dq, dx = named.vjp(q, cache, y)
    dp, expected = listed.vjp(p, listed(p, X)[1], y)
    assert fn.tree.equal(dx, expected)
    assert list(dq) == ["z", "act", "a"]
    assert fn.tree.equal(tuple(dq.values()), dp)
    assert fn.tree.paths(named.init(fn.Key(0), X)) == ["a/w", "a/b", "z/w", "z/b"]


@pytest.mark.parametrize("kind", [tuple, list])
def test_parameters_may_be_a_list(kind):
    net = fn.Sequential([fn.Linear(5), fn.Tanh()])
    params = net.init(fn.Key(1), X)
    assert fn.tree.equal(net(kind(params), X)[0], net(params, X)[0])


def test_of_nothing_is_the_identity():
    net = fn.Sequential([])
    assert net.init(fn.Key(0), X) == ()
    y, cache = net((), X)
    dparams, dx = net.vjp((), cache, y)
    assert (y == X).all()
    assert (dx == X).all()
    assert not np.shares_memory(dx, y)
    assert dparams == net.param_vjp((), cache, y) == ()


def test_param_vjp_asks_no_layer_for_a_dx_that_nobody_reads():
    asked = []

    def forbidden(params, cache, dy):
        asked.append("dx")
        return params, dy

    net = fn.Sequential([fn.Lambda(lambda params, x: (x, ()), forbidden), fn.Linear(2), fn.Tanh()])
    params = net.init(fn.Key(0), X)
    y, cache = net(params, X)
    dparams = net.param_vjp(params, cache, y)
    assert asked == []
    assert fn.tree.equal(dparams, net.vjp(params, cache, y)[0])
    assert asked == ["dx"]


def test_advance_renews_the_children_and_leaves_alone_what_has_no_state():
    net = fn.training(fn.Sequential({"a": fn.Linear(3), "drop": fn.Dropout(0.5)}))
    params = net.init(fn.Key(0), X)
    new = net.advance(params, net(params, X)[1])
    assert new["a"] is params["a"]
    assert new["drop"].value == params["drop"].value.next()
    plain = fn.Sequential([fn.Linear(3), fn.Tanh()])
    params = plain.init(fn.Key(0), X)
    assert plain.advance(params, plain(params, X)[1]) is params


def network(width):
    return fn.Sequential(
        {
            "a": fn.Linear(8),
            "drop_a": fn.Dropout(0.5),
            "b": fn.Linear(width),
            "norm": fn.BatchNorm(),
            "c": fn.Linear(6),
            "drop_c": fn.Dropout(0.5),
            "d": fn.Linear(5),
        }
    )


def test_the_width_of_one_layer_changes_no_draw_of_another():
    x = fn.Key(0).generator().standard_normal((16, 3))
    narrow, wide = (fn.training(network(width)) for width in (4, 9))
    p, q = (net.init(fn.Key(7), x) for net in (narrow, wide))
    assert fn.tree.equal(p["a"], q["a"])
    assert fn.tree.equal(p["d"], q["d"])
    assert fn.tree.equal(p["drop_a"], q["drop_a"])
    assert p["b"].w.shape != q["b"].w.shape
    for _ in range(3):
        (_, kept), (_, other) = narrow(p, x), wide(q, x)
        assert (kept["drop_a"] == other["drop_a"]).all()
        assert (kept["drop_c"] == other["drop_c"]).all()
        p, q = narrow.advance(p, kept), wide.advance(q, other)


def test_a_new_layer_changes_no_draw_of_a_named_one():
    layers = dict(network(4).layers)
    longer = fn.Sequential({"first": fn.Linear(3), **layers, "last": fn.Dropout(0.5)})
    p, q = (net.init(fn.Key(7), X) for net in (fn.Sequential(layers), longer))
    assert all(fn.tree.equal(p[name], q[name]) for name in layers)


def test_layers_of_one_kind_start_differently():
    p = fn.Sequential([fn.Linear(3), fn.Linear(3), fn.Sequential([fn.Linear(3)])]).init(fn.Key(0), X)
    assert not fn.tree.equal(p[0], p[1])
    assert not fn.tree.equal(p[0], p[2][0])


def test_the_order_of_the_layers_is_part_of_the_value():
    a, b = fn.Tanh(), fn.Relu()
    assert fn.Sequential({"a": a, "b": b}) == fn.Sequential({"a": a, "b": b})
    assert hash(fn.Sequential({"a": a, "b": b})) == hash(fn.Sequential({"a": a, "b": b}))
    assert fn.Sequential({"a": a, "b": b}) != fn.Sequential({"b": b, "a": a})
    assert fn.Sequential([a, b]) != fn.Sequential([b, a])
    assert fn.Sequential([a]) != fn.Sequential({"0": a})


def test_the_layers_do_not_follow_the_list_they_were_given_in():
    layers = [fn.Tanh()]
    net = fn.Sequential(layers)
    layers.append(fn.Relu())
    assert len(net.layers) == 1


NET = fn.Sequential({"in": fn.Linear(5), "deep": fn.Sequential([fn.Tanh(), fn.Linear(2)])})
PARAMS = NET.init(fn.Key(0), X)
CACHE = NET(PARAMS, X)[1]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: NET(PARAMS, X[:, :2]),
            fn.ShapeError,
            "in/Linear(5): expected x with last axis 3 (params.w is (3, 5)), got x of shape (4, 2)",
        ),
        (
            lambda: NET({"in": PARAMS["in"]}, X),
            fn.TreeError,
            f"{NET}: expected params to be a mapping of in, deep, got one of in",
        ),
        (
            lambda: NET({**PARAMS, "more": ()}, X),
            fn.TreeError,
            f"{NET}: expected params to be a mapping of in, deep, got one of in, deep, more",
        ),
        (
            lambda: NET(tuple(PARAMS.values()), X),
            fn.TreeError,
            f"{NET}: expected params to be a mapping of in, deep, got a tuple of 2",
        ),
        (
            lambda: NET({**PARAMS, "deep": PARAMS["deep"][1:]}, X),
            fn.TreeError,
            "deep/Sequential([Tanh(), Linear(2)]): expected params to be a tuple of 2, got a tuple of 1",
        ),
        (
            lambda: NET({**PARAMS, "deep": Buffer(PARAMS["deep"])}, X),
            fn.TreeError,
            "deep/Sequential([Tanh(), Linear(2)]): expected params to be a tuple of 2, got a Buffer record",
        ),
        (
            lambda: NET.vjp(PARAMS, CACHE, np.ones((4, 3))),
            fn.ShapeError,
            "deep/1/Linear(2): expected dy of shape (4, 2), got shape (4, 3)",
        ),
        (
            lambda: NET.vjp(PARAMS, (), np.ones((4, 2))),
            fn.TreeError,
            f"{NET}: expected cache to be a mapping of in, deep, got a tuple of 0",
        ),
        (
            lambda: NET.init(fn.Key(0), X[0]),
            fn.ShapeError,
            "in/Linear(5): expected x with axes (N, ..., I), got x of shape (3,)",
        ),
        (
            lambda: fn.Sequential([fn.Linear(3), fn.Tanh]),
            fn.ConfigError,
            f"Sequential: expected layers[1] to be a layer, got {fn.Tanh!r}; call the class",
        ),
        (
            lambda: fn.Sequential({"a": 3}),
            fn.ConfigError,
            "Sequential: expected layers['a'] to be a layer, got 3",
        ),
        (
            lambda: fn.Sequential(fn.Linear(3)),
            fn.ConfigError,
            "layers: expected a list or a dict of layers, got Linear(3); put it in a list",
        ),
        (
            lambda: fn.Sequential({"a/b": fn.Tanh()}),
            fn.TreeError,
            "expected names that are printable, non-empty strings without '/', got 'a/b'",
        ),
        (
            lambda: fn.Sequential({1: fn.Tanh()}),
            fn.TreeError,
            "expected names that are printable, non-empty strings without '/', got 1",
        ),
    ],
)
def test_messages(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == words
