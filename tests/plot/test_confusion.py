"""Every count stands in its cell."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import funnet as fn
from tests.plot.seen import picture


def test_confusion_matrix_writes_every_count_in_its_cell():
    counts = np.array([[8, 2, 0], [0, 5, 0], [0, 0, 0]])
    axes = fn.plot.confusion_matrix(counts, ["cat", "dog", "owl"])
    cells = {text.get_position(): text for text in axes.texts}
    assert {at: text.get_text() for at, text in cells.items()} == {
        (column, row): str(counts[row, column]) for row in range(3) for column in range(3)
    }
    assert [cells[at].get_color() for at in ((0, 0), (1, 0), (2, 0))] == ["white", "black", "0.7"]
    assert_allclose(axes.images[0].get_array(), np.sqrt([[0.8, 0.2, 0], [0, 1, 0], [0, 0, 0]]))
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["cat", "dog", "owl"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["cat", "dog", "owl"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")
    assert picture(axes).max() > 0.8


def test_confusion_matrix_must_be_square():
    with pytest.raises(fn.ShapeError) as caught:
        fn.plot.confusion_matrix(np.zeros((2, 3), int))
    assert str(caught.value) == "confusion_matrix: expected counts of shape (2, 2), got shape (2, 3)"
