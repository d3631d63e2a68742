"""Names and arguments of other libraries: an error says what to write here, and every answer is right."""

import copy
import dataclasses
import inspect
import pickle
import re

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet import losses, optim
from funnet.core import habits
from funnet.core.deprecation import keyword_only
from funnet.core.unknown_names import (
    UnknownArgumentError,
    UnknownNameError,
    absent,
    keywords,
    name_error,
    no_item,
)
from funnet.errors import FunnetError
from funnet.nn import layers
from funnet.optim.base import Optimizer

TABLES = {name: getattr(habits, name) for name in ("NAMES", "LAYER", "OPTIMIZER", "LOSS", "ARGUMENTS")}
PUBLIC = [value for name in fn.__all__ if callable(value := getattr(fn, name)) and name != "Layer"]


def parameters(call):
    return set(inspect.signature(call).parameters)


ARGUMENTS = set().union(*map(parameters, PUBLIC))


@absent(habits.LAYER)
class Base(fn.Layer):
    __slots__ = ()
    __getitem__ = no_item
    __iter__ = None


@keyword_only("bias", removed_in="9.3.0")
@keywords
@attrs.frozen
class Affine(Base):
    width: int
    bias: bool = attrs.field(default=True, kw_only=True)

    def __call__(self, params, x):
        return x, ()

    def vjp(self, params, cache, dy):
        return (), dy

    @property
    def broken(self):
        return self.width.lenght


@keywords
def fit(net, data, *, epochs, batch_size=32):
    return net, data, epochs, batch_size


@pytest.mark.parametrize("table", TABLES)
def test_what_an_answer_names_is_there(table):
    for answer in TABLES[table].values():
        assert answer[:1].islower(), answer
        assert not answer.endswith("."), answer
        for dotted in re.findall(r"\bfn\.([\w.]+\w)", answer):
            value = fn
            for name in dotted.split("."):
                value = getattr(value, name)
        for name, args in re.findall(r"\bfn\.(\w+)\(([\w, ]*)\)", answer):
            wanted, call = [arg for arg in args.split(", ") if arg], getattr(fn, name)
            values = [np.float64, 0.5, 1] if not wanted or wanted[0].isdigit() else wanted
            assert values is not wanted or inspect.signature(call).bind(*wanted), answer
        for name in re.findall(r"(\w+)=", answer):
            assert name in ARGUMENTS, answer


@pytest.mark.parametrize("call", ["Linear(16)", "Conv2d(3, 2)", "sgd(0.1)", "SoftmaxCrossEntropy()"])
def test_a_habit_is_not_a_name_of_ours(call):
    value = eval(call, vars(fn) | {name: getattr(fn, name) for name in fn.__all__})
    tables = {fn.Layer: habits.LAYER, Optimizer: habits.OPTIMIZER, losses.Loss: habits.LOSS}
    (table,) = (table for kind, table in tables.items() if isinstance(value, kind))
    assert not table.keys() & set(dir(value))


def test_no_name_of_ours_is_among_the_names():
    assert not habits.NAMES.keys() & {
        *dir(fn),
        "ops",
        "parallel",
        "interop",
        "estimators",
        "losses",
        "guides",
    }


def test_aliases_are_for_arguments_that_there_are():
    assert habits.ALIASES.keys() <= ARGUMENTS
    for own, names in habits.ALIASES.items():
        takers = [call for call in PUBLIC if own in parameters(call)]
        assert any(not parameters(call) & set(names.split()) for call in takers), own


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Dense", "funnet: expected one of its names, got 'Dense'; use fn.Linear(width)"),
        ("ReLU", "funnet: expected one of its names, got 'ReLU'; use the layer fn.Relu()"),
    ],
)
def test_a_name_of_another_library(name, message):
    error = name_error("funnet", name, habits.NAMES)
    assert isinstance(error, AttributeError)
    assert isinstance(error, FunnetError)
    assert str(error) == message
    assert str(pickle.loads(pickle.dumps(error))) == message
    assert name_error("funnet", "Lineer", habits.NAMES) is None


@pytest.mark.parametrize(
    "name", ["forward", "backward", "parameters", "state_dict", "train", "eval", "fit", "predict"]
)
def test_an_attribute_of_another_library(name):
    net = Affine(3)
    with pytest.raises(UnknownNameError) as caught:
        getattr(net, name)
    assert str(caught.value).startswith(
        f"Affine: expected one of its names, got {name!r}; {habits.LAYER[name]}"
    )
    assert not hasattr(net, name)
    assert getattr(net, name, 7) == 7


def test_any_other_attribute_fails_as_ever():
    net = Affine(3)
    with pytest.raises(AttributeError, match="'Affine' object has no attribute 'widht'") as caught:
        getattr(net, "wid" + "ht")
    assert (type(caught.value), caught.value.name, caught.value.obj) == (AttributeError, "widht", net)
    with pytest.raises(AttributeError, match="'int' object has no attribute 'lenght'"):
        getattr(net, "brok" + "en")


def test_what_a_class_or_an_instance_has_stands_before_what_is_absent():
    @attrs.frozen
    class Own(Base):
        forward: int
        weights = 5

        def __call__(self, params, x):
            return x, ()

        def vjp(self, params, cache, dy):
            return (), dy

        def fit(self):
            return self.forward

    @dataclasses.dataclass
    class Open(Own):
        predict: int

    class Plain(Own):
        def __init__(self):
            object.__setattr__(self, "params", 3)

    assert (Own(3).forward, Own(3).weights, Own(3).fit()) == (3, 5, 3)
    assert {"forward", "weights", "fit"} == set(dir(Own(3))) & habits.LAYER.keys()
    assert (Open.__dataclass_fields__["predict"].default, Plain().params) == (dataclasses.MISSING, 3)
    assert "params" in dir(Plain())
    assert "params" not in dir(Own(3))


def test_a_class_says_it_too():
    with pytest.raises(UnknownNameError, match="Affine: expected one of its names, got 'forward'"):
        getattr(Affine, "for" + "ward")
    assert inspect.getmembers(Affine)
    assert Affine.__getattribute__ is object.__getattribute__
    assert "__getattr__" not in dir(Affine)


def test_protocols_see_no_difference():
    net = Affine(3, bias=False)
    assert [copy.copy(net), copy.deepcopy(net), pickle.loads(pickle.dumps(net)), attrs.evolve(net)] == [
        net
    ] * 4
    assert str(inspect.signature(Affine)) == "(width: int, *, bias: bool = True) -> None"
    assert inspect.getmembers(net)
    assert set(dir(net)).isdisjoint(habits.LAYER)
    for name in (
        "__array__",
        "__len__",
        "__deepcopy__",
        "_repr_html_",
        "_ipython_display_",
        "__wrapped__",
        "shape",
    ):
        assert not hasattr(net, name)
    half_made = object.__new__(Affine)
    with pytest.raises(AttributeError, match="width"):
        getattr(half_made, "wid" + "th")
    assert np.asarray(net).shape == ()
    assert np.array([net, net], object).shape == (2,)
    for use in (iter, list, len, lambda value: 1 in value, lambda value: np.array(list(value))):
        with pytest.raises(TypeError):
            use(net)


@pytest.mark.parametrize("index", [0, "hidden", slice(2)])
def test_an_index(index):
    with pytest.raises(UnknownArgumentError) as caught:
        Affine(3)[index]
    assert str(caught.value) == (
        f"Affine: expected no index, got [{index!r}]; the layers of fn.Sequential are in net.layers, "
        "the parameters of its first in params[0]"
    )


@pytest.mark.parametrize(
    ("call", "named", "message"),
    [
        (Affine, {"units": 3}, "Affine: expected arguments among width, bias, got units=; it is width="),
        (
            Affine,
            {"in_features": 3, "width": 2},
            "Affine: expected arguments among width, bias, got in_features=; "
            "leave it out: the size of the input comes from the example that fn.init gets",
        ),
        (Affine, {"width": 3, "colour": 1}, "Affine: expected arguments among width, bias, got colour="),
        (
            fit,
            {"net": 1, "data": 2, "epochs": 3, "batch": 4},
            "fit: expected arguments among net, data, epochs, batch_size, got batch=; it is batch_size=",
        ),
        (
            fit,
            {"net": 1, "x": 2, "lr": 3},
            "fit: expected arguments among net, data, epochs, batch_size, got x=; it is data=",
        ),
    ],
)
def test_a_keyword_of_another_library(call, named, message):
    with pytest.raises(UnknownArgumentError) as caught:
        call(**named)
    assert isinstance(caught.value, TypeError)
    assert str(caught.value) == message


def test_all_else_is_as_it_was():
    assert fit(1, 2, epochs=3) == (1, 2, 3, 32)
    assert Affine(width=3, bias=False) == Affine(3, bias=False)
    with pytest.warns(
        DeprecationWarning, match=re.escape("Affine takes width by position; write bias=False")
    ):
        assert Affine(3, False) == Affine(3, bias=False)


@pytest.mark.parametrize(
    ("call", "argument", "answer"),
    [
        (fn.sgd, "lr", "it is rate="),
        (fn.sgd, "momentum", "use fn.momentum(rate)"),
        (fn.adam, "betas", "it is b1="),
        (fn.adam, "weight_decay", "chain it: "),
        (fn.adamw, "weight_decay", "it is decay="),
        (fn.Linear, "in_features", "leave it out: "),
        (fn.Linear, "out_features", "it is width="),
        (fn.Conv2d, "kernel", "it is kernel_size="),
        (fn.Conv2d, "filters", "it is width="),
        (fn.MaxPool2d, "kernel_size", "it is window="),
        (fn.Dropout, "p", "it is rate="),
        (fn.Embedding, "num_embeddings", "it is count="),
        (fn.Embedding, "embedding_dim", "it is width="),
        (fn.LSTM, "hidden_size", "it is width="),
        (fn.LSTM, "num_layers", "put several"),
        (fn.MultiHeadAttention, "num_heads", "it is heads="),
        (fn.GroupNorm, "num_groups", "it is groups="),
        (fn.BatchNorm, "num_features", "leave it out: "),
        (fn.BatchNorm, "epsilon", "it is eps="),
        (fn.Huber, "beta", "it is delta="),
        (fn.LeakyRelu, "negative_slope", "it is slope="),
        (fn.fit, "batch", "it is batch_size="),
        (fn.fit, "verbose", "it is progress="),
        (fn.fit, "callbacks", "it is callback="),
        (fn.fit, "validation_data", "it is validation="),
        (fn.fit, "lr", "give it to the optimizer"),
    ],
)
def test_answers_for_our_own_signatures(call, argument, answer):
    from funnet.core.unknown_names import argument_error

    error = argument_error(call.__name__, argument, tuple(inspect.signature(call).parameters))
    assert error.fix.startswith(answer)


def test_every_layer_and_optimizer_can_be_decorated():
    for module in (layers, losses, optim):
        for name in module.__all__:
            kind = getattr(module, name)
            if isinstance(kind, type) and attrs.has(kind) and not inspect.isabstract(kind):
                inner = attrs.make_class(name, {}, bases=(kind,), frozen=True)
                assert inspect.signature(keywords(inner)) == inspect.signature(kind), name
