"""What the checks let through, and what they say."""

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet.core import checks
from funnet.nn.layers.batch_norm import Moments
from funnet.nn.layers.linear import Affine

ONES = np.ones((2, 3), np.float32)


class Units(np.ndarray):
    """Numbers with a unit, as other libraries have them."""


def said(call, *args):
    """The type and the words of the error a call raises."""
    with pytest.raises(fn.FunnetError) as caught:
        call(*args)
    return type(caught.value), str(caught.value)


VALID = {
    "positive_integer": [1, np.int64(7), 2**63 - 1],
    "positive": [1, 0.5, np.float32(0.5), 1e-300],
    "not_negative": [0, 0.0, 3, np.float64(2)],
    "fraction": [0, 0.0, 0.999, np.float32(0.5)],
    "boolean": [True, False, np.True_],
    "function": [len, fn.Key, fn.Linear],
}

INVALID = {
    "positive_integer": [0, -1, 1.0, True, "1", None, np.array(1), np.float32(2), 2j, 2**63, 10**30],
    "positive": [0, -1.0, np.inf, np.nan, True, "1", None, np.array(1.0), 10**400, 1j],
    "not_negative": [-1e-9, np.inf, np.nan, False, "0", [0]],
    "fraction": [1, 1.0, -0.1, np.nan, True, "0.5", np.float64(1)],
    "boolean": [0, 1, "True", None, np.array(True)],
    "function": [None, 3, "len"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in VALID for value in VALID[name]])
def test_valid_hyperparameters(name, value):
    made = attrs.make_class("Made", {"size": attrs.field(validator=getattr(checks, name))})(value)
    assert made.size is value


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in INVALID for value in INVALID[name]])
def test_invalid_hyperparameters(name, value):
    made = attrs.make_class("Made", {"size": attrs.field(validator=getattr(checks, name))})
    kind, words = said(made, value)
    assert kind is fn.ConfigError
    assert words.startswith("Made: expected size to be ")
    assert words.endswith(
        f", got {'an integer of 1329 bits' if type(value) is int and value > 10**99 else repr(value)}"
    )


@pytest.mark.parametrize("value", ["out", "", None, 1, ["in"], np.array(["in", "mean"])])
def test_one_of(value):
    made = attrs.make_class("Made", {"fan": attrs.field(validator=checks.one_of("in", "mean"))})
    assert made("mean").fan == "mean"
    assert said(made, value) == (
        fn.ConfigError,
        f"Made: expected fan to be one of 'in', 'mean', got {value!r}",
    )


@pytest.mark.parametrize("value", [np.float64(0.1), np.float32(0.5), np.int32(3)])
def test_numbers_of_numpy_become_numbers_of_python(value):
    assert type(checks.number(value)) in (int, float)
    assert checks.number(value) == value


@pytest.mark.parametrize("value", ["1", None, len])
def test_what_is_no_number_is_left_to_the_validator(value):
    assert checks.number(value) is value


@pytest.mark.parametrize(
    ("x", "kind", "words"),
    [
        ([[1.0]], fn.DtypeError, "me: expected x to be a NumPy array, got a list of 1"),
        (1.0, fn.DtypeError, "me: expected x to be a NumPy array, got 1.0"),
        (None, fn.DtypeError, "me: expected x to be a NumPy array, got None"),
        (np.float32(1), fn.DtypeError, "me: expected x to be a NumPy array, got float32[]"),
        ({"a": ONES}, fn.DtypeError, "me: expected x to be a NumPy array, got a dict of 1"),
        (
            np.ma.masked_array(ONES),
            fn.DtypeError,
            "me: expected x to be a plain NumPy array, got a MaskedArray of float32[2, 3]; "
            "convert it with x.filled(0)",
        ),
        (
            ONES.view(np.matrix),
            fn.DtypeError,
            "me: expected x to be a plain NumPy array, got a matrix of float32[2, 3]; "
            "convert it with np.asarray(x)",
        ),
        (
            ONES.view(Units),
            fn.DtypeError,
            "me: expected x to be a plain NumPy array, got a Units of float32[2, 3]; "
            "convert it with np.asarray(x)",
        ),
        (ONES[:0], fn.ShapeError, "me: expected x with at least one entry, got shape (0, 3)"),
        (np.ones(()), fn.ShapeError, "me: expected x with a batch axis, got a single number"),
    ],
)
def test_array_and_floating_refuse(x, kind, words):
    assert said(checks.array, "me", x) == (kind, words)
    assert said(checks.floating, "me", x) == (kind, words)


def test_an_array_may_lie_on_the_disk(tmp_path):
    np.save(tmp_path / "x.npy", ONES)
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert checks.floating("me", x) is x


@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool", "object", "<U1", "datetime64[s]"])
def test_floating_refuses_what_is_no_float(dtype):
    x = np.zeros(2, dtype)
    assert checks.array("me", x) is x
    fix = "" if dtype == "<U1" else "; convert it with dy.astype(np.float32)"
    assert said(checks.floating, "me", x, "dy") == (
        fn.DtypeError,
        f"me: expected dy of floats, got dtype {x.dtype}{fix}",
    )


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floating_gives_the_array_itself(dtype):
    x = ONES.astype(dtype)
    assert checks.floating("me", x) is x


@pytest.mark.parametrize(
    ("x", "kind", "words"),
    [
        (
            np.ones((8, 4), "f4"),
            fn.ShapeError,
            "me: expected x with last axis 3 (params.w is (3, 5)), got x of shape (8, 4)",
        ),
        (
            np.ones(3, "f4"),
            fn.ShapeError,
            "me: expected x with a batch axis and last axis 3 (params.w is (3, 5)), got x of shape (3,); "
            "add one with x[None], of shape (1, 3)",
        ),
        (
            np.ones(4, "f4"),
            fn.ShapeError,
            "me: expected x with last axis 3 (params.w is (3, 5)), got x of shape (4,)",
        ),
        (
            np.ones((8, 3)),
            fn.DtypeError,
            "me: expected x of float32 (as params.w), got x of float64; convert x with x.astype(np.float32)",
        ),
    ],
)
def test_width(x, kind, words):
    assert said(checks.width, "me", x, np.ones((3, 5), "f4"), "params.w") == (kind, words)


def test_width_lets_any_number_of_leading_axes_through():
    for shape in ((1, 3), (7, 3), (2, 4, 3), (2, 4, 5, 3)):
        checks.width("me", np.ones(shape, "f4"), np.ones((3, 5), "f4"), "params.w")


def test_axes():
    checks.axes("me", ONES, (None, 3), "params.w")
    assert said(checks.axes, "me", ONES, (None, 4), "params.w") == (
        fn.ShapeError,
        "me: expected params.w of shape (any, 4), got shape (2, 3)",
    )
    assert said(checks.axes, "me", ONES, (None,), "params.w")[0] is fn.ShapeError
    assert said(checks.axes, "me", (), (None,), "params.w") == (
        fn.TreeError,
        "me: expected params.w to be an array, got a tuple of 0",
    )


def test_rank():
    checks.rank("me", ONES, 2, "(N, ..., C)")
    assert said(checks.rank, "me", ONES[0], 2, "(N, ..., C)", "y") == (
        fn.ShapeError,
        "me: expected y with axes (N, ..., C), got y of shape (3,)",
    )


NOT_LIKE_ONES = (
    ([1.0], fn.DtypeError, "me: expected dy to be a NumPy array, got a list of 1"),
    (ONES.T, fn.ShapeError, "me: expected dy of shape (2, 3), got shape (3, 2)"),
    (ONES.astype("f8"), fn.DtypeError, "me: expected dy of dtype float32, got dtype float64"),
)


def test_like():
    assert checks.like("me", ONES, np.zeros_like(ONES)) is ONES
    for got, kind, words in NOT_LIKE_ONES:
        assert said(checks.like, "me", got, ONES) == (kind, words)


def test_shaped():
    wide = ONES.astype("f8")
    assert checks.shaped("me", wide, (2, 3)) is wide
    for got, kind, words in NOT_LIKE_ONES:
        assert said(checks.shaped, "me", got, (2, 3), ONES.dtype) == (kind, words)


def test_unmasked():
    row = np.array([[0.0, -np.inf], [-np.inf, -np.inf]])
    checks.unmasked("me", row[:1])
    assert said(checks.unmasked, "me", row) == (
        fn.DataError,
        "me: expected a class that is not masked in every row, got nothing but -inf in row (1,)",
    )


def test_params():
    made = Affine(ONES, ())
    assert checks.params("me", made, Affine) is made
    assert said(checks.params, "me", Moments(ONES, ONES), Affine) == (
        fn.TreeError,
        "me: expected params to be its Affine record, got a Moments record",
    )


@pytest.mark.parametrize(
    ("params", "got"), [((1,), "a tuple of 1"), ([], "a list of 0"), (None, "None"), ({}, "a dict of 0")]
)
def test_no_params(params, got):
    checks.no_params("me", ())
    assert said(checks.no_params, "me", params) == (
        fn.TreeError,
        f"me: expected params to be (), for it has none, got {got}",
    )
