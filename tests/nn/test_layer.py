"""The contract, and what is done to whole networks: rewriting, modes, pullback, printing."""

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet.core.containers import FrozenDict
from funnet.nn.layer import children, rewrite

X = np.arange(6.0).reshape(2, 3)


def same(self, params, x):
    return x, ()


def back(self, params, cache, dy):
    return params, dy


def layer(**fields):
    """A layer of a user's with these fields that does nothing."""
    body = {"__call__": same, "vjp": back}
    return attrs.make_class("Own", fields, bases=(fn.Layer,), class_body=body, frozen=True)


def test_a_layer_without_call_and_vjp_cannot_be_made():
    class Half(fn.Layer):
        def __call__(self, params, x):
            return x, ()

    with pytest.raises(TypeError, match="abstract"):
        Half()


def test_a_layer_has_no_parameters_and_no_state_unless_it_says_so():
    plain = layer()()
    assert plain.init(fn.Key(0), X) == ()
    assert plain.param_vjp("params", (), X) == "params"
    params = {"a": 1}
    assert plain.advance(params, ()) is params


class TestModes:
    net = fn.Sequential(
        {
            "a": fn.Dropout(0.5),
            "b": fn.Residual(fn.Sequential([fn.BatchNorm(), fn.Frozen(fn.Dropout(0.1))])),
            "c": fn.Branch([fn.Parallel([fn.BatchNorm()]), fn.Tanh()]),
        }
    )

    @staticmethod
    def modes(net):
        found = [net.training] if hasattr(net, "training") else []
        return found + [mode for child in children(net).values() for mode in TestModes.modes(child)]

    def test_reach_every_layer_and_change_nothing_else(self):
        active = fn.training(self.net)
        assert self.modes(active) == [True] * 4
        assert self.modes(self.net) == [False] * 4
        assert fn.inference(active) == self.net
        assert str(active) == str(self.net).replace("Dropout(0.5)", "Dropout(0.5, training=True)").replace(
            "BatchNorm()", "BatchNorm(training=True)"
        ).replace("Dropout(0.1)", "Dropout(0.1, training=True)")

    def test_give_the_very_same_network_where_there_is_nothing_to_change(self):
        active = fn.training(self.net)
        assert fn.training(active) is active
        assert fn.inference(self.net) is self.net
        plain = fn.Sequential([fn.Linear(3), fn.Residual(fn.Tanh())])
        assert fn.training(plain) is plain

    def test_leave_untouched_layers_as_they_are(self):
        linear = fn.Linear(3)
        assert fn.training(fn.Sequential([linear, fn.Dropout(0.5)])).layers[0] is linear

    @pytest.mark.parametrize(
        "wrap",
        [
            lambda inner: inner,
            lambda inner: (inner, 1),
            lambda inner: [inner],
            lambda inner: {"a": inner},
            lambda inner: FrozenDict({"b": 2, "a": inner}),
            lambda inner: ((1, [{"a": (inner,)}]),),
        ],
    )
    def test_reach_the_layers_in_any_field_of_a_users_layer(self, wrap):
        kind = layer(first=attrs.field(), second=attrs.field(default=None))
        net = kind(wrap(fn.Dropout(0.5)), fn.BatchNorm())
        active = fn.training(net)
        assert active.first == wrap(fn.Dropout(0.5, training=True))
        assert type(active.first) is type(net.first)
        assert active.second == fn.BatchNorm(training=True)
        assert fn.inference(active) == net

    def test_reach_private_fields(self):
        kind = layer(_inner=attrs.field())
        assert fn.training(kind(fn.Dropout(0.5)))._inner.training is True

    def test_keep_the_order_of_names(self):
        net = fn.Sequential({"z": fn.Dropout(0.5), "a": fn.Linear(2)})
        assert list(fn.training(net).layers) == ["z", "a"]

    def test_set_the_mode_of_a_users_layer(self):
        kind = layer(training=attrs.field(default=False))
        assert fn.training(kind()).training is True

    def test_leave_a_layer_that_is_no_attrs_class_alone(self):
        class Own(fn.Layer):
            __call__ = same
            vjp = back

        net = fn.Sequential([Own()])
        assert fn.training(net) is net


class TestRewrite:
    net = fn.Sequential({"a": fn.Linear(3), "b": fn.Branch([fn.Tanh(), fn.Residual(fn.Linear(4))])})

    def test_visits_the_inner_layers_first_with_their_paths(self):
        seen = []
        rewrite(self.net, lambda node, path: (seen.append((path, type(node).__name__)), node)[1])
        assert seen == [
            ("a", "Linear"),
            ("b/0", "Tanh"),
            ("b/1", "Linear"),
            ("b/1", "Residual"),
            ("b", "Branch"),
            ("", "Sequential"),
        ]

    def test_the_paths_are_those_of_the_parameters(self):
        params = self.net.init(fn.Key(0), np.ones((2, 4)))
        rows = []
        rewrite(self.net, lambda node, path: (rows.append((node, path)), node)[1])
        for node, path in rows:
            if isinstance(node, fn.Linear):
                assert fn.tree.get(params, path).w.shape[1] == node.width

    def test_replaces_layers_and_copies_only_what_changed(self):
        made = rewrite(self.net, lambda node, path: fn.Relu() if path == "b/0" else node)
        assert str(made) == str(self.net).replace("Tanh()", "Relu()")
        assert made.layers["a"] is self.net.layers["a"]
        assert made.layers["b"].layers[1] is self.net.layers["b"].layers[1]
        assert rewrite(self.net, lambda node, path: node) is self.net


def test_children():
    a, b = fn.Tanh(), fn.Linear(3)
    assert children(fn.Sequential([a, b])) == {"0": a, "1": b}
    assert children(fn.Branch({"x": a, "y": b})) == {"x": a, "y": b}
    assert children(fn.Residual(b)) == {"": b}
    assert children(a) == {}


def test_pullback_is_the_forward_pass_and_the_backward_pass_to_come():
    net = fn.Sequential([fn.Linear(4), fn.Tanh()])
    params = net.init(fn.Key(0), X)
    y, pull = fn.pullback(net, params, X)
    expected, cache = net(params, X)
    assert fn.tree.equal(y, expected)
    for dy in (np.ones((2, 4)), y):
        assert fn.tree.equal(pull(dy), net.vjp(params, cache, dy))


@pytest.mark.parametrize(
    ("net", "text"),
    [
        (fn.Linear(5), "Linear(5)"),
        (fn.Linear(5, bias=False), "Linear(5, bias=False)"),
        (fn.Linear(5, w_init=fn.initializers.zeros()), "Linear(5, w_init=Constant(value=0.0))"),
        (fn.Tanh(), "Tanh()"),
        (fn.LeakyRelu(), "LeakyRelu()"),
        (fn.LeakyRelu(0.2), "LeakyRelu(0.2)"),
        (fn.Dropout(0.5, training=True), "Dropout(0.5, training=True)"),
        (fn.Dropout(np.float64(0.5)), "Dropout(0.5)"),
        (fn.BatchNorm(eps=1e-3), "BatchNorm(eps=0.001)"),
        (fn.Reshape((2, -1)), "Reshape((2, -1))"),
        (fn.Residual(fn.Linear(3)), "Residual(Linear(3))"),
        (fn.Sequential([]), "Sequential(())"),
        (
            fn.Sequential([fn.Linear(3), fn.Sequential([fn.Tanh()])]),
            "Sequential([Linear(3), Sequential([Tanh()])])",
        ),
        (fn.Parallel({"a": fn.Tanh(), "b": fn.Relu()}), "Parallel({'a': Tanh(), 'b': Relu()})"),
        (fn.Lambda(same, back), "Lambda(same, vjp=back)"),
        (layer(training=attrs.field(default=False, kw_only=True))(training=True), "Own(training=True)"),
        (layer(table=attrs.field(default=None))(np.ones(2)), "Own(array([1., 1.]))"),
    ],
)
def test_a_layer_prints_as_one_would_write_it(net, text):
    assert str(net) == text


def test_a_layer_is_a_value():
    assert fn.Linear(3) == fn.Linear(3) != fn.Linear(4)
    assert hash(fn.Sequential([fn.Linear(3)])) == hash(fn.Sequential([fn.Linear(3)]))
    assert attrs.evolve(fn.Linear(3), width=4) == fn.Linear(4)
    with pytest.raises(AttributeError):
        fn.Linear(3).width = 4
