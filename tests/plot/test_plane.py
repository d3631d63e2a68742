"""Points and boundaries are where they should be, and each class has its mark."""

import numpy as np
import pytest
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.contour import QuadContourSet
from numpy.testing import assert_allclose, assert_array_equal

import funnet as fn
from funnet.ops.numeric import sigmoid
from tests.plot.seen import LABELS, POINTS, fixed, legend


def contours(axes):
    return [c for c in axes.collections if isinstance(c, QuadContourSet)]


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
