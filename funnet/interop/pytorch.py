"""The weights of PyTorch's modules."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.arrays import shown
from funnet.core.containers import Array, Tree, describe
from funnet.errors import CheckpointError, DtypeError, TreeError
from funnet.interop.channel_order import permutations, reshapes
from funnet.interop.layouts import RULES, Shapes, Tensors
from funnet.interop.matching import Wanted, paired
from funnet.interop.parameter_paths import filled, in_dtype, records
from funnet.interop.tensors import joined, modules
from funnet.interop.ties import check_ties, holds_ties, untied, wanted_of, with_holes
from funnet.io.report import compared
from funnet.nn.layer import Layer
from funnet.nn.layers.linear import Affine
from funnet.tree.batches import take

_WHO = "from_torch"


def from_torch(
    source: str | os.PathLike[str] | Mapping[str, Any],
    like: Tree,
    *,
    names: Mapping[str, str] | None = None,
    net: Layer | None = None,
    x: Tree = None,
) -> Tree:
    """Parameters built like `like`, with the weights of a PyTorch `state_dict`.

    Linear and convolutions are transposed, running moments go into their Buffer, and the gates of recurrent
    layers into our order; layer k of an LSTM called "rnn" is the module "rnn.lk". Modules find each other
    by `names`; the rest by name, if all are called alike here and there, or else by shape, those of one
    shape in the order of the numbers in their names. Every tensor must find its place.

    A Flatten behind convolutions gives its features in another order in PyTorch, whose channels come first:
    no shape shows it. Give `net` and `x`, and the weights that read these features are permuted to fit; or
    write Flatten(order="channels_first") into the network, and nothing needs to be. Without either the
    outputs are wrong.

    Weights that `Tied` has once are taken once; where the source has them twice, both must be the same.

    Args:
        source: the path of a file in the safetensors format (extra), or a mapping of names to arrays or
            PyTorch's tensors, of any floating dtype, bfloat16 too.
        like: parameters of the network, as its `init` makes them.
        names: {path here: name there}, for modules or for whole branches of them.
        net: the network that `like` belongs to; it also tells the shapes of what is tied.
        x: an example of its input, of any batch size.

    Raises:
        CheckpointError: tensors are missing or left over, shapes leave a choice, the file cannot be read,
            what is tied differs in the source, a number does not fit the dtype of `like`, or the features of
            a Flatten cannot be followed through the network.
        DtypeError: a tensor is not of real floats.
        ConfigError: a path in `names` is not in `like`.

        >>> import funnet as fn, numpy as np
        >>> net = fn.Sequential([fn.Linear(2), fn.Tanh()])
        >>> state_dict = {"fc.weight": np.ones((2, 3)), "fc.bias": np.zeros(2)}
        >>> from_torch(state_dict, net.init(fn.Key(0), np.ones((1, 3))))
        (Affine(w=<float64[3, 2]>, b=<float64[2]>), ())

    """
    if net is not None:
        checks.instance(_WHO, "net", net, Layer)
    if names is not None:
        _check_names(names)
    theirs = modules(source)
    whole = like if net is None else untied(net, like)
    ours, held = dict(records(whole)), dict(records(like))
    wanted = {path: known for path, own in ours.items() if (known := _wanted(path, own, held.get(path)))}
    there = {name: {piece: array.shape for piece, array in found.items()} for name, found in theirs.items()}
    pairs = paired(wanted, there, names or {})
    _check_all_used(ours, wanted, there, pairs)
    rows = {} if net is None else _permutations(net, like, x)
    made = {
        path: _made(ours[path], wanted[path], theirs[name], name, rows.get(path))
        for path, name in pairs.items()
    }
    result = filled(like, {path: with_holes(own, made.get(path, own)) for path, own in held.items()})
    if net is None or holds_ties(net):
        both = None if net is None else dict(records(untied(net, result)))
        check_ties(wanted, theirs, pairs, made, both)
    return result


def _check_names(names: object) -> None:
    """Raise unless these are names of modules by path."""
    checks.instance(_WHO, "names", names, Mapping)
    for path, name in cast("Mapping[object, object]", names).items():
        if not isinstance(path, str) or not isinstance(name, str):
            raise DtypeError("names to be strings by path", f"{shown(path)}: {shown(name)}", who=_WHO)


def _wanted(path: str, own: Tree, held: Tree) -> Wanted | None:
    """The tensors that make a record of `like`. Raises TreeError for one that no layer made."""
    try:
        return wanted_of(own, held)
    except (AttributeError, TypeError, ValueError) as error:
        raise TreeError("parameters as init makes them", describe(own), who=f"{_WHO}: {path}") from error


def _check_all_used(
    ours: Mapping[str, Tree],
    wanted: Mapping[str, Wanted],
    there: Mapping[str, Shapes],
    pairs: Mapping[str, str],
) -> None:
    expected: dict[str, str] = {}
    for path, own in wanted.items():
        found = there.get(pairs.get(path, ""), {})
        for piece, shape in own.all.items():
            if piece in own.needed or piece in found:
                name = joined(pairs[path], piece) if path in pairs else f"{path} ({joined('', piece)})"
                expected[name] = str(found.get(piece) if shape is None else shape)
    expected |= {f"{path} (no rule for it)": "" for path in ours if path not in wanted}
    found_all = {
        joined(name, piece): str(shape) for name, held in there.items() for piece, shape in held.items()
    }
    report = compared(expected, found_all)
    if not report.complete:
        fix = "say which module is which with names={path: name}"
        raise CheckpointError("the weights of the parameters", report.faults(), who=_WHO, fix=fix)


def _made(own: Any, wanted: Wanted, found: Tensors, name: str, rows: Array | None) -> Tree:
    """The record like our own, in its dtype, its features permuted if they are flattened in another order."""
    for piece, array in found.items():
        if array.dtype.kind != "f":
            raise DtypeError(f"{joined(name, piece)} of floats", f"dtype {array.dtype}", who=_WHO)
    rule = RULES[type(own)]
    with np.errstate(over="ignore"):  # what is too large is found in the result
        if None in wanted.optional.values():
            made = type(own)(*(found.get(piece, ()) for piece in rule.fields.values()))
        else:  # what is tied and not there has no say
            absent = {piece: np.zeros(shape or ()) for piece, shape in wanted.optional.items()}
            made = rule.made(own, {**absent, **found})
    if rows is not None:
        made = Affine(made.w[rows], made.b) if type(made) is Affine else take(made, rows)
    return in_dtype(made, own, tuple(found.values()), _WHO, name)


def _permutations(net: Layer, like: Tree, x: Tree) -> Mapping[str, Array]:
    if not reshapes(net):
        return {}
    if x is None:
        why = "what is flattened has another order in PyTorch"
        raise CheckpointError("an example x beside net", "None", who=_WHO, why=why, fix="give x=x[:1]")
    leaves = tree.leaves(like)
    rows = permutations(net, like, tree.cast(x, leaves[0].dtype) if leaves else x)
    if rows and holds_ties(net):
        fix = "write Flatten(order='channels_first')"
        got = f"a Tied beside {', '.join(rows)}"
        raise CheckpointError("no ties beside features to be permuted", got, who=_WHO, fix=fix)
    return rows
