"""Metrics: counted by hand."""

import numpy as np
import pytest

import funnet as fn
from funnet.losses.metrics import accuracy, classes, confusion_matrix

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


def spoilt(rows, place=1):
    y = Y.copy()
    y[rows, place] = np.nan
    return y


class TestNaN:
    """What has no largest entry counts nowhere, and no warning comes before that is said."""

    @pytest.mark.parametrize("rows", [0, 3, [1, 2], slice(None)])
    @pytest.mark.parametrize("target", [LABELS, np.eye(3)[LABELS]], ids=["labels", "rows"])
    @pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
    def test_in_y(self, rows, target, dtype):
        y = spoilt(rows).astype(dtype)
        with np.errstate(all="raise"):
            assert np.isnan(accuracy(y, target))
            with pytest.raises(
                fn.NonFiniteError, match=r"^metrics: expected y and target without a NaN, got NaN in"
            ):
                confusion_matrix(y, target)

    def test_in_the_target(self):
        target = np.eye(3)[LABELS]
        target[2, 0] = np.nan
        assert np.isnan(accuracy(Y, target))
        with pytest.raises(fn.NonFiniteError, match="NaN in 1 of 4 rows"):
            confusion_matrix(Y, target)

    def test_where_nothing_counts_it_does_no_harm(self):
        weighted = fn.Weighted(LABELS, np.array([1.0, 1.0, 0.0, 1.0]))
        assert accuracy(spoilt(2), weighted) == accuracy(Y[[0, 1, 3]], LABELS[[0, 1, 3]])
        assert confusion_matrix(spoilt(2), weighted).sum() == 3
        assert np.isnan(accuracy(spoilt(1), weighted))
        padded = fn.Padded(np.stack([spoilt(3), Y]), np.array([3, 4]))
        labels = np.stack([LABELS, LABELS])
        assert accuracy(padded, labels) == accuracy(
            np.concatenate([Y[:3], Y]), np.concatenate([LABELS[:3], LABELS])
        )
        assert np.isnan(accuracy(fn.Padded(padded.values, np.array([4, 4])), labels))

    @pytest.mark.parametrize("large", [np.inf, -np.inf])
    def test_infinity_is_a_number_as_any(self, large):
        y = np.where(np.isnan(spoilt([1, 2])), large, Y)
        assert accuracy(y, y.argmax(axis=1)) == 1

    def test_evaluate_says_it_beside_the_loss(self):
        net = fn.Lambda(
            lambda params, x: (np.where(x > 8, np.nan, x), ()), lambda params, cache, dy: (params, dy)
        )
        metrics = {"accuracy": accuracy}
        found = fn.evaluate(net, fn.SoftmaxCrossEntropy(), (), (Y, LABELS), metrics=metrics, batch_size=2)
        assert np.isnan(list(found.values())).all()


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
