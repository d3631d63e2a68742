"""The affine map, activations, BatchNorm, RNNs, and the combinators around layers with state."""

import numpy as np

import funnet as fn
from funnet.core.containers import Tree
from tests.cases.row import Row, draw


def square_forward(params: Tree, x: Tree) -> tuple[Tree, Tree]:
    return params["a"] * x * x, x


def square_vjp(params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
    x = cache
    return {"a": np.sum(x * x * dy)}, 2 * params["a"] * x * dy


def square_init(key: fn.Key, x: Tree) -> Tree:
    return {"a": np.asarray(1.5, x.dtype)}


def _stateful() -> fn.Layer:
    return fn.Sequential([fn.Linear(3), fn.BatchNorm(), fn.Dropout(0.4), fn.Tanh()])


ROWS = (
    Row("Linear", fn.Linear(3), draw(5, 4)),
    Row("Linear without bias", fn.Linear(3, bias=False), draw(5, 4)),
    Row("Linear over time", fn.Linear(2), draw(3, 5, 4)),
    *(
        Row(type(layer).__name__, layer, draw(4, 3))
        for layer in (
            fn.Relu(),
            fn.LeakyRelu(0.2),
            fn.Elu(0.7),
            fn.Selu(),
            fn.Gelu(),
            fn.Silu(),
            fn.Mish(),
            fn.Softplus(),
            fn.Sigmoid(),
            fn.Tanh(),
            fn.HardSigmoid(),
            fn.HardTanh(),
            fn.HardSwish(),
            fn.Softmax(),
            fn.LogSoftmax(),
        )
    ),
    Row("hard kinks all passed", fn.HardSwish(), 4 * draw(6, 3)),
    Row("hard sigmoid all passed", fn.HardSigmoid(), 4 * draw(6, 3)),
    Row("Flatten", fn.Flatten(), draw(4, 2, 3)),
    Row("Flatten, channels first", fn.Flatten(order="channels_first"), draw(4, 2, 3, 3)),
    Row("Flatten of one channel, channels first", fn.Flatten(order="channels_first"), draw(4, 3, 1)),
    Row("Reshape", fn.Reshape((3, -1)), draw(4, 2, 6)),
    Row("Dropout", fn.Dropout(0.4), draw(6, 5), renewed=("",)),
    Row("BatchNorm", fn.BatchNorm(0.8), draw(6, 3), renewed=("moments",)),
    Row("BatchNorm of images", fn.BatchNorm(), draw(2, 3, 3, 2), renewed=("moments",)),
    Row("Lambda", fn.Lambda(square_forward, square_vjp, square_init), draw(4, 3)),
    Row("Sequential", _stateful(), draw(6, 4), renewed=("1/moments", "2")),
    Row(
        "Sequential by name",
        fn.Sequential({"norm": fn.BatchNorm(), "act": fn.Relu(), "out": fn.Linear(2)}),
        draw(6, 4),
        renewed=("norm/moments",),
    ),
    Row("Sequential of nothing", fn.Sequential([]), draw(3, 2)),
    Row(
        "Parallel",
        fn.Parallel([_stateful(), fn.Linear(2)]),
        (draw(6, 4), draw(6, 3)),
        renewed=("0/1/moments", "0/2"),
    ),
    Row(
        "Parallel by name",
        fn.Parallel({"left": fn.Dropout(0.3), "right": fn.Linear(2)}),
        {"left": draw(6, 4), "right": draw(6, 3)},
        renewed=("left",),
    ),
    Row("Branch", fn.Branch([_stateful(), fn.Tanh()]), draw(6, 4), renewed=("0/1/moments", "0/2")),
    Row(
        "Branch by name",
        fn.Branch({"b": fn.Linear(2), "a": fn.BatchNorm()}),
        draw(6, 4),
        renewed=("a/moments",),
    ),
    Row("Branch of trees", fn.Branch([fn.Add(), fn.Concat()]), (draw(4, 3), draw(4, 3))),
    Row("Add", fn.Add(), (draw(4, 3), draw(4, 3) + 1, draw(4, 3) * 2)),
    Row("Concat", fn.Concat(), {"b": draw(4, 2), "a": draw(4, 3)}),
    Row(
        "Residual",
        fn.Residual(fn.Sequential([fn.BatchNorm(), fn.Dropout(0.3), fn.Linear(4)])),
        draw(6, 4),
        renewed=("0/moments", "1"),
    ),
    Row(
        "Frozen",
        fn.Sequential([fn.Frozen(_stateful()), fn.Linear(2)]),
        draw(6, 4),
        renewed=("0",),
    ),
    Row("RNN", fn.RNN(3), draw(4, 5, 2)),
    Row("RNN with a state", fn.RNN(3, "relu"), (draw(4, 5, 2), draw(4, 3))),
    Row("RNN from the start", fn.RNN(3), (draw(4, 5, 2), ())),
    Row("RNN, time first", fn.RNN(3, time_major=True), (draw(5, 4, 2), draw(4, 3)), rowwise=False),
    Row(
        "RNN of padded sequences",
        fn.RNN(3),
        (fn.Padded(draw(4, 5, 2), [5, 1, 3, 4]), draw(4, 3)),
        rowwise=False,
    ),
    Row("Last", fn.Last(), draw(4, 5, 2)),
    Row("Last of padded sequences", fn.Last(), fn.Padded(draw(4, 5, 2), [5, 1, 3, 4]), rowwise=False),
    Row("RNNCell", fn.RNNCell(3), (draw(4, 2), draw(4, 3))),
    Row(
        "Scan",
        fn.Scan(
            fn.Sequential(
                [
                    fn.Parallel([fn.Sequential([fn.BatchNorm(), fn.Dropout(0.3)]), fn.Sequential([])]),
                    fn.RNNCell(3),
                ]
            )
        ),
        (draw(6, 5, 2), draw(6, 3)),
        renewed=("0/0/0/moments", "0/0/1"),
    ),
    Row("Scan of padded", fn.Scan(fn.RNNCell(3)), fn.Padded(draw(4, 5, 2), [5, 1, 3, 4]), rowwise=False),
    Row(
        "deep nest",
        fn.Sequential(
            {
                "in": fn.Branch([fn.Residual(inside) for inside in (fn.BatchNorm(), fn.Dropout(0.2))]),
                "join": fn.Concat(),
                "body": fn.Sequential([fn.Residual(fn.Sequential([fn.Linear(8), fn.Gelu()])), fn.Linear(2)]),
            }
        ),
        draw(6, 4),
        renewed=("in/0/moments", "in/1"),
    ),
)
