"""What is handed in at the wrong door: caches, keys, networks, functions, dtypes and sizes."""

import numpy as np

import funnet as fn
from funnet.errors import ConfigError, DataError, DtypeError, ShapeError, TreeError
from tests.messages.inputs import Mistake, draw

X, LABELS = draw(6, 4), np.arange(6) % 3
KEY, LOSS = fn.Key(0), fn.SoftmaxCrossEntropy()
NET = fn.Sequential({"in": fn.Linear(5), "norm": fn.LayerNorm(), "out": fn.Linear(3)})
P = NET.init(KEY, X)
Y, CACHE = NET(P, X)
LINEAR, LSTM = fn.Linear(4), fn.LSTM(3)
W = LINEAR.init(KEY, X)
STEPS = draw(2, 5, 4)
OF_LSTM = LSTM.init(KEY, STEPS)
ROWS = {"epoch": [1, 2], "loss": [2.0, 1.0]}


def back(layer, params, cache, like=X):
    return layer.vjp(params, cache, like)


CACHES: list[Mistake] = [
    (
        lambda: NET.vjp(P, None, Y),
        TreeError,
        "Sequential( … cache to be a mapping of in, norm, out, got None",
    ),
    (
        lambda: NET.vjp(P, {**CACHE, "norm": CACHE["in"]}, Y),
        TreeError,
        "norm/LayerNorm(): … cache to be what the call of this layer returned, got float32[6, 4]",
    ),
    (
        lambda: NET.vjp(P, {**CACHE, "in": CACHE["norm"]}, Y),
        TreeError,
        "in/Linear(5): … cache to be what the call of this layer returned, got a tuple of 2",
    ),
    (lambda: back(LINEAR, W, draw(6, 3)), TreeError, "Linear(4): … this layer returned, got float32[6, 3]"),
    (lambda: back(fn.Tanh(), (), None), TreeError, "Tanh(): … of this layer returned, got None"),
    (lambda: back(fn.Silu(), (), X.tolist()), TreeError, "Silu(): … this layer returned, got a list of 6"),
    (lambda: back(fn.Flatten(), (), X), TreeError, "Flatten(): … of this layer returned, got float32[6, 4]"),
    (lambda: back(fn.Flatten(), (), (6, 4.0)), TreeError, "Flatten(): … layer returned, got a tuple of 2"),
    (lambda: back(LSTM, OF_LSTM, CACHE), TreeError, "LSTM(3): … layer returned, got a FrozenDict of 3"),
    (
        lambda: LSTM.vjp(OF_LSTM, fn.GRU(3)(fn.GRU(3).init(KEY, STEPS), STEPS)[1], STEPS),
        TreeError,
        "LSTM(3): … cache to be what the call of this layer returned, got float32[5, 4, 2, 3]",
    ),
    (
        lambda: back(fn.Embedding(2, 4), fn.Embedding(2, 4).init(KEY, LABELS % 2), (LABELS, None)),
        TreeError,
        "Embedding(2, width=4): … of this layer returned, got int64[6]",
    ),
    (
        lambda: fn.training(fn.BatchNorm()).advance(fn.BatchNorm().init(KEY, X), X),
        TreeError,
        "BatchNorm(training=True): … of this layer returned, got float32[6, 4]",
    ),
]

KINDS: list[Mistake] = [
    (
        lambda: LINEAR.init(None, X),
        DtypeError,
        "Linear(4): … key to be a Key, got None; make one with Key(se",
    ),
    (lambda: NET.init(3, X), DtypeError, "Sequential( … key to be a Key, got 3"),
    (lambda: fn.data.batches(X, 2, 7), DtypeError, "batches: … key to be a Key, got 7"),
    (lambda: fn.summary(fn.Linear, (), X), DtypeError, "summary: … give an instance, as net=Linear(...)"),
    (lambda: fn.pullback(None, (), X), DtypeError, "pullback: … net to be an instance of Layer, got None"),
    (lambda: fn.training("net"), DtypeError, "training: … net to be an instance of Layer, got 'net'"),
    (lambda: fn.value_and_grad(LOSS, NET, P, X, LABELS), DtypeError, "value_and_grad: … got a SoftmaxCross"),
    (lambda: fn.value_and_grad(NET, fn.L2(1), P, X, LABELS), DtypeError, "value_and_grad: … loss to be a fu"),
    (lambda: fn.grad.jvp(LOSS, P, X, P, X), DtypeError, "jvp: … net to be an instance of Layer"),
    (lambda: fn.grad.hvp(NET, NET, P, X, LABELS, P), DtypeError, "hvp: … loss to be a function, got"),
    (lambda: fn.grad.jacobian(NET, P, X, per_example=1), ConfigError, "jacobian: … True or False, got 1"),
    (lambda: fn.grad.numerical_grad(lambda p: None, np.ones(2)), DtypeError, "numerical_grad: … got None"),
    (
        lambda: fn.evaluate(NET, LOSS, P, (X, LABELS), metrics={"acc": lambda y, t: None}),
        DtypeError,
        "evaluate: … to return a number, got None",
    ),
    (
        lambda: fn.evaluate(NET, LOSS, P, (X, LABELS), metrics={"acc": LOSS}),
        DtypeError,
        "evaluate: … metrics['acc'] to be a function, got a SoftmaxCrossEntropy record",
    ),
    (
        lambda: fn.Linear(3, w_init=fn.Tanh()),
        ConfigError,
        "Linear: … function of (key, shape, dtype), got Ta",
    ),
    (
        lambda: fn.Linear(3, w_init=lambda *_: np.ones(3)).init(KEY, X),
        DtypeError,
        "Linear(3, w_init=<lambda>): … initializer of w to give float32[4, 3], got float64[3]",
    ),
    (lambda: fn.initializers.zeros()(KEY, 3, "f4"), ShapeError, "Constant: … positive integers, got 3"),
    (lambda: fn.initializers.zeros()(KEY, (3,), int), DtypeError, "Constant: … of floats, got int64"),
    (
        lambda: fn.data.one_hot(LABELS, 3, "numbers"),
        DtypeError,
        "one_hot: … a dtype of numbers, got 'numbers'",
    ),
    (lambda: fn.tree.cast(P, None), DtypeError, "cast: … a dtype of floats, got None; as np.float32"),
    (lambda: fn.cosine(0.1, 10)("3"), ConfigError, "cosine: … step to be a number of at least 0, got '3'"),
    (lambda: fn.piecewise(3, (0.1,)), ConfigError, "piecewise: … boundaries to be growing positive integers"),
    (
        lambda: fn.to_data(NET, classes=None),
        ConfigError,
        "classes: … classes to be a list of classes, got No",
    ),
]

SIZES: list[Mistake] = [
    (lambda: fn.Linear(10**30), ConfigError, "Linear: … width to be an integer below 2**63, got 1000"),
    (
        lambda: fn.Linear(10**15).init(KEY, X),
        ShapeError,
        "Linear(10000 … array that fits into memory, got sh",
    ),
    (lambda: fn.Conv2d(2, 3, 10**30), ConfigError, "Conv2d: … stride to be a positive integer or a pair of"),
    (
        lambda: fn.Conv2d(2, 3, padding=10**9).init(KEY, draw(1, 4, 4, 2)),
        ShapeError,
        "Conv2d( … x with padding to fit into memory, got 2000000004×2000000004",
    ),
    (lambda: fn.models.char_rnn(5, 2, 10**6), ConfigError, "char_rnn: … depth of at most 10000, got 1000000"),
    (lambda: fn.Repeat(fn.Tanh(), 10**9), ConfigError, "Repeat: … times to be an integer of at most 100000"),
    (
        lambda: fn.data.spiral(KEY, 10**12),
        ConfigError,
        "spiral: … an array that fits into memory, got 48000000000000",
    ),
    (lambda: fn.adam("x" * 70_000), ConfigError, "adam: … got 'xxxxx"),
]

CHECKS: list[Mistake] = [
    (lambda: fn.testing.check_layer(None, X), DtypeError, "check_layer: … layer to be an instance of Layer"),
    (
        lambda: fn.testing.check_layer(LINEAR, X, seed="x"),
        ConfigError,
        "check_layer: … seed to be an integer",
    ),
    (lambda: fn.testing.check_layer(LINEAR, X, key=0), DtypeError, "check_layer: … key to be a Key, got 0"),
    (lambda: fn.testing.check_layer(LINEAR, X, domain=3), ConfigError, "check_layer: … domain to be a pair"),
    (lambda: fn.testing.check_layer(LINEAR, X, mode="all"), ConfigError, "check_layer: … mode to be one of"),
    (lambda: fn.testing.check_loss(NET, Y, Y), DtypeError, "check_loss: … loss to be a function, got a Seq"),
    (lambda: fn.testing.check_penalty(None, P), DtypeError, "check_penalty: … to be a function, got None"),
    (lambda: fn.testing.check_optimizer(LOSS, P), DtypeError, "check_optimizer: … an instance of Optimizer"),
    (lambda: fn.testing.check_combinator(fn.Tanh(), X), DtypeError, "check_combinator: … to be a function"),
]

PLOTS: list[Mistake] = [
    (
        lambda: fn.plot.curves(None),
        DtypeError,
        "curves: … a History, or columns of numbers by name, got None",
    ),
    (lambda: fn.plot.panels({1: [2]}), DtypeError, "panels: … names of columns that are strings"),
    (lambda: fn.plot.curves({**ROWS, "loss": ["a", "b"]}), DtypeError, "curves: … column 'loss' of numbers"),
    (lambda: fn.plot.curves(ROWS, axes=3), DtypeError, "curves: … axes to be an instance of Axes, got 3"),
    (lambda: fn.plot.curves(ROWS, "loss"), DtypeError, "curves: … a list of names of columns, got 'loss'"),
    (lambda: fn.plot.decision_boundary(None, P, X, X), DtypeError, "decision_boundary: … net to be an inst"),
    (lambda: fn.plot.scatter(X[:, :2], X[:, 0]), DtypeError, "scatter: … labels of integers, got dtype floa"),
    (lambda: fn.plot.scatter(X[:, :2] * np.nan, LABELS), DataError, "scatter: … finite points, got a NaN"),
    (
        lambda: fn.plot.image_grid(draw(2, 3, 3, 2)),
        ShapeError,
        "image_grid: … (N, H, W) or (N, H, W, 3), got",
    ),
    (lambda: fn.plot.series(None, X[0]), DtypeError, "series: … truth of numbers, got None"),
]

DOORS = [*CACHES, *KINDS, *SIZES, *CHECKS, *PLOTS]
