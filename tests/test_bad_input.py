"""One table of what users get wrong: each is our error, with its path, what was expected and what was given.

A row is the call, the error, and of its message the beginning and a later phrase.
"""

import os
import pickle

import numpy as np
import pytest

import funnet as fn
from funnet import tree
from funnet.core.containers import Buffer, parts, rebuild
from funnet.errors import ConfigError, DataError, DtypeError, NonFiniteError, ShapeError, TreeError
from funnet.nn.layers.linear import Affine
from tests.cases import ROWS
from tests.messages import MISTAKES
from tests.messages.files import FILES, fill

X = fn.Key(0).generator().standard_normal((8, 4)).astype(np.float32)
LABELS = np.arange(8) % 3
NET = fn.Sequential(
    {"encoder": fn.Sequential([fn.BatchNorm(), fn.Linear(5), fn.Dropout(0.5)]), "out": fn.Linear(3)}
)
OTHER = fn.Sequential(
    {"encoder": fn.Sequential([fn.BatchNorm(), fn.Linear(6), fn.Dropout(0.5)]), "out": fn.Linear(3)}
)
LOSS, SQUARES, LOGISTIC = fn.SoftmaxCrossEntropy(), fn.MeanSquaredError(), fn.BinaryCrossEntropy()
ADAM = fn.adam(1e-3)
STATE = fn.init(NET, ADAM, fn.Key(0), X)
ANOTHER = fn.init(OTHER, ADAM, fn.Key(0), X)
P = STATE.params
G = tree.ravel(P)


def step(x=X, target=LABELS, state=STATE, loss=LOSS, optimizer=ADAM, net=NET, **options):
    return fn.train_step(net, loss, optimizer, state, x, target, **options)


def fit(data, **options):
    return fn.fit(NET, LOSS, ADAM, STATE, data, **{"epochs": 1, "progress": False, **options})


def evaluate(data, **options):
    return fn.evaluate(NET, LOSS, P, data, **options)


def replaced(index, value):
    """The parameters with one of the encoder's replaced by what does not belong there."""
    encoder = (*P["encoder"][:index], value, *P["encoder"][index + 1 :])
    return {"encoder": encoder, "out": P["out"]}


def start_of(**params):
    """The state of a layer of a user's with these parameters."""
    net = fn.Lambda(lambda p, x: (x, ()), lambda p, cache, dy: (p, dy), lambda key, x: params)
    return fn.init(net, ADAM, fn.Key(0), X)


def nan(x):
    x = x.copy()
    x[5, 1] = np.nan
    return x


INPUTS = [
    (lambda: NET(P, X[:, :3]), ShapeError, "encoder/0/BatchNorm(): … is (4,)), got x of shape (8, 3)"),
    (lambda: NET(P, X[0]), ShapeError, "encoder/0/BatchNorm(): … add one with x[None], of shape (1, 4)"),
    (lambda: NET(P, X[..., None]), ShapeError, "encoder/0/BatchNorm(): … got x of shape (8, 4, 1)"),
    (lambda: NET(P, np.float32(1)), DtypeError, "encoder/0/BatchNorm(): … a NumPy array, got float32[]"),
    (lambda: NET(P, np.array(1, "f4")), ShapeError, "encoder/0/BatchNorm(): … axis, got a single number"),
    (lambda: NET(P, X.tolist()), DtypeError, "encoder/0/BatchNorm(): … a NumPy array, got a list of 8"),
    (lambda: NET(P, None), DtypeError, "encoder/0/BatchNorm(): … a NumPy array, got None"),
    (lambda: NET(P, (X, X)), DtypeError, "encoder/0/BatchNorm(): … a NumPy array, got a tuple of 2"),
    (lambda: NET(P, X[:0]), ShapeError, "encoder/0/BatchNorm(): … at least one entry, got shape (0, 4)"),
    (lambda: NET(P, X.astype("f8")), DtypeError, "encoder/0/BatchNorm(): … x with x.astype(np.float32)"),
    (lambda: NET(P, X.astype("f2")), DtypeError, "encoder/0/BatchNorm(): … params.scale), got x of float16"),
    (lambda: NET(P, X.astype("c8")), DtypeError, "encoder/0/BatchNorm(): … got x of complex64"),
    (lambda: NET(P, X.astype(int)), DtypeError, "encoder/0/BatchNorm(): … x of floats, got dtype int64"),
    (lambda: NET(P, X > 0), DtypeError, "encoder/0/BatchNorm(): … expected x of floats, got dtype bool"),
    (lambda: NET(P, X.astype(object)), DtypeError, "encoder/0/BatchNorm(): … x of floats, got dtype object"),
    (lambda: NET(P, X.astype(str)), DtypeError, "encoder/0/BatchNorm(): … x of floats, got dtype <U"),
    (lambda: step(X[:, :3]), ShapeError, "encoder/0/BatchNorm(training=True): … got x of shape (8, 3)"),
    (
        lambda: fit((X[:, :3], LABELS)),
        ShapeError,
        "encoder/0/BatchNorm(training=True): … got x of shape (8, 3)",
    ),
    (lambda: evaluate((X[:, :3], LABELS)), ShapeError, "encoder/0/BatchNorm(): … got x of shape (8, 3)"),
    (lambda: fn.summary(NET, P, X[:, :3]), ShapeError, "encoder/0/BatchNorm(): … got x of shape (8, 3)"),
    (lambda: fn.init(NET, ADAM, fn.Key(0), X[0]), ShapeError, "encoder/0/BatchNorm(): … got x of shape (4,)"),
    (
        lambda: fn.init(NET, ADAM, fn.Key(0), X.tolist()),
        DtypeError,
        "encoder/0/BatchNorm(): … got a list of 8",
    ),
    (lambda: fn.init(NET, ADAM, fn.Key(0), X[:0]), ShapeError, "encoder/0/BatchNorm(): … got shape (0, 4)"),
    (
        lambda: fn.init(NET, ADAM, fn.Key(0), X.astype(int)),
        DtypeError,
        "encoder/0/BatchNorm(): … got dtype int64",
    ),
    (
        lambda: fn.init(NET, ADAM, fn.Key(0), X.astype("c8")),
        DtypeError,
        "encoder/0/scale: … expected parameters of floats, got dtype complex64",
    ),
    (lambda: start_of(a=1.0), TreeError, "a: … arrays as parameters, got 1.0; use np.asarray, or a Buffer"),
    (lambda: start_of(a={"b": "c"}), TreeError, "a/b: … arrays as parameters, got 'c'"),
    (lambda: start_of(a=np.ones(2, int)), DtypeError, "a: … parameters of floats, got dtype int64"),
    (lambda: start_of(a=X, b=X.astype("f8")), DtypeError, "b: … (one tree has one dtype), got float64"),
    (lambda: start_of(**{"a/b": X}), TreeError, "expected names … got 'a/b'"),
    (lambda: fn.init(NET, ADAM, 0, X), DtypeError, "init: … key to be an instance of Key, got 0"),
    (lambda: fn.init(NET, ADAM, X, fn.Key(0)), DtypeError, "init: … an instance of Key, got float32[8, 4]"),
    (lambda: fn.init(fn.Tanh, ADAM, fn.Key(0), X), DtypeError, "init: … give an instance, as net=Tanh(...)"),
    (lambda: fn.init(NET, fn.adam, fn.Key(0), X), DtypeError, "init: … an instance, as optimizer=adam(...)"),
    (lambda: fn.init(NET, LOSS, fn.Key(0), X), DtypeError, "init: … an instance of Optimizer, got a Soft"),
    (
        lambda: NET.vjp(P, NET(P, X)[1], np.ones((8, 2), "f4")),
        ShapeError,
        "out/Linear(3): … expected dy of shape (8, 3), got shape (8, 2)",
    ),
]

TARGETS = [
    (lambda: step(target=LABELS[:5]), ShapeError, "SoftmaxCross … got shape (5,)"),
    (lambda: step(target=LABELS[:, None]), ShapeError, "SoftmaxCross … of shape (8,) (labels) or (8, 3)"),
    (lambda: step(target=LABELS + 1), DataError, "SoftmaxCross … 0 to 2 (y has 3 classes), got 3 at (2,)"),
    (lambda: step(target=LABELS - 1), DataError, "SoftmaxCross … 0 to 2 (y has 3 classes), got -1 at (0,)"),
    (lambda: step(target=LABELS + 2**40), DataError, "SoftmaxCross … got 1099511627776 at (0,)"),
    (lambda: step(target=LABELS.astype("f4")), DtypeError, "SoftmaxCross … labels, got dtype float32"),
    (lambda: step(target=LABELS > 0), DtypeError, "SoftmaxCross … expected integer labels, got dtype bool"),
    (lambda: step(target=LABELS.astype(object)), DtypeError, "SoftmaxCross … labels, got dtype object"),
    (lambda: step(target=LABELS.tolist()), DtypeError, "SoftmaxCross … a NumPy array, got a list of 8"),
    (lambda: step(target=None), DtypeError, "SoftmaxCross … a NumPy array, got None"),
    (lambda: step(target=np.ones((8, 3))), DataError, "SoftmaxCross … got row (0,) with sum 3"),
    (lambda: SQUARES(X[:, :1], X[:, 0]), ShapeError, "MeanSquaredError(): … got shape (8,); reshape"),
    (
        lambda: SQUARES(X[:, 0], X[:, :1]),
        ShapeError,
        "MeanSquaredError(): … got shape (8, 1); reshape it with target.reshape(8,)",
    ),
    (lambda: SQUARES(X, X[:1]), ShapeError, "MeanSquaredError(): … expected target of shape (8, 4)"),
    (lambda: SQUARES(X, 0.0), DtypeError, "MeanSquaredError(): … array of numbers, got 0.0"),
    (
        lambda: LOGISTIC(X[:, :1], 2 + 0 * X[:, :1]),
        DataError,
        "BinaryCrossEntropy(): … in [0, 1], got values from 2.0 to 2.0",
    ),
    (lambda: fn.metrics.accuracy(X[:, :3], LABELS[:, None]), ShapeError, "metrics: … got shape (8, 1)"),
]

DATA = [
    (lambda: fit((X[:0], LABELS[:0])), DataError, "data: … at least one example, got an empty array"),
    (lambda: fit((X, LABELS[:5])), ShapeError, "data: … number of examples in every array, got 0: 8, 1: 5"),
    (lambda: fit((X, np.array(1))), ShapeError, "data: … got 0: 8, 1: None"),
    (lambda: fit((X.tolist(), LABELS.tolist())), DataError, "data: … NumPy arrays, got a tuple of 2"),
    (lambda: fit((X, LABELS.tolist())), DataError, "data: … expected NumPy arrays, got a list of 8"),
    (lambda: fit(X), TreeError, "data: … a pair (x, target), got float32[8, 4]"),
    (lambda: fit((X, LABELS, LABELS)), TreeError, "data: … a pair (x, target), got a tuple of 3"),
    (lambda: fit(None), TreeError, "data: … a pair (x, target), got None"),
    (lambda: fit({"x": X, "t": LABELS}), TreeError, "data: … a pair (x, target), got a dict of 2"),
    (lambda: evaluate((X[:0], LABELS[:0])), DataError, "data: … expected at least one example"),
    (lambda: evaluate(X), TreeError, "data: … a pair (x, target)"),
    (lambda: evaluate((X, LABELS), batch_size=0), ConfigError, "batches: … positive integer, got 0"),
    (lambda: fit((X, LABELS), validation=X), TreeError, "validation: … pair (x, target), got float32[8, 4]"),
    (lambda: fit((X, LABELS), validation=()), TreeError, "validation: … pair (x, target), got a tuple of 0"),
    (lambda: fit((X, LABELS), validation={"test": (X, LABELS[:2])}), ShapeError, "test: … got 0: 8, 1: 2"),
    (lambda: fit((X, LABELS), validation={"a/b": (X, LABELS)}), TreeError, "validation: … got 'a/b'"),
    (lambda: fit((X, LABELS), epochs=-1), ConfigError, "fit: … to be an integer of at least 0, got -1"),
    (lambda: fit((X, LABELS), epochs=1.5), ConfigError, "fit: … to be an integer of at least 0, got 1.5"),
    (lambda: fit((X, LABELS), batch_size=0), ConfigError, "fit: … to be an integer of at least 1, got 0"),
    (lambda: fit((X, LABELS), batch_size="8"), ConfigError, "fit: … to be an integer of at least 1, got '8'"),
    (lambda: fit((nan(X), LABELS)), NonFiniteError, "step 0: … in the batch's x), got nan"),
    (lambda: fit((nan(X), LABELS), batch_size=2, shuffle=False), NonFiniteError, "step 2: … the batch's x"),
    (lambda: step(loss=SQUARES, target=nan(X)[:, :3]), NonFiniteError, "step 0: … 1) in the batch's target"),
    (
        lambda: step(state=tree.set(tree.set(STATE, "step", 7), "params/out/b", nan(X)[3:6, 1])),
        NonFiniteError,
        "step 7: … the first is nan at (2,) in params/out/b), got nan",
    ),
]

PATHS = [
    (lambda: tree.get(P, "encoder/9"), TreeError, "expected … of 0, 1, 2 (below encoder), got 'encoder/9'"),
    (lambda: tree.get(P, "encoder/1/w/0"), TreeError, "expected … with one of nothing (below encoder/1/w)"),
    (lambda: tree.get(P, "decoder"), TreeError, "expected … of encoder, out (below the tree), got 'decoder'"),
    (lambda: tree.set(P, "encoder/1/weight", X), TreeError, "expected … with one of w, b (below encoder/1)"),
    (lambda: tree.set(P, "out/b", X), ShapeError, "out/b: … expected shape (3,), got shape (8, 4)"),
    (lambda: tree.set(P, "out/b", np.zeros(3)), DtypeError, "out/b: … dtype float32, got dtype float64"),
    (lambda: tree.set(P, "out/b", 0.0), TreeError, "out/b: … expected an array like float32[3], got 0.0"),
    (lambda: tree.select(P, "**/weight"), TreeError, "expected a glob … encoder/1/w"),
    (lambda: tree.mask(P, "w"), TreeError, "expected a glob … got 'w'"),
    (lambda: fn.L2(0.1, "**/kernel")(P), TreeError, "expected a glob … got '**/kernel'"),
    (lambda: fn.L1(0.1, "in/*")(P), TreeError, "expected a glob … got 'in/*'"),
    (lambda: step(penalty=fn.L2(0.1, "x")), TreeError, "expected a glob … got 'x'"),
    (
        lambda: fn.init(NET, fn.chain(fn.weight_decay(0.1, "**/kernel"), ADAM), fn.Key(0), X),
        TreeError,
        "expected a glob … got '**/kernel'",
    ),
    (lambda: fn.weight_decay(0.1).init(G), TreeError, "weight_decay( … with the tree of parameters"),
    (lambda: fn.History()["loss"], TreeError, "History: … expected one of the columns (none), got 'loss'"),
]

OTHERS = [
    (lambda: NET(ANOTHER.params, X), ShapeError, "encoder/1/Linear(5): … shape (any, 5), got shape (4, 6)"),
    (lambda: NET(P["encoder"], X), TreeError, "Sequential({ … a mapping of encoder, out, got a tuple of 3"),
    (lambda: NET({**P, "more": ()}, X), TreeError, "Sequential({ … got one of encoder, out, more"),
    (lambda: NET((), X), TreeError, "Sequential({ … to be a mapping of encoder, out, got a tuple of 0"),
    (lambda: NET(None, X), TreeError, "Sequential({ … got None"),
    (lambda: NET(STATE, X), TreeError, "Sequential({ … got a TrainState record"),
    (
        lambda: NET(replaced(1, P["encoder"][0]), X),
        TreeError,
        "encoder/1/Linear(5): … its Affine record, got a BatchScaleShift record",
    ),
    (lambda: NET(replaced(0, P["encoder"][1]), X), TreeError, "encoder/0/BatchNorm(): … got a Affine record"),
    (lambda: NET(replaced(2, ()), X), TreeError, "encoder/2/Dropout(0.5): … be a Buffer with a Key, got ()"),
    (lambda: NET(replaced(2, Buffer(3)), X), TreeError, "encoder/2/Dropout(0.5): … got Buffer(value=3)"),
    (lambda: NET(replaced(1, Affine(X, ())), X), ShapeError, "encoder/1/Linear(5): … 5), got shape (8, 4)"),
    (
        lambda: NET(replaced(1, Affine(P["encoder"][1].w, np.zeros(5))), X),
        DtypeError,
        "encoder/1/Linear(5): … expected params.b of dtype float32, got dtype float64",
    ),
    (
        lambda: NET(replaced(1, Affine(P["encoder"][1].w, np.zeros(1, "f4"))), X),
        ShapeError,
        "encoder/1/Linear(5): … expected params.b of shape (5,), got shape (1,)",
    ),
    (lambda: step(state=ANOTHER), ShapeError, "encoder/1/Linear(5): … got shape (4, 6)"),
    (
        lambda: step(state=fn.TrainState(P, ANOTHER.opt_state, 0, STATE.key)),
        ShapeError,
        f"adam( … of shape ({G.size},) (as the parameters), got shape ({tree.count(ANOTHER.params)},)",
    ),
    (lambda: step(optimizer=fn.momentum(0.1)), TreeError, "momentum( … init makes, got a Moments record"),
    (lambda: step(optimizer=fn.chain(ADAM)), TreeError, "Chain( … to be a tuple of 1, got a Moments record"),
    (lambda: ADAM.update(G[1:], STATE.opt_state, G), ShapeError, f"adam( … expected g of shape ({G.size},)"),
    (lambda: ADAM.update(G.astype("f8"), STATE.opt_state, G), DtypeError, "adam( … g of dtype float32"),
    (lambda: ADAM.update(P, STATE.opt_state, P), DtypeError, "adam( … to be a vector, got a FrozenDict of 2"),
    (
        lambda: tree.unravel(P, tree.ravel(ANOTHER.params)),
        ShapeError,
        "expected a vector of shape … (the tree's size), got shape",
    ),
    (lambda: tree.unravel(P, G.astype("f8")), DtypeError, "expected a vector of float32 … got float64"),
    (lambda: tree.ravel((X, G.astype("f8"))), DtypeError, "1: … (one tree has one dtype), got float64"),
    (
        lambda: tree.map(np.add, P, ANOTHER.params["encoder"]),
        TreeError,
        "expected a container of encoder, out … got a tuple of 3: 0, 1, 2",
    ),
    (lambda: tree.same_structure(P, ANOTHER.params), ShapeError, "encoder/1/w: … (4, 5), got shape (4, 6)"),
]

CONFIGURATION = [
    (lambda: fn.Sequential([fn.Linear(5), fn.Dropout(1.5)]), ConfigError, "Dropout: … in [0, 1), got 1.5"),
    (lambda: fn.Linear(-3), ConfigError, "Linear: … width to be a positive integer, got -3"),
    (lambda: fn.BatchNorm(momentum=2), ConfigError, "BatchNorm: … momentum to be a number in [0, 1), got 2"),
    (lambda: fn.BatchNorm(eps=0.0), ConfigError, "BatchNorm: … eps to be a positive number, got 0.0"),
    (lambda: fn.LeakyRelu(None), ConfigError, "LeakyRelu: … slope to be a finite number, got None"),
    (lambda: fn.Elu(-1), ConfigError, "Elu: … alpha to be a positive number, got -1"),
    (lambda: fn.Reshape((0, 3)), ConfigError, "Reshape: … got (0, 3)"),
    (lambda: fn.Lambda(1, 2), ConfigError, "Lambda: … forward to be a function, got 1"),
    (lambda: fn.Sequential([fn.Linear]), ConfigError, "Sequential: … layers[0] to be a layer, got <class"),
    (lambda: fn.Sequential(fn.Linear(3)), ConfigError, "layers: … got Linear(3); put it in a list"),
    (lambda: fn.Sequential({"a/b": fn.Tanh()}), TreeError, "expected names … got 'a/b'"),
    (lambda: fn.Sequential({"": fn.Tanh()}), TreeError, "expected names … got ''"),
    (lambda: fn.Parallel([None]), ConfigError, "Parallel: … layers[0] to be a layer, got None"),
    (lambda: fn.Branch([]), ConfigError, "Branch: … at least one layer, got ()"),
    (lambda: fn.Residual(3), ConfigError, "Residual: … layer to be a layer, got 3"),
    (lambda: fn.Frozen(fn.Linear), ConfigError, "Frozen: … ; call the class"),
    (lambda: fn.SoftmaxCrossEntropy(1), ConfigError, "SoftmaxCrossEntropy: … be a number in [0, 1), got 1"),
    (lambda: fn.L1(-1), ConfigError, "L1: … strength to be a number of at least 0, got -1"),
    (lambda: fn.L2("1"), ConfigError, "L2: … strength to be a number of at least 0, got '1'"),
    (lambda: fn.sgd(-0.1), ConfigError, "sgd: … rate to be a number of at least 0 or a schedule, got -0.1"),
    (lambda: fn.momentum(0.1, 1), ConfigError, "momentum: … momentum to be a number in [0, 1), got 1"),
    (lambda: fn.nesterov(np.nan), ConfigError, "nesterov: … a schedule, got nan"),
    (lambda: fn.adam(0.1, b2=1.0), ConfigError, "adam: … b2 to be a number in [0, 1), got 1.0"),
    (lambda: fn.adam(0.1, eps=-1e-8), ConfigError, "adam: … eps to be a positive number, got -1e-08"),
    (lambda: fn.clip_by_norm(0), ConfigError, "clip_by_norm: … limit to be a positive number, got 0"),
    (lambda: fn.weight_decay(-1), ConfigError, "weight_decay: … decay to be a number of at least 0, got -1"),
    (lambda: fn.constant(-1), ConfigError, "constant: … rate to be a number of at least 0, got -1"),
    (lambda: fn.chain(), ConfigError, "chain: … at least one optimizer, got none"),
    (lambda: fn.chain(fn.adam), ConfigError, "chain: … optimizers and transforms, got <class"),
    (lambda: fn.Key(-1), ConfigError, "Key: … seed to be a non-negative integer, got -1"),
    (lambda: fn.Key(0).child(0.5), ConfigError, "Key: … to be a tuple of integers and strings, got (0.5,)"),
    (lambda: fn.initializers.normal(-1), ConfigError, "Normal: … std to be a positive number, got -1"),
    (lambda: fn.initializers.constant(np.nan), ConfigError, "Constant: … to be a finite number, got nan"),
]


@pytest.mark.parametrize(
    ("call", "error", "words"), [*INPUTS, *TARGETS, *DATA, *PATHS, *OTHERS, *CONFIGURATION, *MISTAKES]
)
def test_bad_input(call, error, words):
    begins, phrase = words.split(" … ")
    before = tree.fingerprint(STATE)
    with pytest.raises(fn.FunnetError) as caught:
        call()
    assert type(caught.value) is error
    assert str(caught.value).startswith(begins)
    assert phrase in str(caught.value)
    assert "expected " in str(caught.value)
    assert ", got " in str(caught.value)
    assert tree.fingerprint(STATE) == before


@pytest.mark.parametrize(("call", "error", "words"), FILES)
def test_bad_files(tmp_path, call, error, words):
    begins, phrase = words.split(" … ")
    fill(tmp_path)
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(fn.FunnetError) as caught:
        call(tmp_path)
    message = str(caught.value).replace(f"{tmp_path}/", "").replace(f"{tmp_path}", "")
    assert type(caught.value) is error
    assert message.startswith(begins)
    assert phrase in message
    assert len(message) < 700
    assert sorted(os.listdir(tmp_path)) == before


def cut(path):
    path.write_bytes(path.read_bytes()[:-300])


def flip(path):
    data = bytearray(path.read_bytes())
    data[data.index(P["encoder"][1].w.tobytes()) + 10] ^= 4
    path.write_bytes(data)


def replace_by_pickle(path):
    path.write_bytes(pickle.dumps(P))


def replace_by_npz(path):
    np.savez(path, **{name.replace("/", "."): leaf for name, leaf in tree.select(P, "**").items()})


FITTING = "expected the paths, shapes and dtypes of the tree it is loaded into"


@pytest.mark.parametrize(
    ("damage", "like", "phrase"),
    [
        (cut, P, "expected a file written by funnet.save (damaged or foreign), got "),
        (
            flip,
            P,
            "expected a file written by funnet.save (damaged or foreign), got ValueError('not the digest",
        ),
        (replace_by_pickle, P, "expected a file written by funnet.save (damaged or foreign), got BadZipFile"),
        (replace_by_npz, P, "expected a file written by funnet.save (damaged or foreign), got KeyError"),
        (
            lambda path: path.write_bytes(b""),
            P,
            "expected a file written by funnet.save (damaged or foreign), got BadZipFile",
        ),
        (lambda path: path.unlink(), P, "expected a file, got none at this path"),
        (
            lambda path: None,
            ANOTHER.params,
            f"{FITTING}, got a file that has encoder/1/w as float32[4, 5], not float32[4, 6], ",
        ),
        (
            lambda path: None,
            P["encoder"],
            f"{FITTING}, got a file that lacks 0/scale, 0/shift, ",
        ),
        (
            lambda path: None,
            STATE,
            f"{FITTING}, got a file that lacks params/encoder/0/scale, ",
        ),
        (
            lambda path: None,
            tree.map(lambda leaf: leaf.astype("f8"), P),
            f"{FITTING}, got a file that has encoder/0/scale as float32[4], not float64[4], ",
        ),
    ],
)
def test_bad_checkpoints(tmp_path, damage, like, phrase):
    path = tmp_path / "net.npz"
    fn.save(path, P)
    damage(path)
    with pytest.raises(fn.CheckpointError) as caught:
        fn.load(path, like=like)
    assert str(caught.value).startswith(f"{path}: {phrase}")


@pytest.mark.parametrize("call", [lambda path: fn.save(path, P), lambda path: fn.load(path, like=P)])
def test_a_missing_folder(tmp_path, call):
    path = tmp_path / "missing" / "net.npz"
    with pytest.raises(fn.CheckpointError) as caught:
        call(path)
    assert str(caught.value).startswith(f"{path}: expected a file")
    assert os.listdir(tmp_path) == []


CORRUPTIONS = {
    "longer": lambda leaf: np.concatenate([leaf, leaf[..., :1]], axis=-1),
    "shorter": lambda leaf: leaf[..., :-1],
    "a single one": lambda leaf: leaf[..., :1],
    "one axis more": lambda leaf: leaf[None],
    "one axis less": lambda leaf: leaf[0],
    "turned": lambda leaf: leaf.T if leaf.ndim > 1 else leaf[:, None],
    "wider dtype": lambda leaf: leaf.astype("f8"),
    "narrower dtype": lambda leaf: leaf.astype("f2"),
    "integers": lambda leaf: leaf.astype(int),
    "complex": lambda leaf: leaf.astype("c8"),
    "objects": lambda leaf: leaf.astype(object),
    "a list": lambda leaf: leaf.tolist(),
    "nothing": lambda leaf: None,
}


def corrupted(node, names, odd):
    """The tree with something odd at the path of these names."""
    if not names:
        return odd
    if isinstance(node, Buffer):
        return Buffer(corrupted(node.value, names, odd))
    inside = [(corrupted(c, names[1:], odd) if str(n) == names[0] else c) for n, c in parts(node)]
    return rebuild(node, inside)


def arrays_in(params):
    return [path for path, leaf in tree.walk(params, buffers=True) if isinstance(leaf, np.ndarray)]


@pytest.mark.parametrize("corruption", CORRUPTIONS)
@pytest.mark.parametrize("path", arrays_in(P))
def test_one_corrupted_parameter_is_our_error_at_its_layer(path, corruption):
    params = corrupted(P, path.split("/"), CORRUPTIONS[corruption](tree.get(P, path)))
    for net in (NET, fn.training(NET)):
        with pytest.raises(fn.FunnetError) as caught:
            net(params, X)
        layer = "/".join(path.split("/")[: 2 if path.startswith("encoder") else 1])
        assert str(caught.value).startswith(f"{layer}/")


@pytest.mark.parametrize("corruption", CORRUPTIONS)
@pytest.mark.parametrize("row", [row for row in ROWS if row.name != "Lambda"], ids=lambda row: row.name)
def test_one_corrupted_parameter_is_our_error(row, corruption):
    x = tree.cast(row.x, "float32")
    params = row.net.init(fn.Key(0), x)
    for path in arrays_in(params):
        leaf = tree.get(params, path)
        odd = CORRUPTIONS[corruption](leaf)
        if fits(odd, leaf) or (
            (path.endswith("embed/w") or isinstance(row.net, fn.Embedding)) and real(odd, leaf)
        ):
            continue
        with pytest.raises(fn.FunnetError):
            row.net(corrupted(params, path.split("/"), odd), x)


def fits(odd, leaf):
    """Whether nobody can see the corruption: the shape and the dtype are the same."""
    return isinstance(odd, np.ndarray) and (odd.shape, odd.dtype) == (leaf.shape, leaf.dtype)


def real(odd, leaf):
    """Whether it is the same in other numbers, which an embedding, whose x has no dtype to fit, allows."""
    return isinstance(odd, np.ndarray) and odd.shape == leaf.shape and odd.dtype.kind in "fc"
