"""Weighted targets and padded outputs: in batches, in training, in metrics; and what is refused."""

import numpy as np
import pytest

import funnet as fn
from funnet.losses.metrics import accuracy, confusion_matrix
from tests.losses.terms import drawn

LOSS = fn.SoftmaxCrossEntropy()
LABELS = np.arange(10) % 3
WEIGHTS = np.array([1.0, 0, 0, 2, 1, 0.5, 3, 0, 1, 1])
IDENTITY = fn.Sequential([])


def evaluated(x, target, size, **metrics):
    return fn.evaluate(IDENTITY, LOSS, (), (x, target), metrics=metrics, batch_size=size)


@pytest.mark.parametrize("size", [1, 3, 4, 10])
def test_evaluation_in_batches_is_that_of_the_whole(size):
    x, steps = drawn(10, 3), drawn(10, 4, 3)
    padded = fn.Padded(steps, np.arange(10) % 4 + 1)
    labels = (np.arange(40) % 3).reshape(10, 4)
    for y, target in (
        (x, LABELS),
        (x, fn.Weighted(LABELS, WEIGHTS)),
        (steps, fn.Weighted(labels, labels > 1)),
        (padded, labels),
        (padded, fn.Weighted(labels, WEIGHTS)),
    ):
        figures = evaluated(y, target, size, accuracy=accuracy)
        assert figures["loss"] == pytest.approx(LOSS(y, target)[0], rel=1e-12)
        assert figures["accuracy"] == pytest.approx(accuracy(y, target), rel=1e-12)


def test_training_on_weighted_targets_is_training_on_what_has_a_weight():
    x, labels = drawn(40, 4), np.arange(40) % 3
    mask = np.arange(40) % 2 == 0
    target = fn.Weighted(np.where(mask, labels, -100), mask)
    net, optimizer = fn.Linear(3), fn.adam(0.1)
    start = fn.init(net, optimizer, fn.Key(0), x)
    options = {"epochs": 5, "batch_size": 40, "progress": False, "shuffle": False}
    weighted, history = fn.fit(net, LOSS, optimizer, start, (x, target), **options)
    alone, expected = fn.fit(net, LOSS, optimizer, start, (x[mask], labels[mask]), **options)
    assert fn.tree.allclose(weighted.params, alone.params, rtol=1e-9)
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-9)
    shuffled, _ = fn.fit(net, LOSS, optimizer, start, (x, target), epochs=2, batch_size=8, progress=False)
    assert shuffled.step == 10


def test_training_on_padded_sequences():
    x, labels = fn.Padded(drawn(6, 5, 2), [5, 1, 2, 3, 4, 5]), np.arange(30).reshape(6, 5) % 3
    net, optimizer = fn.Sequential([fn.RNN(4), fn.TimeDistributed(fn.Linear(3))]), fn.adam(0.01)
    state = fn.init(net, optimizer, fn.Key(0), x)
    new, before = fn.train_step(net, LOSS, optimizer, state, x, labels)
    assert fn.train_step(net, LOSS, optimizer, new, x, labels)[1] < before
    longer = fn.Padded(np.concatenate([x.values, np.full((6, 2, 2), 9.0)], axis=1), x.lengths)
    again, value = fn.train_step(net, LOSS, optimizer, state, longer, np.pad(labels, [(0, 0), (0, 2)]))
    assert value == pytest.approx(before, rel=1e-12)
    assert fn.tree.allclose(again.params, new.params, rtol=1e-6)


def test_metrics_by_hand():
    y, labels = np.eye(3)[[0, 1, 2, 0]], np.array([0, 1, 1, 2])
    assert accuracy(y, fn.Weighted(labels, np.array([1.0, 2, 3, 0]))) == 0.5
    mask = fn.Weighted(np.array([0, 1, 1, -1]), np.array([True, True, True, False]))
    assert accuracy(y, mask) == pytest.approx(2 / 3)
    counts = confusion_matrix(y, mask)
    assert counts.tolist() == [[1, 0, 0], [0, 1, 1], [0, 0, 0]]
    assert counts.dtype.kind == "i"
    weighted = confusion_matrix(y, fn.Weighted(np.eye(3)[labels], np.array([0.5, 2, 1, 0])))
    assert weighted.tolist() == [[0.5, 0, 0], [0, 2, 1], [0, 0, 0]]
    padded, truth = fn.Padded(np.stack([y, y[::-1]]), [2, 3]), np.array([[0, 2, 9, 9], [0, 2, 1, 9]])
    assert accuracy(padded, truth) == pytest.approx(4 / 5)
    assert confusion_matrix(padded, fn.Padded(truth, [2, 3])).tolist() == [[2, 0, 0], [0, 1, 0], [0, 1, 1]]
    assert accuracy(padded, fn.Weighted(truth, np.array([0, 1]))) == 1


@pytest.mark.parametrize("judge", [LOSS, accuracy], ids=["loss", "metric"])
@pytest.mark.parametrize(
    ("target", "error", "words"),
    [
        (
            fn.Weighted(LABELS, WEIGHTS.tolist()),
            fn.DtypeError,
            "expected weights to be a NumPy array of numbers, got a list of 10",
        ),
        (
            fn.Weighted(LABELS, WEIGHTS.astype(str)),
            fn.DtypeError,
            "expected weights to be a NumPy array of numbers, got <U32[10]",
        ),
        (
            fn.Weighted(LABELS, WEIGHTS[:, None]),
            fn.ShapeError,
            "expected weights of shape (10,), got shape (10, 1)",
        ),
        (fn.Weighted(LABELS, WEIGHTS[:1]), fn.ShapeError, "expected weights of shape (10,), got shape (1,)"),
        (fn.Weighted(LABELS, np.array(1.0)), fn.ShapeError, "expected weights of shape (10,), got shape ()"),
        (
            fn.Weighted(LABELS, WEIGHTS - 0.5),
            fn.DataError,
            "expected finite weights of at least 0, got -0.5 at (1,)",
        ),
        (
            fn.Weighted(LABELS, np.where(WEIGHTS == 3, np.nan, WEIGHTS)),
            fn.DataError,
            "expected finite weights of at least 0, got nan at (6,)",
        ),
        (fn.Weighted(LABELS, 0 * WEIGHTS), fn.DataError, "expected a weight above 0, got none"),
        (
            fn.Weighted(LABELS + 1, WEIGHTS),
            fn.DataError,
            "expected labels from 0 to 2 (y has 3 classes), got 3 at (5,)",
        ),
        (
            fn.Padded(LABELS, [1]),
            fn.TreeError,
            "expected y to be a Padded (as the target), got float64[10, 3]",
        ),
    ],
)
def test_messages(judge, target, error, words):
    with pytest.raises(error) as caught:
        judge(drawn(10, 3), target)
    who = "metrics" if judge is accuracy else str(LOSS)
    assert str(caught.value) == f"{who}: {words}"


@pytest.mark.parametrize("judge", [LOSS, accuracy], ids=["loss", "metric"])
@pytest.mark.parametrize(
    ("y", "target", "error", "words"),
    [
        (
            fn.Padded(drawn(2, 4, 3), [4, 2]),
            fn.Padded(np.zeros((2, 4), int), [4, 3]),
            fn.DataError,
            "expected the target to have the lengths of y, [4 2], got [4 3]",
        ),
        (
            fn.Padded(drawn(2, 4, 3), [4, 5]),
            np.zeros((2, 4), int),
            fn.DataError,
            "expected lengths from 1 to 4 (x has 4 steps), got 5 for sequence 1",
        ),
        (
            fn.Padded(drawn(4, 2, 3), [4, 2]),
            np.zeros((4, 2), int),
            fn.ShapeError,
            "expected lengths of shape (4,) (one for each sequence), got shape (2,)",
        ),
        (
            fn.Padded(drawn(4, 3), [1] * 4),
            np.zeros(4, int),
            fn.ShapeError,
            "expected y with axes (N, T, ...), got y of shape (4, 3)",
        ),
        (
            fn.Padded(drawn(2, 4, 3), [4, 2]),
            fn.Weighted(np.zeros((2, 4), int), np.array([[0, 0, 0, 0], [0, 0, 1, 1]])),
            fn.DataError,
            "expected a weight above 0, got none",
        ),
        (
            fn.Padded(drawn(2, 4, 3), [4, 2]),
            fn.Weighted(np.zeros((2, 4), int), np.ones((2, 4, 1))),
            fn.ShapeError,
            "expected weights of shape (2,) or (2, 4), got shape (2, 4, 1)",
        ),
    ],
)
def test_messages_about_padding(judge, y, target, error, words):
    with pytest.raises(error) as caught:
        judge(y, target)
    who = "metrics" if judge is accuracy else str(LOSS)
    assert str(caught.value) == f"{who}: {words}"


def test_squares_of_whole_examples_have_one_weight_an_example():
    with pytest.raises(fn.ShapeError, match=r"expected weights of shape \(2,\), got shape \(2, 3\)"):
        fn.SquaredError()(drawn(2, 3), fn.Weighted(drawn(2, 3), np.ones((2, 3))))


def test_evaluation_needs_a_weight_somewhere():
    with pytest.raises(fn.DataError) as caught:
        evaluated(drawn(10, 3), fn.Weighted(LABELS, 0 * WEIGHTS), 4)
    assert str(caught.value) == "data: expected a weight above 0, got none"
