"""Curves are judged by what stands in them: lines, labels, axes."""

import sys
from importlib.machinery import BuiltinImporter

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_array_equal

import funnet as fn
from tests.plot.seen import legend, picture

HISTORY = fn.History(
    tuple(
        fn.tree.FrozenDict(row)
        for row in (
            {"epoch": 1, "step": 10, "loss": 0.9, "test_loss": 1.0, "test_accuracy": 0.5, "seconds": 0.1},
            {"epoch": 2, "step": 20, "loss": 0.5, "test_accuracy": 0.7, "seconds": 0.2},
            {"epoch": 3, "step": 30, "loss": 0.4, "test_loss": 0.6, "test_accuracy": 0.8, "seconds": 0.3},
        )
    )
)


def test_curves_draws_the_columns_that_end_in_the_label():
    axes = fn.plot.curves(HISTORY)
    loss, test_loss = axes.lines
    assert legend(axes) == ["loss", "test loss"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "loss")
    assert_array_equal(loss.get_xydata(), [[1, 0.9], [2, 0.5], [3, 0.4]])
    assert_array_equal(test_loss.get_xydata(), [[1, 1.0], [3, 0.6]])
    assert picture(axes).max() > 0.9


def test_curves_takes_columns_another_x_a_mapping_and_axes():
    axes = Figure().add_subplot()
    columns = {"step": [0, 5], "slow": [3.0, 2.0], "quick": np.array([3.0, -2.0])}
    assert fn.plot.curves(columns, ["quick"], x="step", label="error (m)", axes=axes) is axes
    (line,) = axes.lines
    assert_array_equal(line.get_xydata(), [[0, 3], [5, -2]])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step", "error (m)")


def test_curves_differ_without_colour():
    axes = fn.plot.curves({"epoch": [1, 2]} | {f"{i}_loss": [i, i] for i in range(4)})
    assert len({(line.get_linestyle(), line.get_marker()) for line in axes.lines}) == 4
    assert all(float(tick).is_integer() for tick in axes.get_xticks())


@pytest.mark.parametrize(
    ("columns", "chosen", "error", "message"),
    [
        (HISTORY, ["los"], fn.TreeError, "plot: expected one of the columns epoch, step, loss, test_loss"),
        ({"loss": [1.0]}, None, fn.TreeError, "plot: expected one of the columns loss, got 'epoch'"),
        ({"epoch": [1]}, None, fn.TreeError, "curves: expected a column that ends in 'loss', got epoch"),
        (
            {"epoch": [1, 2], "loss": [1.0]},
            None,
            fn.ShapeError,
            "curves: expected column 'loss' of shape (2), got shape (1,)",
        ),
    ],
)
def test_curves_names_what_is_missing(columns, chosen, error, message):
    with pytest.raises(error) as caught:
        fn.plot.curves(columns, chosen)
    assert str(caught.value).startswith(message)


def test_gradient_sizes_are_logarithmic_and_leave_out_the_counters():
    columns = {"step": [0, 1], "epoch": [1, 1], "0/w": [1e-5, 1e-4], "2/w": [1e-2, 1e-3], "seconds": [1, 2]}
    axes = fn.plot.gradient_sizes(columns)
    assert axes.get_yscale() == "log"
    assert legend(axes) == ["0/w", "2/w"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step", "mean |gradient|")
    assert legend(fn.plot.gradient_sizes(columns, ["2/w"])) == ["2/w"]


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [BuiltinImporter])
    with pytest.raises(fn.MissingExtraError, match=r"run: pip install 'funnet\[plot\]'"):
        fn.plot.curves(HISTORY)


def panel_lines(figure):
    return {axes.get_ylabel(): [line.get_label() for line in axes.lines] for axes in figure.axes}


def test_panels_have_a_panel_for_each_quantity():
    columns = {"epoch": [1, 2], "step": [5, 10], "loss": [1.0, 0.5], "test_loss": [1.0, 0.6]}
    columns |= {"test_accuracy": [0.5, 0.75], "gradient/0/w": [1.0, 0.1], "update/0/w": [0.1, 0.01]}
    figure = fn.plot.panels(columns | {"seconds": [0.1, 0.2]})
    assert panel_lines(figure) == {
        "loss": ["loss", "test loss"],
        "accuracy": ["test accuracy"],
        "norm of the gradient": ["0/w"],
        "norm of the update": ["0/w"],
    }
    assert [axes.get_yscale() for axes in figure.axes] == ["linear", "linear", "log", "log"]
    assert {axes.get_xlabel() for axes in figure.axes} == {"epoch"}
    assert_array_equal(figure.axes[2].lines[0].get_xydata(), [[1, 1.0], [2, 0.1]])
    assert picture(figure.axes[0]).max() > 0.9


def test_panels_over_what_counts():
    at = {"step": [3, 6], "loss": [1.0, 0.5]}
    assert fn.plot.panels(at).axes[0].get_xlabel() == "step"
    assert fn.plot.panels({**at, "lap": [1, 2]}, x="lap").axes[0].get_xlabel() == "lap"
    one_array = fn.plot.panels({"evaluation": [1, 2], "gradient": [1.0, 0.5]}).axes[0]
    assert (one_array.get_xlabel(), one_array.get_ylabel()) == ("evaluation", "norm of the gradient")
    with pytest.raises(fn.TreeError, match="panels: expected a column to draw, got epoch, step"):
        fn.plot.panels({"epoch": [1], "step": [2]})


def test_many_lines_differ_and_their_legend_hides_none():
    axes = fn.plot.panels({"epoch": [1, 2]} | {f"gradient/{i}/w": [i + 1, i + 2] for i in range(12)}).axes[0]
    assert len({(line.get_color(), line.get_linestyle()) for line in axes.lines}) == 12
    axes.figure.draw_without_rendering()
    assert not axes.get_legend().get_window_extent().overlaps(axes.get_window_extent())


def test_gradient_sizes_draws_the_norms_that_fit_saw():
    columns = {"step": [1, 2], "loss": [1, 2], "gradient/0/w": [1, 0.1], "update/0/w": [2, 3]}
    axes = fn.plot.gradient_sizes(columns)
    assert legend(axes) == ["0/w"]
    assert axes.get_ylabel() == "norm of the gradient"
