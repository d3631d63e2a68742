"""A call that works for each public function and class, by the name under `fn`.

What a function returns that is used later is used: an iterator is run, a picture drawn.
"""

from collections.abc import Callable
from typing import Any

import matplotlib.figure
import numpy as np

import funnet as fn
from funnet import io
from funnet.core.containers import Tree
from funnet.testing import strategies
from tests.fuzz.run import Call
from tests.fuzz.values import (
    ADAM,
    HISTORY,
    IMAGES,
    KEY,
    LABELS,
    LOSS,
    NET,
    PARAMS,
    PLANE,
    POINTS,
    ROWS,
    SMALL,
    SQUARES,
    STATE,
    TORCH,
    Perceptron,
    X,
    Y,
    draw,
)

Initializer = fn.initializers.Initializer


def drawn(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that draws the picture that `f` makes."""

    def draw_it(*args: Any, **named: Any) -> None:
        made = f(*args, **named)
        figure = made if isinstance(made, matplotlib.figure.Figure) else made.figure
        figure.savefig("picture.png", dpi=20)

    return draw_it


def run_out(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that goes through what `f` gives."""
    return lambda *args, **named: list(f(*args, **named))


def built(f: Callable[..., fn.Layer], x: Tree) -> Callable[..., Any]:
    """A function that makes a network, its parameters, and its output for x."""

    def build(**named: Any) -> Tree:
        net = f(**named)
        return net(net.init(KEY, x), x)[0]

    return build


def forward(params: Tree, x: Tree) -> tuple[Tree, Tree]:
    return x * params, x


def backward(params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
    return np.sum(cache * dy), dy * params


def add(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a + b


def tanh(x: np.ndarray) -> np.ndarray:
    return np.tanh(x)


def start(key: fn.Key, x: Tree) -> Tree:
    return np.ones((), x.dtype)


def row(
    f: Callable[..., Any], /, **arguments: Any
) -> tuple[Callable[..., Any], Callable[[], dict[str, Any]]]:
    return f, lambda: arguments


STEPS, INDICES = draw(2, 5, 4), np.arange(6).reshape(2, 3) % 5
SQUARE = fn.Sequential([fn.Linear(4), fn.Tanh(), fn.Linear(4)])
BARE = [
    "Add",
    "BinaryCrossEntropy",
    "Concat",
    "Flatten",
    "Gelu",
    "GlobalAvgPool",
    "HardSigmoid",
    "HardSwish",
    "HardTanh",
    "Hinge",
    "KLDivergence",
    "LogSoftmax",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Mish",
    "NegativeLogLikelihood",
    "Relu",
    "Selu",
    "Sigmoid",
    "Silu",
    "Softmax",
    "Softplus",
    "SquaredError",
    "Tanh",
]
ERRORS = [name for name in vars(fn.errors) if name.endswith("Error")]
ABSTRACT = ("Layer", "Optimizer", "Schedule", "initializers.Initializer", "losses.Loss", "losses.Average")
W = {"w_init": fn.initializers.zeros(), "b_init": fn.initializers.zeros()}
U = {**W, "u_init": fn.initializers.zeros()}
SPACE = {"stride": 2, "padding": "same", "dilation": 1, "groups": 1, "bias": True, **W}
MOMENTS = {"rate": 0.1, "b1": 0.9, "b2": 0.99, "eps": 1e-8}

LAYERS = {
    "AvgPool1d": row(built(fn.AvgPool1d, STEPS), window=2, stride=2, padding="valid"),
    "AvgPool2d": row(built(fn.AvgPool2d, IMAGES), window=(2, 2), stride=(2, 2), padding=((0, 1), 0)),
    "BatchNorm": row(built(fn.BatchNorm, X), momentum=0.9, eps=1e-5, training=False),
    "Bidirectional": row(built(fn.Bidirectional, STEPS), layers=fn.GRU(2), join="sum", time_major=False),
    "Branch": row(built(fn.Branch, X), layers=[fn.Tanh(), fn.Relu()]),
    "Conv1d": row(built(fn.Conv1d, STEPS), width=2, kernel_size=2, **SPACE),
    "Conv2d": row(built(fn.Conv2d, IMAGES), width=2, kernel_size=(2, 3), **SPACE),
    "ConvTranspose2d": row(
        built(fn.ConvTranspose2d, IMAGES), width=2, kernel_size=2, output_padding=0, **SPACE
    ),
    "Dropout": row(built(fn.Dropout, X), rate=0.5, training=True),
    "Elu": row(built(fn.Elu, X), alpha=1.0),
    "Embedding": row(built(fn.Embedding, LABELS), count=3, width=2, w_init=fn.initializers.zeros()),
    "Frozen": row(built(fn.Frozen, X), layer=fn.Tanh()),
    "GRU": row(built(fn.GRU, STEPS), width=2, time_major=False, **U),
    "GroupNorm": row(built(fn.GroupNorm, X), groups=2, eps=1e-5),
    "Huber": row(fn.Huber, delta=1.0),
    "LSTM": row(built(fn.LSTM, STEPS), width=2, forget_bias=1.0, time_major=False, **U),
    "Lambda": row(fn.Lambda, forward=forward, vjp=backward, init=start),
    "Last": row(built(fn.Last, STEPS), time_major=False),
    "LayerNorm": row(built(fn.LayerNorm, X), eps=1e-5),
    "LeakyRelu": row(built(fn.LeakyRelu, X), slope=0.1),
    "Linear": row(built(fn.Linear, X), width=3, bias=True, **W),
    "MaxPool1d": row(built(fn.MaxPool1d, STEPS), window=2, stride=2, padding="valid"),
    "MaxPool2d": row(built(fn.MaxPool2d, IMAGES), window=(2, 2), stride=(2, 2), padding=((0, 1), 0)),
    "MultiHeadAttention": row(built(fn.MultiHeadAttention, STEPS), heads=2, causal=False, bias=True, **W),
    "Parallel": row(built(fn.Parallel, {"a": X, "b": X}), layers={"a": fn.Tanh(), "b": fn.Relu()}),
    "PositionalEncoding": row(
        built(fn.PositionalEncoding, STEPS), kind="learned", max_length=5, w_init=W["w_init"]
    ),
    "RMSNorm": row(built(fn.RMSNorm, X), eps=1e-5),
    "RNN": row(built(fn.RNN, STEPS), width=2, activation="tanh", time_major=False, **U),
    "RNNCell": row(built(fn.RNNCell, (X, ())), width=2, activation="tanh", **U),
    "Remat": row(built(fn.Remat, X), layer=fn.Tanh()),
    "Repeat": row(built(fn.Repeat, X), layer=fn.Tanh(), times=2, shared=False),
    "Reshape": row(built(fn.Reshape, X), shape=(2, -1)),
    "Residual": row(built(fn.Residual, X), layer=fn.Tanh()),
    "Reverse": row(built(fn.Reverse, STEPS), layer=fn.RNN(2), time_major=False),
    "Scan": row(built(fn.Scan, STEPS), cell=fn.RNNCell(2), time_major=False),
    "Sequential": row(built(fn.Sequential, X), layers=[fn.Tanh(), fn.Relu()]),
    "SoftmaxCrossEntropy": row(fn.SoftmaxCrossEntropy, label_smoothing=0.1),
    "Tied": row(built(fn.Tied, X), layer=SQUARE, source="0/w", target="2/w", transpose=False),
    "TimeDistributed": row(built(fn.TimeDistributed, STEPS), layer=fn.Tanh(), time_major=False),
    "TransformerBlock": row(
        built(fn.TransformerBlock, STEPS), width=4, heads=2, hidden=3, causal=True, dropout=0.1
    ),
    "models.char_rnn": row(
        built(fn.models.char_rnn, INDICES), vocabulary=5, width=2, depth=2, cell="gru", dropout=0.1
    ),
    "models.convnet": row(
        built(fn.models.convnet, IMAGES), classes=3, widths=(2, 3), kernel_size=3, activation=fn.Relu()
    ),
    "models.gpt": row(
        built(fn.models.gpt, INDICES),
        vocabulary=5,
        width=4,
        heads=2,
        depth=2,
        length=3,
        dropout=0.1,
        window=2,
    ),
    "models.mlp": row(built(fn.models.mlp, X), widths=[3, 2], activation=fn.Tanh(), dropout=0.1),
    "models.resnet": row(built(fn.models.resnet, IMAGES), classes=3, width=2, blocks=(1, 2)),
}

OPTIMIZERS = {
    "L1": row(fn.L1, strength=0.1, where="**/w"),
    "L2": row(fn.L2, strength=0.1, where="**/w"),
    "accumulate": row(fn.accumulate, k=2, optimizer=ADAM),
    "adadelta": row(fn.adadelta, rate=0.1, rho=0.9, eps=1e-6),
    "adagrad": row(fn.adagrad, rate=0.1, eps=1e-6),
    "adam": row(fn.adam, **MOMENTS),
    "adamax": row(fn.adamax, **MOMENTS),
    "adamw": row(fn.adamw, **MOMENTS, decay=0.1, where="**/w"),
    "chain": row(lambda first, second: fn.chain(first, second), first=fn.ema(0.9), second=ADAM),
    "clip_by_norm": row(fn.clip_by_norm, limit=1.0),
    "clip_by_value": row(fn.clip_by_value, limit=1.0),
    "constant": row(fn.constant, rate=0.1),
    "cosine": row(fn.cosine, rate=0.1, steps=10, end=0.0),
    "ema": row(fn.ema, decay=0.9),
    "exponential": row(fn.exponential, rate=0.1, factor=0.5, every=2),
    "lamb": row(fn.lamb, **MOMENTS, decay=0.1, where="**/w"),
    "lion": row(fn.lion, rate=0.1, b1=0.9, b2=0.99, decay=0.1, where="**/w"),
    "lookahead": row(fn.lookahead, optimizer=ADAM, k=2, alpha=0.5),
    "momentum": row(fn.momentum, rate=0.1, momentum=0.9),
    "nadam": row(fn.nadam, **MOMENTS, psi=0.004),
    "nesterov": row(fn.nesterov, rate=0.1, momentum=0.9),
    "one_cycle": row(fn.one_cycle, rate=0.1, steps=10, warm=0.3, start=0.1, end=0.1),
    "only": row(fn.only, where="**/w"),
    "optim.Chain": row(fn.optim.Chain, links=(fn.clip_by_norm(1.0), ADAM)),
    "optim.waiting": row(
        fn.optim.waiting,
        optimizer=fn.accumulate(2, ADAM),
        opt_state=fn.accumulate(2, ADAM).init(PARAMS),
    ),
    "piecewise": row(fn.piecewise, boundaries=(2, 5), rates=(0.1, 0.2, 0.3)),
    "polynomial": row(fn.polynomial, rate=0.1, steps=10, end=0.0, power=1.0),
    "radam": row(fn.radam, **MOMENTS),
    "rmsprop": row(fn.rmsprop, rate=0.1, rho=0.9, eps=1e-6),
    "scale_rate": row(fn.scale_rate, factor=0.1, where="**/w"),
    "sgd": row(fn.sgd, rate=0.1),
    "step_decay": row(fn.step_decay, rate=0.1, factor=0.5, every=2),
    "warmup": row(fn.warmup, steps=5, then=0.1, start=0.0),
    "weight_decay": row(fn.weight_decay, decay=0.1, where="**/w"),
    "averaged": row(fn.averaged, params=PARAMS, opt_state=fn.chain(ADAM, fn.ema(0.9)).init(PARAMS)),
}

VALUES = {
    "Buffer": row(fn.Buffer, value=X),
    "EarlyStopping": row(fn.EarlyStopping, patience=2, column="loss", larger=False),
    "History": row(fn.History, rows=HISTORY.rows, best_state=None),
    "Key": row(fn.Key, seed=0, path=(1, "a")),
    "LoadReport": row(fn.LoadReport, loaded=("a",), missing=(), extra=(), reshaped=()),
    "Padded": row(fn.Padded, values=draw(2, 3, 4), lengths=np.array([2, 1])),
    "TrainState": row(fn.TrainState, params=PARAMS, opt_state=(), step=0, key=KEY),
    "Weighted": row(fn.Weighted, target=LABELS, weights=np.ones(6)),
    "from_data": row(fn.from_data, data=fn.to_data(NET), classes=()),
    "to_data": row(fn.to_data, value=NET, classes=()),
    "tree.FrozenDict": row(fn.tree.FrozenDict, items={"a": X}),
    **{name: row(getattr(fn, name), expected="a", got="b", who="c", why="d", fix="e") for name in ERRORS},
}

TREES = {
    "tree.allclose": row(fn.tree.allclose, a=PARAMS, b=PARAMS, rtol=1e-5, atol=1e-8),
    "tree.cast": row(fn.tree.cast, tree=PARAMS, dtype="float64"),
    "tree.count": row(fn.tree.count, tree=PARAMS),
    "tree.equal": row(fn.tree.equal, a=PARAMS, b=PARAMS),
    "tree.fingerprint": row(fn.tree.fingerprint, tree=PARAMS),
    "tree.freeze": row(fn.tree.freeze, node=PARAMS),
    "tree.get": row(fn.tree.get, tree=PARAMS, path="0/w"),
    "tree.leaves": row(fn.tree.leaves, tree=PARAMS),
    "tree.map": row(lambda f, tree, other: fn.tree.map(f, tree, other), f=add, tree=PARAMS, other=PARAMS),
    "tree.mask": row(fn.tree.mask, tree=PARAMS, where="**/w"),
    "tree.matching": row(fn.tree.matching, names=("a/w", "b"), where="**/w"),
    "tree.nbytes": row(fn.tree.nbytes, tree=PARAMS),
    "tree.paths": row(fn.tree.paths, tree=PARAMS),
    "tree.ravel": row(fn.tree.ravel, tree=PARAMS),
    "tree.record": row(fn.tree.record, cls=type("Pair", (), {"__annotations__": {"a": int}})),
    "tree.same_structure": row(fn.tree.same_structure, tree=PARAMS, other=PARAMS),
    "tree.select": row(fn.tree.select, tree=PARAMS, where="**/w"),
    "tree.set": row(fn.tree.set, tree=PARAMS, path="0/b", value=np.ones(2, "f4")),
    "tree.unravel": row(fn.tree.unravel, tree=PARAMS, vector=fn.tree.ravel(PARAMS)),
    "tree.walk": row(run_out(fn.tree.walk), tree=PARAMS, buffers=True),
}

TRAINING = {
    "evaluate": row(
        fn.evaluate,
        net=NET,
        loss=LOSS,
        params=STATE.params,
        data=(X, LABELS),
        metrics={"accuracy": fn.metrics.accuracy},
        batch_size=4,
    ),
    "find_rate": row(
        fn.find_rate,
        net=SMALL,
        loss=LOSS,
        optimizer=fn.sgd,
        state=fn.init(SMALL, ADAM, KEY, X),
        data=(X, LABELS),
        low=1e-3,
        high=1.0,
        steps=3,
        batch_size=4,
        penalty=fn.L2(0.1),
    ),
    "fit": row(
        fn.fit,
        net=NET,
        loss=LOSS,
        optimizer=ADAM,
        state=STATE,
        data=(X, LABELS),
        epochs=1,
        batch_size=6,
        validation={"test": (X, LABELS)},
        metrics={"accuracy": fn.metrics.accuracy},
        penalty=fn.L2(0.1),
        shuffle=True,
        progress=False,
        norms=True,
        callback=lambda state, row: None,
        early_stopping=fn.EarlyStopping(3, "loss"),
        checkpoint="run.npz",
        resume=True,
    ),
    "inference": row(fn.inference, net=NET),
    "init": row(fn.init, net=NET, optimizer=ADAM, key=KEY, x=X),
    "minimize": row(
        fn.minimize,
        net=SMALL,
        loss=LOSS,
        params=PARAMS,
        x=X,
        target=LABELS,
        method="CG",
        penalty=fn.L2(0.1),
        evaluations=3,
        options={"gtol": 1e-3},
    ),
    "pullback": row(
        lambda net, params, x, dy: fn.pullback(net, params, x)[1](dy), net=SMALL, params=PARAMS, x=X, dy=Y
    ),
    "summary": row(fn.summary, net=NET, params=STATE.params, x=X),
    "train_step": row(
        fn.train_step, net=NET, loss=LOSS, optimizer=ADAM, state=STATE, x=X, target=LABELS, penalty=fn.L2(0.1)
    ),
    "training": row(fn.training, net=NET),
    "value_and_grad": row(
        fn.value_and_grad, net=SMALL, loss=LOSS, params=PARAMS, x=X, target=LABELS, penalty=fn.L2(0.1)
    ),
    "grad.hvp": row(
        fn.grad.hvp, net=SMALL, loss=LOSS, params=PARAMS, x=X, target=LABELS, v=PARAMS, penalty=fn.L2(0.1)
    ),
    "grad.jacobian": row(fn.grad.jacobian, net=SMALL, params=PARAMS, x=X[:2], wrt="params", per_example=True),
    "grad.jvp": row(fn.grad.jvp, net=SMALL, params=PARAMS, x=X, dparams=PARAMS, dx=X),
    "grad.numerical_grad": row(
        fn.grad.numerical_grad, f=lambda params: np.sum(params["w"]), params={"w": np.ones(2)}, step=1e-3
    ),
    "grad.per_example_grads": row(
        fn.grad.per_example_grads, net=SMALL, loss=LOSS, params=PARAMS, x=X[:2], target=LABELS[:2]
    ),
    "metrics.accuracy": row(fn.metrics.accuracy, y=Y, target=LABELS),
    "metrics.classes": row(fn.metrics.classes, y=Y, target=LABELS),
    "metrics.confusion_matrix": row(fn.metrics.confusion_matrix, y=Y, target=fn.Weighted(LABELS, np.ones(6))),
}

FILES = {
    "data.read_idx": row(fn.data.read_idx, path="array.idx"),
    "data.write_idx": row(fn.data.write_idx, path="array.idx", array=IMAGES),
    "export": row(fn.export, path="net.py", net=SMALL, params=PARAMS, x=X),
    "load": row(fn.load, path="params.npz", like=PARAMS),
    "load_net": row(fn.load_net, path="net.json", classes=()),
    "load_partial": row(fn.load_partial, path="params.npz", like=PARAMS, where="**"),
    "restore": row(fn.restore, path="state.npz", x=X, classes=()),
    "save": row(fn.save, path="params.npz", value=PARAMS, note="x"),
    "save_net": row(fn.save_net, path="net.json", net=NET),
    "io.header": row(io.header, path="params.npz"),
    "interop.from_sklearn": row(fn.interop.from_sklearn, model=Perceptron(), like=PARAMS),
    "interop.from_torch": row(fn.interop.from_torch, source=TORCH, like=PARAMS, names={"0": "0"}),
}

DATA = {
    "data.batches": row(run_out(fn.data.batches), data=(X, LABELS), size=4, key=KEY),
    "data.mnist": row(fn.data.mnist, root="mnist"),
    "data.normalise": row(
        lambda train, other, axis: fn.data.normalise(train, other, axis=axis), train=X, other=X[:2], axis=(0,)
    ),
    "data.one_hot": row(fn.data.one_hot, labels=LABELS, classes=3, dtype="float32"),
    "data.sine_sequences": row(
        fn.data.sine_sequences, count=3, length=4, step=0.1, start=0.0, dtype="float32"
    ),
    "data.spiral": row(fn.data.spiral, key=KEY, points=3, arms=2, noise=0.1, dtype="float32"),
    "initializers.Constant": row(fn.initializers.Constant, value=1.0),
    "initializers.Normal": row(fn.initializers.Normal, std=1.0),
    "initializers.Orthogonal": row(fn.initializers.Orthogonal, scale=1.0),
    "initializers.TruncatedNormal": row(fn.initializers.TruncatedNormal, std=1.0),
    "initializers.Uniform": row(fn.initializers.Uniform, limit=1.0),
    "initializers.VarianceScaling": row(
        fn.initializers.VarianceScaling, gain=1.0, fan="in", distribution="normal", scale=1.0
    ),
    "initializers.constant": row(fn.initializers.constant, value=1.0),
    "initializers.fans": row(fn.initializers.fans, shape=(2, 3)),
    "initializers.normal": row(fn.initializers.normal, std=1.0),
    "initializers.ones": row(fn.initializers.ones),
    "initializers.orthogonal": row(fn.initializers.orthogonal, scale=1.0),
    "initializers.truncated_normal": row(fn.initializers.truncated_normal, std=1.0),
    "initializers.uniform": row(fn.initializers.uniform, limit=1.0),
    "initializers.zeros": row(fn.initializers.zeros),
    **{
        f"initializers.{rule}_{kind}": row(getattr(fn.initializers, f"{rule}_{kind}"), scale=1.0)
        for rule in ("glorot", "he", "lecun")
        for kind in ("normal", "uniform")
    },
}

PLOTS = {
    "plot.confusion_matrix": row(
        drawn(fn.plot.confusion_matrix), counts=np.array([[1, 2], [3, 4]]), names=["a", "b"], axes=None
    ),
    "plot.curves": row(
        drawn(fn.plot.curves), history=ROWS, columns=["loss"], x="epoch", label="loss", axes=None
    ),
    "plot.decision_boundary": row(
        drawn(fn.plot.decision_boundary),
        net=SMALL,
        params=PLANE,
        points=POINTS,
        labels=np.arange(12) % 3,
        probability=lambda y: np.exp(y) / np.exp(y).sum(-1, keepdims=True),
        axes=None,
    ),
    "plot.gradient_sizes": row(
        drawn(fn.plot.gradient_sizes), history=HISTORY, layers=["gradient/0/w"], x="step", axes=None
    ),
    "plot.image_grid": row(drawn(fn.plot.image_grid), images=IMAGES[..., 0], titles=["a", "b"], axes=None),
    "plot.loss_by_rate": row(
        drawn(fn.plot.loss_by_rate),
        rates=np.array([0.1, 0.2, 0.3]),
        losses=np.array([3.0, 2.0, 1.0]),
        smoothed=np.array([3.0, 2.0, 1.0]),
        suggestion=0.1,
        axes=None,
    ),
    "plot.panels": row(drawn(fn.plot.panels), history=ROWS, x="epoch"),
    "plot.scatter": row(drawn(fn.plot.scatter), points=POINTS, labels=np.arange(12) % 3, axes=None),
    "plot.series": row(
        drawn(fn.plot.series), truth=np.arange(4.0), prediction=np.arange(4.0), time=np.arange(4.0), axes=None
    ),
}

TESTING = {
    "testing.Finding": row(fn.testing.Finding, path="x", verdict="ok"),
    "testing.GradientError": row(
        fn.testing.GradientError, report=fn.testing.Report("x", 0, (fn.testing.Finding("x", "failed"),))
    ),
    "testing.Mutant": row(fn.testing.Mutant, layer=fn.Tanh(), kind="zero", leaf=0),
    "testing.Report": row(fn.testing.Report, subject="x", seed=0, findings=()),
    "testing.assert_pure": row(lambda f, x: fn.testing.assert_pure(f, x), f=tanh, x=X),
    "testing.check_combinator": row(fn.testing.check_combinator, combinator=fn.Residual, x=X, seed=0),
    "testing.check_layer": row(
        fn.testing.check_layer,
        layer=fn.Linear(2),
        x=X,
        params=None,
        key=KEY,
        training=(False,),
        seed=0,
        mode="direction",
        domain=(-9.0, 9.0),
        analytic=False,
    ),
    "testing.check_loss": row(
        fn.testing.check_loss, loss=SQUARES, y=Y, target=Y, seed=0, mode="direction", domain=(-9.0, 9.0)
    ),
    "testing.check_optimizer": row(fn.testing.check_optimizer, optimizer=ADAM, params=PARAMS, seed=0),
    "testing.check_penalty": row(fn.testing.check_penalty, penalty=fn.L2(0.1), params=PARAMS, seed=0),
    "testing.check_vjp": row(
        fn.testing.check_vjp,
        forward=forward,
        vjp=backward,
        params=np.ones(()),
        x=X,
        seed=0,
        mode="direction",
        domain=(-9.0, 9.0),
        analytic=False,
    ),
    "testing.mutants": row(fn.testing.mutants, layer=fn.Linear(2), leaf=0),
    "testing.strategies.arrays": row(
        strategies.arrays,
        shape=(2, 3),
        dtype="float64",
        domain=(0.0, 1.0),
        away_from=(0.5,),
        margin=0.1,
        ties=False,
    ),
    "testing.strategies.image_networks": row(strategies.image_networks, max_depth=1, kinks=True, state=True),
    "testing.strategies.images": row(strategies.images, channels=2),
    "testing.strategies.indices": row(strategies.indices, shape=(3,), count=2),
    "testing.strategies.inputs_for": row(strategies.inputs_for, layer=fn.Linear(2)),
    "testing.strategies.keys": row(strategies.keys),
    "testing.strategies.labels": row(strategies.labels, count=3, classes=2),
    "testing.strategies.layers": row(strategies.layers, max_depth=1, kinks=True, state=True),
    "testing.strategies.lengths": row(strategies.lengths, count=3, steps=2),
    "testing.strategies.logits": row(strategies.logits, count=3, classes=2, extreme=False),
    "testing.strategies.masks": row(strategies.masks, count=3, steps=2),
    "testing.strategies.networks": row(strategies.networks, max_depth=1, kinks=True, state=True),
    "testing.strategies.params_for": row(strategies.params_for, layer=fn.Linear(2), x=X),
    "testing.strategies.random_array": row(
        strategies.random_array,
        shape=(2, 3),
        key=KEY,
        dtype="float64",
        domain=None,
        away_from=(),
        margin=1e-2,
    ),
    "testing.strategies.random_params": row(strategies.random_params, layer=fn.Linear(2), x=X, key=KEY),
    "testing.strategies.rows": row(strategies.rows, width=3),
    "testing.strategies.sequence_networks": row(
        strategies.sequence_networks, max_depth=1, kinks=True, state=True, padded=False
    ),
    "testing.strategies.sequences": row(strategies.sequences, width=2, padded=False),
}

CALLS = {
    name: Call(name, f, make)
    for name, (f, make) in {
        **{name: row(getattr(fn, name)) for name in BARE},
        **LAYERS,
        **OPTIMIZERS,
        **VALUES,
        **TREES,
        **TRAINING,
        **FILES,
        **DATA,
        **PLOTS,
        **TESTING,
    }.items()
}
