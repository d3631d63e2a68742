"""Saving and loading trees, whole training runs, and networks.

A checkpoint is an `.npz` archive as `np.load` reads it, or a `.safetensors` file: an array for every path,
and a header in JSON with the format, funnet's version, what in the tree is no array, and what the tree is
about, such as its network and optimizer. A digest covers every byte. It holds no pickle, and loading runs
no code from it.
"""

from funnet.checkpoint.about import restore
from funnet.checkpoint.machine import this_machine
from funnet.checkpoint.nets import load_net, save_net
from funnet.checkpoint.report import LoadReport
from funnet.checkpoint.run import check_place, load_run, save_run
from funnet.checkpoint.store import header, load, load_partial, save

__all__ = [
    "LoadReport",
    "check_place",
    "header",
    "load",
    "load_net",
    "load_partial",
    "load_run",
    "restore",
    "save",
    "save_net",
    "save_run",
    "this_machine",
]
