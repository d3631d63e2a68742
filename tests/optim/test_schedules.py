"""Schedules."""

import numpy as np
import pytest

import funnet as fn


def test_constant():
    schedule = fn.constant(0.1)
    assert [schedule(step) for step in (0, 1, 10**9)] == [0.1] * 3
    assert type(fn.constant(np.float32(0.5))(0)) is float


def test_a_constant_schedule_is_the_rate():
    g = np.ones(3)
    scheduled, plain = fn.adam(fn.constant(0.1)), fn.adam(0.1)
    assert fn.tree.equal(scheduled.update(g, scheduled.init(g), g), plain.update(g, plain.init(g), g))
    assert fn.adam(fn.constant(0.1)) == scheduled


@pytest.mark.parametrize("rate", [-0.1, np.nan, np.inf, "0.1", True, None])
def test_the_rate_is_checked(rate):
    with pytest.raises(fn.ConfigError) as caught:
        fn.constant(rate)
    assert str(caught.value) == f"constant: expected rate to be a number of at least 0, got {rate!r}"
