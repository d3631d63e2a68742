"""Many gradients for one step, averages over steps."""

import numpy as np
import pytest

import funnet as fn
from tests.optim.problem import NET, PARAMS, TARGET, X, gradient, walk

P = fn.tree.ravel(PARAMS)
INNER = [fn.sgd(0.3), fn.adamw(0.03), fn.chain(fn.clip_by_norm(0.1), fn.momentum(0.1)), fn.lamb(0.03)]


class TestAccumulate:
    @pytest.mark.parametrize("inner", INNER, ids=str)
    def test_four_micro_batches_are_one_big_batch(self, inner):
        """Through train_step, on a net: 24 examples at once, or in four batches of six."""
        x = np.concatenate([X, 0.5 * X, -X, X**2])
        target = np.concatenate([TARGET, TARGET**2, TARGET, -TARGET])
        loss, key = fn.MeanSquaredError(), fn.Key(0)
        parts = fn.accumulate(4, inner)
        big, small = (fn.init(NET, optimizer, key, X) for optimizer in (inner, parts))
        for _ in range(5):
            big, _ = fn.train_step(NET, loss, inner, big, x, target)
            for i in range(4):
                before = small.params
                batch = slice(6 * i, 6 * i + 6)
                small, _ = fn.train_step(NET, loss, parts, small, x[batch], target[batch])
                assert fn.tree.equal(small.params, before) == (i < 3)
            assert fn.tree.allclose(small.params, big.params, rtol=1e-12, atol=1e-14)

    def test_of_one_is_the_optimizer_itself(self):
        assert np.array_equal(walk(fn.accumulate(1, fn.adam(0.03)), 5), walk(fn.adam(0.03), 5))

    def test_schedules_inside_count_the_steps_taken(self):
        asked = []
        optimizer = fn.accumulate(3, fn.sgd(lambda step: asked.append(step) or 0.1))
        walk(optimizer, 9)
        assert asked == [0, 1, 2]

    def test_sums_are_kept_in_at_least_float32(self):
        g = np.full(3, 60000.0, np.float16)
        optimizer = fn.accumulate(4, fn.sgd(0.5))
        state = optimizer.init(g)
        for _ in range(4):
            delta, state = optimizer.update(g, state, g)
        assert delta.tolist() == [-30000.0] * 3
        assert state.count == 0
        assert not state.total.any()

    @pytest.mark.parametrize("k", [0, -1, 2.0, True])
    def test_hyperparameters_are_checked(self, k):
        with pytest.raises(fn.ConfigError) as caught:
            fn.accumulate(k, fn.sgd(0.1))
        assert str(caught.value) == f"accumulate: expected k to be a positive integer, got {k!r}"
        with pytest.raises(fn.ConfigError) as caught:
            fn.accumulate(2, fn.sgd)
        assert str(caught.value) == f"accumulate: expected optimizer to be an optimizer, got {fn.sgd!r}"


class TestEma:
    @pytest.mark.parametrize("decay", [0, 0.5, 0.99])
    def test_is_the_weighted_mean_of_the_points_after_each_step(self, decay):
        optimizer = fn.chain(fn.adam(0.03), fn.ema(decay))
        path, state, points = P, optimizer.init(PARAMS), []
        for _ in range(12):
            delta, state = optimizer.update(gradient(path), state, path)
            path = path + delta
            points.append(path)
        weights = decay ** np.arange(11.0, -1.0, -1.0)
        expected = np.average(points, axis=0, weights=weights)
        np.testing.assert_allclose(fn.tree.ravel(fn.averaged(PARAMS, state)), expected, rtol=1e-12)
        np.testing.assert_array_equal(points, walk(fn.adam(0.03), 12)[1:])

    def test_before_the_first_step_it_is_the_start(self):
        optimizer = fn.ema(0.9)
        assert fn.tree.equal(fn.averaged(PARAMS, optimizer.init(PARAMS)), PARAMS)

    def test_reads_from_a_training_state_and_keeps_buffers(self):
        net = fn.Sequential([fn.Linear(3), fn.BatchNorm(), fn.Linear(2)])
        optimizer = fn.accumulate(2, fn.chain(fn.chain(fn.sgd(0.1), fn.ema(0)), fn.only("**")))
        state = fn.init(net, optimizer, fn.Key(0), X)
        for _ in range(4):
            state, _ = fn.train_step(net, fn.MeanSquaredError(), optimizer, state, X, TARGET)
        average = fn.averaged(state.params, state.opt_state)
        assert fn.tree.allclose(average, state.params, rtol=1e-12)
        y, _ = net(average, X)
        assert y.shape == TARGET.shape

    def test_the_average_is_finer_than_the_parameters(self):
        """In float16 a decay of 0.999 would round the share of a new point away."""
        optimizer, p = fn.ema(0.999), np.full(2, 1.0, np.float16)
        state = optimizer.init(p)
        for i in range(2000):
            _, state = optimizer.update(np.zeros(2, np.float16), state, p if i < 1000 else 2 * p)
        assert state.average.dtype == np.float32
        average = fn.averaged(p, state)
        assert average.dtype == np.float16
        expected = 1 + (1 - 0.999**1000) / (1 - 0.999**2000)
        np.testing.assert_allclose(average, expected, rtol=1e-3)

    def test_there_must_be_one_average(self):
        fix = "put one ema(decay) in the chain"
        for optimizer, got in ((fn.adam(0.1), "none"), (fn.chain(fn.ema(0.5), fn.ema(0.9)), "2 of them")):
            with pytest.raises(fn.TreeError) as caught:
                fn.averaged(PARAMS, optimizer.init(PARAMS))
            assert str(caught.value) == f"expected an opt_state with one average, got {got}; {fix}"

    def test_decay_is_checked(self):
        with pytest.raises(fn.ConfigError, match=r"ema: expected decay to be a number in \[0, 1\), got 1\.0"):
            fn.ema(1.0)


class TestLookahead:
    @pytest.mark.parametrize(("k", "alpha"), [(5, 0.5), (3, 0.8), (1, 0.5)])
    def test_as_algorithm_1_of_the_paper(self, k, alpha):
        inner = fn.momentum(0.1)
        slow, state, visited = P, inner.init(P), []
        for _ in range(4):
            fast = slow
            for _ in range(k):
                delta, state = inner.update(gradient(fast), state, fast)
                fast = fast + delta
                visited.append(fast)
            visited[-1] = slow = slow + alpha * (fast - slow)
        path = walk(fn.lookahead(inner, k, alpha), 4 * k)
        np.testing.assert_allclose(path[1:], visited, rtol=1e-12)

    def test_all_the_way_is_the_optimizer_itself(self):
        path = walk(fn.lookahead(fn.adam(0.03), 4, 1.0), 12)
        np.testing.assert_allclose(path, walk(fn.adam(0.03), 12), rtol=1e-12)

    @pytest.mark.parametrize(
        ("call", "words"),
        [
            (lambda: fn.lookahead(fn.sgd(0.1), 0), "k to be a positive integer, got 0"),
            (lambda: fn.lookahead(fn.sgd(0.1), alpha=0), "alpha to be a number in (0, 1], got 0"),
            (lambda: fn.lookahead(fn.sgd(0.1), alpha=1.5), "alpha to be a number in (0, 1], got 1.5"),
            (lambda: fn.lookahead(5), "optimizer to be an optimizer, got 5"),
        ],
    )
    def test_hyperparameters_are_checked(self, call, words):
        with pytest.raises(fn.ConfigError) as caught:
            call()
        assert str(caught.value) == f"lookahead: expected {words}"


@pytest.mark.parametrize(
    ("optimizer", "kind"),
    [
        (fn.accumulate(2, fn.adam(0.1)), "Accumulated"),
        (fn.lookahead(fn.adam(0.1)), "Slow"),
        (fn.ema(0.9), "Averaged"),
    ],
)
def test_the_state_of_another_optimizer_or_net(optimizer, kind):
    with pytest.raises(fn.TreeError) as caught:
        optimizer.update(P, (), P)
    words = f"expected opt_state to be the {kind} that init makes, got a tuple of 0"
    assert str(caught.value) == f"{optimizer}: {words}"
    with pytest.raises(fn.ShapeError, match=r"opt_state with vectors of shape \(26,\) .*, got shape \(3,\)"):
        optimizer.update(P, optimizer.init(P[:3]), P)
