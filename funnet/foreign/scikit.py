"""The weights of scikit-learn's perceptrons."""

from __future__ import annotations

from typing import Any

import numpy as np

from funnet import tree
from funnet.containers import Tree, freeze
from funnet.errors import CheckpointError, DtypeError
from funnet.foreign.places import filled, records
from funnet.layers.linear import Affine


def from_sklearn(model: Any, like: Tree) -> Tree:
    """Parameters built like `like`, with the weights of a fitted MLPClassifier or MLPRegressor.

    `like` are the parameters of a Sequential with a Linear for each layer of the model, whose activation
    stands between them: Relu, Tanh or Sigmoid for relu, tanh, logistic. An MLPRegressor gives what the last
    Linear does; a classifier's probabilities are its Softmax, or its Sigmoid where there are two classes.
    Raises DtypeError for a model without weights, CheckpointError if the shapes differ.
    """
    try:
        coefs, intercepts = list(model.coefs_), list(model.intercepts_)
    except AttributeError:
        expected = "a fitted model with coefs_ and intercepts_"
        raise DtypeError(expected, type(model).__name__, who="from_sklearn") from None
    ours = {path: node for path, node in records(like) if isinstance(node, Affine)}
    wanted = [(p.w.shape, np.shape(p.b)) for p in ours.values()]
    found = [(w.shape, b.shape) for w, b in zip(coefs, intercepts, strict=True)]
    if wanted != found or len(ours) < len(dict(records(like))):
        got = f"w and b of shapes {found}"
        raise CheckpointError(
            f"w and b of shapes {wanted}", got, who="from_sklearn", why="those of the network"
        )
    rows = zip(ours.items(), coefs, intercepts, strict=True)
    return filled(like, {path: freeze(tree.cast(Affine(w, b), p.w.dtype)) for (path, p), w, b in rows})
