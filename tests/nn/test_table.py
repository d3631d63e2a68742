"""The table of a network."""

import numpy as np

import funnet as fn
from funnet.nn.table import table

X = np.ones((2, 4), np.float32)


def shown(net, x=X):
    return fn.summary(net, net.init(fn.Key(0), x), x)


def test_nested_networks_with_state():
    net = fn.Sequential(
        {
            "body": fn.Sequential([fn.Linear(30), fn.BatchNorm(), fn.Dropout(0.5)]),
            "skip": fn.Residual(fn.Sequential([fn.Linear(30, bias=False)])),
            "fixed": fn.Frozen(fn.Linear(3)),
        }
    )
    assert shown(net) == "\n".join(
        (
            "path    layer                   output   parameters  bytes",
            "body/0  Linear(30)              (2, 30)         150    600",
            "body/1  BatchNorm()             (2, 30)          60    480",
            "body/2  Dropout(0.5)            (2, 30)           0      0",
            "skip/0  Linear(30, bias=False)  (2, 30)         900  3,600",
            "fixed   Linear(3)               (2, 3)            0    372",
            "total                                         1,110  5,052",
        )
    )


def test_several_outputs_and_a_layer_alone():
    assert shown(fn.Branch([fn.Tanh(), fn.Linear(1)])).splitlines()[1:3] == [
        "0      Tanh()     (2, 4)           0      0",
        "1      Linear(1)  (2, 1)           5     20",
    ]
    assert shown(fn.Linear(1)).splitlines()[1] == "       Linear(1)  (2, 1)           5     20"
    trees = fn.Lambda(
        lambda params, x: ({"a": x, "b": (x[:, :1],)}, ()), lambda params, cache, dy: (params, dy)
    )
    assert "a: (2, 4), b/0: (2, 1)" in shown(trees)


def test_a_layer_that_stands_twice_is_shown_twice():
    layer = fn.Linear(4)
    rows = shown(fn.Sequential([layer, layer])).splitlines()
    assert [row.split()[0] for row in rows] == ["path", "0", "1", "total"]


def test_the_network_is_run_as_it_is_and_left_as_it_is():
    net = fn.Sequential([fn.BatchNorm(), fn.Dropout(0.5)])
    params = net.init(fn.Key(0), X)
    before = fn.tree.fingerprint(params)
    assert "Dropout(0.5, training=True)" in fn.summary(fn.training(net), params, X)
    assert fn.tree.fingerprint(params) == before


def test_table():
    assert (
        table([("a", "n"), ("long", "7"), ("b", "1,000")], right=(1,))
        == "a         n\nlong      7\nb     1,000"
    )
