"""The loss of a batch and its gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from funnet import tree
from funnet.core import checks, memory
from funnet.core.containers import Array, Tree, describe, is_leaf
from funnet.errors import DtypeError, FunnetError, at
from funnet.grad import callables
from funnet.losses import Loss
from funnet.losses.penalties import Penalty
from funnet.nn.layer import Layer, output

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
    ravel: Callable[[Tree], Array] | None = None,
) -> tuple[Any, Array, Tree, Tree]:
    """(value, gradient as a vector, y and cache of the forward pass).

    `ravel` is that of the form of `params`, for those who take gradients again and again.
    Raises TreeError, ShapeError or DtypeError unless dparams is built like `params`, and dy like y.
    """
    memory.keep()
    y, cache = output(net, params, x)
    value, dy = measured("loss", loss, loss(y, target))
    if not (type(dy) is type(y) is np.ndarray and dy.shape == y.shape and dy.dtype is y.dtype):
        _check_cotangent(loss, y, dy)
    g = _vector("dparams", params, net.param_vjp(params, cache, dy), ravel)
    if penalty is not None:
        callables.penalty("value_and_grad", penalty)
        extra, dpenalty = measured("penalty", penalty, penalty(params))
        value, g = value + extra, g + _vector("dparams of the penalty", params, dpenalty, ravel)
    return value, g, y, cache


def measured(kind: str, f: Callable[..., Any], made: Tree) -> tuple[Any, Tree]:
    """What a loss or a penalty f gave, if it is a pair of a number and a gradient.

    Raises TreeError or DtypeError, with its name.
    """
    if type(made) is tuple and len(made) == 2 and type(made[0]) in _NUMBERS:
        return made
    who, gradient = _name(kind, f), "dy" if kind == "loss" else "dparams"
    value, second = checks.both(who, made, f"value, {gradient}")
    if not _is_number(value):
        fix = f"return its mean, as `return value.mean(), {gradient}`" if is_leaf(value) else ""
        raise DtypeError("its value to be a real number", describe(value), who=who, fix=fix)
    return value, second


_NUMBERS = (np.float32, np.float64, np.float16, float)


def _is_number(value: object) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim == 0 and value.dtype.kind in "iuf"
    return isinstance(value, int | float | np.integer | np.floating)


def _check_cotangent(loss: LossFunction, y: Tree, dy: Tree) -> None:
    """Raise, with the name of the loss, unless dy is built like y."""
    try:
        at("dy", tree.same_structure, y, dy)
    except FunnetError as error:
        error.under(_name("loss", loss)).why = "dy is built like y"
        raise


def _vector(what: str, params: Tree, gradient: Tree, ravel: Callable[[Tree], Array] | None) -> Array:
    """A gradient as a vector. Raises TreeError, ShapeError or DtypeError unless it is built like `params`."""
    if ravel is not None:
        try:
            return ravel(gradient)
        except (AttributeError, LookupError, TypeError, ValueError):
            pass  # it is built in another way, perhaps one that does as well
    at(what, tree.same_structure, params, gradient)
    return tree.ravel(gradient)


def _name(kind: str, f: object) -> str:
    return f"the {kind} {getattr(f, '__name__', f)}"


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
    callables.network("value_and_grad", net)
    callables.loss("value_and_grad", loss)
    value, g, *_ = forward_backward(net, loss, params, x, target, penalty)
    return value, tree.unravel(params, g)
