"""Images side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from funnet.core import checks
from funnet.core.containers import Array
from funnet.errors import ShapeError
from funnet.plot.canvas import axes_for, labels, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def image_grid(images: Array, titles: Sequence[str] | None = None, *, axes: Axes | None = None) -> Axes:
    """Images (N, H, W), dark where the number is large, or (N, H, W, 3), eight a row, titles above them.

    Raises ShapeError unless there are images, and as many titles.
    """
    checks.rank("image_grid", checks.array("image_grid", images, "images"), 3, "(N, H, W)", "images")
    if images.ndim > 4 or (images.ndim == 4 and images.shape[-1] != 3):
        expected = "images with axes (N, H, W) or (N, H, W, 3)"
        raise ShapeError(expected, f"images of shape {images.shape}", who="image_grid")
    pixels = numbers("image_grid", "images", images)
    count, height, width = images.shape[:3]
    texts = labels("image_grid", "titles", [""] * count if titles is None else titles)
    if len(texts) != count:
        raise ShapeError(f"{count} titles", f"{len(texts)}", who="image_grid", why="one for each image")
    columns = min(8, count)
    rows = math.ceil(count / columns)
    right, down = 1.2 * width, 1.4 * height
    axes = axes_for("image_grid", axes, 1.1 * columns, 1.1 * rows * down / right)
    for index, (image, title) in enumerate(zip(images, texts, strict=True)):
        x, y = index % columns * right, index // columns * down
        edges = (x, x + width, y + height, y)
        axes.imshow(image, extent=edges, cmap="gray_r", vmin=pixels.min(), vmax=pixels.max())
        axes.plot([x, x + width, x + width, x, x], [y, y, y + height, y + height, y], "0.5", linewidth=0.5)
        axes.text(x + width / 2, y - 0.05 * height, title, ha="center", va="bottom", fontsize=9)
    corner = (-0.1 * width, -0.35 * height)
    axes.set(xlim=(corner[0], corner[0] + columns * right), ylim=(corner[1] + rows * down, corner[1]))
    axes.set_axis_off()
    return axes
