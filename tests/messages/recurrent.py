"""Recurrent layers."""

import numpy as np

import funnet as fn
from funnet.errors import ConfigError, DataError, DtypeError, ShapeError, TreeError
from tests.messages.inputs import IMAGES, INDICES, STATE, STEPS, Mistake, back, draw, init, run

RECURRENT: list[Mistake] = [
    (lambda: fn.LSTM(0), ConfigError, "LSTM: … expected width to be a positive integer, got 0"),
    (lambda: fn.LSTM("8"), ConfigError, "LSTM: … expected width to be a positive integer, got '8'"),
    (lambda: fn.LSTM(3, forget_bias=np.nan), ConfigError, "LSTM: … to be a finite number, got nan"),
    (lambda: fn.LSTM(3, time_major=1), ConfigError, "LSTM: … time_major to be True or False, got 1"),
    (lambda: fn.RNN(3, "sigmoid"), ConfigError, "RNN: … to be one of 'tanh', 'relu', got 'sigmoid'"),
    (lambda: fn.RNN(3, ["tanh"]), ConfigError, "RNN: … to be one of 'tanh', 'relu', got ['tanh']"),
    (lambda: init(fn.LSTM(3), draw(3, 6)), ShapeError, "LSTM(3): … axes (N, T, ...), got x of shape (3, 6)"),
    (lambda: init(fn.LSTM(3), IMAGES), ShapeError, "LSTM(3): … axes (N, T, I), got x of shape (2, 5, 4, 3)"),
    (lambda: init(fn.LSTM(3), STEPS.tolist()), DtypeError, "LSTM(3): … to be a NumPy array, got a list of 3"),
    (
        lambda: init(fn.LSTM(3), INDICES),
        DtypeError,
        "LSTM(3): … got dtype int64; convert it with x.astype(np.float32)",
    ),
    (lambda: init(fn.GRU(3), None), DtypeError, "GRU(3): … expected x to be a NumPy array, got None"),
    (lambda: init(fn.GRU(3), STEPS[:, :0]), ShapeError, "GRU(3): … at least one entry, got shape (3, 0, 6)"),
    (lambda: run(fn.LSTM(3), STEPS, STEPS[..., :2]), ShapeError, "LSTM(3): … 12)), got x of shape (3, 4, 2)"),
    (
        lambda: run(fn.LSTM(3), STEPS, STEPS.astype("f8")),
        DtypeError,
        "LSTM(3): … got x of float64; convert x with x.astype(np.float32)",
    ),
    (lambda: run(fn.LSTM(3), STEPS, (STEPS, STATE)), TreeError, "LSTM(3): … state (h, c), got float32[3, 3]"),
    (
        lambda: run(fn.LSTM(3), STEPS, (STEPS, (STATE, draw(2, 3)))),
        ShapeError,
        "LSTM(3): … shape (3, 3), got shape (2, 3)",
    ),
    (
        lambda: run(fn.LSTM(3), STEPS, (STEPS, (STATE, STATE, STATE))),
        TreeError,
        "LSTM(3): … state (h, c), got a tuple of 3",
    ),
    (
        lambda: run(fn.LSTM(3), STEPS, (STEPS, None)),
        TreeError,
        "LSTM(3): … got None; () is the state before the first step",
    ),
    (
        lambda: run(fn.LSTM(3), STEPS, (STEPS, (None, None))),
        DtypeError,
        "LSTM(3): … to be a NumPy array, got None",
    ),
    (
        lambda: run(fn.GRU(3), STEPS, (STEPS, draw(2, 3))),
        ShapeError,
        "GRU(3): … of shape (3, 3), got shape (2, 3)",
    ),
    (
        lambda: run(fn.GRU(3), STEPS, (STEPS, STATE.astype("f8"))),
        DtypeError,
        "GRU(3): … float32, got dtype float64",
    ),
    (
        lambda: run(fn.GRU(3), STEPS, (STEPS, STATE.tolist())),
        DtypeError,
        "GRU(3): … a NumPy array, got a list of 3",
    ),
    (
        lambda: run(fn.GRU(3), STEPS, (STEPS, (STATE, STATE))),
        DtypeError,
        "GRU(3): … NumPy array, got a tuple of 2",
    ),
    (
        lambda: run(fn.GRU(3), STEPS, (STEPS, "zeros")),
        DtypeError,
        "GRU(3): … to be a NumPy array, got 'zeros'",
    ),
    (
        lambda: run(fn.GRU(3), STEPS, [STEPS, STEPS, STEPS]),
        DtypeError,
        "GRU(3): … a NumPy array, got a list of 3",
    ),
    (
        lambda: run(fn.GRU(3), STEPS, fn.Padded(STEPS, [4, 5, 1])),
        DataError,
        "GRU(3): … 4 steps), got 5 for sequence 1",
    ),
    (
        lambda: run(fn.GRU(3), STEPS, fn.Padded(STEPS, [4, 0, 1])),
        DataError,
        "GRU(3): … 4 steps), got 0 for sequence 1",
    ),
    (
        lambda: run(fn.GRU(3), STEPS, fn.Padded(STEPS, [4, 1])),
        ShapeError,
        "GRU(3): … each sequence), got shape (2,)",
    ),
    (
        lambda: run(fn.GRU(3), STEPS, fn.Padded(STEPS, [[4, 1, 1]])),
        ShapeError,
        "GRU(3): … sequence), got shape (1, 3)",
    ),
    (
        lambda: run(fn.GRU(3), STEPS, fn.Padded(STEPS, ["4", "1", "1"])),
        DtypeError,
        "GRU(3): … array of integers, got <U1[3]",
    ),
    (
        lambda: run(fn.GRU(3, time_major=True), STEPS, fn.Padded(STEPS, [4, 1, 1])),
        ShapeError,
        "GRU(3, time_major=True): … each sequence), got shape (3,)",
    ),
    (
        lambda: back(fn.GRU(3), STEPS, draw(3, 4, 2)),
        ShapeError,
        "GRU(3): … shape (3, 4, 3), got shape (3, 4, 2)",
    ),
    (
        lambda: back(fn.GRU(3), STEPS, (draw(3, 4, 3), STATE)),
        DtypeError,
        "GRU(3): … NumPy array, got a tuple of 2",
    ),
    (
        lambda: back(fn.GRU(3), (STEPS, ()), draw(3, 4, 3)),
        TreeError,
        "GRU(3): … a state), got float32[3, 4, 3]",
    ),
    (
        lambda: back(fn.LSTM(3), (STEPS, ()), (draw(3, 4, 3), STATE)),
        TreeError,
        "LSTM(3): … (dh, dc), got float32[3, 3]",
    ),
    (
        lambda: back(fn.LSTM(3), (STEPS, ()), (draw(3, 4, 3), (STATE, draw(2, 3)))),
        ShapeError,
        "LSTM(3): … shape (3, 3), got shape (2, 3)",
    ),
    (
        lambda: fn.GRU(3)(fn.LSTM(3).init(fn.Key(0), STEPS), STEPS),
        ShapeError,
        "GRU(3): … (any, 9), got shape (6, 12)",
    ),
    (
        lambda: fn.LSTM(4)(fn.LSTM(3).init(fn.Key(0), STEPS), STEPS),
        ShapeError,
        "LSTM(4): … (any, 16), got shape (6, 12)",
    ),
    (
        lambda: run(fn.Last(), STEPS, draw(3, 4)),
        ShapeError,
        "Last(): … axes (N, T, ...), got x of shape (3, 4)",
    ),
    (
        lambda: run(fn.Last(), STEPS, (STEPS, ())),
        TreeError,
        "Last(): … got a pair (x, state); give x without the state",
    ),
    (lambda: fn.Last(time_major="no"), ConfigError, "Last: … time_major to be True or False, got 'no'"),
    (
        lambda: run(fn.RNNCell(3), (draw(2, 4), ()), draw(2, 4)),
        TreeError,
        "RNNCell(3): … pair (x, h), got float32[2, 4]",
    ),
]
