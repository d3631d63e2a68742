"""What is done to data before training."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.array_utils import normalize_axis_tuple

from funnet.core import checks
from funnet.core.containers import Array, Tree, describe
from funnet.errors import ConfigError, DataError, DtypeError
from funnet.losses.targets import numbering


def one_hot(labels: Array, classes: int, dtype: npt.DTypeLike = np.float32) -> Array:
    """Rows of zeros with a one at the label.     labels (N, …), result (N, …, C),  C = classes

    Raises DtypeError unless labels are integers, DataError if one is out of range.

        >>> one_hot(np.array([2, 0]), 3)
        array([[0., 0., 1.],
               [1., 0., 0.]], dtype=float32)
    """
    checks.count("one_hot", "classes", classes)
    kind = checks.dtype("one_hot", dtype, "biufc")
    checks.plain("one_hot", labels, "labels", "a NumPy array of integers")
    if labels.dtype.kind not in "iu":
        fix = numbering(labels, "labels")
        raise DtypeError("labels to be a NumPy array of integers", describe(labels), who="one_hot", fix=fix)
    outside = (labels < 0) | (labels >= classes)
    if outside.any():
        index = tuple(int(i) for i in np.argwhere(outside)[0])
        raise DataError(f"labels from 0 to {classes - 1}", f"{labels[index]} at {index}", who="one_hot")
    checks.fits("one_hot", labels.size, classes, kind.itemsize)
    made: Array = labels[..., None] == np.arange(classes)
    return made.astype(kind)


def normalise(train: Array, *others: Array, axis: int | tuple[int, ...] | None = 0) -> tuple[Array, ...]:
    """All sets, shifted and scaled by the mean and the standard deviation of the training set.

    y = (x − μ) / σ          x, y (N, …),  μ, σ over the axes `axis` of `train`, σ² = mean (x − μ)²
    With axis=0 every feature has its own μ and σ, with (0, 1) every channel of sequences (N, T, C), with
    None there is one for all, as images have it. What is constant in `train` teaches nothing: it is 0 in
    every set, and so is what varies by no more than rounding, σ ≤ 2 eps max |x|. Results are in the dtype of
    `train`, in float32 if that is of integers.
    Raises ShapeError for sets of different features, DataError for a NaN or an infinity.

        >>> x, x_test = normalise(np.array([[1, 5], [3, 5]]), np.array([[4, 6]]))
        >>> x_test
        array([[2., 0.]], dtype=float32)
    """
    sets = {"train": train} | {f"others[{i}]": x for i, x in enumerate(others)}
    for name, x in sets.items():
        _check_numbers(x, name)
    try:
        axes = normalize_axis_tuple(range(train.ndim) if axis is None else axis, train.ndim)
    except (OverflowError, TypeError, ValueError) as error:
        raise ConfigError(
            f"axis to be of the {train.ndim} axes of train", repr(axis), who="normalise"
        ) from error
    shape = tuple(None if i in axes else length for i, length in enumerate(train.shape))
    for name, x in sets.items():
        checks.axes("normalise", x, shape, name)
    _, size = np.frexp(np.abs(train.astype(np.float64)).max(axes, keepdims=True))
    first = train[tuple(slice(1) if i in axes else slice(None) for i in range(train.ndim))]

    def centred(x: Array) -> Array:
        """x − first, in units of a power of 2, so that squares neither overflow nor vanish."""
        z: Array = np.ldexp(x.astype(np.float64), -size)
        z -= np.ldexp(first.astype(np.float64), -size)
        return z

    z = centred(train)
    mean = z.mean(axes, keepdims=True)
    z -= mean
    deviation = np.sqrt(np.square(z).mean(axes, keepdims=True))
    is_float = train.dtype.kind == "f"
    rounding = float(np.finfo(train.dtype if is_float else np.float64).eps)
    scale = np.where(deviation > 2.0 * rounding, deviation, np.inf)
    dtype = train.dtype if is_float else np.dtype(np.float32)
    return tuple(((centred(x) - mean) / scale).astype(dtype, copy=False) for x in sets.values())


def _check_numbers(x: Tree, name: str) -> None:
    checks.array("normalise", x, name)
    if x.dtype.kind not in "biuf":
        raise DtypeError(f"{name} of real numbers", f"dtype {x.dtype}", who="normalise")
    finite = np.isfinite(x)
    if not finite.all():
        index = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise DataError(f"finite numbers in {name}", f"{x[index]} at {index}", who="normalise")
