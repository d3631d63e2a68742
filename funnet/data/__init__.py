"""Data: sets to learn from, files that hold them, and what is done to them before training."""

from funnet.batches import batches
from funnet.data.generate import sine_sequences, spiral
from funnet.data.idx import read_idx, write_idx
from funnet.data.mnist import mnist
from funnet.data.prepare import normalise, one_hot

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
