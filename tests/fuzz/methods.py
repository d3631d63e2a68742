"""A call that works for each public method: of each layer in the census and of other values."""

import functools
from typing import Any

import numpy as np

import funnet as fn
from funnet import tree
from funnet.testing import Report
from tests.cases import ROWS as CENSUS
from tests.cases.row import Row
from tests.fuzz.run import Call
from tests.fuzz.values import HISTORY, KEY, LABELS, PARAMS, Y, draw


@functools.cache
def pass_of(name: str, net: fn.Layer) -> tuple[Any, Any, Any, Any]:
    """(x, params, cache, y) of a row of the census in float32."""
    row = next(row for row in CENSUS if row.name == name)
    x = tree.cast(row.x, "float32")
    params = tree.freeze(net.init(KEY, x))
    y, cache = net(params, x)
    return x, params, cache, y


@functools.cache
def caches() -> dict[str, Any]:
    """What every layer of the census keeps, by its name."""
    return {
        f"the cache of {row.name}": pass_of(row.name, row.net)[2] for row in CENSUS if row.name != "Lambda"
    }


def of_layer(row: Row, net: fn.Layer, mode: str) -> list[Call]:
    """Calls of the five methods."""

    def make(*names: str) -> dict[str, Any]:
        x, params, cache, y = pass_of(row.name, net)
        known = {"key": KEY, "x": x, "params": params, "cache": cache, "dy": y}
        return {name: known[name] for name in names}

    def call(method: str, *names: str) -> Call:
        others = (lambda: {"cache": caches()}) if "cache" in names else dict
        return Call(f"{row.name}{mode}.{method}", getattr(net, method), lambda: make(*names), others)

    return [
        call("init", "key", "x"),
        call("__call__", "params", "x"),
        call("vjp", "params", "cache", "dy"),
        call("param_vjp", "params", "cache", "dy"),
        call("advance", "params", "cache"),
    ]


def layers() -> list[Call]:
    """Those of the census, in training where that differs; a user's own functions raise what they like."""
    found = []
    for row in CENSUS:
        if row.name == "Lambda":
            continue
        found += of_layer(row, row.net, "")
        if fn.training(row.net) != row.net:
            found += of_layer(row, fn.training(row.net), " in training")
    return found


OPTIMIZERS = {
    "sgd": fn.sgd(0.1),
    "momentum": fn.momentum(0.1),
    "nesterov": fn.nesterov(0.1),
    "adam": fn.adam(0.1),
    "adamw": fn.adamw(0.1, where="**"),
    "adamax": fn.adamax(0.1),
    "nadam": fn.nadam(0.1),
    "radam": fn.radam(0.1),
    "rmsprop": fn.rmsprop(0.1),
    "adagrad": fn.adagrad(0.1),
    "adadelta": fn.adadelta(),
    "lion": fn.lion(0.1),
    "lamb": fn.lamb(0.1),
    "accumulate": fn.accumulate(2, fn.sgd(0.1)),
    "lookahead": fn.lookahead(fn.adam(0.1)),
    "ema": fn.ema(0.9),
    "clip_by_norm": fn.clip_by_norm(1.0),
    "clip_by_value": fn.clip_by_value(1.0),
    "weight_decay": fn.weight_decay(0.1),
    "scale_rate": fn.scale_rate(0.1, "**/w"),
    "only": fn.only("**/w"),
    "chain": fn.chain(fn.clip_by_norm(1.0), fn.adam(0.1), fn.ema(0.9)),
}
SCHEDULES = {
    "constant": fn.constant(0.1),
    "step_decay": fn.step_decay(0.1, 0.5, 3),
    "exponential": fn.exponential(0.1, 0.9),
    "polynomial": fn.polynomial(0.1, 10),
    "cosine": fn.cosine(0.1, 10),
    "one_cycle": fn.one_cycle(0.1, 10),
    "warmup": fn.warmup(5, fn.cosine(0.1, 10)),
    "piecewise": fn.piecewise((2, 5), (0.1, 0.2, 0.3)),
}
PROBABILITIES = np.exp(Y) / np.exp(Y).sum(-1, keepdims=True)
LOSSES = {
    "MeanSquaredError": (fn.MeanSquaredError(), Y, Y + 1),
    "SquaredError": (fn.SquaredError(), Y, Y + 1),
    "MeanAbsoluteError": (fn.MeanAbsoluteError(), Y, Y + 1),
    "Huber": (fn.Huber(), Y, Y + 1),
    "SoftmaxCrossEntropy": (fn.SoftmaxCrossEntropy(), Y, LABELS),
    "SoftmaxCrossEntropy of rows": (fn.SoftmaxCrossEntropy(0.1), Y, PROBABILITIES),
    "BinaryCrossEntropy": (fn.BinaryCrossEntropy(), Y, (Y > 0).astype("f4")),
    "NegativeLogLikelihood": (fn.NegativeLogLikelihood(), np.log(PROBABILITIES), LABELS),
    "KLDivergence": (fn.KLDivergence(), np.log(PROBABILITIES), PROBABILITIES),
    "Hinge": (fn.Hinge(), Y, LABELS),
    "a weighted loss": (fn.SoftmaxCrossEntropy(), Y, fn.Weighted(LABELS, np.ones(6))),
    "a padded loss": (fn.MeanSquaredError(), fn.Padded(draw(2, 3, 4), [3, 1]), draw(2, 3, 4)),
}
INITIALIZERS = {
    "zeros": fn.initializers.zeros(),
    "normal": fn.initializers.normal(),
    "uniform": fn.initializers.uniform(),
    "truncated_normal": fn.initializers.truncated_normal(),
    "he_normal": fn.initializers.he_normal(),
    "orthogonal": fn.initializers.orthogonal(),
}


def others() -> list[Call]:
    """Calls of the methods of all else."""

    def call(title: str, f: Any, /, **arguments: Any) -> Call:
        return Call(title, f, lambda: arguments)

    found = []
    g = p = tree.ravel(PARAMS)
    states = {name: optimizer.init(PARAMS) for name, optimizer in OPTIMIZERS.items()}
    for name, optimizer in OPTIMIZERS.items():
        found.append(call(f"{name}.init", optimizer.init, params=PARAMS))
        update = call(f"{name}.update", optimizer.update, g=g, state=states[name], p=p)
        found.append(
            Call(
                update.name,
                update.f,
                update.make,
                lambda: {"state": {f"the state of {n}": s for n, s in states.items()}},
            )
        )
    found += [call(f"{name}.__call__", schedule.__call__, step=3) for name, schedule in SCHEDULES.items()]
    found += [call(f"{name}.__call__", loss.__call__, y=y, target=t) for name, (loss, y, t) in LOSSES.items()]
    found += [
        call(f"{name}.__call__", draw_it.__call__, key=KEY, shape=(2, 3), dtype="float32")
        for name, draw_it in INITIALIZERS.items()
    ]
    found += [call(f"{kind.__name__}.__call__", kind(0.1).__call__, params=PARAMS) for kind in (fn.L1, fn.L2)]
    return [
        *found,
        call("Key.child", KEY.child, name="a"),
        call("Key.next", KEY.child(1).next),
        call("Key.generator", KEY.generator),
        call("History.append", HISTORY.append, row={"loss": 1.0}),
        call("History.__getitem__", HISTORY.__getitem__, column="loss"),
        call("History.arrays", HISTORY.arrays),
        call("History.frame", HISTORY.frame),
        call("EarlyStopping.best", fn.EarlyStopping(2, "loss").best, history=HISTORY),
        call("EarlyStopping.stops", fn.EarlyStopping(2, "loss").stops, history=HISTORY),
        call("Report.__str__", Report("x", 0, ()).__str__),
    ]


CALLS = {call.name: call for call in [*layers(), *others()]}
