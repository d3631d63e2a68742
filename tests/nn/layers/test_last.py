import numpy as np
import pytest

import funnet as fn

X = np.arange(24.0).reshape(2, 4, 3)


@pytest.mark.parametrize("time_major", [False, True])
def test_it_picks_the_last_step_of_each_sequence(time_major):
    x = np.ascontiguousarray(X.swapaxes(0, 1)) if time_major else X
    y, _ = fn.Last(time_major)((), x)
    assert y.tolist() == [[9, 10, 11], [21, 22, 23]]
    y, cache = fn.Last(time_major)((), fn.Padded(x, [2, 4]))
    assert y.tolist() == [[3, 4, 5], [21, 22, 23]]
    _, dx = fn.Last(time_major).vjp((), cache, -y)
    by_sequence = dx.values.swapaxes(0, 1) if time_major else dx.values
    assert by_sequence.tolist() == [
        [[0] * 3, [-3, -4, -5], [0] * 3, [0] * 3],
        [[0] * 3] * 3 + [[-21, -22, -23]],
    ]
    assert dx.lengths.value.tolist() == [2, 4]


@pytest.mark.parametrize("x", [X, fn.Padded(X, [2, 4]), X[..., None]])
def test_its_gradient_is_proved(x):
    assert fn.testing.check_layer(fn.Last(), x).verdict == "ok"


def test_errors():
    with pytest.raises(fn.TreeError) as caught:
        fn.Last()((), (X, X[:, 0]))
    assert str(caught.value) == "Last(): expected x alone, got a pair (x, state); give x without the state"
    with pytest.raises(
        fn.ShapeError, match=r"Last\(\): expected x with axes \(N, T, ...\), got x of shape \(4, 3\)"
    ):
        fn.Last()((), X[0])
    _, cache = fn.Last()((), X)
    with pytest.raises(fn.ShapeError, match=r"Last\(\): expected dy of shape \(2, 3\), got shape \(3, 2\)"):
        fn.Last().vjp((), cache, np.zeros((3, 2)))
