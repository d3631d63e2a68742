"""Losses over learning rates."""

import numpy as np
import pytest

import funnet as fn
from tests.plot.seen import legend


def test_losses_by_rate_and_the_suggestion():
    losses, smoothed = np.array([2.0, 1.5, 1.0, 9.0]), np.array([2.0, 1.4, 1.1, 8.0])
    axes = fn.plot.loss_by_rate(np.geomspace(1e-3, 1, 4), losses, smoothed, 0.03)
    raw, smooth, mark = axes.lines
    np.testing.assert_allclose(raw.get_xydata(), np.stack([[1e-3, 1e-2, 0.1, 1], losses], axis=1))
    assert smooth.get_ydata().tolist() == smoothed.tolist()
    assert list(mark.get_xdata()) == [0.03, 0.03]
    assert axes.get_xscale() == "log"
    assert legend(axes) == ["loss of a batch", "smoothed", "suggestion: 0.03"]


def test_what_exploded_lies_outside():
    axes = fn.plot.loss_by_rate(np.array([1.0, 2, 3]), np.array([2.0, 1, 900]), np.array([2.0, 1, 900]), 1.0)
    low, high = axes.get_ylim()
    assert low < 1 < 2 < high < 4


def test_lengths_that_differ():
    with pytest.raises(
        fn.ShapeError, match=r"loss_by_rate: expected smoothed of shape \(2\), got shape \(1,\)"
    ):
        fn.plot.loss_by_rate(np.ones(2), np.ones(2), np.ones(1), 1.0)
