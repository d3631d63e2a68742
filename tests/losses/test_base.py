"""What holds for every loss: its formula term by term, proved gradients, weights, masks, padding."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import funnet as fn
from tests.losses.terms import CASES, drawn

DTYPES = ["float16", "float32", "float64"]
every = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.loss} {case.targets.__name__}")


@st.composite
def batches(draw, case, least=1):
    """(y, target, weights for all terms, the same weights in a shape that a user may give)."""
    shape = (*draw(st.lists(st.integers(1, 4), min_size=least, max_size=2)), draw(st.integers(2, 4)))
    generator = np.random.default_rng(draw(st.integers(0, 999)))
    y = 2 * generator.standard_normal(shape)
    terms = shape[: case.axes(y)]
    given = terms[: draw(st.integers(1, len(terms)))]
    w = generator.random(given) + 0.1
    w[generator.random(given) < draw(st.sampled_from([0.0, 0.5]))] = 0
    w.flat[0] = 1.0
    if draw(st.booleans()):
        w = w > 0
    whole = np.broadcast_to(w.reshape(*given, *(1,) * (len(terms) - len(given))), terms)
    return y, case.targets(y, generator), whole.astype(float), w


@every
class TestEvery:
    @given(st.data())
    @settings(max_examples=12)
    def test_the_formula_and_the_gradient(self, case, data):
        y, target, weights, short = data.draw(batches(case))
        assert case.loss(y, target)[0] == pytest.approx(
            case.slow(y, target, np.ones_like(weights)), rel=1e-12
        )
        weighted = fn.Weighted(target, short)
        assert case.loss(y, weighted)[0] == pytest.approx(case.slow(y, target, weights), rel=1e-12)
        for t in (target, weighted):
            assert fn.testing.check_loss(case.loss, y, t, mode="full").verdict == "ok"

    @given(st.data())
    @settings(max_examples=12)
    def test_what_has_no_weight_is_never_read(self, case, data):
        y, target, weights, short = data.draw(batches(case))
        value, dy = case.loss(y, fn.Weighted(target, short))
        without = weights == 0
        assert (dy[without] == 0).all()
        y, target = y.copy(), target.copy()
        y[without] = np.nan
        target[without] = -99
        again, dy_again = case.loss(y, fn.Weighted(target, short))
        assert again == value
        np.testing.assert_array_equal(dy_again, dy)

    def test_weights_are_repetitions(self, case):
        y, counts = drawn(4, 3), np.array([1, 0, 3, 2])
        target = case.targets(y, np.random.default_rng(1))
        value, dy = case.loss(y, fn.Weighted(target, counts))
        again, rows = case.loss(y.repeat(counts, axis=0), target.repeat(counts, axis=0))
        assert value == pytest.approx(again, rel=1e-14)
        summed = [part.sum(axis=0) for part in np.split(rows, counts.cumsum()[:-1])]
        np.testing.assert_allclose(dy, summed, rtol=1e-13, atol=1e-16)

    def test_equal_weights_change_nothing(self, case):
        y = drawn(4, 2, 3)
        target = case.targets(y, np.random.default_rng(1))
        value, dy = case.loss(y, target)
        for weights in (np.ones(4, bool), np.full(4, 0.3), np.full(4, 7, np.uint8)):
            again, dy_again = case.loss(y, fn.Weighted(target, weights))
            assert again == pytest.approx(value, rel=1e-14)
            np.testing.assert_allclose(dy_again, dy, rtol=1e-14)

    @given(st.data())
    @settings(max_examples=12)
    def test_padded_sequences(self, case, data):
        """Their average is over real steps; what stands behind the ends, and how much, changes nothing."""
        y, target, _, _ = data.draw(batches(case, least=2))
        count, steps = y.shape[:2]
        lengths = data.draw(st.lists(st.integers(1, steps), min_size=count, max_size=count))
        real = np.arange(steps) < np.reshape(lengths, (-1, 1))
        value, dy = case.loss(fn.Padded(y, lengths), target)
        if case.axes(y) == 1:
            slow = sum(case.term(y[n, :end], target[n, :end]) for n, end in enumerate(lengths)) / count
        else:
            inside = np.broadcast_to(
                real.reshape(*real.shape, *(1,) * (case.axes(y) - 2)), y.shape[: case.axes(y)]
            )
            slow = case.slow(y, target, inside.astype(float))
        assert value == pytest.approx(slow, rel=1e-12)
        assert type(dy) is fn.Padded
        assert dy.lengths.value.tolist() == lengths
        assert (dy.values[~real] == 0).all()
        assert fn.testing.check_loss(case.loss, fn.Padded(y, lengths), target).verdict == "ok"

        wide, far = (
            np.concatenate([np.where(_like(real, a), a, 77), a[:, :1] * 0 - 9], axis=1) for a in (y, target)
        )
        for t in (far, fn.Padded(far, lengths)):
            again, dy_again = case.loss(fn.Padded(wide, lengths), t)
            assert again == pytest.approx(value, rel=1e-14)
            np.testing.assert_allclose(dy_again.values[:, :steps], dy.values, rtol=1e-14)
            assert (dy_again.values[:, steps:] == 0).all()

    def test_weights_on_top_of_padding(self, case):
        y, lengths, w = drawn(3, 4, 2), [4, 1, 2], np.array([2.0, 0.0, 1.0])
        target = case.targets(y, np.random.default_rng(1))
        both = fn.Padded(y, lengths), fn.Weighted(target, w)
        if case.axes(y) == 1:
            ends = zip(w, y, target, lengths, strict=True)
            slow = sum(v * case.term(a[:end], b[:end]) for v, a, b, end in ends) / w.sum()
        else:
            real = w[:, None] * (np.arange(4) < np.reshape(lengths, (-1, 1)))
            slow = case.slow(y, target, np.stack([real] * 2, axis=-1) if case.axes(y) == 3 else real)
        value, dy = case.loss(*both)
        assert value == pytest.approx(slow, rel=1e-13)
        assert (dy.values[1] == 0).all()
        assert fn.testing.check_loss(case.loss, *both).verdict == "ok"

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_the_dtype_is_that_of_y(self, case, dtype):
        y = drawn(4, 3).astype(dtype)
        target = case.targets(y, np.random.default_rng(1))
        for t in (target, fn.Weighted(target, np.array([0.1, 3.0, 0.0, 1.0]))):
            value, dy = case.loss(y, t)
            assert value.dtype == dy.dtype == dtype
            wide, _ = case.loss(y.astype("f8"), t)
            assert float(value) == pytest.approx(float(wide), rel=8 * float(np.finfo(dtype).eps))

    def test_the_order_of_memory_changes_nothing(self, case):
        y = drawn(4, 5, 3)
        target = case.targets(y, np.random.default_rng(1))
        value, dy = case.loss(y, target)
        for view in (np.asfortranarray(y), y.swapaxes(0, 1).copy().swapaxes(0, 1)):
            again, dy_again = case.loss(view, np.asfortranarray(target))
            assert again == pytest.approx(value, rel=1e-14)
            np.testing.assert_allclose(dy_again, dy, rtol=1e-14)

    def test_the_loss_of_a_batch_is_the_average_over_its_examples(self, case):
        y = drawn(4, 3)
        target = case.targets(y, np.random.default_rng(1))
        rows = [case.loss(y[i : i + 1], target[i : i + 1]) for i in range(4)]
        value, dy = case.loss(y, target)
        assert value == pytest.approx(np.mean([value for value, _ in rows]), rel=1e-13)
        np.testing.assert_allclose(dy, np.concatenate([dy for _, dy in rows]) / 4, rtol=1e-13)

    def test_a_nan_is_not_hidden(self, case):
        y = drawn(4, 3)
        target = case.targets(y, np.random.default_rng(1))
        y[2] = np.nan
        assert np.isnan(case.loss(y, target)[0])

    def test_y_is_an_array_of_floats(self, case):
        target = case.targets(drawn(4, 3), np.random.default_rng(1))
        for y, error in (
            (drawn(4, 3).tolist(), fn.DtypeError),
            (np.ones((4, 3), int), fn.DtypeError),
            (np.ones((0, 3)), fn.ShapeError),
        ):
            with pytest.raises(error, match=r": expected y "):
                case.loss(y, target)


def _like(mask, array):
    return mask.reshape(*mask.shape, *(1,) * (array.ndim - 2))


def test_float16_neither_overflows_nor_loses_small_terms():
    y, t = np.full((3000, 10), 30, "f2"), np.zeros((3000, 10), "f2")
    assert fn.MeanSquaredError()(y, t)[0] == 900
    assert fn.SquaredError()(y, t)[0] == 4500
    logits, labels = np.zeros((40_000, 2), "f2"), np.zeros(40_000, int)
    for target in (labels, fn.Weighted(labels, labels == 0)):
        assert float(fn.SoftmaxCrossEntropy()(logits, target)[0]) == pytest.approx(np.log(2), rel=1e-3)
    y = np.zeros((1_000_000, 1), "f2")
    weighted = fn.Weighted(y + 1, np.ones(len(y)))
    assert float(fn.MeanSquaredError()(y, weighted)[0]) == pytest.approx(1, rel=2e-3)


INF = np.inf
AT_INFINITY = [
    (fn.BinaryCrossEntropy(), [[INF, 1]], [[1, 0]], 0.656630843, [[0, 0.3655293]]),
    (fn.BinaryCrossEntropy(), [[-INF, 1]], [[0, 0]], 0.656630843, [[0, 0.3655293]]),
    (fn.BinaryCrossEntropy(), [[-INF, INF]], [[0, 1]], 0, [[0, 0]]),
    (fn.BinaryCrossEntropy(), [[INF, 1]], [[0, 0]], INF, [[0.5, 0.3655293]]),
    (fn.BinaryCrossEntropy(), [[-INF, 1]], [[0.25, 0]], INF, [[-0.125, 0.3655293]]),
    (fn.BinaryCrossEntropy(), [[INF, 1]], [[0.75, 0]], INF, [[0.125, 0.3655293]]),
    (fn.SoftmaxCrossEntropy(), [[INF, 1, -2]], [0], 0, [[0, 0, 0]]),
    (fn.SoftmaxCrossEntropy(), [[INF, 1, -2]], [[1, 0, 0]], 0, [[0, 0, 0]]),
    (fn.SoftmaxCrossEntropy(), [[INF, 1, -2]], [1], INF, [[1, -1, 0]]),
    (fn.SoftmaxCrossEntropy(), [[-INF, 0, 0]], [1], 0.69314718, [[0, -0.5, 0.5]]),
    (fn.KLDivergence(), [[INF, 1, -2]], [[1, 0, 0]], 0, [[0, 0, 0]]),
    (fn.KLDivergence(), [[INF, 1, -2]], [[0.5, 0.5, 0]], INF, [[0.5, -0.5, 0]]),
    (fn.NegativeLogLikelihood(), [[0, -INF, -INF]], [0], 0, [[-1, 0, 0]]),
    (fn.Hinge(), [[INF, 1, -2]], [0], 0, [[0, 0, 0]]),
    (fn.Hinge(), [[1, -INF, -INF]], [0], 0, [[0, 0, 0]]),
    (fn.Hinge(), [[INF, 1, -2]], [1], INF, [[1, -1, 0]]),
    (fn.MeanAbsoluteError(), [[INF, -INF]], [[0, 1]], INF, [[0.5, -0.5]]),
    (fn.MeanSquaredError(), [[INF, 1]], [[0, 0]], INF, [[INF, 1]]),
    (fn.SquaredError(), [[-INF, 1]], [[0, 0]], INF, [[-INF, 1]]),
    (fn.Huber(2.0), [[INF, -INF]], [[0, 1]], INF, [[1, -1]]),
]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(("loss", "y", "target", "value", "dy"), AT_INFINITY, ids=lambda part: str(part)[:40])
def test_the_limits_at_infinity(loss, y, target, value, dy, dtype):
    y, target = np.array(y, dtype), np.array(target)
    got, slope = loss(y, target)
    tolerance = 4 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(got, value, rtol=max(tolerance, 1e-7), atol=tolerance)
    np.testing.assert_allclose(slope, dy, rtol=max(tolerance, 1e-6), atol=tolerance)
    weighted, weighted_slope = loss(y, fn.losses.Weighted(target, np.ones(1)))
    np.testing.assert_array_equal(weighted, got)
    np.testing.assert_allclose(weighted_slope, slope)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_largest_logits(dtype):
    top = float(np.finfo(dtype).max)
    y = np.array([[top, -top, 0.0]], dtype)
    for loss, target in (
        (fn.SoftmaxCrossEntropy(), np.array([0])),
        (fn.BinaryCrossEntropy(), np.array([[1, 0, 0.5]])),
        (fn.KLDivergence(), np.array([[1.0, 0, 0]])),
        (fn.Hinge(), np.array([0])),
    ):
        value, dy = loss(y, target)
        assert np.isfinite(value)
        assert np.isfinite(dy).all()
