"""Pictures are judged by what stands in them: lines, labels, levels, texts and where they are."""

import io
import sys
from importlib.machinery import BuiltinImporter

import matplotlib.image
import numpy as np
import pytest
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal

import funnet as fn
from funnet.numeric import sigmoid

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
POINTS = np.array([[-1.0, -1.0], [0.0, 2.0], [1.0, 0.0], [1.0, 1.0]])
LABELS = np.array([0, 0, 1, 1])


@pytest.fixture(autouse=True)
def _no_pyplot(monkeypatch):
    """Importing pyplot, the global state of matplotlib, is an error here."""
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)


def fixed(function):
    """A network without parameters that computes `function`."""
    return fn.Lambda(lambda params, x: (function(x), ()), lambda params, cache, dy: ((), dy))


def picture(axes):
    """The pixels that would be saved, as shares of black."""
    file = io.BytesIO()
    axes.figure.savefig(file, format="png")
    file.seek(0)
    return 1.0 - matplotlib.image.imread(file)[..., :3].mean(axis=-1)


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def contours(axes):
    return [c for c in axes.collections if isinstance(c, QuadContourSet)]


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


def test_scatter_marks_each_class_and_leaves_room_for_its_legend():
    axes = fn.plot.scatter(POINTS, LABELS)
    first, second = axes.collections
    assert_array_equal(first.get_offsets(), POINTS[:2])
    assert_array_equal(second.get_offsets(), POINTS[2:])
    assert first.get_paths()[0].vertices.shape != second.get_paths()[0].vertices.shape
    assert legend(axes) == ["class 0", "class 1"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x₁", "x₂")
    axes.figure.draw_without_rendering()
    box = axes.get_legend().get_window_extent()
    assert not any(box.contains(*axes.transData.transform(point)) for point in POINTS)


@pytest.mark.parametrize(
    ("net", "options"),
    [
        (fixed(lambda x: np.stack([0 * x[:, 0], x[:, 0] - 0.25], axis=-1)), {}),
        (fixed(lambda x: x[:, :1] - 0.25), {"probability": sigmoid}),
        (
            fixed(lambda x: sigmoid(np.stack([0.25 - x[:, 0], x[:, 0] - 0.25], axis=-1))),
            {"probability": lambda y: y / y.sum(axis=-1, keepdims=True)},
        ),
    ],
    ids=["logits", "one logit", "two sigmoids"],
)
def test_decision_boundary_of_two_classes_is_where_the_probability_is_a_half(net, options):
    axes = fn.plot.decision_boundary(net, (), POINTS, LABELS, **options)
    (contour,) = contours(axes)
    (path,) = contour.get_paths()
    assert_array_equal(contour.levels, [0.5])
    assert_allclose(path.vertices[:, 0], 0.25, atol=1e-3)
    assert_allclose([path.vertices[:, 1].min(), path.vertices[:, 1].max()], axes.get_ylim())
    assert legend(axes) == ["probability ½", "class 0", "class 1"]
    (bar,) = (other for other in axes.figure.axes if other is not axes)
    assert bar.get_ylabel() == "probability of class 1"
    assert bar.get_ylim() == (0, 1)
    mesh = next(c for c in axes.collections if isinstance(c, QuadMesh))
    p = mesh.get_array().reshape(201, 201)
    assert p[100, 0] < 0.4 < 0.6 < p[100, -1]


def test_decision_boundary_of_three_classes_hatches_their_regions():
    centres = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    net = fixed(lambda x: -4.0 * np.square(x[:, None] - centres).sum(axis=-1))
    axes = fn.plot.decision_boundary(net, (), centres, np.arange(3))
    regions = [c for c in contours(axes) if c.filled]
    lines = [c for c in contours(axes) if not c.filled]
    assert len({region.hatches[0] for region in regions}) == 3
    for region, centre in zip(regions, centres, strict=True):
        inside = [any(path.contains_point(other) for path in region.get_paths()) for other in centres]
        assert_array_equal(inside, (centres == centre).all(axis=1))
    assert [list(line.levels) for line in lines] == [[0.5]] * 3
    assert sum(isinstance(c, PathCollection) for c in axes.collections) == 3
    assert len(axes.figure.axes) == 1


def test_decision_boundary_draws_no_line_where_there_is_none():
    net = fixed(lambda x: np.stack([0 * x[:, 0], 0 * x[:, 0] + 1.0], axis=-1))
    assert contours(fn.plot.decision_boundary(net, (), POINTS, LABELS)) == []


def test_decision_boundary_is_that_of_the_net_in_inference_and_keeps_its_dtype():
    net = fn.Sequential([fn.Linear(3), fn.Dropout(0.5), fn.Linear(2)])
    points = POINTS.astype(np.float32)
    params = net.init(fn.Key(0), points)
    meshes = [
        fn.plot.decision_boundary(mode(net), params, points, LABELS).collections[0]
        for mode in (fn.training, fn.inference)
    ]
    assert_array_equal(meshes[0].get_array(), meshes[1].get_array())


@pytest.mark.parametrize(
    ("points", "labels", "message"),
    [
        (POINTS[:, :1], LABELS, "decision_boundary: expected points of shape (any, 2), got shape (4, 1)"),
        (POINTS, LABELS[:3], "scatter: expected labels of shape (4), got shape (3,)"),
    ],
)
def test_decision_boundary_says_what_fits_no_plane(points, labels, message):
    with pytest.raises(fn.ShapeError) as caught:
        fn.plot.decision_boundary(fixed(lambda x: x), (), points, labels)
    assert str(caught.value) == message


def test_confusion_matrix_writes_every_count_in_its_cell():
    counts = np.array([[8, 2, 0], [0, 5, 0], [0, 0, 0]])
    axes = fn.plot.confusion_matrix(counts, ["cat", "dog", "owl"])
    cells = {text.get_position(): text for text in axes.texts}
    assert {at: text.get_text() for at, text in cells.items()} == {
        (column, row): str(counts[row, column]) for row in range(3) for column in range(3)
    }
    assert [cells[at].get_color() for at in ((0, 0), (1, 0), (2, 0))] == ["white", "black", "0.7"]
    assert_allclose(axes.images[0].get_array(), np.sqrt([[0.8, 0.2, 0], [0, 1, 0], [0, 0, 0]]))
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["cat", "dog", "owl"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["cat", "dog", "owl"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")
    assert picture(axes).max() > 0.8


def test_confusion_matrix_must_be_square():
    with pytest.raises(fn.ShapeError) as caught:
        fn.plot.confusion_matrix(np.zeros((2, 3), int))
    assert str(caught.value) == "confusion_matrix: expected counts of shape (2, 2), got shape (2, 3)"


def test_image_grid_gives_each_image_a_place_of_its_own():
    images = np.random.default_rng(0).random((10, 4, 6))
    axes = fn.plot.image_grid(images, [f"image {i}" for i in range(10)])
    for shown, image in zip(axes.images, images, strict=True):
        assert_array_equal(shown.get_array(), image)
        assert shown.get_clim() == (images.min(), images.max())
    assert [text.get_text() for text in axes.texts] == [f"image {i}" for i in range(10)]
    axes.figure.draw_without_rendering()
    boxes = [artist.get_window_extent() for artist in (*axes.images, *axes.texts)]
    frame = axes.get_window_extent()
    assert all(frame.containsx(x) and frame.containsy(y) for box in boxes for x, y in box.get_points())
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_image_grid_wants_images_and_a_title_for_each():
    with pytest.raises(
        fn.ShapeError, match=r"expected images with at least one entry, got shape \(0, 8, 8\)"
    ):
        fn.plot.image_grid(np.zeros((0, 8, 8)))
    with pytest.raises(fn.ShapeError, match=r"expected 2 titles \(one for each image\), got 1"):
        fn.plot.image_grid(np.zeros((2, 8, 8)), ["one"])


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


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [BuiltinImporter])
    with pytest.raises(fn.MissingExtraError, match=r"run: pip install 'funnet\[plot\]'"):
        fn.plot.curves(HISTORY)
