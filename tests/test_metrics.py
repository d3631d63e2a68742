"""Metrics: counted by hand."""

import numpy as np
import pytest

import funnet as fn
from funnet.metrics import accuracy, classes, confusion_matrix

Y = np.array([[0.1, 0.7, 0.2], [2.0, 1.0, 0.0], [0.0, 0.0, 9.0], [0.0, 1.0, 1.0]])
LABELS = np.array([1, 2, 2, 2])


def test_accuracy_by_hand():
    assert accuracy(Y, LABELS) == 0.5
    assert accuracy(Y, np.eye(3)[LABELS]) == 0.5
    assert accuracy(Y, Y.argmax(axis=1)) == 1
    assert type(accuracy(Y.astype("f4"), LABELS)) is float


def test_the_first_of_equal_entries_counts():
    assert accuracy(Y[3:], np.array([1])) == 1
    assert accuracy(Y[3:], np.array([2])) == 0


def test_over_time_steps():
    y = np.stack([Y, Y[::-1]])
    assert accuracy(y, np.stack([LABELS, LABELS[::-1]])) == 0.5


def test_confusion_matrix_over_time_steps():
    y, labels = np.stack([Y, Y[::-1]]), np.stack([LABELS, LABELS[::-1]])
    assert (confusion_matrix(y, labels) == 2 * confusion_matrix(Y, LABELS)).all()


def test_confusion_matrix_by_hand():
    assert confusion_matrix(Y, LABELS).tolist() == [[0, 0, 0], [0, 1, 0], [1, 1, 1]]
    assert confusion_matrix(Y, np.eye(3)[LABELS]).tolist() == confusion_matrix(Y, LABELS).tolist()


def test_the_diagonal_of_the_confusion_matrix_is_the_accuracy():
    generator = fn.Key(0).generator()
    y, labels = generator.standard_normal((200, 7)), generator.integers(0, 7, 200)
    counts = confusion_matrix(y, labels)
    assert counts.sum() == 200
    assert np.trace(counts) / 200 == accuracy(y, labels)
    assert counts.sum(axis=1).tolist() == np.bincount(labels, minlength=7).tolist()


def test_classes_takes_either_form():
    assert classes(Y, LABELS).tolist() == classes(Y, np.eye(3)[LABELS]).tolist() == LABELS.tolist()


@pytest.mark.parametrize("metric", [accuracy, confusion_matrix])
@pytest.mark.parametrize(
    ("y", "target", "error", "words"),
    [
        (
            Y,
            LABELS[:3],
            fn.ShapeError,
            "expected target of shape (4,) (labels) or (4, 3) (distributions), got shape (3,)",
        ),
        (
            Y,
            LABELS[:, None],
            fn.ShapeError,
            "expected target of shape (4,) (labels) or (4, 3) (distributions), got shape (4, 1)",
        ),
        (
            Y,
            LABELS.astype(float),
            fn.DtypeError,
            "expected integer labels, got dtype float64; convert them with target.astype(int)",
        ),
        (Y, LABELS.tolist(), fn.DtypeError, "expected target to be a NumPy array, got a list of 4"),
        (Y, LABELS + 1, fn.DataError, "expected labels from 0 to 2 (y has 3 classes), got 3 at (1,)"),
        (Y[0], LABELS[:3], fn.ShapeError, "expected y with axes (N, ..., C), got y of shape (3,)"),
        (Y.tolist(), LABELS, fn.DtypeError, "expected y to be a NumPy array, got a list of 4"),
        (Y[:0], LABELS[:0], fn.ShapeError, "expected y with at least one entry, got shape (0, 3)"),
    ],
)
def test_messages(metric, y, target, error, words):
    with pytest.raises(error) as caught:
        metric(y, target)
    assert str(caught.value) == f"metrics: {words}"
