"""History: rows of named numbers."""

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
