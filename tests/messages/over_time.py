"""Combinators over time."""

import funnet as fn
from funnet.errors import ConfigError, DataError, DtypeError, ShapeError, TreeError
from tests.messages.inputs import STATE, STEPS, Mistake, back, draw, init, run

OVER_TIME: list[Mistake] = [
    (
        lambda: fn.TimeDistributed(fn.Linear),
        ConfigError,
        "TimeDistributed: … got <class 'funnet.nn.layers.linear.Linear'>; call the class",
    ),
    (
        lambda: init(fn.TimeDistributed(fn.Linear(2)), draw(3, 6)),
        ShapeError,
        "TimeDistributed( … T, ...), got x of shape (3, 6)",
    ),
    (
        lambda: run(fn.TimeDistributed(fn.Linear(2)), STEPS, STEPS[..., :2]),
        ShapeError,
        "Linear(2): … 2)), got x of shape (12, 2)",
    ),
    (
        lambda: run(fn.TimeDistributed(fn.Conv1d(2, 2)), STEPS, STEPS),
        ShapeError,
        "Conv1d(2, kernel_size=2): … got x of shape (12, 6); x[None] adds a batch axis, x[...,",
    ),
    (
        lambda: run(fn.TimeDistributed(fn.Branch([fn.Tanh(), fn.Relu()])), STEPS, STEPS),
        ShapeError,
        "TimeDistributed( … (as x has), got a tuple of 2",
    ),
    (
        lambda: run(fn.TimeDistributed(fn.Linear(2)), STEPS, fn.Padded(STEPS, [4, 0, 2])),
        DataError,
        "TimeDistributed( … 4 steps), got 0 for sequence 1",
    ),
    (
        lambda: back(fn.TimeDistributed(fn.Linear(2)), STEPS, draw(3, 4, 3)),
        ShapeError,
        "TimeDistributed( … (3, 4, 2), got shape (3, 4, 3)",
    ),
    (
        lambda: back(fn.TimeDistributed(fn.Linear(2)), fn.Padded(STEPS, [4, 1, 2]), draw(3, 4, 2)),
        TreeError,
        "TimeDistributed( … (as y), got float32[3, 4, 2]",
    ),
    (
        lambda: run(fn.Reverse(fn.Last()), STEPS, STEPS),
        ShapeError,
        "Reverse(Last()): … (3, 4, ...), got shape (3, 6)",
    ),
    (
        lambda: run(fn.Reverse(fn.GRU(3)), STEPS, draw(3, 6)),
        ShapeError,
        "Reverse(GRU(3)): … T, ...), got x of shape (3, 6)",
    ),
    (
        lambda: run(fn.Reverse(fn.Linear(3)), STEPS, (STEPS, ())),
        DtypeError,
        "Linear(3): … NumPy array, got a tuple of 2",
    ),
    (
        lambda: run(fn.Reverse(fn.Conv1d(3, 2)), STEPS, STEPS),
        ShapeError,
        "Reverse( … 4, ...), got shape (3, 3, 3)",
    ),
    (
        lambda: run(fn.Reverse(fn.GRU(3, time_major=True), time_major=True), STEPS, (STEPS, STATE)),
        ShapeError,
        "GRU(3, time_major=True): … shape (4, 3), got shape (3, 3)",
    ),
    *(
        (
            lambda f=make: f(),
            ConfigError,
            f"{name}: … expected time_major={own} of the layer inside too, got {got}",
        )
        for name, own, got, make in (
            (
                "Reverse",
                False,
                "GRU(3, time_major=True); give both the same, as Reverse(..., time_major=True)",
                lambda: fn.Reverse(fn.GRU(3, time_major=True)),
            ),
            (
                "Reverse",
                True,
                "0/LSTM(3); give both the same, as Reverse(..., time_major=False)",
                lambda: fn.Reverse(
                    fn.Sequential([fn.Residual(fn.Frozen(fn.LSTM(3))), fn.Linear(3)]), time_major=True
                ),
            ),
            (
                "Reverse",
                False,
                "a/Scan(RNNCell(3), time_major=True)",
                lambda: fn.Reverse(fn.Branch({"a": fn.Scan(fn.RNNCell(3), time_major=True)})),
            ),
            (
                "Reverse",
                True,
                "TimeDistributed(",
                lambda: fn.Reverse(fn.TimeDistributed(fn.Tanh()), time_major=True),
            ),
            ("Reverse", True, "Reverse(RNN(3))", lambda: fn.Reverse(fn.Reverse(fn.RNN(3)), time_major=True)),
            ("Bidirectional", False, "GRU(3, t", lambda: fn.Bidirectional(fn.GRU(3, time_major=True))),
            (
                "Bidirectional",
                True,
                "RNN(3); give both the same",
                lambda: fn.Bidirectional((fn.GRU(3, time_major=True), fn.RNN(3)), time_major=True),
            ),
            (
                "Reverse",
                True,
                "Bidirectional({",
                lambda: fn.Reverse(fn.Remat(fn.Bidirectional(fn.RNN(3))), time_major=True),
            ),
        )
    ),
    (
        lambda: back(fn.Reverse(fn.GRU(3)), STEPS, draw(3, 4, 2)),
        ShapeError,
        "Reverse(GRU(3)): … (3, 4, 3), got shape (3, 4, 2)",
    ),
    (lambda: fn.Bidirectional(3), ConfigError, "Bidirectional: … or two, forward and backward, got 3"),
    (lambda: fn.Bidirectional([fn.GRU(3), None]), ConfigError, "Bidirectional: … to be a layer, got None"),
    (
        lambda: fn.Bidirectional(fn.GRU(3), "mean"),
        ConfigError,
        "Bidirectional: … of 'concat', 'sum', got 'mean'",
    ),
    (
        lambda: run(fn.Bidirectional([fn.GRU(3), fn.GRU(2)], "sum"), STEPS, STEPS),
        ShapeError,
        "Bidirectional( … (4, 3, 3), got shape (4, 3, 2)",
    ),
    (
        lambda: run(fn.Bidirectional(fn.GRU(3)), STEPS, STEPS[..., :2]),
        ShapeError,
        "forward/GRU(3): … 9)), got x of shape (3, 4, 2)",
    ),
    (
        lambda: run(fn.Bidirectional(fn.GRU(3)), STEPS, (STEPS, STATE)),
        TreeError,
        "Bidirectional( … backward), got float32[3, 3]",
    ),
    (
        lambda: run(fn.Bidirectional(fn.GRU(3)), STEPS, (STEPS, (STATE, draw(2, 3)))),
        ShapeError,
        "backward/GRU(3): … shape (3, 3), got shape (2, 3)",
    ),
    (
        lambda: run(fn.Bidirectional([fn.GRU(3), fn.Last()]), STEPS, STEPS),
        ShapeError,
        "backward/Reverse(Last()): … (3, 4, ...), got shape (3, 6)",
    ),
    (
        lambda: back(fn.Bidirectional(fn.GRU(3)), STEPS, draw(3, 4, 3)),
        ShapeError,
        "Bidirectional( … (3, 4, 6), got shape (3, 4, 3)",
    ),
    (
        lambda: fn.Bidirectional(fn.GRU(3))(init(fn.GRU(3), STEPS), STEPS),
        TreeError,
        "Bidirectional( … got a Recurrent record",
    ),
    (lambda: fn.Scan(3), ConfigError, "Scan: … expected cell to be a layer, got 3"),
]
