"""Exported networks: they run without funnet, and give the same bits."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet import tree
from funnet.program.kernel_of_layer import RULES
from funnet.program.layers_as_code import COMBINATORS
from tests.cases import ROWS
from tests.io.test_metadata import LAMBDA

SCALES = (1.0, 0.01, 0.3, 3.0, 30.0)
X = fn.Key(0).generator().standard_normal((5, 4))
NET = fn.Sequential(
    {
        "in": fn.Linear(6),
        "body": fn.Branch([fn.Residual(fn.Sequential([fn.BatchNorm(), fn.Gelu()])), fn.Dropout(0.5)]),
        "join": fn.Concat(),
        "out": fn.Linear(3, bias=False),
        "y": fn.LogSoftmax(),
    }
)


def trained(net, params, x):
    """Parameters after a training pass and a step, so that none is at its start, running moments neither."""
    params = tree.cast(params, "f8")
    active, generator = fn.training(net), fn.Key(1).generator()
    _, cache = active(params, x)
    params = active.advance(params, cache)
    return tree.map(lambda leaf: leaf + generator.standard_normal(leaf.shape) / 8, params)


def wide(x):
    """More of x, from small to large, so that another order of operations shows in some last bit."""
    return tree.map(
        lambda leaf: np.concatenate([leaf if leaf.dtype.kind in "iu" else leaf * s for s in SCALES]), x
    )


def ran(path):
    """predict, of the file as a module of its own."""
    space = {"__file__": str(path), "__name__": "exported"}
    exec(compile(path.read_text(), path, "exec"), space)
    return space["predict"]


def same(made, y):
    """Whether two trees of arrays are the same to the last bit, mappings whatever their kind."""
    pairs = list(zip(tree.walk(made, buffers=True), tree.walk(y, buffers=True), strict=True))
    assert pairs
    for (name, a), (twin, b) in pairs:
        assert name == twin
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        assert a.tobytes() == b.tobytes(), np.abs(a - b).max()
    return True


def assert_all_is_called(text):
    """The file carries no function but `predict` that nothing in it calls."""
    tree = ast.parse(text)
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = {function.id for function in calls if isinstance(function, ast.Name)}
    assert {node.name for node in tree.body if isinstance(node, ast.FunctionDef)} - called == {"predict"}


NO_RULE = {"Lambda", "RNNCell", "Scan"}
HAND = "; write its forward pass into the exported file by hand"
REFUSALS = {
    *(f"layers with a rule for export, got a {name}{HAND}" for name in sorted(NO_RULE)),
    f"x as one array, got several, for which there is no rule for export{HAND}",
    "x built of arrays, tuples and dicts, got a Padded record",
}


def refusal(path, net, params, x):
    """Why the network is not exported, if it is not."""
    try:
        fn.export(path, net, params, x)
    except fn.ConfigError as error:
        return str(error).partition(": expected ")[2]
    return None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_network_gives_the_same_bits_or_is_refused_by_name(tmp_path, row):
    path = tmp_path / "net.py"
    params, double = row.net.init(fn.Key(0), row.x), tree.cast(row.x, "f8")
    params = trained(row.net, params, double)
    said = refusal(path, row.net, params, double)
    if said is not None:
        assert said in REFUSALS
        assert os.listdir(tmp_path) == []
        return
    assert_all_is_called(path.read_text())
    for x in (double, wide(double)):
        assert same(ran(path)(x), row.net(params, x)[0])
    params, x = tree.cast((params, wide(row.x)), "f4")
    fn.export(path, row.net, params, x)
    assert same(ran(path)(x), row.net(params, x)[0])


def test_every_network_hands_the_same_products_to_blas():
    command = [sys.executable, "-m", "tests.program.products"]
    run = subprocess.run(
        command, cwd=Path(fn.__file__).parents[1], capture_output=True, text=True, check=True
    )
    *differences, count = run.stdout.splitlines()
    assert differences == []
    assert int(count.removesuffix(" products")) > 1000


ALONE = """
import sys
try:
    import funnet
except ModuleNotFoundError:
    import numpy as np
    sys.path.insert(0, ".")
    import exported
    np.save("y.npy", exported.predict(np.load("x.npy")))
    print(*sorted({name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)))
"""


def test_it_runs_in_an_interpreter_without_funnet(tmp_path):
    params = trained(NET, NET.init(fn.Key(0), X), X)
    fn.export(tmp_path / "exported.py", NET, params, X)
    np.save(tmp_path / "x.npy", X)
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "numpy").symlink_to(Path(np.__file__).parent, target_is_directory=True)
    libraries = Path(np.__file__).parent.with_name("numpy.libs")
    if libraries.exists():
        (packages / libraries.name).symlink_to(libraries, target_is_directory=True)
    code = f"import sys; sys.path.append({str(packages)!r})\n{ALONE}"
    command = [sys.executable, "-I", "-S", "-c", code]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) - {"exported"} <= {"__main__", "__mp_main__", "numpy", "cython_runtime"}
    assert same(np.load(tmp_path / "y.npy"), NET(params, X)[0])


def test_the_file_is_one_to_read(tmp_path):
    net = fn.Sequential([fn.Linear(2), fn.Tanh()])
    fn.export(tmp_path / "net.py", net, net.init(fn.Key(0), X), X)
    text = (tmp_path / "net.py").read_text()
    assert text.startswith(f'"""A neural network, written by funnet {fn.__version__}: y = predict(x).\n')
    assert "# Sequential([Linear(2), Tanh()])\n" in text
    assert text.endswith(
        """def predict(x):
    # x is like float64[5, 4], its first axis of any length
    x1 = linear(x, w=PARAMS['0/w'], b=PARAMS['0/b'])
    x2 = tanh(x1)
    return x2
"""
    )
    assert text.count("def ") == 4
    with np.load(tmp_path / "net.npz") as arrays:
        assert sorted(arrays.files) == ["0/b", "0/w"]


ELEMENTWISE = [
    *(fn.Relu(), fn.LeakyRelu(), fn.LeakyRelu(0.0), fn.Elu(), fn.Gelu(), fn.Silu(), fn.Mish()),
    *(fn.Softplus(), fn.Sigmoid(), fn.Tanh(), fn.HardSigmoid(), fn.HardTanh(), fn.HardSwish()),
    *(fn.Softmax(), fn.LogSoftmax()),
]


@pytest.mark.parametrize("net", ELEMENTWISE, ids=str)
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_the_ends_of_the_range(tmp_path, net, dtype):
    top = np.finfo(dtype).max / 2
    x = np.array([[top, -top, 0.0, 9.0], [-np.inf, 1.0, -0.0, np.inf], [-np.inf, -np.inf, 3.0, top]], dtype)
    fn.export(tmp_path / "net.py", net, (), x)
    assert same(ran(tmp_path / "net.py")(x), net((), x)[0])


X4, STEPS, IMAGES = X.astype("f4"), np.ones((2, 5, 4), "f4"), np.ones((2, 6, 6, 4), "f4")
INDICES = np.arange(4).reshape(2, 2)


@pytest.mark.parametrize(
    ("net", "x"),
    [
        (fn.Linear(2), X4),
        (fn.Sequential([fn.Tanh(), fn.Linear(2)]), X4),
        (fn.BatchNorm(), X4),
        (fn.LayerNorm(), X4),
        (fn.RMSNorm(), X4),
        (fn.GroupNorm(2), X4),
        (fn.Conv1d(2, 3), STEPS),
        (fn.Conv2d(4, 3, groups=4), IMAGES),
        (fn.ConvTranspose2d(2, 3), IMAGES),
        (fn.RNN(3), STEPS),
        (fn.LSTM(3), STEPS),
        (fn.GRU(3), STEPS),
        (fn.MultiHeadAttention(2), STEPS),
        (fn.PositionalEncoding("learned"), STEPS),
    ],
    ids=str,
)
def test_a_file_takes_what_its_network_takes(tmp_path, net, x):
    fn.export(tmp_path / "net.py", net, net.init(fn.Key(0), x), x)
    predict = ran(tmp_path / "net.py")
    for wrong in (x.astype("f8"), x.astype(int), x[..., :2], x[..., :1]):
        with pytest.raises(ValueError, match=r"expected x of float32 with last axis 4, got \w+ of shape \("):
            predict(wrong)


def test_a_file_takes_no_more_steps_than_its_network(tmp_path):
    net = fn.PositionalEncoding("learned", max_length=5)
    fn.export(tmp_path / "net.py", net, net.init(fn.Key(0), STEPS), STEPS)
    with pytest.raises(ValueError, match="expected at most 5 steps, got 6"):
        ran(tmp_path / "net.py")(np.ones((2, 6, 4), "f4"))


@pytest.mark.parametrize("x", [INDICES - 1, INDICES + 2, INDICES / 1.0, INDICES > 1], ids=str)
def test_a_file_takes_the_indices_of_its_network_alone(tmp_path, x):
    net = fn.Embedding(5, 3)
    fn.export(tmp_path / "net.py", net, net.init(fn.Key(0), INDICES), INDICES)
    with pytest.raises(ValueError, match=r"expected indices from 0 to 4, got \w+ from \S+ to \S+"):
        ran(tmp_path / "net.py")(x)


def test_every_class_has_a_rule_or_is_known_to_have_none():
    known = {kind for name in fn.__all__ if isinstance(kind := getattr(fn, name), type) and attrs.has(kind)}
    kinds = {kind for kind in known if issubclass(kind, fn.Layer)}
    without = kinds - RULES.keys() - COMBINATORS.keys()
    assert {kind.__name__ for kind in without} == NO_RULE


LARGE = {
    "images": (
        fn.Sequential(
            [
                fn.Conv2d(8, 3, padding="same"),
                fn.Relu(),
                fn.Conv2d(8, 3, stride=2, groups=2),
                fn.ConvTranspose2d(4, 3, stride=2),
                fn.MaxPool2d(2),
                fn.Flatten(),
                fn.Linear(3),
            ]
        ),
        fn.Key(3).generator().standard_normal((40, 16, 16, 4)),
    ),
    "images as PyTorch has them": (
        fn.Sequential([fn.Conv2d(8, 3), fn.Relu(), fn.Flatten(order="channels_first"), fn.Linear(3)]),
        fn.Key(3).generator().standard_normal((40, 9, 7, 4)),
    ),
    "sequences": (
        fn.Sequential([fn.LSTM(33), fn.Bidirectional(fn.GRU(16)), fn.RNN(9), fn.Last(), fn.Softmax()]),
        fn.Key(4).generator().standard_normal((70, 9, 12)),
    ),
    "text": (fn.models.gpt(30, 16, 2, 2, 12), fn.Key(5).generator().integers(0, 30, (40, 12))),
}


@pytest.mark.parametrize("name", LARGE)
def test_batches_of_any_size(tmp_path, name):
    """Of many blocks too, and of rows that are not next to each other."""
    net, x = LARGE[name]
    params = trained(net, net.init(fn.Key(0), x), x)
    fn.export(tmp_path / "net.py", net, params, x[:1])
    predict = ran(tmp_path / "net.py")
    for batch in (x, x[:1], x[::3]):
        assert same(predict(batch), net(params, batch)[0])


def test_a_net_in_training_mode_is_exported_for_inference(tmp_path):
    params = trained(NET, NET.init(fn.Key(0), X), X)
    fn.export(tmp_path / "net.py", fn.training(NET), params, X)
    assert same(ran(tmp_path / "net.py")(X), NET(params, X)[0])


def test_trees_of_inputs_and_names_with_quotes(tmp_path):
    net = fn.Parallel({"it's": fn.Linear(2), 'a "b" \\': fn.Sequential([])})
    x = {"it's": X, 'a "b" \\': X}
    params = net.init(fn.Key(0), x)
    fn.export(tmp_path / "net.py", net, params, x)
    assert same(ran(tmp_path / "net.py")(x), net(params, x)[0])


@pytest.mark.parametrize(
    ("net", "words"),
    [
        (
            fn.Sequential({"a": fn.Tanh(), "b": fn.Residual(fn.Sequential([LAMBDA]))}),
            "b/0/Lambda(<lambda>, vjp=<lambda>): expected layers with a rule for export, got a Lambda",
        ),
        (
            fn.Frozen(fn.Repeat(fn.TimeDistributed(LAMBDA), 2)),
            "0/Lambda(<lambda>, vjp=<lambda>): expected layers with a rule for export, got a Lambda",
        ),
    ],
)
def test_the_path_of_what_has_no_rule_is_named(tmp_path, net, words):
    x = np.ones((2, 3, 4))
    with pytest.raises(fn.ConfigError) as caught:
        fn.export(tmp_path / "net.py", net, net.init(fn.Key(0), x), x)
    assert str(caught.value) == f"{words}; write its forward pass into the exported file by hand"


def test_places_and_inputs_that_do_not_fit(tmp_path):
    net = fn.Linear(2)
    params = net.init(fn.Key(0), X)
    with pytest.raises(fn.ConfigError, match=r"export: expected a path that ends in \.py, got 'net'"):
        fn.export("net", net, params, X)
    with pytest.raises(fn.ShapeError, match="expected x with last axis 4"):
        fn.export(tmp_path / "net.py", net, params, X[:, :3])
    with pytest.raises(fn.CheckpointError, match="expected a file that can be written, got No such file"):
        fn.export(tmp_path / "missing" / "net.py", net, params, X)
    assert os.listdir(tmp_path) == []
