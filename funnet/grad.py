"""Gradients of a loss, and numerical ones to compare them with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from funnet import tree
from funnet.containers import Array, Tree
from funnet.errors import DtypeError
from funnet.layer import Layer
from funnet.losses import Loss
from funnet.penalties import Penalty

LossFunction = Loss | Callable[[Tree, Tree], tuple[Any, Tree]]
PenaltyFunction = Penalty | Callable[[Tree], tuple[Any, Tree]]


def forward_backward(
    net: Layer, loss: LossFunction, params: Tree, x: Tree, target: Tree, penalty: PenaltyFunction | None
) -> tuple[Any, Array, Tree]:
    """(value, gradient as a vector, cache of the forward pass)."""
    y, cache = net(params, x)
    value, dy = loss(y, target)
    g = tree.ravel(net.param_vjp(params, cache, dy))
    if penalty is not None:
        extra, dparams = penalty(params)
        value, g = value + extra, g + tree.ravel(dparams)
    return value, g, cache


def value_and_grad(
    net: Layer,
    loss: LossFunction,
    params: Tree,
    x: Tree,
    target: Tree,
    *,
    penalty: PenaltyFunction | None = None,
) -> tuple[Any, Tree]:
    """(value, dparams): the loss of a batch, with the penalty if there is one, and its gradient.

    The network is taken in the mode it is in; for a step of training that is `training(net)`.
    Raises what the network, the loss and the penalty raise.
    """
    value, g, _ = forward_backward(net, loss, params, x, target, penalty)
    return value, tree.unravel(params, g)


def numerical_grad(f: Callable[[Tree], Any], params: Tree, *, step: float = 1e-3) -> Tree:
    """The gradient of a scalar function of the parameters by differences, an entry at a time.

    df/dpᵢ = (8 (f(pᵢ + h) − f(pᵢ − h)) − (f(pᵢ + 2h) − f(pᵢ − 2h))) / 12h,  h = step · max(1, |pᵢ|)
    It calls `f` four times for every entry: to judge a gradient use `funnet.testing`, which calls it a few
    times for every leaf. Raises DtypeError unless the parameters are float64, for differences of rounded
    numbers are noise.
    """
    vector = tree.ravel(params)
    if vector.dtype != np.float64:
        fix = "convert them with tree.map(lambda leaf: leaf.astype(np.float64), params)"
        raise DtypeError("params of float64", f"{vector.dtype}", who="numerical_grad", fix=fix)
    moved, grad = vector.copy(), np.empty_like(vector)
    seen = tree.unravel(params, moved)
    for i, p in enumerate(vector):
        h = step * max(1.0, abs(float(p)))
        values = []
        for t in (-2.0, -1.0, 1.0, 2.0):
            moved[i] = p + t * h
            values.append(float(f(seen)))
        moved[i] = p
        grad[i] = (8.0 * (values[2] - values[1]) - (values[3] - values[0])) / (12.0 * h)
    return tree.unravel(params, grad)
