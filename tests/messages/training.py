"""Training and evaluating."""

from typing import Any

import attrs
import numpy as np

import funnet as fn
from funnet.core.containers import Tree
from funnet.errors import ConfigError, DataError, DtypeError, ShapeError, TreeError
from funnet.losses import Weighted
from tests.messages.inputs import Mistake, draw

NET = fn.Sequential([fn.Linear(5), fn.Tanh(), fn.Linear(4)])
X, LABELS = draw(3, 6), np.array([0, 3, 1])
STATE = fn.init(NET, fn.adam(1e-3), fn.Key(0), X)
PARAMS = STATE.params
COMMON = {"net": NET, "loss": fn.SoftmaxCrossEntropy()}
RUN = {**COMMON, "optimizer": fn.adam(1e-3), "state": STATE, "data": (X, LABELS)}


def evaluate(**changed: Any) -> Tree:
    """`evaluate`, one argument wrong."""
    return fn.evaluate(**{**COMMON, "params": PARAMS, "data": (X, LABELS), **changed})


def fit(**changed: Any) -> Tree:
    """`fit`, one argument wrong."""
    return fn.fit(**{**RUN, "epochs": 1, "progress": False, **changed})


@attrs.frozen
class Fixed(fn.Optimizer):
    """An optimizer whose every step is the same, whatever the parameters are like."""

    delta: Any = attrs.field(eq=False)

    def update(self, g: np.ndarray, state: Tree, p: np.ndarray) -> tuple[Any, Tree]:
        return self.delta, state


def step(delta: Any) -> Tree:
    """A step of training by this much."""
    optimizer = Fixed(delta)
    return fn.train_step(*COMMON.values(), optimizer, fn.init(NET, optimizer, fn.Key(0), X), X, LABELS)


TRAINING: list[Mistake] = [
    (lambda: step(0.1), DtypeError, "Fixed(delta=0.1): … expected delta to be a NumPy array, got 0.1"),
    (
        lambda: step(np.zeros((59, 1), "f4")),
        ShapeError,
        "Fixed( … expected delta of shape (59,), got shape (59, 1)",
    ),
    (lambda: step(np.zeros(58, "f4")), ShapeError, "Fixed( … expected delta of shape (59,), got shape (58,)"),
    (lambda: step(np.zeros(59)), DtypeError, "Fixed( … expected delta of dtype float32, got dtype float64"),
    (
        lambda: evaluate(data=(X, Weighted(LABELS, np.zeros(3)))),
        DataError,
        "data: … expected a weight above 0, got none",
    ),
    (
        lambda: evaluate(data=(X, Weighted(LABELS, np.ones(2)))),
        ShapeError,
        "data: … got 0: 3, 1/target: 3, 1/weights: 2",
    ),
    (
        lambda: evaluate(data=(X, Weighted(LABELS, np.ones(3) * -1))),
        DataError,
        "SoftmaxCross … at least 0, got -1.0 at (0,)",
    ),
    (
        lambda: fit(data=(X, Weighted(LABELS, np.zeros(3)))),
        DataError,
        "data: … a weight above 0, got none",
    ),
    (
        lambda: fit(data=(X, Weighted(LABELS, np.ones(2)))),
        ShapeError,
        "data: … got 0: 3, 1/target: 3, 1/weights: 2",
    ),
    (
        lambda: fit(data=(X, Weighted(LABELS, None))),
        DtypeError,
        "SoftmaxCross … be a NumPy array of numbers, got None",
    ),
    (lambda: fit(data=[]), DataError, "data: … for every epoch), got none; give a list, not a generator"),
    (
        lambda: fit(data=[(X, LABELS), X]),
        TreeError,
        "a batch of data: … a pair (x, target), got float32[3, 6]",
    ),
    (
        lambda: fit(data=[(X, LABELS), (X[:2], LABELS)]),
        ShapeError,
        "a batch of data: … in every array, got 0: 2, 1: 3",
    ),
    (
        lambda: fit(data=iter([(X, LABELS)]), epochs=2),
        DataError,
        "data: … got none; give a list, not a generator",
    ),
    (lambda: fit(early_stopping=3), DtypeError, "fit: … to be an instance of EarlyStopping, got 3"),
    (lambda: fit(early_stopping=fn.EarlyStopping(2)), TreeError, "History: … got 'validation_loss'"),
    (
        lambda: fit(early_stopping=fn.EarlyStopping(0)),
        ConfigError,
        "EarlyStopping: … be a positive integer, got 0",
    ),
    (lambda: fit(metrics=[fn.metrics.accuracy]), DtypeError, "fit: … instance of Mapping, got a list of 1"),
    (lambda: fit(callback=3), DtypeError, "fit: … expected callback to be a function, got 3"),
    (
        lambda: fit(net=fn.Linear),
        DtypeError,
        "fit: … got <class 'funnet.nn.layers.linear.Linear'>; give an",
    ),
    (
        lambda: fit(loss=fn.SoftmaxCrossEntropy),
        DtypeError,
        "fit: … got <class",
    ),
    (
        lambda: fit(optimizer=fn.adam),
        DtypeError,
        "fit: … got <class 'funnet.optim.adam_and_adamw.adam'>; give an instance, a",
    ),
    (lambda: fit(state=PARAMS), DtypeError, "fit: … state to be an instance of TrainState, got a tuple of 3"),
    (lambda: fit(state=None), DtypeError, "fit: … expected state to be an instance of TrainState, got None"),
    (
        lambda: fit(penalty=fn.L2),
        DtypeError,
        "fit: … got <class 'funnet.losses.penalties.L2'>; give an instance, as",
    ),
    (lambda: fit(loss=None), DtypeError, "fit: … expected loss to be a function, got None"),
    (lambda: fit(epochs=-1), ConfigError, "fit: … epochs to be an integer of at least 0, got -1"),
    (lambda: fit(epochs=2.0), ConfigError, "fit: … epochs to be an integer of at least 0, got 2.0"),
    (lambda: fit(batch_size=0), ConfigError, "fit: … batch_size to be an integer of at least 1, got 0"),
    (lambda: fit(batch_size="8"), ConfigError, "fit: … batch_size to be an integer of at least 1, got '8'"),
    (lambda: fit(drop_last=True), ConfigError, "fit: … leaves out a batch of fewer), got 32"),
    (
        lambda: fit(drop_last=True, data=[(X, LABELS)]),
        ConfigError,
        "fit: … as they are), got batches; leave the short batch out of data",
    ),
    *(
        (
            lambda name=name, value=value: fit(**{name: value}),
            ConfigError,
            f"fit: … expected {name} to be True or False, got {value!r}",
        )
        for name in ("drop_last", "shuffle", "progress", "norms", "resume")
        for value in ("no", 0, None)
    ),
    (
        lambda: fit(metrics={"loss": fn.metrics.accuracy}, validation=(X, LABELS)),
        ConfigError,
        "fit: … (the loss has that name), got 'loss'",
    ),
    (lambda: fit(metrics={0: fn.metrics.accuracy}), ConfigError, "fit: … as strings, got 0"),
    (lambda: fit(metrics={"m": None}), DtypeError, "fit: … metrics['m'] to be a function, got None"),
    (
        lambda: fit(metrics={"m": lambda y, t: None}, validation=(X, LABELS)),
        DtypeError,
        "evaluate: … metrics['m'] to return a number, got None",
    ),
    (lambda: fit(validation={1: (X, LABELS)}), TreeError, "validation: … without '/', got 1"),
    (lambda: fit(validation={"v": X}), TreeError, "v: … a pair (x, target), got float32[3, 6]"),
    (
        lambda: fit(early_stopping=fn.EarlyStopping(2, None)),
        ConfigError,
        "EarlyStopping: … column to be the name of a column, got None",
    ),
    (
        lambda: evaluate(metrics={"loss": fn.metrics.accuracy}),
        ConfigError,
        "evaluate: … (the loss has that name), got 'loss'",
    ),
    (
        lambda: evaluate(metrics={"m": lambda y, t: y}),
        DtypeError,
        "evaluate: … metrics['m'] to return a number, got float32[3, 4]",
    ),
    (lambda: evaluate(metrics={"m": 3}), DtypeError, "evaluate: … metrics['m'] to be a function, got 3"),
    (lambda: evaluate(net=None), DtypeError, "evaluate: … expected net to be an instance of Layer, got None"),
    (
        lambda: evaluate(loss=fn.Hinge),
        DtypeError,
        "evaluate: … got <class 'funnet.losses.classification.Hinge'>; give an",
    ),
    (lambda: evaluate(metrics=[fn.metrics.accuracy]), DtypeError, "evaluate: … of Mapping, got a list of 1"),
]
