"""History: rows of named numbers."""

import sys
from importlib.machinery import BuiltinImporter

import numpy as np
import pytest

import funnet as fn

ROWS = fn.History().append({"epoch": 1, "loss": 0.5}).append({"epoch": 2, "accuracy": 0.75})


def test_rows_are_appended_to_a_new_history():
    empty = fn.History()
    one = empty.append({"loss": 1.0})
    assert (len(empty), len(one)) == (0, 1)
    assert one.rows[-1] == {"loss": 1.0}
    assert one == fn.History().append({"loss": 1.0}) != empty
    with pytest.raises(AttributeError):
        one.rows = ()


def test_a_row_does_not_follow_the_dict_it_was_made_from():
    row = {"loss": 1.0}
    history = fn.History().append(row)
    row["loss"] = 2.0
    assert history["loss"].tolist() == [1]


def test_columns():
    assert ROWS.columns == ("epoch", "loss", "accuracy")
    assert ROWS["epoch"].tolist() == [1, 2]
    assert ROWS["epoch"].dtype == np.float64
    assert fn.History().columns == ()


def test_what_a_row_does_not_have_is_nan():
    np.testing.assert_array_equal(ROWS["loss"], [0.5, np.nan])
    np.testing.assert_array_equal(ROWS["accuracy"], [np.nan, 0.75])


@pytest.mark.parametrize(
    ("history", "column", "words"),
    [
        (ROWS, "lost", "History: expected one of the columns epoch, loss, accuracy, got 'lost'"),
        (ROWS, 0, "History: expected one of the columns epoch, loss, accuracy, got 0"),
        (fn.History(), "loss", "History: expected one of the columns (none), got 'loss'"),
    ],
)
def test_unknown_columns(history, column, words):
    with pytest.raises(fn.TreeError) as caught:
        history[column]
    assert str(caught.value) == words


def test_a_history_can_be_saved(tmp_path):
    history = ROWS.append({"epoch": 3, "loss": float("nan")})
    fn.save(tmp_path / "history.npz", history)
    assert fn.tree.equal(fn.load(tmp_path / "history.npz", like=history), history)


def test_a_row_is_a_tree_and_its_columns_are_paths():
    history = fn.History().append({"loss": 1.0, "gradient/0/w": 2.0, "gradient/0/b": 3.0})
    history = history.append({"loss": 0.5, "gradient": {"0": {"w": 4.0}}})
    assert history.columns == ("loss", "gradient/0/w", "gradient/0/b")
    assert history.rows[0]["gradient"]["0"] == {"w": 2.0, "b": 3.0}
    assert history["gradient/0/w"].tolist() == [2, 4]
    np.testing.assert_array_equal(history["gradient/0/b"], [3, np.nan])
    for column in ("gradient", "gradient/0", "gradient/0/w/x", "loss/x"):
        with pytest.raises(fn.TreeError, match="one of the columns loss, gradient/0/w, gradient/0/b, got "):
            history[column]


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a"), ("a/b", "a/b/c"), ("a/b/c", "a/b")])
def test_no_path_leads_on_from_the_end_of_another(names):
    with pytest.raises(fn.TreeError, match="paths of which none leads on from another's end"):
        fn.History().append(dict.fromkeys(names, 1.0))


def test_arrays():
    arrays = ROWS.arrays()
    assert list(arrays) == ["epoch", "loss", "accuracy"]
    np.testing.assert_array_equal(list(arrays.values()), [[1, 2], [0.5, np.nan], [np.nan, 0.75]])
    assert fn.History().arrays() == {}


def test_a_data_frame():
    frame = ROWS.append({"epoch": 3, "update/0/w": 0.5}).frame()
    assert list(frame.columns) == ["epoch", "loss", "accuracy", "update/0/w"]
    assert frame["epoch"].tolist() == [1, 2, 3]
    assert frame["epoch"].dtype == np.int64
    np.testing.assert_array_equal(frame["update/0/w"], [np.nan, np.nan, 0.5])
    assert fn.History().frame().empty


def test_without_pandas_the_error_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "pandas"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [BuiltinImporter])
    with pytest.raises(fn.MissingExtraError, match=r"run: pip install 'funnet\[dataframe\]'"):
        ROWS.frame()


def test_it_plots_itself():
    losses, accuracies = ROWS.append({"epoch": 3, "loss": 0.25, "accuracy": 1.0}).plot().axes
    assert losses.lines[0].get_xydata().tolist() == [[1, 0.5], [3, 0.25]]
    assert accuracies.lines[0].get_xydata().tolist() == [[2, 0.75], [3, 1.0]]
