"""The weights of scikit-learn's perceptrons."""

from __future__ import annotations

from typing import Any

import numpy as np

from funnet.core.containers import Tree, describe, is_leaf
from funnet.errors import CheckpointError, DtypeError, TreeError
from funnet.interop.parameter_paths import filled, in_dtype, records
from funnet.interop.ties import is_among, with_holes
from funnet.nn.layers.linear import Affine

_WHO = "from_sklearn"


def from_sklearn(model: Any, like: Tree) -> Tree:
    """Parameters built like `like`, with the weights of a fitted MLPClassifier or MLPRegressor.

    `like` are the parameters of a Sequential with a Linear for each layer of the model, whose activation
    stands between them: Relu, Tanh or Sigmoid for relu, tanh, logistic. An MLPRegressor gives what the last
    Linear does; a classifier's probabilities are its Softmax, or its Sigmoid where there are two classes.
    Weights that a Tied has once must be the same in both places of the model.
    Raises DtypeError for a model without weights, CheckpointError if the shapes differ, if what is tied
    does, or if a number does not fit the dtype of `like`.
    """
    try:
        coefs, intercepts = list(model.coefs_), list(model.intercepts_)
    except AttributeError:
        expected = "a fitted model with coefs_ and intercepts_"
        raise DtypeError(expected, type(model).__name__, who=_WHO) from None
    ours = {path: node for path, node in records(like) if isinstance(node, Affine)}
    for path, p in ours.items():
        if not all(is_leaf(part) or (type(part) is tuple and not part) for part in (p.w, p.b)):
            raise TreeError("parameters as init makes them", describe(p.w), who=f"{_WHO}: {path}")
    wanted = [(p.w.shape if is_leaf(p.w) else "tied", np.shape(p.b)) for p in ours.values()]
    found = [(np.shape(w), np.shape(b)) for w, b in zip(coefs, intercepts, strict=True)]
    fits = len(wanted) == len(found) == len(dict(records(like)))
    if not fits or any(b != a or w not in ("tied", v) for (w, b), (v, a) in zip(wanted, found, strict=True)):
        got = f"w and b of shapes {found}"
        raise CheckpointError(f"w and b of shapes {wanted}", got, who=_WHO, why="those of the network")
    once = [w for p, w in zip(ours.values(), coefs, strict=True) if is_leaf(p.w)]
    made = {}
    for (path, p), w, b in zip(ours.items(), coefs, intercepts, strict=True):
        if not is_leaf(p.w) and not is_among(w, once):
            fix = "load them into the network without its Tied"
            raise CheckpointError(f"w of {path} to be what it is tied to", "other numbers", who=_WHO, fix=fix)
        made[path] = with_holes(p, in_dtype(Affine(w, b), p, (w, b), _WHO, f"w and b of {path}"))
    return filled(like, made)
