"""The files that the calls of the table read."""

import os

import numpy as np

import funnet as fn
from tests.fuzz.values import ADAM, IMAGES, LABELS, LOSS, NET, PARAMS, STATE, X


def fill() -> None:
    """Write them all into the folder at hand."""
    fn.save("params.npz", PARAMS)
    fn.save_net("net.json", NET)
    fn.data.write_idx("array.idx", IMAGES)
    fn.fit(NET, LOSS, ADAM, STATE, (X, LABELS), epochs=1, progress=False, checkpoint="state.npz")
    os.mkdir("mnist")
    for part in ("train", "t10k"):
        fn.data.write_idx(f"mnist/{part}-images-idx3-ubyte.gz", np.zeros((3, 28, 28), np.uint8))
        fn.data.write_idx(f"mnist/{part}-labels-idx1-ubyte.gz", np.zeros(3, np.uint8))
