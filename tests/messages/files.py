"""Files: what is read that does not fit, and what cannot be written.

A row is the call, which is given a folder, the error, and of its message without the folder the beginning
and a later phrase.
"""

import os
import sys

import numpy as np

import funnet as fn
from funnet.errors import CheckpointError, ConfigError, DataError, DtypeError, ShapeError, TreeError
from tests.messages.inputs import Mistake, draw

NET = fn.Sequential([fn.Linear(5), fn.Tanh(), fn.Linear(4)])
X, OPTIMIZER = draw(3, 6), fn.adam(1e-3)
STATE = fn.init(NET, OPTIMIZER, fn.Key(0), X)
PARAMS = STATE.params
OWN = fn.Sequential([fn.Lambda(lambda p, x: (x, ()), lambda p, cache, dy: (p, dy))])


def fill(folder):
    """Good files and bad ones."""
    fn.save(folder / "params.npz", PARAMS)
    fn.save(folder / "run.npz", STATE, net=NET, optimizer=OPTIMIZER)
    fn.save(folder / "half.npz", STATE, net=NET)
    fn.save_net(folder / "net.json", NET)
    (folder / "empty.npz").write_bytes(b"")
    if sys.platform != "win32":
        os.mkfifo(folder / "pipe.npz")
    for name, text in (
        ("open", "{"),
        ("list", "[]"),
        ("number", '{"format": "funnet net 1", "net": 3}'),
        ("unknown", '{"format": "funnet net 1", "net": {"class": "Nope"}}'),
        ("lacking", '{"format": "funnet net 1", "net": {"class": "Linear"}}'),
        ("negative", '{"format": "funnet net 1", "net": {"class": "Linear", "width": -1}}'),
        ("misspelt", '{"format": "funnet net 1", "net": {"class": "Linear", "widht": 3}}'),
    ):
        (folder / f"{name}.json").write_text(text)


FILES: list[Mistake] = [
    (lambda at: fn.restore(at / "none.npz", X), CheckpointError, "none.npz: … a file, got none at this path"),
    (
        lambda at: fn.restore(at / "params.npz", X),
        CheckpointError,
        "params.npz: … got one that says neither; save",
    ),
    (
        lambda at: fn.restore(at / "half.npz", X),
        CheckpointError,
        "half.npz: … got one that says net; save it with",
    ),
    (
        lambda at: fn.restore(at / "empty.npz", X),
        CheckpointError,
        "empty.npz: … damaged or foreign), got BadZip",
    ),
    (
        lambda at: fn.restore(at / "net.json", X),
        CheckpointError,
        "net.json: … damaged or foreign), got BadZip",
    ),
    (
        lambda at: fn.restore(at / "run.npz", X[:, :3]),
        CheckpointError,
        "run.npz: … 0/w as float32[6, 5], not float32[3, 5]",
    ),
    (
        lambda at: fn.restore(at / "run.npz", X.astype("f8")),
        CheckpointError,
        "run.npz: … as float32[6, 5], not float64[6, 5]",
    ),
    (
        lambda at: fn.restore(at / "run.npz", X.tolist()),
        DtypeError,
        "0/Linear(5): … NumPy array, got a list of 3",
    ),
    (
        lambda at: fn.load(at / "params.npz", like=STATE),
        CheckpointError,
        "params.npz: … got a file that lacks params/0/w",
    ),
    (lambda at: fn.load(at, like=PARAMS), CheckpointError, ": … got IsADirectoryError"),
    (lambda at: fn.load(at / "pipe.npz", like=PARAMS), CheckpointError, "pipe.npz: … got a named pipe"),
    (lambda at: _fit(at / "pipe.npz", resume=True), CheckpointError, "pipe.npz: … got a named pipe"),
    (lambda at: fn.save(at / "pipe.npz", PARAMS), CheckpointError, "pipe.npz: … got a named pipe; choose"),
    (
        lambda at: fn.load_partial(at / "params.npz", like=PARAMS, where="**/kernel"),
        TreeError,
        "expected … got '**/kernel'",
    ),
    (
        lambda at: fn.load_partial(at / "params.npz", like=PARAMS, where=None),
        TreeError,
        "expected … a glob, as '**/w', got None",
    ),
    (
        lambda at: fn.load_partial(at / "none.npz", like=PARAMS),
        CheckpointError,
        "none.npz: … a file, got none",
    ),
    (lambda at: fn.load_net(at / "none.json"), CheckpointError, "none.json: … a file, got none at this path"),
    (
        lambda at: fn.load_net(at / "params.npz"),
        CheckpointError,
        "params.npz: … got UnicodeDecodeError('utf-8', b'PK",
    ),
    (
        lambda at: fn.load_net(at / "open.json"),
        CheckpointError,
        "open.json: … (damaged or foreign), got JSONDecodeError",
    ),
    (
        lambda at: fn.load_net(at / "list.json"),
        CheckpointError,
        "list.json: … the format 'funnet net 1', got another",
    ),
    (lambda at: fn.load_net(at / "number.json"), CheckpointError, "number.json: … a network, got 3"),
    (
        lambda at: fn.load_net(at / "unknown.json"),
        DataError,
        "unknown.json/net/class: … got 'Nope'; pass the class in",
    ),
    (
        lambda at: fn.load_net(at / "lacking.json"),
        DataError,
        "lacking.json/net/Linear: … got Linear.__init__() missing",
    ),
    (
        lambda at: fn.load_net(at / "negative.json"),
        ConfigError,
        "negative.json/net/Linear: … a positive integer, got -1",
    ),
    (
        lambda at: fn.load_net(at / "misspelt.json"),
        DataError,
        "misspelt.json/net: … width, bias, w_init, b_init), got 'widht'",
    ),
    (lambda at: fn.save_net(at / "new.json", 3), DtypeError, "save_net: … an instance of Layer, got 3"),
    (lambda at: fn.save_net(at / "new.json", OWN), DtypeError, "layers/0/forward: … by name, got a function"),
    (
        lambda at: fn.save_net(at / "no" / "new.json", NET),
        CheckpointError,
        "no/new.json: … got No such file or directory",
    ),
    (lambda at: fn.save(at, PARAMS), CheckpointError, ": … a file that can be written, got Is a directory"),
    (
        lambda at: fn.save(at / "new.npz", {"a": len}),
        CheckpointError,
        "a: … strings, got a builtin_function_or_method",
    ),
    (
        lambda at: fn.save(at / "new.npz", {"a": np.array([None])}),
        CheckpointError,
        "a: … got an array of object",
    ),
    (lambda at: fn.save(at / "new.npz", PARAMS, net=len), DtypeError, "net: … by name, got a function"),
    (
        lambda at: fn.export(at / "new.txt", NET, PARAMS, X),
        ConfigError,
        "export: … ends in .py, got 'new.txt'",
    ),
    (
        lambda at: fn.export(at / "no" / "new.py", NET, PARAMS, X),
        CheckpointError,
        "no/new.npz: … got No such file",
    ),
    (
        lambda at: fn.export(at / "new.py", NET, PARAMS, X[:, :3]),
        ShapeError,
        "0/Linear(5): … got x of shape (3, 3)",
    ),
    (lambda at: fn.export(at / "new.py", NET, STATE, X), TreeError, "Sequential( … got a TrainState record"),
    (
        lambda at: fn.export(at / "new.py", fn.Linear, PARAMS, X),
        DtypeError,
        "export: … instance, as net=Linear(...)",
    ),
    (
        lambda at: fn.export(at / "new.py", NET, PARAMS, None),
        DtypeError,
        "0/Linear(5): … a NumPy array, got None",
    ),
    (
        lambda at: fn.export(at / "new.py", OWN, ((),), X),
        ConfigError,
        "0/Lambda( … got a Lambda; write its forward pass",
    ),
]


def _read(path):
    return fn.load(path, like=PARAMS)


def _fit(path, **options):
    data = X, X[:, :4]
    return fn.fit(NET, fn.MeanSquaredError(), OPTIMIZER, STATE, data, epochs=1, checkpoint=path, **options)


FILES += [
    (
        lambda at, call=call, path=path: call(path),
        DtypeError,
        f"{who}: … {name} to be a string or a Path, got {path!r}",
    )
    for who, name, call in (
        ("save", "path", lambda path: fn.save(path, PARAMS)),
        ("load", "path", _read),
        ("restore", "path", lambda path: fn.restore(path, X)),
        ("save_net", "path", lambda path: fn.save_net(path, NET)),
        ("load_net", "path", fn.load_net),
        ("export", "path", lambda path: fn.export(path, NET, PARAMS, X)),
        ("fit", "checkpoint", _fit),
        ("read_idx", "path", fn.data.read_idx),
        ("write_idx", "path", lambda path: fn.data.write_idx(path, X)),
        ("mnist", "root", fn.data.mnist),
    )
    for path in (3, b"params.npz", ["params.npz"])
]
