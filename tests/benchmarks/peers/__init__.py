"""The peers, a file each: `train(work) -> Run`, the same training in that peer's own idiom.

`train` raises Unsupported, with the reason, for a work that the peer has not got the layers for, or whose
mathematics it cannot be made to agree with.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

import attrs

from tests.benchmarks.works import Work


@attrs.frozen
class Peer:
    """A peer's name in a table, the module it is imported as, and the package it is installed as."""

    title: str
    module: str
    package: str


PEERS = {
    "numpy": Peer("NumPy by hand", "numpy", "numpy"),
    "torch": Peer("PyTorch eager", "torch", "torch"),
    "jax": Peer("JAX jit", "jax", "jax"),
    "thinc": Peer("Thinc", "thinc", "thinc"),
    "autograd": Peer("autograd", "autograd", "autograd"),
    "mygrad": Peer("MyGrad", "mygrad", "mygrad"),
    "sklearn": Peer("scikit-learn", "sklearn", "scikit-learn"),
}


@attrs.frozen
class Run:
    """A training that has begun.

    `step()` makes one step and gives the loss before it, as anything that `float` takes, when all of the
    step is done. `reset()` goes back to the beginning. `infer()` is the output for the first example.
    """

    step: Callable[[], Any]
    reset: Callable[[], None]
    infer: Callable[[], Any]


class Unsupported(Exception):
    """Why a peer is left out of a work."""


def installed(peer: str) -> bool:
    """Whether the package of a peer is there."""
    return importlib.util.find_spec(PEERS[peer].module) is not None


def train(peer: str, work: Work) -> Run:
    """The training of a work in a peer, "funnet" among them."""
    made: Run = importlib.import_module(f"tests.benchmarks.peers.{peer}_").train(work)
    return made
