"""A set of images in the files and the form of MNIST, small and quickly learned."""

import numpy as np

import funnet as fn


def write_miniature(folder, train=600, test=100):
    """Noisy 28×28 images of ten fixed patterns, as four IDX files."""
    folder.mkdir()
    generator = fn.Key(0).generator()
    patterns = generator.random((10, 28, 28)) < 0.2
    for part, count in (("train", train), ("t10k", test)):
        labels = generator.integers(0, 10, count)
        ink = patterns[labels] ^ (generator.random((count, 28, 28)) < 0.25)
        fn.data.write_idx(folder / f"{part}-images-idx3-ubyte.gz", np.uint8(255) * ink.astype(np.uint8))
        fn.data.write_idx(folder / f"{part}-labels-idx1-ubyte.gz", labels.astype(np.uint8))
