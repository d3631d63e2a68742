"""All examples at once, through the methods of SciPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from funnet import tree
from funnet.core import checks, optional
from funnet.core.containers import Array, Tree
from funnet.errors import ConfigError, DtypeError, TreeError, carry
from funnet.grad import LossFunction, PenaltyFunction, callables
from funnet.grad.backward import forward_backward
from funnet.nn.layer import Layer, inference
from funnet.train.history import History
from funnet.train.nonfinite import check_loss, check_vector
from funnet.tree.treedef import Form

# methods that take the gradient, with their names for a limit
_METHODS = {
    "L-BFGS-B": ("maxiter", "maxfun"),
    "CG": ("maxiter",),
    "BFGS": ("maxiter",),
    "TNC": ("maxfun",),
    "SLSQP": ("maxiter",),
}
# they end by the gradient: SciPy would also end some by a small fall of the loss, small beside 1, which every
# fall of a small loss is; SLSQP knows no other end, and falls by about the square of the gradient
_ENDS = {
    "L-BFGS-B": {"ftol": 0.0},
    "TNC": {"ftol": 0.0, "xtol": 0.0, "gtol": 1e-5},
    "SLSQP": {"ftol": 1e-10},
}


@attrs.frozen
class Minimum:
    """How a minimisation ended.

    `value` and `gradient_norm` are those at the parameters found, in float64; `evaluations` counts gradients,
    `iterations` the method's own steps; `converged` and `message` are SciPy's verdict. `history` has a row
    for each evaluation: evaluation, loss, gradient (its norm).
    """

    value: float
    gradient_norm: float
    evaluations: int
    iterations: int
    converged: bool
    message: str
    history: History = attrs.field(repr=False)


def minimize(
    net: Layer,
    loss: LossFunction,
    params: Tree,
    x: Tree,
    target: Tree,
    method: str = "L-BFGS-B",
    *,
    penalty: PenaltyFunction | None = None,
    evaluations: int = 1000,
    options: Mapping[str, Any] | None = None,
) -> tuple[Tree, Minimum]:
    """(params, minimum): the parameters of the lowest loss of (x, target) that `scipy.optimize` comes to see.

    What falls is the loss, penalty included, of the network in inference mode: dropout does not act, and
    Buffers stay as they are. It is computed in float64 whatever the dtype of the parameters, because methods
    that draw conclusions from small differences stall in float32, and the result is rounded to that dtype.
    The methods are L-BFGS-B, CG and TNC, and for small networks BFGS and SLSQP, which keep a (P, P) matrix;
    `options` go to SciPy. A method has converged when no entry of the gradient is above its option gtol, by
    default 1e-5, whatever the size of the loss; SLSQP, when the loss falls by less than ftol, by default
    1e-10. After so many gradient `evaluations`, or Ctrl-C, the best so far is the result.
    Needs the extra [scipy]. Raises ConfigError for a method that is none of these, NonFiniteError if a loss
    or a gradient is not finite. Any error of an evaluation, also one that is not funnet's, has the best
    parameters so far as `error.state` and the rows so far as `error.history`.
    Liu & Nocedal 1989 (L-BFGS).

        >>> import funnet as fn, numpy as np
        >>> net, x = fn.Linear(1), np.array([[0.0], [1.0], [2.0]])
        >>> params, minimum = fn.minimize(net, fn.SquaredError(), net.init(fn.Key(0), x), x, 3 * x + 1)
        >>> params.w.round(4), params.b.round(4), minimum.converged
        (array([[3.]]), array([1.]), True)
    """
    callables.network("minimize", net)
    callables.loss("minimize", loss)
    callables.penalty("minimize", penalty)
    if options is not None:
        checks.instance("minimize", "options", options, Mapping)
        for name, value in options.items():
            if not isinstance(name, str) or not (isinstance(value, bool) or checks.is_number(value)):
                raise ConfigError("options of numbers, or True or False", repr({name: value}), who="minimize")
    if not isinstance(method, str) or method not in _METHODS:
        raise ConfigError(f"method to be one of {', '.join(_METHODS)}", repr(method), who="minimize")
    if not checks.is_integer(evaluations) or evaluations < 1:
        raise ConfigError("evaluations to be a positive integer", repr(evaluations), who="minimize")
    vector = tree.ravel(params)
    if vector.dtype.kind != "f":
        raise DtypeError("parameters of floats", f"dtype {vector.dtype}", who="minimize")
    if not vector.size:
        raise TreeError("parameters to change", "none", who="minimize")
    optimize = optional.load("scipy.optimize", "scipy")
    wide = tree.cast((params, x, target), np.float64)
    objective = _Objective(inference(net), loss, penalty, wide, evaluations)
    limits = dict.fromkeys(_METHODS[method], evaluations + 1)
    converged = False
    try:
        start = vector.astype(np.float64)
        end = optimize.minimize(
            objective,
            start,
            jac=True,
            method=method,
            callback=objective.iterate,
            options={**limits, **_ENDS.get(method, {}), **(options or {})},
        )
        converged, message = bool(end.success), str(end.message)
    except _Enough:
        message = f"stopped after {evaluations} evaluations"
    except KeyboardInterrupt:
        message = "interrupted"
    except BaseException as error:
        carry(error, objective.params(like=params), objective.history)
        raise
    return objective.params(like=params), objective.minimum(converged, message)


class _Enough(Exception):
    """The limit of evaluations is reached."""


class _Objective:
    """The loss and its gradient as a function of the vector, which remembers what it has seen."""

    def __init__(
        self,
        net: Layer,
        loss: LossFunction,
        penalty: PenaltyFunction | None,
        wide: tuple[Tree, Tree, Tree],
        limit: int,
    ) -> None:
        self._net, self._loss, self._penalty = net, loss, penalty
        self._params, self._x, self._target = wide
        self._limit, self._ravel = limit, Form.of(self._params).ravel
        self._best, self._value, self._norm = tree.ravel(self._params), np.inf, np.inf
        self._iterations = 0
        self.history = History()

    def __call__(self, vector: Array) -> tuple[float, Array]:
        count = len(self.history)
        if count == self._limit:
            raise _Enough
        params, who = tree.unravel(self._params, vector), f"evaluation {count + 1}"
        with np.errstate(all="ignore"):  # what is not finite is found below
            value, g, *_ = forward_backward(
                self._net, self._loss, params, self._x, self._target, self._penalty, ravel=self._ravel
            )
        check_loss(who, self._net, params, self._x, self._target, value)
        check_vector(who, "gradient", params, g)
        value, norm = float(value), float(np.linalg.norm(g))
        self.history = self.history.append({"evaluation": count + 1, "loss": value, "gradient": norm})
        if value < self._value:
            self._best, self._value, self._norm = vector.copy(), value, norm
        return value, g

    def iterate(self, _: Array) -> None:
        """Count an iteration of the method."""
        self._iterations += 1

    def params(self, like: Tree) -> Tree:
        """The best parameters, in the dtype of those."""
        return tree.unravel(like, self._best.astype(tree.ravel(like).dtype))

    def minimum(self, converged: bool, message: str) -> Minimum:
        """The record of the end."""
        count = len(self.history)
        return Minimum(self._value, self._norm, count, self._iterations, converged, message, self.history)
