"""Data: sets to learn from, files that hold them, and what is done to them before training."""

from funnet.data.generate import sine_sequences, spiral
from funnet.data.idx import read_idx, write_idx
from funnet.data.mnist_files import mnist
from funnet.data.prepare import normalise, one_hot
from funnet.tree.batches import batches

__all__ = [
    "batches",
    "mnist",
    "normalise",
    "one_hot",
    "read_idx",
    "sine_sequences",
    "spiral",
    "write_idx",
]
