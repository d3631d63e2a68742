"""Cross entropies, likelihoods, margins: slow loops, known values, the ends of the range, messages."""

import math

import numpy as np
import pytest

import funnet as fn
from tests.losses.terms import drawn


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


class TestKLDivergence:
    loss = fn.KLDivergence()

    def test_by_hand(self):
        y, t = np.log([[0.5, 0.25, 0.25]]), np.array([[0.25, 0.75, 0.0]])
        value, dy = self.loss(y, t)
        assert value == pytest.approx(0.25 * math.log(0.5) + 0.75 * math.log(3), rel=1e-14)
        np.testing.assert_allclose(dy, [[0.25, -0.5, 0.25]], rtol=1e-14)

    def test_it_is_0_where_the_softmax_is_the_target(self):
        t = np.array([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0]])
        y = np.log(np.where(t > 0, t, 1e-300)) + 3
        value, dy = self.loss(y, t)
        assert value == pytest.approx(0, abs=1e-15)
        np.testing.assert_allclose(dy, 0, atol=1e-15)

    def test_its_gradient_is_that_of_the_cross_entropy_and_its_value_less_by_the_entropy(self):
        y, t = drawn(4, 3), np.full((4, 3), 1 / 3)
        value, dy = self.loss(y, t)
        crossed, dcrossed = fn.SoftmaxCrossEntropy()(y, t)
        assert value == pytest.approx(crossed - math.log(3), rel=1e-13)
        assert fn.tree.equal(dy, dcrossed)

    def test_masked_classes(self):
        y, t = np.array([[0.0, -np.inf, 1.0]]), np.array([[0.5, 0.0, 0.5]])
        value, dy = self.loss(y, t)
        rest, drest = self.loss(y[:, ::2], t[:, ::2])
        assert value == rest
        assert dy.tolist() == [[drest[0, 0], 0, drest[0, 1]]]
        with pytest.raises(fn.DataError, match=r"no target on a class masked with -inf, got 0.5 at \(0, 0\)"):
            self.loss(y[:, [1, 0, 2]], t)

    def test_the_target_is_a_distribution(self):
        y = drawn(2, 3)
        with pytest.raises(fn.DataError) as caught:
            self.loss(y, np.array([[0.2, 0.3, 0.5], [0.2, 0.3, 0.6]]))
        words = (
            "expected rows of the target to be distributions, got row (1,) with sum 1.1 and least entry 0.2"
        )
        assert str(caught.value) == f"KLDivergence(): {words}"
        with pytest.raises(fn.ShapeError, match=r"expected target of shape \(2, 3\) .* got shape \(2,\)"):
            self.loss(y, np.array([0, 1]))


class TestNegativeLogLikelihood:
    loss = fn.NegativeLogLikelihood()

    def test_by_hand(self):
        value, dy = self.loss(np.array([[-1.0, -2.0], [-3.0, -0.5]]), np.array([1, 0]))
        assert value == 2.5
        assert dy.tolist() == [[0, -0.5], [-0.5, 0]]

    def test_behind_a_log_softmax_it_is_the_cross_entropy_of_the_logits(self):
        x, labels, layer = drawn(5, 3, 4), np.arange(15).reshape(5, 3) % 4, fn.LogSoftmax()
        y, cache = layer((), x)
        value, dy = self.loss(y, labels)
        expected, dx = fn.SoftmaxCrossEntropy()(x, labels)
        assert value == pytest.approx(expected, rel=1e-14)
        np.testing.assert_allclose(layer.vjp((), cache, dy)[1], dx, rtol=1e-12, atol=1e-16)

    def test_a_label_on_a_masked_class(self):
        y = np.array([[-np.inf, 0.0], [0.0, -np.inf]])
        assert self.loss(y, np.array([1, 0]))[0] == 0
        with pytest.raises(fn.DataError, match=r"no target on a class masked with -inf, got 1 at \(1, 1\)"):
            self.loss(y, np.array([1, 1]))


class TestHinge:
    loss = fn.Hinge()

    def test_by_hand(self):
        y = np.array([[3.0, 1.0, 0.0], [0.0, 2.0, 1.5], [1.0, 1.0, 1.0]])
        value, dy = self.loss(y, np.array([0, 2, 1]))
        assert value == pytest.approx((0 + 1.5 + 1) / 3, rel=1e-15)
        third = 1 / 3
        assert dy.tolist() == [[0, 0, 0], [0, third, -third], [third, -third, 0]]

    def test_the_slope_at_the_kink_is_0_and_the_first_of_equal_rivals_is_pushed(self):
        value, dy = self.loss(np.array([[2.0, 1.0], [0.0, -3.0]]), np.array([0, 0]))
        assert value == 0
        assert (dy == 0).all()
        assert self.loss(np.array([[0.0, 4.0, 4.0]]), np.array([0]))[1].tolist() == [[-1, 1, 0]]

    def test_two_classes_are_the_hinge_of_a_single_score(self):
        f, sign = 2 * drawn(20), np.where(np.arange(20) % 2, 1, -1)
        value, dy = self.loss(np.stack([-f / 2, f / 2], axis=-1), (sign > 0).astype(int))
        assert value == pytest.approx(np.maximum(0, 1 - sign * f).mean(), rel=1e-14)
        np.testing.assert_allclose(dy @ [-0.5, 0.5], np.where(sign * f < 1, -sign, 0) / 20, rtol=1e-14)

    def test_masked_classes(self):
        value, dy = self.loss(np.array([[-np.inf, 1.0, 1.5], [-np.inf, 0.0, -np.inf]]), np.array([2, 1]))
        assert value == 0.25
        assert dy.tolist() == [[0, 0.5, -0.5], [0, 0, 0]]
        with pytest.raises(fn.DataError, match=r"no target on a class masked with -inf, got 1 at \(0, 0\)"):
            self.loss(np.array([[-np.inf, -np.inf]]), np.array([0]))

    def test_one_class_has_no_rival(self):
        with pytest.raises(fn.ShapeError) as caught:
            self.loss(np.zeros((4, 1)), np.zeros(4, int))
        assert str(caught.value) == "Hinge(): expected y of at least two classes, got shape (4, 1)"


@pytest.mark.parametrize("loss", [fn.NegativeLogLikelihood(), fn.Hinge()])
@pytest.mark.parametrize(
    ("target", "error", "words"),
    [
        (np.array([0, 3]), fn.DataError, "expected labels from 0 to 2 (y has 3 classes), got 3 at (1,)"),
        (np.array([-1, 0]), fn.DataError, "expected labels from 0 to 2 (y has 3 classes), got -1 at (0,)"),
        (np.zeros((2, 3)), fn.ShapeError, "expected target of shape (2,) (labels), got shape (2, 3)"),
        (
            np.zeros(2),
            fn.DtypeError,
            "expected integer labels, got dtype float64; convert them with target.astype(int)",
        ),
        ([0, 1], fn.DtypeError, "expected target to be a NumPy array, got a list of 2"),
    ],
)
def test_targets_are_labels(loss, target, error, words):
    with pytest.raises(error) as caught:
        loss(drawn(2, 3), target)
    assert str(caught.value) == f"{loss}: {words}"
