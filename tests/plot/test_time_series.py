"""The prediction lies over the truth."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import funnet as fn
from tests.plot.seen import legend


def test_series_draws_the_prediction_over_the_truth():
    truth, prediction = np.array([0.0, 1.0, 0.0]), np.array([0.1, 0.9, 0.1])
    axes = fn.plot.series(truth, prediction)
    first, second = axes.lines
    assert_array_equal(first.get_xydata(), np.stack([[0, 1, 2], truth], axis=-1))
    assert_array_equal(second.get_ydata(), prediction)
    assert first.get_linestyle() != second.get_linestyle()
    assert legend(axes) == ["truth", "prediction"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time (steps)", "value")
    timed = fn.plot.series(truth, prediction, time=np.array([0.0, 0.5, 1.0]))
    assert_array_equal(timed.lines[1].get_xdata(), [0.0, 0.5, 1.0])
    assert timed.get_xlabel() == "time"
    with pytest.raises(fn.ShapeError) as caught:
        fn.plot.series(truth, prediction[:2])
    assert str(caught.value) == "series: expected prediction of shape (3), got shape (2,)"
