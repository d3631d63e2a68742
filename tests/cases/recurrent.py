"""Gated recurrent networks, and what is done to sequences."""

import numpy as np

import funnet as fn
from tests.cases.row import Row, draw

LENGTHS = np.array([5, 1, 3, 4])


def _padded(width: int) -> fn.Padded:
    return fn.Padded(draw(4, 5, width), LENGTHS)


def _stateful() -> fn.Layer:
    return fn.Sequential([fn.BatchNorm(), fn.Dropout(0.3), fn.Linear(2)])


ROWS: tuple[Row, ...] = (
    Row("LSTM", fn.LSTM(3), draw(4, 5, 2)),
    Row("LSTM with a state", fn.LSTM(3), (draw(4, 5, 2), (draw(4, 3), draw(4, 3) + 1))),
    Row("LSTM, time first", fn.LSTM(3, time_major=True), (draw(5, 4, 2), ()), rowwise=False),
    Row("LSTM of padded sequences", fn.LSTM(3), (_padded(2), (draw(4, 3), draw(4, 3))), rowwise=False),
    Row("GRU", fn.GRU(3), draw(4, 5, 2)),
    Row("GRU with a state", fn.GRU(3), (draw(4, 5, 2), draw(4, 3))),
    Row("GRU, time first", fn.GRU(3, time_major=True), (draw(5, 4, 2), ()), rowwise=False),
    Row("GRU of padded sequences", fn.GRU(3), (_padded(2), draw(4, 3)), rowwise=False),
    Row("Reverse", fn.Reverse(fn.GRU(3)), (draw(4, 5, 2), draw(4, 3))),
    Row("Reverse of padded sequences", fn.Reverse(fn.LSTM(2)), _padded(2), rowwise=False),
    Row(
        "Reverse with statistics",
        fn.Reverse(fn.TimeDistributed(_stateful())),
        draw(4, 5, 2),
        renewed=("0/moments", "1"),
    ),
    Row("Bidirectional", fn.Bidirectional([fn.LSTM(2), fn.GRU(3)]), (draw(4, 5, 2), ())),
    Row(
        "Bidirectional sum of padded sequences", fn.Bidirectional(fn.GRU(2), "sum"), _padded(3), rowwise=False
    ),
    Row(
        "Bidirectional with statistics",
        fn.Bidirectional(fn.TimeDistributed(_stateful())),
        draw(4, 5, 2),
        renewed=("backward/0/moments", "backward/1", "forward/0/moments", "forward/1"),
    ),
    Row("TimeDistributed", fn.TimeDistributed(_stateful()), draw(4, 5, 3), renewed=("0/moments", "1")),
    Row(
        "TimeDistributed of padded sequences",
        fn.TimeDistributed(_stateful()),
        _padded(3),
        rowwise=False,
        renewed=("0/moments", "1"),
    ),
    Row(
        "recurrent stack",
        fn.Sequential([fn.Bidirectional(fn.LSTM(2)), fn.GRU(2), fn.Last(), fn.Linear(1)]),
        _padded(2),
        rowwise=False,
    ),
)
