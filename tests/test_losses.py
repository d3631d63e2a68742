"""Losses: slow loops, known values, the ends of the range, masks, messages."""

import math

import numpy as np
import pytest

import funnet as fn

DTYPES = ["float16", "float32", "float64"]


def drawn(*shape):
    return fn.Key(0).child("losses").generator().standard_normal(shape)


def numeric(loss, y, target):
    """The gradient by central differences, entry by entry."""
    dy = np.zeros_like(y)
    for index in np.ndindex(y.shape):
        step = np.zeros_like(y)
        step[index] = 1e-6
        dy[index] = (loss(y + step, target)[0] - loss(y - step, target)[0]) / 2e-6
    return dy


@pytest.mark.parametrize(
    ("loss", "target"),
    [
        (fn.MeanSquaredError(), drawn(4, 3)[::-1]),
        (fn.SquaredError(), drawn(4, 3)[::-1]),
        (fn.BinaryCrossEntropy(), np.linspace(0, 1, 12).reshape(4, 3)),
        (fn.SoftmaxCrossEntropy(), np.array([0, 2, 1, 2])),
        (fn.SoftmaxCrossEntropy(0.2), np.array([0, 2, 1, 2])),
        (fn.SoftmaxCrossEntropy(0.1), np.array([[0.2, 0.3, 0.5]] * 4)),
    ],
)
def test_dy_is_the_gradient_of_the_value(loss, target):
    y = drawn(4, 3)
    _, dy = loss(y, target)
    np.testing.assert_allclose(dy, numeric(loss, y, target), atol=1e-9)


class TestSquares:
    y = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    t = np.array([[0.0, 2.0], [3.0, 2.0], [5.0, 9.0]])

    def test_mean_squared_error(self):
        value, dy = fn.MeanSquaredError()(self.y, self.t)
        assert value == pytest.approx((1 + 4 + 9) / 6, rel=1e-15)
        np.testing.assert_allclose(dy, 2 * (self.y - self.t) / 6, rtol=1e-15)

    def test_squared_error(self):
        value, dy = fn.SquaredError()(self.y, self.t)
        assert value == pytest.approx((1 + 4 + 9) / 2 / 3, rel=1e-15)
        np.testing.assert_allclose(dy, (self.y - self.t) / 3, rtol=1e-15)

    @pytest.mark.parametrize("loss", [fn.MeanSquaredError(), fn.SquaredError()])
    def test_targets_of_any_real_kind_and_outputs_of_any_rank(self, loss):
        y = np.ones((2, 3, 4), np.float32)
        for target in (np.zeros((2, 3, 4), kind) for kind in ("i8", "u1", "?", "f8", "f4")):
            value, dy = loss(y, target)
            assert value.dtype == dy.dtype == np.float32
            assert dy.shape == y.shape
        assert loss(np.ones(3), np.zeros(3))[1].shape == (3,)

    @pytest.mark.parametrize("loss", [fn.MeanSquaredError(), fn.SquaredError()])
    def test_no_loss_at_the_target(self, loss):
        value, dy = loss(self.y, self.y)
        assert value == 0
        assert (dy == 0).all()


class TestBinaryCrossEntropy:
    loss = fn.BinaryCrossEntropy()

    def test_against_the_textbook(self):
        y, t = drawn(5, 2), np.linspace(0, 1, 10).reshape(5, 2)
        value, dy = self.loss(y, t)
        p = 1 / (1 + np.exp(-y))
        assert value == pytest.approx(-(t * np.log(p) + (1 - t) * np.log(1 - p)).mean(), rel=1e-13)
        np.testing.assert_allclose(dy, (p - t) / 10, rtol=1e-13)

    def test_a_logit_of_0_costs_log_2(self):
        value, dy = self.loss(np.zeros((3, 1)), np.array([[0], [1], [1]]))
        assert value == pytest.approx(math.log(2), rel=1e-15)
        np.testing.assert_allclose(dy, [[1 / 6], [-1 / 6], [-1 / 6]], rtol=1e-15)

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_far_out(self, dtype):
        y = np.array([[1e4], [-1e4], [1e4], [-1e4]], dtype)
        value, dy = self.loss(y, np.array([[1], [0], [0], [1]]))
        assert value == 5000
        assert dy.tolist() == [[0], [0], [0.25], [-0.25]]

    def test_small_probabilities_keep_their_digits(self):
        value, dy = self.loss(np.array([[-30.0]], np.float32), np.array([[0]]))
        assert value == pytest.approx(9.3576e-14, rel=1e-4)
        assert dy[0, 0] == pytest.approx(9.3576e-14, rel=1e-4)

    @pytest.mark.parametrize(
        ("target", "got"),
        [
            ([[1.5], [0.0]], "values from 0.0 to 1.5"),
            ([[-1], [1]], "values from -1.0 to 1.0"),
            ([[np.nan], [0]], "values from nan to nan"),
        ],
    )
    def test_targets_outside(self, target, got):
        with pytest.raises(fn.DataError) as caught:
            self.loss(np.zeros((2, 1)), np.array(target))
        assert str(caught.value) == f"BinaryCrossEntropy(): expected targets in [0, 1], got {got}"


class TestSoftmaxCrossEntropy:
    loss = fn.SoftmaxCrossEntropy()

    @pytest.mark.parametrize("smoothing", [0.0, 0.3])
    def test_against_a_loop_over_rows(self, smoothing):
        y, labels = drawn(4, 3, 5), np.arange(12).reshape(4, 3) % 5
        value, dy = fn.SoftmaxCrossEntropy(smoothing)(y, labels)
        total = 0.0
        for row in np.ndindex(4, 3):
            e = [math.exp(v) for v in y[row]]
            p = [v / sum(e) for v in e]
            t = [(1 - smoothing) * (c == labels[row]) + smoothing / 5 for c in range(5)]
            total -= sum(a * math.log(b) for a, b in zip(t, p, strict=True))
            np.testing.assert_allclose(dy[row], [(b - a) / 12 for a, b in zip(t, p, strict=True)], atol=1e-15)
        assert value == pytest.approx(total / 12, rel=1e-13)

    @pytest.mark.parametrize("classes", [2, 3, 10, 1000])
    @pytest.mark.parametrize("smoothing", [0.0, 0.1])
    def test_uniform_logits_cost_the_logarithm_of_the_number_of_classes(self, classes, smoothing):
        labels = np.arange(7) % classes
        value, _ = fn.SoftmaxCrossEntropy(smoothing)(np.full((7, classes), 3.0), labels)
        assert value == pytest.approx(math.log(classes), rel=1e-14)

    def test_labels_are_distributions_with_a_single_one(self):
        y, labels = drawn(6, 4), np.array([0, 3, 1, 1, 2, 0])
        for loss in (self.loss, fn.SoftmaxCrossEntropy(0.2)):
            by_label = loss(y, labels)
            for one_hot in (np.eye(4)[labels], np.eye(4, dtype=int)[labels], np.eye(4, dtype=bool)[labels]):
                assert fn.tree.equal(loss(y, one_hot), by_label)

    @pytest.mark.parametrize("kind", ["i1", "u1", "i4", "u8", "i8"])
    def test_labels_of_any_integer_kind(self, kind):
        y = drawn(3, 4).astype("f4")
        assert fn.tree.equal(self.loss(y, np.array([3, 0, 1], kind)), self.loss(y, np.array([3, 0, 1])))

    def test_a_shift_of_the_logits_changes_nothing(self):
        y, labels = np.round(drawn(4, 3) * 64) / 64, np.array([0, 1, 2, 0])
        assert fn.tree.equal(self.loss(y + 1024, labels), self.loss(y, labels))

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_far_out(self, dtype):
        y = np.array([[1e4, -1e4, 0], [1e4, -1e4, 0]], dtype)
        value, dy = self.loss(y, np.array([0, 1]))
        assert value == 1e4
        assert dy.tolist() == [[0, 0, 0], [0.5, -0.5, 0]]

    @pytest.mark.parametrize("smoothing", [0.0, 0.3])
    def test_a_masked_class_takes_no_part(self, smoothing):
        loss, labels = fn.SoftmaxCrossEntropy(smoothing), np.array([1, 2])
        y = np.array([[-np.inf, 1.0, 2.0], [-np.inf, 0.5, -1.0]])
        value, dy = loss(y, labels)
        rest, rest_dy = loss(y[:, 1:], labels - 1)
        assert value == pytest.approx(rest, rel=1e-15)
        assert (dy[:, 0] == 0).all()
        np.testing.assert_allclose(dy[:, 1:], rest_dy, rtol=1e-15)

    def test_a_target_on_a_masked_class(self):
        y = np.array([[0.0, 1.0], [-np.inf, 1.0]])
        for target in (np.array([0, 0]), np.eye(2)[[0, 0]]):
            with pytest.raises(fn.DataError) as caught:
                self.loss(y, target)
            words = "expected no target on a class masked with -inf, got 1 at (1, 0)"
            assert str(caught.value) == f"SoftmaxCrossEntropy(label_smoothing=0.0): {words}"

    @pytest.mark.parametrize(
        ("y", "target", "error", "words"),
        [
            (
                drawn(2, 3),
                np.array([0, 3]),
                fn.DataError,
                "expected labels from 0 to 2 (y has 3 classes), got 3 at (1,)",
            ),
            (
                drawn(2, 3),
                np.array([-1, 0]),
                fn.DataError,
                "expected labels from 0 to 2 (y has 3 classes), got -1 at (0,)",
            ),
            (
                drawn(2, 3),
                np.array([0, 2**64 - 1], "u8"),
                fn.DataError,
                "expected labels from 0 to 2 (y has 3 classes), got 18446744073709551615 at (1,)",
            ),
            (
                drawn(2, 3),
                np.array([0.0, 1.0]),
                fn.DtypeError,
                "expected integer labels, got dtype float64; convert them with target.astype(int)",
            ),
            (
                drawn(2, 3),
                np.array([True, False]),
                fn.DtypeError,
                "expected integer labels, got dtype bool; convert them with target.astype(int)",
            ),
            (drawn(2, 3), [0, 1], fn.DtypeError, "expected target to be a NumPy array, got a list of 2"),
            (
                drawn(2, 3),
                np.array([[0], [1]]),
                fn.ShapeError,
                "expected target of shape (2,) (labels) or (2, 3) (distributions), got shape (2, 1)",
            ),
            (
                drawn(2, 3),
                np.array([0, 1, 2]),
                fn.ShapeError,
                "expected target of shape (2,) (labels) or (2, 3) (distributions), got shape (3,)",
            ),
            (
                drawn(3),
                np.array([0, 1, 2]),
                fn.ShapeError,
                "expected y with axes (N, ..., C), got y of shape (3,)",
            ),
            (
                drawn(2, 3),
                np.array([[0.5, 0.5, 0.5], [0.0, 1.0, 0.0]]),
                fn.DataError,
                "expected rows of the target to be distributions, "
                "got row (0,) with sum 1.5 and least entry 0",
            ),
            (
                drawn(2, 3),
                np.array([[1.5, -0.5, 0.0], [0.0, 1.0, 0.0]]),
                fn.DataError,
                "expected rows of the target to be distributions, "
                "got row (0,) with sum 1 and least entry -0.5",
            ),
            (
                drawn(2, 3),
                np.array([[1.0, 0.0, 0.0], [np.nan, 1.0, 0.0]]),
                fn.DataError,
                "expected rows of the target to be distributions, "
                "got row (1,) with sum nan and least entry nan",
            ),
            (
                np.array([[0.0, 1.0], [-np.inf, -np.inf]]),
                np.array([0, 1]),
                fn.DataError,
                "expected a class that is not masked in every row, got nothing but -inf in row (1,)",
            ),
        ],
    )
    def test_messages(self, y, target, error, words):
        with pytest.raises(error) as caught:
            self.loss(y, target)
        assert str(caught.value) == f"SoftmaxCrossEntropy(label_smoothing=0.0): {words}"

    @pytest.mark.parametrize("value", [1.0, -0.1, np.nan, "0.1", True])
    def test_the_smoothing_is_a_fraction(self, value):
        with pytest.raises(fn.ConfigError) as caught:
            fn.SoftmaxCrossEntropy(value)
        words = f"expected label_smoothing to be a number in [0, 1), got {value!r}"
        assert str(caught.value) == f"SoftmaxCrossEntropy: {words}"


LOSSES = {
    fn.MeanSquaredError(): drawn(4, 3)[::-1],
    fn.SquaredError(): drawn(4, 3)[::-1],
    fn.BinaryCrossEntropy(): np.ones((4, 3)),
    fn.SoftmaxCrossEntropy(): np.array([0, 1, 2, 0]),
    fn.SoftmaxCrossEntropy(np.float64(0.1)): np.array([0, 1, 2, 0]),
}


@pytest.mark.parametrize("loss", LOSSES, ids=str)
class TestEvery:
    @pytest.mark.parametrize("dtype", DTYPES)
    def test_the_dtype_is_that_of_y(self, loss, dtype):
        y = drawn(4, 3).astype(dtype)
        value, dy = loss(y, LOSSES[loss])
        assert value.dtype == dy.dtype == dtype
        wide, _ = loss(y.astype("f8"), LOSSES[loss])
        assert float(value) == pytest.approx(float(wide), rel=8 * float(np.finfo(dtype).eps))

    def test_the_loss_of_a_batch_is_the_average_over_its_examples(self, loss):
        y, target = drawn(4, 3), LOSSES[loss]
        rows = [loss(y[i : i + 1], target[i : i + 1]) for i in range(4)]
        value, dy = loss(y, target)
        assert value == pytest.approx(np.mean([value for value, _ in rows]), rel=1e-13)
        np.testing.assert_allclose(dy, np.concatenate([dy for _, dy in rows]) / 4, rtol=1e-13)

    def test_y_is_an_array_of_floats(self, loss):
        for y, error in (
            (drawn(4, 3).tolist(), fn.DtypeError),
            (np.ones((4, 3), int), fn.DtypeError),
            (np.ones((0, 3)), fn.ShapeError),
        ):
            with pytest.raises(error, match=r": expected y "):
                loss(y, LOSSES[loss])


@pytest.mark.parametrize("loss", [fn.MeanSquaredError(), fn.SquaredError(), fn.BinaryCrossEntropy()])
@pytest.mark.parametrize(
    ("y", "target", "error", "words"),
    [
        (
            np.zeros((4, 1)),
            np.zeros(4),
            fn.ShapeError,
            "expected target of shape (4, 1) (y and target do not broadcast), got shape (4,); "
            "reshape it with target.reshape(4, 1)",
        ),
        (
            np.zeros(4),
            np.zeros((4, 1)),
            fn.ShapeError,
            "expected target of shape (4,) (y and target do not broadcast), got shape (4, 1); "
            "reshape it with target.reshape(4,)",
        ),
        (
            np.zeros((4, 2)),
            np.zeros((1, 2)),
            fn.ShapeError,
            "expected target of shape (4, 2) (y and target do not broadcast), got shape (1, 2)",
        ),
        (np.zeros((4, 2)), 0.0, fn.DtypeError, "expected target to be a NumPy array of numbers, got 0.0"),
        (
            np.zeros((4, 2)),
            np.float64(0),
            fn.DtypeError,
            "expected target to be a NumPy array of numbers, got float64[]",
        ),
        (
            np.zeros((1, 2)),
            np.zeros((1, 2), complex),
            fn.DtypeError,
            "expected target to be a NumPy array of numbers, got complex128[1, 2]",
        ),
        (
            np.zeros((1, 2)),
            np.zeros((1, 2), object),
            fn.DtypeError,
            "expected target to be a NumPy array of numbers, got object[1, 2]",
        ),
    ],
)
def test_prediction_and_target_never_broadcast(loss, y, target, error, words):
    with pytest.raises(error) as caught:
        loss(y, target)
    assert str(caught.value) == f"{loss}: {words}"
