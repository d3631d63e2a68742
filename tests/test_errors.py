"""Errors: their wording, and how their path grows on the way out."""

import copy
import pickle

import numpy as np
import pytest

import funnet as fn
from funnet.errors import at


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (fn.ShapeError("a", "b"), "expected a, got b"),
        (fn.ShapeError("a", "b", who="Linear(5)"), "Linear(5): expected a, got b"),
        (fn.ShapeError("a", "b", why="c"), "expected a (c), got b"),
        (fn.ShapeError("a", "b", fix="d"), "expected a, got b; d"),
        (
            fn.ShapeError("a", "b", who=7, why="c", fix="d").under(0).under("net"),
            "net/0/7: expected a (c), got b; d",
        ),
        (fn.ShapeError("a", "b").under("net"), "net: expected a, got b"),
    ],
)
def test_the_wording(error, said):
    assert str(error) == said


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (fn.ShapeError, ValueError),
        (fn.DtypeError, TypeError),
        (fn.ConfigError, ValueError),
        (fn.DataError, ValueError),
        (fn.TreeError, LookupError),
        (fn.CheckpointError, ValueError),
        (fn.NonFiniteError, ArithmeticError),
        (fn.MissingExtraError, RuntimeError),
    ],
)
def test_each_error_is_one_of_ours_and_one_of_pythons(error, builtin):
    assert issubclass(error, fn.FunnetError)
    assert issubclass(error, builtin)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
def test_errors_pickle_and_copy(again):
    error = fn.TreeError("a", "b", who="w", why="c", fix="d").under("net")
    made = again(error)
    assert type(made) is fn.TreeError
    assert str(made) == str(error)
    assert str(made.under("outer")) == "outer/net/w: expected a (c), got b; d"


def test_the_path_grows_through_every_combinator():
    net = fn.Sequential({"encoder": fn.Sequential([fn.Tanh(), fn.Linear(5)]), "out": fn.Linear(2)})
    params = net.init(fn.Key(0), np.ones((1, 3), np.float32))
    with pytest.raises(fn.ShapeError) as caught:
        net(params, np.ones((8, 4), np.float32))
    assert str(caught.value) == (
        "encoder/1/Linear(5): expected x with last axis 3 (params.w is (3, 5)), got x of shape (8, 4)"
    )


@pytest.mark.parametrize("kind", [fn.Sequential, lambda net: fn.Residual(net), lambda net: fn.Frozen(net)])
def test_an_error_that_is_not_ours_gets_a_note_for_every_layer_it_leaves(kind):
    def broken(params, x):
        raise KeyError("missing")

    inner = fn.Sequential({"mine": fn.Lambda(broken, lambda params, cache, dy: (params, dy))})
    net = fn.Branch([fn.Tanh(), inner])
    with pytest.raises(KeyError, match="missing") as caught:
        net(((), {"mine": ()}), np.ones((2, 2)))
    assert caught.value.__notes__ == ["in the layer 'mine'", "in the layer '1'"]


def test_at_returns_what_the_function_returns():
    assert at("child", divmod, 7, 2) == (3, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plain, ünïcode – ∂", "plain, ünïcode – ∂"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\nb\r\tc\0", "a\\nb\\r\\tc\\x00"),
        ("\u202eevil \ud800", "\\u202eevil \\ud800"),
        ("ab" * 1000, "ab" * 250 + " ... " + "ab" * 250),
    ],
)
def test_messages_are_printable_and_short(text, said):
    assert str(fn.DataError(text, text)) == f"expected {said}, got {said}"
    assert (
        str(fn.DataError("a", "b", who=text, why=text, fix=text))
        == f"{said}: expected a ({said}), got b; {said}"
    )
    assert str(fn.DataError("a", "b").under(text)) == f"{said}: expected a, got b"
