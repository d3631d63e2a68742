"""What arguments are replaced by: values of every kind, and an array turned, cut, cast and wrapped."""

import datetime
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse

import funnet as fn

Make = Callable[[Any], Any]


class Duck:
    """Something that NumPy can make an array of."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.ones((2, 3), dtype)


def nothing(*args: Any, **named: Any) -> None:
    """A function that gives None."""


def text(*args: Any, **named: Any) -> str:
    """A function that gives a string."""
    return "x"


VALUES: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "True": lambda: True,
    "False": lambda: False,
    "0": lambda: 0,
    "3": lambda: 3,
    "-1": lambda: -1,
    "10**6": lambda: 10**6,
    "10**12": lambda: 10**12,
    "10**30": lambda: 10**30,
    "10**400": lambda: 10**400,
    "1.5": lambda: 1.5,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "1e30": lambda: 1e30,
    "1j": lambda: 1j,
    "int64(3)": lambda: np.int64(3),
    "float64(nan)": lambda: np.float64("nan"),
    "''": lambda: "",
    "'x'": lambda: "x",
    "'a/b'": lambda: "a/b",
    "'**'": lambda: "**",
    "dollars": lambda: "$5^$",
    "surrogate": lambda: "\ud800",
    "null character": lambda: "a\0b",
    "70,000 letters": lambda: "x" * 70_000,
    "b''": lambda: b"",
    "bytes": lambda: b"x",
    "[]": list,
    "()": lambda: (),
    "{}": dict,
    "[1]": lambda: [1],
    "(1, 'x')": lambda: (1, "x"),
    "[None]": lambda: [None],
    "{'a': 1}": lambda: {"a": 1},
    "{1: 2}": lambda: {1: 2},
    "{'a': 1, 2: 3}": lambda: {"a": 1, 2: 3},
    "set": lambda: {1, 2},
    "range": lambda: range(3),
    "an iterator": lambda: iter([1, 2]),
    "object": object,
    "date": lambda: datetime.date(2020, 1, 1),
    "path": lambda: pathlib.Path("nowhere/file"),
    "module": lambda: np,
    "class": lambda: int,
    "class of layers": lambda: fn.Linear,
    "gives 1": lambda: lambda *_, **__: 1,
    "gives None": lambda: nothing,
    "gives text": lambda: text,
    "layer": lambda: fn.Tanh(),
    "net": lambda: fn.Sequential({"a": fn.Linear(2), "b": fn.BatchNorm()}),
    "optimizer": lambda: fn.adam(1e-3),
    "transform": lambda: fn.clip_by_norm(1.0),
    "schedule": lambda: fn.cosine(0.1, 10),
    "loss": lambda: fn.SoftmaxCrossEntropy(),
    "penalty": lambda: fn.L2(0.1),
    "initializer": lambda: fn.initializers.zeros(),
    "key": lambda: fn.Key(3),
    "buffer": lambda: fn.Buffer(np.ones(2)),
    "padded": lambda: fn.Padded(np.ones((2, 3, 4), "f4"), [2, 1]),
    "history": lambda: fn.History(),
    "dtype": lambda: np.dtype("f4"),
    "array ()": lambda: np.array(1.0),
    "array (0, 3)": lambda: np.ones((0, 3)),
    "array (3,)": lambda: np.ones(3, "f4"),
    "array (2, 3)": lambda: np.ones((2, 3), "f4"),
    "array (2, 3, 4)": lambda: np.ones((2, 3, 4), "f4"),
    "integers (4,)": lambda: np.arange(4),
    "bools (4,)": lambda: np.ones(4, bool),
    "strings (4,)": lambda: np.array(["a", "b", "c", "d"]),
    "objects (2,)": lambda: np.array([None, "x"], object),
    "dates (4,)": lambda: np.zeros(4, "M8[s]"),
    "complex (2, 3)": lambda: np.ones((2, 3), "c16"),
    "records (3,)": lambda: np.zeros(3, [("a", "f4"), ("b", "i4")]),
    "masked (2, 3)": lambda: np.ma.masked_array(np.ones((2, 3), "f4"), [[True, False, False]] * 2),
    "matrix (2, 3)": lambda: np.matrix(np.ones((2, 3))),
    "duck array": Duck,
    "series": lambda: pd.Series([1.0, 2.0]),
    "frame": lambda: pd.DataFrame({"a": [1.0, 2.0]}),
    "sparse": lambda: scipy.sparse.eye_array(3),
}


def _with(a: np.ndarray, number: float) -> np.ndarray:
    """The array with this number in its first place; not of integers."""
    if a.dtype.kind not in "fc":
        raise TypeError("no such number")
    return np.where(np.arange(a.size).reshape(a.shape) == 0, number, a).astype(a.dtype)


ARRAYS: dict[str, Make] = {
    "axis more in front": lambda a: a[None],
    "axis more behind": lambda a: a[..., None],
    "first row": lambda a: a[0],
    "first rows": lambda a: a[:1],
    "no rows": lambda a: a[:0],
    "all but the last row": lambda a: a[:-1],
    "first column": lambda a: a[..., :1],
    "column more": lambda a: np.concatenate([a, a[..., :1]], axis=-1),
    "transposed": lambda a: a.T,
    "one number": lambda a: np.ones((1,) * a.ndim, a.dtype),
    "flat": lambda a: a.reshape(-1),
    "f2": lambda a: a.astype("f2"),
    "f4": lambda a: a.astype("f4"),
    "f8": lambda a: a.astype("f8"),
    "long double": lambda a: a.astype("g"),
    "swapped bytes": lambda a: a.astype(a.dtype.newbyteorder()),
    "complex": lambda a: a.astype("c8"),
    "int": lambda a: a.astype(int),
    "uint8": lambda a: a.astype("u1"),
    "bool": lambda a: a.astype(bool),
    "object": lambda a: a.astype(object),
    "strings": lambda a: a.astype(str),
    "dates": lambda a: np.zeros(a.shape, "M8[s]"),
    "negative": lambda a: -1 - a,
    "huge": lambda a: a + np.array(100, a.dtype),
    "nan": lambda a: _with(a, np.nan),
    "inf": lambda a: _with(a, np.inf),
    "masked": lambda a: np.ma.masked_array(a, np.arange(a.size).reshape(a.shape) == 0),
    "matrix": lambda a: np.matrix(a),
    "list": lambda a: a.tolist(),
    "frame": lambda a: pd.DataFrame(a),
    "sparse": lambda a: scipy.sparse.csr_array(a),
    "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "broadcast": lambda a: np.broadcast_to(a[:1], a.shape),
}


def replacements(value: Any) -> dict[str, Make]:
    """What an argument with this value is replaced by, by name: each is made of the value anew."""
    made: dict[str, Make] = {name: (lambda _, make=make: make()) for name, make in VALUES.items()}
    if isinstance(value, np.ndarray):
        made |= {f"its {name}": (lambda a, make=make: make(a)) for name, make in ARRAYS.items()}
    return made
