"""Every image has a place of its own."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import funnet as fn


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
