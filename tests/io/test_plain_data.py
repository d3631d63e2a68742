"""Values as plain data: they come back equal, and nothing else comes in."""

import json

import attrs
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import funnet as fn
from funnet.core.containers import FrozenDict
from funnet.io import plain_data
from funnet.losses import Loss
from funnet.losses.penalties import Penalty
from funnet.nn.initializers import Initializer
from tests.cases import ROWS


@attrs.frozen
class Scale(fn.Layer):
    factor: float
    inside: fn.Layer | None = None
    _names: tuple[str, ...] = ()

    def __call__(self, params, x):
        return self.factor * x, ()

    def vjp(self, params, cache, dy):
        return params, self.factor * dy


@attrs.frozen
class Linear(fn.Layer):
    __call__ = vjp = Scale.__call__


def there_and_back(value, classes=()):
    text = json.dumps(fn.to_data(value, classes=classes), allow_nan=False)
    return fn.from_data(json.loads(text), classes=classes)


NAMED = [row for row in ROWS if "Lambda" not in str(row.net)]


@pytest.mark.parametrize("row", NAMED, ids=lambda row: row.name)
def test_networks_come_back_equal_and_compute_the_same(row):
    again = there_and_back(row.net)
    assert again == row.net
    assert hash(again) == hash(row.net)
    assert str(again) == str(row.net)
    params = again.init(fn.Key(3), row.x)
    assert fn.tree.equal(params, row.net.init(fn.Key(3), row.x))
    assert fn.tree.equal(again(params, row.x), row.net(params, row.x))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1,
        1.0,
        0.1 + 0.2,
        2**70,
        "name",
        (),
        (1, (True, "a"), None),
        FrozenDict({"b": 1, "a": (FrozenDict({}),)}),
        fn.SoftmaxCrossEntropy(0.1),
        fn.L2(1e-4, "**/u"),
        fn.initializers.orthogonal(0.5),
        fn.Key(2**80).child("a").child(3),
    ],
)
def test_values_come_back_equal(value):
    again = there_and_back(value)
    assert again == value
    assert type(again) is type(value)


def test_every_public_class_of_values_has_its_name():
    for module in (fn, fn.initializers, fn.optim, fn.losses, fn.losses.penalties):
        for kind in [getattr(module, name) for name in dir(module)]:
            bases = (fn.Layer, Initializer, Loss, Penalty, fn.Optimizer, fn.Schedule)
            if isinstance(kind, type) and issubclass(kind, bases) and attrs.has(kind):
                with pytest.raises(fn.DataError, match=f"fields of {kind.__name__} "):
                    fn.from_data({"class": kind.__name__, "no such": 0})


def test_every_field_is_written_and_named_as_in_a_call():
    data = fn.to_data(fn.Linear(np.int64(3)))
    assert data == {
        "class": "Linear",
        "width": 3,
        "bias": True,
        "w_init": {
            "class": "VarianceScaling",
            "gain": 1.0,
            "fan": "mean",
            "distribution": "uniform",
            "scale": 1.0,
        },
        "b_init": {"class": "Constant", "value": 0.0},
    }
    assert type(data["width"]) is int
    assert data["w_init"] | {"scale": 2} == fn.to_data(fn.initializers.glorot_uniform(2))


def test_the_order_of_names_survives_sorted_keys():
    net = fn.Sequential({"z": fn.Linear(3), "act": fn.Tanh(), "b": fn.Linear(2)})
    again = fn.from_data(json.loads(json.dumps(fn.to_data(net), sort_keys=True)))
    assert again == net
    assert list(again.layers) == ["z", "act", "b"]


def test_a_missing_field_has_its_default():
    assert fn.from_data({"class": "momentum", "rate": 0.1}) == fn.momentum(0.1)


def test_classes_of_ones_own():
    net = fn.Sequential([Scale(2.0, fn.Residual(Scale(0.5, names=("a", "b"))))])
    assert there_and_back(net, [Scale]) == net
    assert fn.to_data(Scale(1), classes=[Scale])["names"] == []
    with pytest.raises(fn.DtypeError) as caught:
        fn.to_data(net)
    expected = "expected a value that can be written by name, got a Scale record"
    assert str(caught.value) == f"layers/0: {expected}; pass its class in classes=(...)"
    with pytest.raises(fn.DataError) as caught:
        fn.from_data(fn.to_data(net, classes=[Scale]))
    expected = "expected the name of a class of funnet, got 'Scale'"
    assert str(caught.value) == f"layers/0/class: {expected}; pass the class in classes=(...) if it is yours"


def test_a_name_means_one_class():
    with pytest.raises(fn.ConfigError) as caught:
        fn.to_data(Linear(), classes=[Linear])
    assert str(caught.value) == "classes: expected classes with names of their own, got a second Linear"
    with pytest.raises(fn.DtypeError, match="got a Linear record; pass its class"):
        fn.to_data(Linear())
    with pytest.raises(fn.ConfigError, match="classes: expected attrs classes, got <class 'int'>"):
        fn.from_data(3, classes=[int])
    assert there_and_back(fn.Tanh(), [fn.Tanh, fn.Tanh]) == fn.Tanh()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            fn.Sequential({"f": fn.Lambda(lambda p, x: (x, ()), lambda p, c, dy: (p, dy))}),
            "layers/f/forward: … got a function; write an attrs class in its place",
        ),
        (fn.adam(lambda step: 0.1), "rate: … got a function; write an attrs class in its place"),
        (fn.Linear, "got a function; write an attrs class in its place"),
        ((1, np.ones(2)), "1: … got float64[2]; write an attrs class in its place"),
        (FrozenDict({"a": float("nan")}), "a: … got nan; write an attrs class in its place"),
        ([1], "got a list of 1; write an attrs class in its place"),
    ],
)
def test_what_has_no_name_is_refused(value, words):
    with pytest.raises(fn.DtypeError) as caught:
        fn.to_data(value)
    expected = "expected a value that can be written by name,"
    assert str(caught.value) == (words.replace("…", expected) if "…" in words else f"{expected} {words}")


FORM = "expected a number, a string, a list, or a dict with a class, got"
UNKNOWN = "class: expected the name of a class of funnet, got"
PAIRS = "items: expected a list of pairs of a name and a value, got"


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        ({"class": "system"}, fn.DataError, f"{UNKNOWN} 'system'; pass the class in"),
        (
            {"class": "os.system"},
            fn.DataError,
            f"{UNKNOWN} 'os.system'; ",
        ),
        (
            {"class": ["Linear"]},
            fn.DataError,
            "expected a number, a string, a list, or a dict with a class, got",
        ),
        (
            {"width": 3},
            fn.DataError,
            f"{FORM} a dict of 1",
        ),
        (float("nan"), fn.DataError, f"{FORM} nan"),
        (
            {"class": "L1", "strength": 1, "wher": "**"},
            fn.DataError,
            "expected fields of L1 (it has strength, where), got 'wher'",
        ),
        ({"class": "L1"}, fn.DataError, "L1: expected fields that make a L1, got L1.__init__() missing"),
        (
            {"class": "Chain", "links": [{"class": "sgd", "rate": -1}]},
            fn.ConfigError,
            "links/0/sgd: expected rate to be a number of at least 0 or a schedule, got -1",
        ),
        ({"class": "Chain", "links": []}, fn.ConfigError, "chain: expected at least one optimizer, got none"),
        (
            {"class": "Sequential", "layers": {"class": "FrozenDict", "items": [["a/b", None]]}},
            fn.TreeError,
            "layers: expected names that are printable",
        ),
        ({"class": "FrozenDict", "items": {}}, fn.DataError, f"{PAIRS} a dict of 0"),
        ({"class": "FrozenDict", "items": [["a"]]}, fn.DataError, f"{PAIRS} a list of 1"),
        (
            {"class": "FrozenDict"},
            fn.DataError,
            f"{PAIRS} None",
        ),
        ({"class": "Residual", "layer": 3}, fn.ConfigError, "Residual: expected layer to be a layer, got 3"),
    ],
)
def test_data_of_another_form(data, error, words):
    with pytest.raises(error) as caught:
        fn.from_data(data)
    assert str(caught.value).startswith(words)


def test_endless_nesting():
    data = []
    for _ in range(100_000):
        data = [data]
    with pytest.raises(
        fn.DataError, match="from_data: expected data as to_data writes it, got endless nesting"
    ):
        fn.from_data(data)


NAMES = st.sampled_from(sorted({"FrozenDict", *fn.__all__}))
FIELDS = st.sampled_from(
    [
        "width",
        "layers",
        "layer",
        "rate",
        "links",
        "items",
        "w_init",
        "strength",
        "rates",
        "boundaries",
        "steps",
    ]
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)


def _grown(inner):
    dicts = st.dictionaries(FIELDS | st.text(max_size=2), inner, max_size=3)
    return st.lists(inner, max_size=3) | st.builds(lambda name, d: {**d, "class": name}, NAMES, dicts)


@given(st.recursive(PLAIN, _grown, max_leaves=12))
def test_data_from_anywhere_makes_a_value_or_an_error_of_ours(data):
    try:
        value = fn.from_data(data)
    except fn.FunnetError:
        return
    assert fn.from_data(fn.to_data(value)) == value


def test_the_classes_in_a_value():
    net = fn.Sequential({"a": fn.Linear(3, b_init=fn.initializers.zeros()), "b": fn.Residual(fn.Tanh())})
    kinds = {kind.__name__ for kind in plain_data.classes_in((net, 1.0))}
    assert kinds == {"Sequential", "Linear", "VarianceScaling", "Constant", "Residual", "Tanh"}
