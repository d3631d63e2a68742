"""Arrays of other libraries and of subclasses: at every door our error in one line, with a fix that works."""

import re
from typing import Any

import numpy as np
import pandas
import pytest
import scipy.sparse

import funnet as fn
from funnet import tree
from funnet.core.arrays import conversion, shown
from funnet.core.containers import describe
from funnet.losses.weighting import extent

NUMBERS = np.arange(12.0).reshape(4, 3)
ROWS = np.full((4, 3), 1 / 3)
NET = fn.Sequential([fn.Linear(3)])
PARAMS = NET.init(fn.Key(0), NUMBERS)
LABELS = np.array([0, 1, 2, 0])
WEIGHTS = np.array([1.0, 1.0, 0.0, 1.0])


class Units(np.ndarray):
    """Numbers with a unit: arithmetic goes by rules of its own."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        raise TypeError("incompatible units")


class Tensor:
    """As PyTorch has them: no array while a gradient is asked for."""

    def __init__(self, numbers: np.ndarray, tracked: bool = True) -> None:
        self.numbers, self.tracked = numbers, tracked
        self.shape, self.dtype = numbers.shape, f"tensor.{numbers.dtype}"

    def detach(self) -> "Tensor":
        return Tensor(self.numbers, tracked=False)

    def cpu(self) -> "Tensor":
        return self

    def numpy(self) -> np.ndarray:
        assert not self.tracked
        return self.numbers

    def __repr__(self) -> str:
        return f"tensor({self.numbers.tolist()})\n" * 100


class Device:
    """As JAX has them: NumPy knows how to convert them."""

    def __init__(self, numbers: np.ndarray) -> None:
        self.numbers, self.shape, self.dtype = numbers, numbers.shape, numbers.dtype

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.numbers


FOREIGN = {
    "masked": np.ma.masked_array,
    "matrix": lambda x: np.array(x, ndmin=2).view(np.matrix),
    "subclass": lambda x: x.view(Units),
    "recarray": lambda x: x.view(np.recarray),
    "torch": Tensor,
    "jax": Device,
    "pandas": lambda x: (pandas.DataFrame if x.ndim == 2 else pandas.Series)(x),
    "sparse": lambda x: scipy.sparse.csr_array(x),
}
CROSS, SQUARES = fn.SoftmaxCrossEntropy(), fn.MeanSquaredError()
VECTOR = tree.ravel(PARAMS)


def padded(lengths):
    return fn.GRU(2).init(fn.Key(0), fn.Padded(np.ones((4, 3, 2)), lengths))


DOORS = {
    "x of init": (NUMBERS, lambda x: NET.init(fn.Key(0), x)),
    "x": (NUMBERS, lambda x: NET(PARAMS, x)),
    "x of an activation": (NUMBERS, lambda x: fn.Tanh()((), x)),
    "x of Flatten": (NUMBERS, lambda x: fn.Flatten()((), x)),
    "indices": (LABELS, lambda x: fn.Embedding(3, 2).init(fn.Key(0), x)),
    "dy": (ROWS, lambda dy: NET.vjp(PARAMS, NET(PARAMS, NUMBERS)[1], dy)),
    "w": (PARAMS[0].w, lambda w: NET(({**tree_of(PARAMS), "w": w},), NUMBERS)),
    "y of a loss": (NUMBERS, lambda y: SQUARES(y, NUMBERS)),
    "numbers": (NUMBERS, lambda t: SQUARES(NUMBERS, t)),
    "distributions": (ROWS, lambda t: CROSS(NUMBERS, t)),
    "labels": (LABELS, lambda t: CROSS(NUMBERS, t)),
    "weighted labels": (LABELS, lambda t: CROSS(NUMBERS, fn.Weighted(t, WEIGHTS))),
    "weights": (WEIGHTS, lambda w: CROSS(NUMBERS, fn.Weighted(LABELS, w))),
    "lengths": (LABELS + 1, lambda lengths: padded(fn.Buffer(lengths))),
    "labels of a metric": (LABELS, lambda t: fn.metrics.accuracy(NUMBERS, t)),
    "y of a metric": (NUMBERS, lambda y: fn.metrics.confusion_matrix(y, LABELS)),
    "target of a step": (LABELS, lambda t: fn.train_step(NET, CROSS, fn.sgd(0.1), STATE, NUMBERS, t)),
    "data": (LABELS, lambda t: fn.evaluate(NET, CROSS, PARAMS, (NUMBERS, t))),
    "tree.set": (PARAMS[0].b, lambda b: tree.set(PARAMS, "0/b", b)),
    "a vector": (VECTOR, lambda v: tree.unravel(PARAMS, v)),
    "a gradient": (VECTOR, lambda g: fn.sgd(0.1).update(g, fn.sgd(0.1).init(PARAMS), VECTOR)),
    "normalise": (NUMBERS, lambda x: fn.data.normalise(NUMBERS, x)),
    "one_hot": (LABELS, lambda t: fn.data.one_hot(t, 3)),
}
STATE = fn.init(NET, fn.sgd(0.1), fn.Key(0), NUMBERS)


def tree_of(params):
    return {"w": params[0].w, "b": params[0].b}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("door", DOORS)
def test_every_door_refuses_them_in_one_line(door, kind):
    if kind == "sparse" and DOORS[door][0].ndim == 1:
        return
    right, call = DOORS[door]
    with pytest.raises(fn.FunnetError) as caught:
        call(FOREIGN[kind](right))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 260


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("door", ["x", "x of init", "numbers", "labels", "weights", "dy", "one_hot"])
def test_the_fix_makes_an_array_that_passes(door, kind):
    right, call = DOORS[door]
    if kind == "sparse" and right.ndim == 1:
        return
    with pytest.raises(fn.DtypeError) as caught:
        call(foreign := FOREIGN[kind](right))
    code = caught.value.fix.removeprefix("convert it with ").removeprefix("give its data and weights, as ")
    name = re.search(r"\b(x|target|weights|dy|labels)\b", code)[1]
    made = eval(code, {"np": np, "Weighted": fn.Weighted, name: foreign})
    if kind == "matrix" and right.ndim == 1:
        made = made[0]  # a matrix has no vectors
    call(made)


@pytest.mark.parametrize("kind", ["masked", "matrix", "subclass", "recarray"])
@pytest.mark.parametrize(
    "call",
    [
        lambda leaf: tree.freeze({"a": (leaf,)}),
        lambda leaf: fn.Buffer({"a": (leaf,)}),
        lambda leaf: tree.ravel({"a": (leaf,), "b": NUMBERS}),
        lambda leaf: tree.same_structure({"a": (NUMBERS,)}, {"a": (leaf,)}),
    ],
)
def test_no_tree_takes_a_subclass(call, kind):
    with pytest.raises(fn.FunnetError, match=r"^a/0: expected .* of float64\[4, 3\]"):
        call(FOREIGN[kind](NUMBERS))


def test_lengths_lose_no_mask():
    with pytest.raises(fn.DtypeError, match="got a MaskedArray of int64"):
        fn.Padded(np.ones((2, 3, 2)), np.ma.masked_array([3, 2], [False, True]))
    assert fn.Padded(np.ones((2, 3, 2)), [3, 2]).lengths.value.tolist() == [3, 2]


def test_no_file_loses_a_mask(tmp_path):
    masked = np.ma.masked_array(NUMBERS, NUMBERS > 3)
    with pytest.raises(fn.CheckpointError) as caught:
        fn.save(tmp_path / "a.npz", {"a": masked})
    assert str(caught.value) == "a: expected plain NumPy arrays, got a MaskedArray of float64[4, 3]"
    with pytest.raises(fn.DtypeError):
        fn.data.write_idx(tmp_path / "a.idx", masked)
    assert not list(tmp_path.iterdir())


def test_a_masked_target_is_told_of_weights():
    target = np.ma.masked_array(LABELS, [False, False, True, False])
    with pytest.raises(fn.DtypeError) as caught:
        CROSS(NUMBERS, target)
    assert str(caught.value) == (
        "SoftmaxCrossEntropy(label_smoothing=0.0): expected target to be a plain NumPy array, "
        "got a MaskedArray of int64[4]; give its data and weights, "
        "as Weighted(target.data, ~np.ma.getmaskarray(target))"
    )
    weighted = fn.Weighted(target.data, ~np.ma.getmaskarray(target))
    assert extent(NUMBERS, weighted, 4) == 3
    rows = [0, 1, 3]
    assert CROSS(NUMBERS, weighted)[0] == pytest.approx(CROSS(NUMBERS[rows], LABELS[rows])[0])


def test_masked_data_is_refused_before_training():
    target = np.ma.masked_array(LABELS, [False, False, True, False])
    for x, t, words in (
        (
            NUMBERS,
            target,
            "data/1: expected target to be a plain NumPy array, got a MaskedArray of int64[4]; give its data "
            "and weights, as Weighted(target.data, ~np.ma.getmaskarray(target))",
        ),
        (
            np.ma.masked_array(NUMBERS),
            LABELS,
            "data/0: expected x to be a plain NumPy array, got a MaskedArray of float64[4, 3]; "
            "convert it with x.filled(0)",
        ),
    ):
        with pytest.raises(fn.DtypeError) as caught:
            fn.fit(NET, lambda y, t: (0.0, y), fn.sgd(0.1), STATE, (x, t), epochs=1, progress=False)
        assert str(caught.value) == words


def test_data_may_lie_on_the_disk(tmp_path):
    np.save(tmp_path / "x.npy", NUMBERS)
    np.save(tmp_path / "t.npy", LABELS)
    x, t = (np.load(tmp_path / name, mmap_mode="r") for name in ("x.npy", "t.npy"))
    assert fn.evaluate(NET, CROSS, PARAMS, (x, t)) == fn.evaluate(NET, CROSS, PARAMS, (NUMBERS, LABELS))
    assert np.array_equal(fn.data.normalise(x)[0], fn.data.normalise(NUMBERS)[0])
    state, value = fn.train_step(NET, CROSS, fn.sgd(0.1), STATE, x, t)
    assert (value, state.step) == (fn.train_step(NET, CROSS, fn.sgd(0.1), STATE, NUMBERS, LABELS)[1], 1)


class Silent:
    """It raises whatever it is asked."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name) if name.startswith("__") else RuntimeError(name)

    def __repr__(self) -> str:
        raise RuntimeError("repr")


class Endless:
    def __repr__(self) -> str:
        return "many\n  words " * 10**5


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (pandas.DataFrame(NUMBERS), "a pandas.DataFrame of shape (4, 3)"),
        (pandas.Series(LABELS), "a pandas.Series of shape (4,) and dtype int64"),
        (scipy.sparse.csr_array(NUMBERS), "a scipy.csr_array of shape (4, 3) and dtype float64"),
        (Tensor(NUMBERS), f"a {__name__.partition('.')[0]}.Tensor of shape (4, 3) and dtype tensor.float64"),
        (Silent(), f"a {__name__.partition('.')[0]}.Silent"),
        (Endless(), "many words many words many words many words many words many words many words ..."),
        (np.ndarray, "<class 'numpy.ndarray'>"),
        pytest.param(10**5000, "an integer of 16610 bits", id="digits"),
        pytest.param("a" * 10**6, f"'{'a' * 76}...", id="letters"),
        (None, "None"),
        (0.5, "0.5"),
    ],
)
def test_any_value_is_described_in_one_short_line(value, words):
    assert describe(value) == shown(value) == words
    assert len(words) <= 80


def test_short_arrays_are_shown_and_long_ones_described():
    assert shown(np.array([3, 3])) == "array([3, 3])"
    assert shown(np.zeros(100)) == "float64[100]"
    assert shown(np.float32(2)) == "np.float32(2.0)"
    with pytest.raises(fn.ConfigError, match=r"got a pandas.DataFrame of shape \(4, 3\)"):
        fn.Linear(pandas.DataFrame(NUMBERS))


@pytest.mark.parametrize("value", [None, 1.0, "x", [1.0], (NUMBERS,), NUMBERS[0, 0], Silent(), np.ndarray])
def test_no_conversion_is_told_for_what_is_no_array(value):
    assert conversion(value, "x") == ""


LABELLED = {
    "strings": np.array(["cat", "dog", "cat", "cow"]),
    "bytes": np.array([b"cat", b"dog", b"cat", b"cow"]),
    "objects": np.array(["cat", "dog", "cat", None], object),
    "numbers as objects": np.array([0, 2, 1, 0], object),
    "numbers as strings": np.array(["0", "2", "1", "0"]),
    "dates": np.array(["2020", "2021", "2020", "2022"], "datetime64[Y]"),
    "strings of NumPy 2": np.array(["cat", "dog", "cat", "cow"], np.dtypes.StringDType()),
    "floats": np.array([0.0, 2.0, 1.0, 0.0]),
    "booleans": np.array([True, False, True, False]),
}


@pytest.mark.parametrize("kind", LABELLED)
@pytest.mark.parametrize(
    "call",
    [
        lambda target: CROSS(NUMBERS, target),
        lambda target: CROSS(NUMBERS, fn.Weighted(target, WEIGHTS)),
        lambda target: fn.NegativeLogLikelihood()(np.log(ROWS), target),
        lambda target: fn.Hinge()(NUMBERS, target),
        lambda target: fn.metrics.accuracy(NUMBERS, target),
        lambda target: fn.metrics.confusion_matrix(NUMBERS, target),
        lambda labels: fn.data.one_hot(labels, 3),
        lambda target: CROSS(NUMBERS.reshape(2, 2, 3), target.reshape(2, 2)),
    ],
)
def test_the_fix_for_labels_that_are_no_integers_works(call, kind):
    labels = LABELLED[kind]
    with pytest.raises(fn.DtypeError) as caught:
        call(labels)
    how, code = caught.value.fix.split(" them with ")
    numbers = kind in ("floats", "booleans", "numbers as objects", "numbers as strings")
    assert how == ("convert" if numbers else "number")
    made = eval(code, {"np": np, "target": labels, "labels": labels})
    call(made)
    assert len(np.unique(made)) == len(set(labels.tolist()))


@pytest.mark.parametrize(
    ("target", "fix"),
    [
        (np.array([["0.5"]]), "convert it with target.astype(float)"),
        (np.array([[0.5]], object), "convert it with target.astype(float)"),
        (np.array([["yes"]]), "number them with np.unique(target, return_inverse=True)[1]"),
        (
            np.array([["yes"]], object),
            "number them with np.unique(target.astype(str), return_inverse=True)[1]",
        ),
        (np.array([[1j]]), ""),
    ],
)
def test_the_fix_for_targets_that_are_no_numbers(target, fix):
    for loss in (SQUARES, fn.BinaryCrossEntropy()):
        with pytest.raises(fn.DtypeError) as caught:
            loss(np.ones((1, 1)), target)
        assert caught.value.fix == fix
        if fix and "unique" not in fix:
            loss(np.ones((1, 1)), eval(fix.rpartition("with ")[2], {"np": np, "target": target}))


def test_one_hot_rows_may_be_booleans():
    rows = np.arange(3) == LABELS[:, None]
    assert CROSS(NUMBERS, rows)[0] == CROSS(NUMBERS, LABELS)[0]
    assert fn.metrics.accuracy(NUMBERS, rows) == fn.metrics.accuracy(NUMBERS, LABELS)
