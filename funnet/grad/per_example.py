"""What a backward pass sums, kept apart: gradients by example, Jacobians by entry of the output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.containers import Array, Tree
from funnet.errors import ConfigError
from funnet.grad import callables
from funnet.grad.backward import LossFunction, value_and_grad
from funnet.nn.layer import Layer, cotangents, output
from funnet.tree.batches import batches


def per_example_grads(net: Layer, loss: LossFunction, params: Tree, x: Tree, target: Tree) -> Tree:
    """The gradient of every example's own loss: a tree like `params` with leaves (N, *leaf.shape).

    Each example goes through the network alone, as a batch of one, so the cost is N steps of batch size 1.
    Of a network that treats each row by itself (take `inference(net)`), and a loss that averages over the
    examples, the mean over N is the gradient of the batch. N is the first axis of every array of x and
    target, those in Buffers too. Raises ShapeError unless all have one N.

        >>> import funnet as fn, numpy as np
        >>> net, x = fn.Linear(1, bias=False), np.array([[1.0], [2.0], [3.0]])
        >>> params = fn.tree.map(np.ones_like, net.init(fn.Key(0), x))
        >>> fn.grad.per_example_grads(net, fn.SquaredError(), params, x, 0 * x).w.ravel()
        array([1., 4., 9.])
    """
    callables.network("per_example_grads", net)
    callables.loss("per_example_grads", loss)
    return _stacked(value_and_grad(net, loss, params, *one)[1] for one in batches((x, target), 1))


def jacobian(
    net: Layer,
    params: Tree,
    x: Tree,
    *,
    wrt: Literal["x", "params"] = "x",
    per_example: bool = False,
) -> Tree:
    """All derivatives of y: a tree like x, or like `params`, with leaves (*y.shape, *leaf.shape).

    J[i, j] = ∂yᵢ / ∂leafⱼ, exact, from one backward pass for every entry of y. With `per_example` each
    example goes through the network alone: the leaves are (N, *y.shape[1:], *leaf.shape[1:]) for x, in
    which the zeros between examples are left out, and (N, *y.shape[1:], *leaf.shape) for `params`; the
    backward passes are as many, each of a batch of one. Where y is a tree, the result is a tree like y
    with such a tree for each of its leaves.
    Raises ConfigError for another `wrt`.

        >>> import funnet as fn, numpy as np
        >>> net, x = fn.Tanh(), np.zeros((4, 3))
        >>> fn.grad.jacobian(net, (), x).shape, fn.grad.jacobian(net, (), x, per_example=True).shape
        ((4, 3, 4, 3), (4, 3, 3))
    """
    callables.network("jacobian", net)
    per_example = checks.true_or_false("jacobian", "per_example", per_example)
    if not isinstance(wrt, str) or wrt not in ("x", "params"):
        raise ConfigError("wrt to be 'x' or 'params'", repr(wrt), who="jacobian")
    if per_example:
        return _stacked(_jacobian(net, params, one, wrt, 1) for one in batches(x, 1))
    return _jacobian(net, params, x, wrt, 0)


def _jacobian(net: Layer, params: Tree, x: Tree, wrt: str, skip: int) -> Tree:
    """The Jacobian without the first `skip` axes of y and of x."""
    y, cache = output(net, params, x)
    primal, skipped = (x, skip) if wrt == "x" else (params, 0)

    def pull(dy: Tree) -> Tree:
        return cotangents(net, params, cache, dy)[1] if wrt == "x" else net.param_vjp(params, cache, dy)

    rows = (pull(unit_cotangent(y, k)) for k in range(tree.count(y)))

    def block(out: Array) -> Tree:
        own = [next(rows) for _ in range(out.size)]
        return tree.map(
            lambda leaf, *d: np.stack(d).reshape(*out.shape[skip:], *leaf.shape[skipped:]), primal, *own
        )

    return tree.map(block, y)


def unit_cotangent(y: Tree, entry: int) -> Tree:
    """A tree like y, zero but for a one at this entry of `ravel(y)`."""
    unit = np.zeros_like(tree.ravel(y))
    unit[entry] = 1.0
    return tree.unravel(y, unit)


def _stacked(trees: Iterator[Tree]) -> Tree:
    """One tree whose leaves have a new first axis over the trees."""
    return tree.map(lambda *leaves: np.stack(leaves), *trees)
