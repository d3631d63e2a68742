"""MNIST, 70,000 handwritten digits."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from funnet.core.containers import Array, describe
from funnet.data.files import locate
from funnet.data.idx import read_idx
from funnet.errors import DataError

_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
_CHECKSUMS = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
_CLASSES = 10

Examples = tuple[Array, Array]


def mnist(root: str | os.PathLike[str] | None = None) -> tuple[Examples, Examples]:
    """(train, test): for each a pair of images (N, 28, 28) and labels (N,), both uint8 and read-only.

    N is 60,000 and 10,000, or what your own files hold; pixels run from 0 (paper) to 255 (ink), labels
    from 0 to 9.

        (x, labels), (x_test, labels_test) = fn.data.mnist()

    The four IDX files, packed or not, also as train-images.idx3-ubyte and so on, are read from the folder
    `root` if it is given; otherwise from the folder that the environment variable FUNNET_DATA names, or its
    sub-folder mnist; otherwise from the user's cache, into which they are downloaded first (11 MB, with the
    extra [data]) and checked.
    Raises DataError if a file is missing or holds anything else, or cannot be downloaded.
    LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to document recognition.
    """
    paths = locate("mnist", _CHECKSUMS, _MIRRORS, root)
    return _examples(paths, "train"), _examples(paths, "t10k")


def _examples(paths: dict[str, Path], part: str) -> Examples:
    path = paths[f"{part}-images-idx3-ubyte.gz"]
    images = read_idx(path)
    if images.shape[1:] != (28, 28) or not len(images) or images.dtype != np.uint8:
        raise DataError("uint8[N, 28, 28] with N > 0", describe(images), who=path, why="images of MNIST")
    path = paths[f"{part}-labels-idx1-ubyte.gz"]
    labels = read_idx(path)
    if labels.shape != images.shape[:1] or labels.dtype != np.uint8:
        raise DataError(f"uint8[{len(images)}]", describe(labels), who=path, why="a label for each image")
    if labels.max() >= _CLASSES:
        index = int(np.argmax(labels >= _CLASSES))
        raise DataError(f"labels from 0 to {_CLASSES - 1}", f"{labels[index]} at {index}", who=path)
    return images, labels
