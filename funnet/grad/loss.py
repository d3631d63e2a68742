"""The loss of a batch and its gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from funnet import expect, tree
from funnet.containers import Array, Tree
from funnet.errors import at
from funnet.layer import Layer
from funnet.losses import Loss
from funnet.penalties import Penalty

LossFunction = Loss | Callable[[Tree, Tree], tuple[Any, Tree]]
PenaltyFunction = Penalty | Callable[[Tree], tuple[Any, Tree]]


def forward_backward(
    net: Layer,
    loss: LossFunction,
    params: Tree,
    x: Tree,
    target: Tree,
    penalty: PenaltyFunction | None,
    *,
    check: bool = True,
    ravel: Callable[[Tree], Array] = tree.ravel,
) -> tuple[Any, Array, Tree, Tree]:
    """(value, gradient as a vector, y and cache of the forward pass).

    With `check`, dparams must be built like `params`, or it raises: as vectors only their sizes can differ.
    `ravel` is for trees like `params`.
    """
    y, cache = net(params, x)
    value, dy = loss(y, target)
    dparams = net.param_vjp(params, cache, dy)
    if check:
        at("dparams", tree.same_structure, params, dparams)
    try:
        g = ravel(dparams)
    except (AttributeError, LookupError, TypeError, ValueError):
        at("dparams", tree.same_structure, params, dparams)
        raise
    if penalty is not None:
        if check:
            expect.callable_("value_and_grad", "penalty", penalty)
        extra, dpenalty = penalty(params)
        if check:
            at("dparams of the penalty", tree.same_structure, params, dpenalty)
        value, g = value + extra, g + tree.ravel(dpenalty)
    return value, g, y, cache


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
    value, g, *_ = forward_backward(net, loss, params, x, target, penalty)
    return value, tree.unravel(params, g)
