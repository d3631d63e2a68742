"""A network, its optimizer and its state from a file alone."""

from __future__ import annotations

import os

from funnet.core import checks
from funnet.core.containers import Tree
from funnet.core.key import Key
from funnet.errors import CheckpointError
from funnet.io.networks import made_of
from funnet.io.plain_data import Classes
from funnet.io.store import header, load_partial, misfit
from funnet.nn.layer import Layer
from funnet.optim.base import Optimizer
from funnet.train.step import TrainState, init


def restore(
    path: str | os.PathLike[str], x: Tree, *, classes: Classes = ()
) -> tuple[Layer, Optimizer, TrainState]:
    """(net, optimizer, state) from a file alone, for inputs like the example `x` (a batch of any size).

    The file was written by `save(path, state, net=net, optimizer=optimizer)`, or by `fit` as a checkpoint.
    `classes` are the attrs classes of your own in the network and the optimizer. No code of the file runs,
    but few bytes can say a network of any size: `load` a stranger's file into a tree of your own instead.
    Raises CheckpointError if it says nothing of its network and optimizer, and what `load`, `from_data` and
    `init` raise.

        >>> import funnet as fn, numpy as np, tempfile
        >>> x, net, adam = np.ones((1, 2)), fn.Linear(3), fn.adam(0.1)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     fn.save(f"{folder}/run.npz", fn.init(net, adam, fn.Key(0), x), net=net, optimizer=adam)
        ...     print(*fn.restore(f"{folder}/run.npz", x)[:2])
        Linear(3) adam(rate=0.1, b1=0.9, b2=0.999, eps=1e-08)
    """
    path = checks.path("restore", path)
    known = header(path)
    said = known["about"]
    net, optimizer = (made_of(path, name, said.get(name), classes) for name in ("net", "optimizer"))
    if not isinstance(net, Layer) or not isinstance(optimizer, Optimizer):
        got = f"one that says {', '.join(said) or 'neither'}"
        fix = "save it with net=net, optimizer=optimizer"
        raise CheckpointError("a file that says its net and optimizer", got, who=path, fix=fix)
    state = init(net, optimizer, Key(0), x)
    inside = "state/step" in known["values"]
    like, where = ({"state": state}, "state/**") if inside else (state, "**")
    made, report = load_partial(path, like=like, where=where)
    if not report.complete:
        raise misfit(path, report)
    return net, optimizer, made["state"] if inside else made
