"""The search for a learning rate: what it measures, what it leaves alone, when it stops."""

import attrs
import numpy as np
import pytest

import funnet as fn

GENERATOR = fn.Key(0).generator()
X = GENERATOR.standard_normal((64, 3)).astype(np.float32)
T = (X @ np.array([[1.0], [-2.0], [0.5]])).astype(np.float32)
NET, LOSS = fn.Linear(1), fn.MeanSquaredError()


def start(optimizer=fn.sgd):
    return fn.init(NET, optimizer(0.1), fn.Key(1), X[:1])


def search(optimizer=fn.sgd, data=(X, T), **options):
    return fn.find_rate(NET, LOSS, optimizer, start(), data, **options)


def test_each_loss_is_the_one_after_a_step_of_its_rate():
    found = search(low=1e-3, high=0.1, steps=7, batch_size=64)
    np.testing.assert_allclose(found.rates, np.geomspace(1e-3, 0.1, 7))
    params = start().params
    for rate, loss in zip(found.rates, found.losses, strict=True):
        _, dparams = fn.value_and_grad(NET, LOSS, params, X, T)
        vector = fn.tree.ravel(params) - float(rate) * fn.tree.ravel(dparams)
        params = fn.tree.unravel(params, vector)
        assert loss == pytest.approx(float(LOSS(NET(params, X)[0], T)[0]), rel=1e-4)
    assert found.smoothed.tolist() == found.losses.tolist()  # a tenth of 7 steps is none


def test_it_finds_the_edge_of_gradient_descent():
    """Whole batches diverge beyond 2 / λ, where λ is the largest eigenvalue of the Hessian 2 XᵀX / N."""
    ones = np.concatenate([X, np.ones((64, 1))], axis=1)
    edge = 2 / np.linalg.eigvalsh(2 * ones.T @ ones / 64).max()
    found = search(batch_size=64)
    assert edge / 30 < found.suggestion < edge
    assert found.rates[-1] < 10
    state, _ = fn.fit(NET, LOSS, fn.sgd(found.suggestion), start(), (X, T), epochs=60, progress=False)
    assert fn.evaluate(NET, LOSS, state.params, (X, T))["loss"] < 1e-3 * float(found.losses[0])


def test_smoothing_is_the_average_of_as_many_before_as_after():
    found = search(steps=100)
    losses, count = found.losses, len(found.losses)
    for k in (0, 1, 4, 5, 20, count - 2, count - 1):
        reach = min(5, k, count - 1 - k)
        assert found.smoothed[k] == pytest.approx(losses[k - reach : k + reach + 1].mean(), rel=1e-6)


def test_it_leaves_the_state_alone_and_repeats():
    state = start()
    before = fn.tree.fingerprint(state)
    runs = [fn.find_rate(NET, LOSS, fn.adam, state, (X, T), steps=30) for _ in range(2)]
    assert fn.tree.fingerprint(state) == before
    assert fn.tree.equal(runs[0], runs[1])
    assert all(not leaf.flags.writeable for leaf in fn.tree.leaves(runs[0]))


def test_it_stops_when_the_loss_explodes_or_is_no_number():
    exploded = search(high=1e6, steps=60)
    assert 10 < len(exploded.rates) < 59
    assert exploded.losses[-1] > 4 * exploded.losses[0]
    assert exploded.losses[:-3].max() < 4 * exploded.losses[0]
    calls = []

    def loss(y, target):
        value, dy = LOSS(y, target)
        calls.append(value)
        return (np.nan if len(calls) == 9 else value), dy

    found = fn.find_rate(NET, loss, fn.sgd, start(), (X, T))
    assert len(found.rates) == len(found.losses) == 7
    assert found.losses.tolist() == [float(value) for value in calls[1:8]]


def test_a_loss_that_is_never_finite_is_an_error():
    with pytest.raises(fn.NonFiniteError, match="step 0: expected a finite loss"):
        fn.find_rate(NET, lambda y, t: (np.nan, y), fn.sgd, start(), (X, T))


def test_a_loss_that_only_rises_suggests_the_lowest_rate():
    found = fn.find_rate(NET, LOSS, lambda rate: Uphill(fn.sgd(rate)), start(), (X, T), low=1e-3)
    assert found.suggestion == found.rates[0] == pytest.approx(1e-3)


@attrs.frozen
class Uphill(fn.Optimizer):
    """An optimizer turned round."""

    optimizer: fn.Optimizer

    def init(self, params):
        return self.optimizer.init(params)

    def update(self, g, state, p):
        return self.optimizer.update(-g, state, p)


def test_batches_of_ones_own_start_again_when_they_end():
    seen = []

    class Batches:
        def __iter__(self):
            for k in range(3):
                seen.append(k)
                yield X[k : k + 8], T[k : k + 8]

    found = search(data=Batches(), steps=10)
    assert len(found.rates) == 10
    assert seen == [0, 1, 2] * 3 + [0, 1]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"low": 1.0, "high": 0.1},
            fn.ConfigError,
            "find_rate: expected 0 < low < high, got low=1.0, high=0.1",
        ),
        ({"low": 0}, fn.ConfigError, "find_rate: expected 0 < low < high, got low=0, high=10.0"),
        ({"steps": 1}, fn.ConfigError, "find_rate: expected steps to be an integer of at least 2, got 1"),
        (
            {"optimizer": fn.adam(0.1)},
            fn.DtypeError,
            "find_rate: expected optimizer to be a function of the rate, got a adam record; "
            "give the function that makes one of a rate, as fn.adam",
        ),
    ],
)
def test_bad_arguments(options, error, message):
    with pytest.raises(error) as caught:
        search(**options)
    assert str(caught.value) == message


def test_the_picture():
    found = search()
    (axes,) = found.plot().axes
    raw, smooth, mark = (line.get_xydata() for line in axes.lines)
    np.testing.assert_array_equal(raw, np.stack([found.rates, found.losses], axis=1))
    np.testing.assert_array_equal(smooth, np.stack([found.rates, found.smoothed], axis=1))
    assert mark[0, 0] == found.suggestion
