"""The weights of PyTorch's modules."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from funnet import tree
from funnet.checkpoint.report import compared
from funnet.checkpoint.store import opened
from funnet.checkpoint.tensors import tensors
from funnet.containers import Array, Tree, freeze
from funnet.errors import CheckpointError
from funnet.foreign.pairing import paired
from funnet.foreign.places import filled, records
from funnet.foreign.records import RULES, Tensors

_RECURRENT = re.compile(r"(weight|bias)_(ih|hh)_(l\d+(?:_reverse)?)")


def from_torch(
    source: str | os.PathLike[str] | Mapping[str, Any], like: Tree, *, names: Mapping[str, str] | None = None
) -> Tree:
    """Parameters built like `like`, with the weights of a PyTorch `state_dict`.

    `source` is the path of a file in the safetensors format (extra), or a mapping of names to arrays.
    Linear and convolutions are transposed, running moments go into their Buffer, and the gates of recurrent
    layers into our order; layer k of an LSTM called "rnn" is the module "rnn.lk". Modules find each other
    by `names`, {path here: name there}, for modules or for whole branches of them; the rest by name, if
    all are called alike here and there, or else by shape, those of one shape in the order of the numbers
    in their names.
    Every tensor must find its place: raises CheckpointError, with all that lacks and is left over, if one
    does not, if shapes leave a choice, or if the file cannot be read; ConfigError for a path in `names`
    that is not in `like`.

        >>> import funnet as fn, numpy as np
        >>> net = fn.Sequential([fn.Linear(2), fn.Tanh()])
        >>> state_dict = {"fc.weight": np.ones((2, 3)), "fc.bias": np.zeros(2)}
        >>> from_torch(state_dict, net.init(fn.Key(0), np.ones((1, 3))))
        (Affine(w=<float64[3, 2]>, b=<float64[2]>), ())
    """
    theirs = _modules(_arrays(source))
    ours = dict(records(like))
    wanted = {path: dict(RULES[type(own)].shapes(own)) for path, own in ours.items() if type(own) in RULES}
    there = {name: {piece: array.shape for piece, array in held.items()} for name, held in theirs.items()}
    pairs = paired(wanted, there, names or {})
    expected = {
        _joined(pairs[path], piece) if path in pairs else f"{path} ({_joined('', piece)})": str(shape)
        for path, shapes in wanted.items()
        for piece, shape in shapes.items()
    }
    expected |= {f"{path} (no rule for it)": "" for path in ours if path not in wanted}
    found = {
        _joined(name, piece): str(shape) for name, held in there.items() for piece, shape in held.items()
    }
    report = compared(expected, found)
    if not report.complete:
        fix = "say which module is which with names={path: name}"
        raise CheckpointError("the weights of the parameters", report.faults(), who="from_torch", fix=fix)
    made = {path: _made(ours[path], theirs[name]) for path, name in pairs.items()}
    return filled(like, made)


def _arrays(source: str | os.PathLike[str] | Mapping[str, Any]) -> dict[str, Array]:
    if isinstance(source, Mapping):
        return {name: np.asarray(array) for name, array in source.items()}
    with opened(source, tensors, "a file in the safetensors format") as file:
        return {name: file.read(name) for name in file.outlines}


def _modules(arrays: Mapping[str, Array]) -> dict[str, dict[str, Array]]:
    """{module: {piece: array}}."""
    found: dict[str, dict[str, Array]] = {}
    for whole, array in arrays.items():
        name, _, piece = whole.rpartition(".")
        if recurrent := _RECURRENT.fullmatch(piece):
            piece, name = f"{recurrent[1]}_{recurrent[2]}", _joined(name, recurrent[3])
        if piece != "num_batches_tracked":
            found.setdefault(name, {})[piece] = array
    for name in list(found):
        owner, _, last = name.rpartition(".")
        if last == "out_proj" and "in_proj_weight" in found.get(owner, {}):  # a part of an attention
            found[owner] |= {f"out_proj.{piece}": array for piece, array in found.pop(name).items()}
    return found


def _joined(name: str, piece: str) -> str:
    return f"{name}.{piece}" if name else piece


def _made(own: Any, tensors: Tensors) -> Tree:
    """The record like our own, in its dtype."""
    return freeze(tree.cast(RULES[type(own)].made(own, tensors), next(iter(tree.leaves(own))).dtype))
