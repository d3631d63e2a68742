"""Layers, losses, penalties and optimizers of a user's that return something else than they must."""

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

import funnet as fn
from funnet.core.containers import Array, Buffer, Tree
from funnet.errors import DtypeError, ShapeError, TreeError
from funnet.nn.layer import rewrite
from tests.messages.inputs import Mistake

X = np.ones((2, 3), np.float32)
NET, SGD, LOSS = fn.Linear(3), fn.sgd(0.1), fn.MeanSquaredError()


@attrs.frozen
class Odd(fn.Layer):
    """A scale, but what its call and its vjp return goes through functions."""

    call: Callable[..., Any] = attrs.field(default=lambda y, cache: (y, cache), repr=False)
    back: Callable[..., Any] = attrs.field(default=lambda dparams, dx: (dparams, dx), repr=False)
    on: Callable[..., Any] = attrs.field(default=lambda params: params, repr=False)
    training: bool = attrs.field(default=False, repr=False)

    def __str__(self) -> str:
        return "Odd()"

    def init(self, key: fn.Key, x: Array) -> Tree:
        return {"scale": np.ones(3, x.dtype), "seen": Buffer(np.zeros(2, x.dtype))}

    def __call__(self, params: Tree, x: Array) -> Any:
        return self.call(params["scale"] * x, x)

    def vjp(self, params: Tree, cache: Tree, dy: Array) -> Any:
        dparams = {"scale": (dy * cache).sum(0), "seen": params["seen"]}
        return self.back(dparams, params["scale"] * dy)

    def advance(self, params: Tree, cache: Tree) -> Any:
        return self.on(params)


def alone(first: Tree, second: Tree) -> Tree:
    """The first of two results without the second."""
    return first


def three(first: Tree, second: Tree) -> Tree:
    """Both results, and one more."""
    return first, second, first


def listed(first: Tree, second: Tree) -> Tree:
    """Both results in a list, as an array with two rows or a list of two might be taken for them."""
    return [first, second]


def call(f: Callable[..., Any], wrap: Callable[[fn.Layer], fn.Layer] = lambda layer: layer) -> Tree:
    """One step of training with a layer that returns f(y, cache)."""
    return step(wrap(Odd(call=f)))


def back(f: Callable[..., Any], wrap: Callable[[fn.Layer], fn.Layer] = lambda layer: layer) -> Tree:
    """One step of training with a layer whose vjp returns f(dparams, dx)."""
    return step(wrap(Odd(back=f)))


def step(net: fn.Layer = NET, loss: Any = LOSS, optimizer: fn.Optimizer = SGD, **options: Any) -> Tree:
    """One step of training."""
    state = fn.TrainState(fn.tree.freeze(started(net)), (), 0, fn.Key(0))
    state = attrs.evolve(state, opt_state=optimizer.init(state.params))
    return fn.train_step(net, loss, optimizer, state, X, X, **options)


def started(net: fn.Layer) -> Tree:
    """The parameters, from a sound layer where an odd one stands."""

    def sound(layer: fn.Layer, _: str) -> fn.Layer:
        return Odd() if isinstance(layer, Odd) else layer

    return rewrite(net, sound).init(fn.Key(0), X)


@attrs.frozen
class Alone(fn.Optimizer):
    """An optimizer that returns its step without its state."""

    def update(self, g: Array, state: Tree, p: Array) -> Any:
        return -0.1 * g


def chained(layer: fn.Layer) -> fn.Layer:
    """Behind another layer."""
    return fn.Sequential([fn.Linear(3), layer])


def sided(layer: fn.Layer) -> fn.Layer:
    """Beside another layer."""
    return fn.Sequential([fn.Branch({"a": fn.Tanh(), "b": layer}), fn.Add()])


OUTPUT = "its call to give the pair (y, cache), got float32[2, 3]; return both, as `return y, cache`"
PULLED = "its vjp to give the pair (dparams, dx), got a dict of 2; return both"
WRAPS: list[tuple[Callable[[fn.Layer], fn.Layer], str]] = [
    (lambda layer: layer, ""),
    (chained, "1/"),
    (sided, "0/b/"),
    (fn.Residual, ""),
    (fn.Remat, ""),
    (lambda layer: fn.Repeat(layer, 2), "0/"),
    (lambda layer: fn.Repeat(layer, 2, shared=True), ""),
]

RETURNING: list[Mistake] = [
    *((lambda w=wrap: call(alone, w), TreeError, f"{at}Odd(): … {OUTPUT}") for wrap, at in WRAPS),
    *(
        (
            lambda w=wrap: back(alone, w),
            TreeError,
            f"{at.replace('0/', '1/') if at == '0/' else at}Odd(): … {PULLED}",
        )
        for wrap, at in WRAPS
    ),
    (
        lambda: call(alone, lambda layer: fn.Sequential([fn.Frozen(layer), NET])),
        TreeError,
        f"0/Odd(): … {OUTPUT}",
    ),
    (lambda: call(three, chained), TreeError, "1/Odd(): … pair (y, cache), got a tuple of 3; return both"),
    (lambda: call(listed, chained), TreeError, "1/Odd(): … pair (y, cache), got a list of 2; return both"),
    (lambda: call(lambda y, cache: None), TreeError, "Odd(): … pair (y, cache), got None; return both"),
    (lambda: back(three, chained), TreeError, "1/Odd(): … pair (dparams, dx), got a tuple of 3; return"),
    (lambda: back(listed, chained), TreeError, "1/Odd(): … pair (dparams, dx), got a list of 2; return"),
    (lambda: fn.evaluate(Odd(call=alone), LOSS, started(Odd()), (X, X)), TreeError, f"Odd(): … {OUTPUT}"),
    (lambda: fn.grad.jacobian(Odd(call=alone), started(Odd()), X), TreeError, f"Odd(): … {OUTPUT}"),
    (lambda: fn.pullback(Odd(call=alone), started(Odd()), X), TreeError, f"Odd(): … {OUTPUT}"),
    (lambda: fn.Sequential([Odd(call=alone), NET]).init(fn.Key(0), X), TreeError, f"0/Odd(): … {OUTPUT}"),
    (lambda: step(Odd(on=lambda params: None)), TreeError, "what advance gives: … a dict of 2, got None"),
    (
        lambda: step(chained(Odd(on=lambda params: None))),
        TreeError,
        "what advance gives/1: … expected a dict of 2, got None",
    ),
    (
        lambda: step(Odd(on=lambda params: {**params, "seen": np.zeros(2, "f4")})),
        TreeError,
        "what advance gives/seen: … got float32[2]",
    ),
    (
        lambda: step(Odd(on=lambda params: {**params, "seen": Buffer(np.zeros(3, "f4"))})),
        ShapeError,
        "what advance gives/seen: … expected shape (2,), got shape (3,)",
    ),
    (
        lambda: step(Odd(on=lambda params: {**params, "seen": Buffer(np.zeros(2))})),
        DtypeError,
        "what advance gives/seen: … expected dtype float32, got dtype float64",
    ),
    (
        lambda: fn.init(fn.Lambda(alone, alone, lambda key, x: None), SGD, fn.Key(0), X),
        TreeError,
        "Lambda( … arrays as parameters, got None; return () from its init if it has none",
    ),
    (
        lambda: step(loss=lambda y, target: y.mean()),
        TreeError,
        "the loss <lambda>: … pair (value, dy), got float32[]; return both, as `return value, dy`",
    ),
    (
        lambda: step(loss=lambda y, target: y),
        TreeError,
        "the loss <lambda>: … pair (value, dy), got float32[2, 3]; return both",
    ),
    (
        lambda: fn.evaluate(NET, lambda y, target: y.mean(), started(NET), (X, X)),
        TreeError,
        "the loss <lambda>: … pair (value, dy), got float32[]; return both",
    ),
    (
        lambda: step(loss=lambda y, target: (y, y)),
        DtypeError,
        "the loss <lambda>: … value to be a real number, got float32[2, 3]; return its mean",
    ),
    (lambda: step(loss=lambda y, target: (None, y)), DtypeError, "the loss <lambda>: … number, got None"),
    (lambda: step(loss=lambda y, target: ("1", y)), DtypeError, "the loss <lambda>: … number, got '1'"),
    (lambda: step(loss=lambda y, target: (1j, y)), DtypeError, "the loss <lambda>: … number, got 1j"),
    (
        lambda: step(loss=lambda y, target: (1.0, y.astype("f8"))),
        DtypeError,
        "the loss <lambda>/dy: … dtype float32 (dy is built like y), got dtype float64",
    ),
    (
        lambda: step(loss=lambda y, target: (1.0, y[:1])),
        ShapeError,
        "the loss <lambda>/dy: … shape (2, 3) (dy is built like y), got shape (1, 3)",
    ),
    (
        lambda: step(loss=lambda y, target: (1.0, [y])),
        TreeError,
        "the loss <lambda>/dy: … an array like float32[2, 3] (dy is built like y), got a list of 1",
    ),
    (
        lambda: fn.minimize(NET, lambda y, target: y.mean(), started(NET), X, X),
        TreeError,
        "the loss <lambda>: … pair (value, dy), got float64[]; return both",
    ),
    (
        lambda: step(penalty=lambda params: 0.0),
        TreeError,
        "the penalty <lambda>: … pair (value, dparams), got 0.0; return both, as `return value, dparams`",
    ),
    (
        lambda: step(penalty=lambda params: (params.w, params)),
        DtypeError,
        "the penalty <lambda>: … real number, got float32[3, 3]; return its mean",
    ),
    (
        lambda: step(penalty=lambda params: (0.0, (params.w, params.b))),
        TreeError,
        "dparams of the penalty: … a Affine record, got a tuple of 2",
    ),
    (
        lambda: step(optimizer=Alone()),
        TreeError,
        "Alone(): … its update to give the pair (delta, state), got float32[12]; return both",
    ),
    *(
        (lambda o=optimizer: step(optimizer=o), TreeError, "Alone(): … (delta, state), got float32[12]")
        for optimizer in (
            fn.chain(fn.clip_by_norm(1.0), Alone()),
            fn.accumulate(1, Alone()),
            fn.lookahead(Alone(), 2),
        )
    ),
]
