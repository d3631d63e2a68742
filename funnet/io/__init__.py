"""Saving and loading trees, whole training runs, and networks.

A checkpoint is an `.npz` archive as `np.load` reads it, or a `.safetensors` file: an array for every path,
and a header in JSON with the format, funnet's version, what in the tree is no array, and what the tree is
about, such as its network and optimizer. A digest covers every byte. It holds no pickle, and loading runs
no code from it.
"""

from funnet.io.machine import this_machine
from funnet.io.networks import load_net, save_net
from funnet.io.report import LoadReport
from funnet.io.store import header, load, load_partial, save

__all__ = [
    "LoadReport",
    "header",
    "load",
    "load_net",
    "load_partial",
    "save",
    "save_net",
    "this_machine",
]
