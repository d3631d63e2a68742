"""What is not finite is found, named, and nothing is said about it before."""

import numpy as np
import pytest

import funnet as fn
from funnet.finite import check_vector

X = np.ones((4, 3))
NET, LOSS, SGD = fn.Sequential([fn.Linear(2), fn.Relu(), fn.Linear(1)]), fn.MeanSquaredError(), fn.sgd(0.1)


def start(optimizer=SGD):
    return fn.init(NET, optimizer, fn.Key(0), X)


def spoilt(value):
    x = X.copy()
    x[2, 1] = value
    return x


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e200])
def test_no_warning_comes_before_the_error(value):
    """Warnings are errors here, and NumPy warns as it does by default."""
    with np.errstate(all="warn", under="ignore"), pytest.raises(fn.NonFiniteError) as caught:
        fn.train_step(NET, LOSS, SGD, start(), spoilt(value), X[:, :1])
    assert str(caught.value).startswith("step 0: expected a finite loss (")
    if not np.isfinite(value):
        assert f"the first is {value} at (2, 1) in the batch's x" in str(caught.value)


def test_a_step_to_infinity_hands_back_the_state_before_it():
    net, optimizer = fn.Linear(1), fn.sgd(1e300)
    state = fn.init(net, optimizer, fn.Key(0), X)
    with np.errstate(over="ignore"), pytest.raises(fn.NonFiniteError) as caught:
        fn.fit(net, LOSS, optimizer, state, (1e10 * X, X[:, :1]), epochs=9, progress=False)
    assert "step 0: expected a finite new value, got " in str(caught.value)
    assert "inf at (0, 0) in the new value of w" in str(caught.value)
    assert caught.value.state is state


@pytest.mark.parametrize("value", [np.inf, np.nan])
@pytest.mark.parametrize(
    "optimizer",
    [
        SGD,
        fn.adam(0.1),
        fn.lion(0.1),
        fn.chain(fn.clip_by_value(1.0), SGD),
        fn.chain(fn.clip_by_norm(1.0), SGD),
    ],
    ids=str,
)
def test_a_gradient_is_named_whether_the_optimizer_hides_it_or_complains(optimizer, value):
    def loss(y, target):
        dy = np.ones_like(y)
        dy[1, 0] = value
        return y.sum(), dy

    net = fn.Linear(2)
    state = fn.init(net, optimizer, fn.Key(0), X)
    with pytest.raises(fn.NonFiniteError) as caught:
        fn.train_step(net, loss, optimizer, state, X, X)
    assert (
        str(caught.value) == f"step 0: expected a finite gradient, got {value} at (0, 0) in the gradient of w"
    )


def test_large_vectors_are_finite_and_one_infinity_is_named_with_its_place():
    params = {"a": np.zeros((2, 3)), "b": np.zeros(2)}
    vector = np.full(8, 1e300)
    check_vector("me", "gradient", params, vector)
    vector[4] = -np.inf
    with pytest.raises(fn.NonFiniteError) as caught:
        check_vector("me", "gradient", params, vector)
    assert str(caught.value) == "me: expected a finite gradient, got -inf at (1, 1) in the gradient of a"
