"""What a file says it is about: to make it anew, or to tell whether it is the same."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from funnet import expect
from funnet.checkpoint.nets import made_of
from funnet.checkpoint.store import as_data, header, load_partial, misfit
from funnet.containers import Tree, describe
from funnet.errors import CheckpointError, FunnetError
from funnet.key import Key
from funnet.layer import Layer
from funnet.optimizer import Optimizer
from funnet.plain import Classes
from funnet.train import TrainState, init


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
    path = expect.path("restore", path)
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


def sayable(**about: object) -> dict[str, object]:
    """Those of the values that can be written as plain data."""
    found = {}
    for name, value in about.items():
        try:
            as_data(value)
        except FunnetError:
            continue
        found[name] = value
    return found


def check_same(path: str | os.PathLike[str], said: Mapping[str, Any], **about: object) -> None:
    """Raise CheckpointError if a file says that it is about others than these, and name the first place."""
    for name, value in about.items():
        difference = _difference(said[name], as_data(value), ()) if name in said else ""
        if difference:
            raise CheckpointError(f"a checkpoint of the same {name}", difference, who=os.fspath(path))


def _difference(there: Any, here: Any, path: tuple[str, ...]) -> str:
    """The first place where two pieces of plain data differ, in words, or nothing."""
    if isinstance(there, dict) and isinstance(here, dict) and there.get("class") == here.get("class"):
        pairs = [(name, there.get(name), here.get(name)) for name in dict.fromkeys((*here, *there))]
    elif isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        pairs = [(str(index), a, b) for index, (a, b) in enumerate(zip(there, here, strict=True))]
    elif type(there) is type(here) and there == here:
        return ""
    else:
        at = f" at {'/'.join(path)}" if path else ""
        return f"one with {_said(there)} in place of {_said(here)}{at}"
    return next(filter(None, (_difference(a, b, (*path, name)) for name, a, b in pairs)), "")


def _said(data: Any) -> str:
    return str(data["class"]) if isinstance(data, dict) and "class" in data else describe(data)
