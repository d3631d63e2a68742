"""Squares, absolute values, Huber: by hand, at the kinks, messages."""

import numpy as np
import pytest

import funnet as fn


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


class TestMeanAbsoluteError:
    def test_by_hand(self):
        value, dy = fn.MeanAbsoluteError()(
            np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([[0.0, 1.0], [1, 3]])
        )
        assert value == (1 + 3 + 0.5 + 0) / 4
        assert dy.tolist() == [[0.25, -0.25], [-0.25, 0]]

    def test_the_slope_at_the_kink_is_0(self):
        value, dy = fn.MeanAbsoluteError()(np.array([0.3]), np.array([0.3]))
        assert value == dy[0] == 0


class TestHuber:
    def test_by_hand(self):
        value, dy = fn.Huber(2.0)(np.array([[1.0, -2.0, 5.0, -7.0]]), np.zeros((1, 4)))
        assert value == (0.5 + 2 + 2 * (5 - 1) + 2 * (7 - 1)) / 4
        assert dy.tolist() == [[0.25, -0.5, 0.5, -0.5]]

    def test_it_is_half_the_squares_near_the_target_and_the_absolute_values_far_from_it(self):
        y, t = np.linspace(-1, 1, 9), np.zeros(9)
        value, dy = fn.Huber(1.0)(y, t)
        squares, dsquares = fn.MeanSquaredError()(y, t)
        assert value == pytest.approx(squares / 2, rel=1e-15)
        np.testing.assert_allclose(dy, dsquares / 2, rtol=1e-15)
        far, dfar = fn.Huber(1e-9)(y, t)
        assert far == pytest.approx(1e-9 * fn.MeanAbsoluteError()(y, t)[0], rel=1e-7)
        np.testing.assert_array_equal(np.sign(dfar), np.sign(y))

    @pytest.mark.parametrize("delta", [0, -1.0, np.nan, "1", True])
    def test_delta_is_positive(self, delta):
        with pytest.raises(fn.ConfigError) as caught:
            fn.Huber(delta)
        assert str(caught.value) == f"Huber: expected delta to be a positive number, got {delta!r}"


@pytest.mark.parametrize(
    "loss",
    [
        fn.MeanSquaredError(),
        fn.SquaredError(),
        fn.MeanAbsoluteError(),
        fn.Huber(),
        fn.BinaryCrossEntropy(),
    ],
)
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
            "expected target to be a NumPy array of numbers, got object[1, 2]; "
            "convert it with target.astype(float)",
        ),
    ],
)
def test_prediction_and_target_never_broadcast(loss, y, target, error, words):
    with pytest.raises(error) as caught:
        loss(y, target)
    assert str(caught.value) == f"{loss}: {words}"
