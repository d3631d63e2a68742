"""Derivatives along a direction: of the output, and of the gradient."""

from __future__ import annotations

import numpy as np

from funnet import tree
from funnet.core.containers import Tree
from funnet.errors import NonFiniteError, at
from funnet.grad import callables
from funnet.grad.backward import LossFunction, PenaltyFunction, forward_backward
from funnet.grad.differences import Slope, along
from funnet.grad.per_example import unit_cotangent
from funnet.nn.layer import Layer, cotangents, output


def jvp(net: Layer, params: Tree, x: Tree, dparams: Tree, dx: Tree) -> tuple[Tree, Tree]:
    """(y, dy): the output and its derivative along (dparams, dx), both like y.

    dy = J (dparams, dx), the adjoint of `net.vjp`: ⟨c, dy⟩ = ⟨vjp(c), (dparams, dx)⟩ for every c.
    By differences of forward passes in float64, whatever the dtype, each entry with an estimate of its
    error. An entry that is not known to 1e-5, as where a kink is on the point itself, is ⟨vjp(e), (dparams,
    dx)⟩ with e its unit, which is exact and keeps the convention of the layer. The cost is ten forward
    passes, up to 46 near a kink, and one backward pass for each entry that needs it.
    Raises TreeError, ShapeError or DtypeError, with the path, unless dparams is built like `params` and dx
    like x, NonFiniteError if a direction or the result is not finite.

        >>> import funnet as fn, numpy as np
        >>> net, x = fn.Relu(), np.array([[-1.0, 0.0, 2.0]])
        >>> fn.grad.jvp(net, (), x, (), np.ones_like(x))[1]
        array([[0., 0., 1.]])
    """
    callables.network("jvp", net)
    _check_direction("params", params, "dparams", dparams)
    _check_direction("x", x, "dx", dx)
    y, _ = output(net, params, x)
    point, direction = tree.cast((params, x), np.float64), tree.cast((dparams, dx), np.float64)
    found = along(lambda moved: tree.ravel(output(net, *moved)[0]), point, direction)
    dy = found.value
    unsure: list[int] = np.flatnonzero(~found.sure(np.abs(dy))).tolist()
    if unsure:
        wide_y, cache = output(net, *point)
    for k in unsure:
        pulled = cotangents(net, point[0], cache, unit_cotangent(wide_y, k))
        dy[k] = sum(np.vdot(d, u) for d, u in zip(tree.leaves(pulled), tree.leaves(direction), strict=True))
    if not np.isfinite(dy).all():
        k = int(np.argmin(np.isfinite(dy)))
        raise NonFiniteError("a finite derivative", f"{dy[k]} in entry {k} of y", who="jvp")
    return y, tree.unravel(y, dy.astype(tree.ravel(y).dtype))


def hvp(
    net: Layer,
    loss: LossFunction,
    params: Tree,
    x: Tree,
    target: Tree,
    v: Tree,
    *,
    penalty: PenaltyFunction | None = None,
) -> Tree:
    """H v, the derivative along v of the gradient of the loss (and the penalty): a tree like `params`.

    H is symmetric: ⟨u, H v⟩ = ⟨v, H u⟩. By differences of gradients in float64, whatever the dtype, to 1e-5
    of the largest entry or as well as rounding allows, mostly far better. The cost is nine gradients, and
    up to 45 near a kink. The network is taken in the mode it is in.
    Raises TreeError, ShapeError or DtypeError, with the path, unless v is built like `params`,
    NonFiniteError if v or the gradient is not finite or if H v does not exist, as where the point itself is
    on a kink.
    Pearlmutter 1994.

        >>> import funnet as fn, numpy as np
        >>> net, x = fn.Linear(1, bias=False), np.array([[1.0], [3.0]])  # H = (1² + 3²) / 2
        >>> params = net.init(fn.Key(0), x)
        >>> v = fn.tree.map(np.ones_like, params)
        >>> fn.grad.hvp(net, fn.SquaredError(), params, x, 0 * x, v).w.round(9)
        array([[5.]])
    """
    callables.network("hvp", net)
    callables.loss("hvp", loss)
    callables.penalty("hvp", penalty)
    _check_direction("params", params, "v", v)
    x, target, point = tree.cast((x, target, params), np.float64)
    direction = tree.cast(v, np.float64)
    found = along(lambda moved: forward_backward(net, loss, moved, x, target, penalty)[1], point, direction)
    if not found.sure(np.abs(found.value).max(initial=0.0)).all():
        expected, why = (
            "a gradient with a derivative along v",
            "params are at or near a kink, or out of range",
        )
        raise NonFiniteError(expected, _worst(params, found), who="hvp", why=why)
    return tree.unravel(params, found.value.astype(tree.ravel(params).dtype))


def _check_direction(what: str, primal: Tree, name: str, direction: Tree) -> None:
    """Raise unless `primal` is a tree of plain arrays, and the direction a finite tree like it."""
    at(what, tree.same_structure, primal, primal)
    at(name, tree.same_structure, primal, direction)
    for path, leaf in zip(tree.paths(direction), tree.leaves(direction), strict=True):
        if not np.isfinite(leaf).all():
            who = "/".join(filter(None, (name, path)))
            raise NonFiniteError("a finite direction", f"{leaf[~np.isfinite(leaf)][0]}", who=who)


def _worst(like: Tree, found: Slope) -> str:
    """The least known entry of a slope, with the path of its leaf."""
    k = int(found.error.argmax())
    path = np.repeat(tree.paths(like), [leaf.size for leaf in tree.leaves(like)])[k]
    return f"{found.value[k]:.3g} ± {found.error[k]:.1g}" + (f" in {path}" if path else "")
