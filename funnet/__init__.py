"""Neural networks as pure functions, on NumPy and attrs.

A network is a value, calling it is pure, its derivative stands next to it and is proved by tests.

    y, cache = net(params, x)
    dparams, dx = net.vjp(params, cache, dy)
    state, value = train_step(net, loss, optimizer, state, x, target)
"""

import importlib
from typing import TYPE_CHECKING, Any

from funnet import errors, grad, initializers, tree
from funnet.combinators import Add, Branch, Concat, Frozen, Parallel, Residual, Scan, Sequential
from funnet.containers import Buffer
from funnet.errors import (
    CheckpointError,
    ConfigError,
    DataError,
    DtypeError,
    FunnetError,
    MissingExtraError,
    NonFiniteError,
    ShapeError,
    TreeError,
)
from funnet.grad import value_and_grad
from funnet.history import History
from funnet.key import Key
from funnet.layer import Layer, inference, pullback, training
from funnet.layers import (
    RNN,
    BatchNorm,
    Dropout,
    Elu,
    Flatten,
    Gelu,
    HardSigmoid,
    HardSwish,
    HardTanh,
    Lambda,
    Last,
    LeakyRelu,
    Linear,
    LogSoftmax,
    Mish,
    Relu,
    Reshape,
    RNNCell,
    Selu,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    Tanh,
)
from funnet.losses import BinaryCrossEntropy, MeanSquaredError, SoftmaxCrossEntropy, SquaredError
from funnet.optimizer import Optimizer
from funnet.penalties import L1, L2
from funnet.sequences import Padded
from funnet.summary import summary
from funnet.train import TrainState, evaluate, init, train_step
from funnet.version import VERSION as __version__

if TYPE_CHECKING:
    from funnet.checkpoint import load, save
    from funnet.epochs import EarlyStopping, fit
    from funnet.optim import (
        Schedule,
        accumulate,
        adadelta,
        adagrad,
        adam,
        adamax,
        adamw,
        averaged,
        chain,
        clip_by_norm,
        clip_by_value,
        constant,
        cosine,
        ema,
        exponential,
        lamb,
        lion,
        lookahead,
        momentum,
        nadam,
        nesterov,
        one_cycle,
        only,
        piecewise,
        polynomial,
        radam,
        rmsprop,
        scale_rate,
        sgd,
        step_decay,
        warmup,
        weight_decay,
    )
    from funnet.plain import from_data, to_data

__all__ = [
    "L1",
    "L2",
    "RNN",
    "Add",
    "BatchNorm",
    "BinaryCrossEntropy",
    "Branch",
    "Buffer",
    "CheckpointError",
    "Concat",
    "ConfigError",
    "DataError",
    "Dropout",
    "DtypeError",
    "EarlyStopping",
    "Elu",
    "Flatten",
    "Frozen",
    "FunnetError",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "HardTanh",
    "History",
    "Key",
    "Lambda",
    "Last",
    "Layer",
    "LeakyRelu",
    "Linear",
    "LogSoftmax",
    "MeanSquaredError",
    "Mish",
    "MissingExtraError",
    "NonFiniteError",
    "Optimizer",
    "Padded",
    "Parallel",
    "RNNCell",
    "Relu",
    "Reshape",
    "Residual",
    "Scan",
    "Schedule",
    "Selu",
    "Sequential",
    "ShapeError",
    "Sigmoid",
    "Silu",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Softplus",
    "SquaredError",
    "Tanh",
    "TrainState",
    "TreeError",
    "__version__",
    "accumulate",
    "adadelta",
    "adagrad",
    "adam",
    "adamax",
    "adamw",
    "averaged",
    "chain",
    "clip_by_norm",
    "clip_by_value",
    "constant",
    "cosine",
    "ema",
    "errors",
    "evaluate",
    "exponential",
    "fit",
    "from_data",
    "grad",
    "inference",
    "init",
    "initializers",
    "lamb",
    "lion",
    "load",
    "lookahead",
    "momentum",
    "nadam",
    "nesterov",
    "one_cycle",
    "only",
    "piecewise",
    "polynomial",
    "pullback",
    "radam",
    "rmsprop",
    "save",
    "scale_rate",
    "sgd",
    "step_decay",
    "summary",
    "to_data",
    "train_step",
    "training",
    "tree",
    "value_and_grad",
    "warmup",
    "weight_decay",
]

# What a script may do without is loaded when it is first asked for: whole modules, and single names from
# their modules. All other names of __all__ that are not here yet are in funnet.optim.
_MODULES = ("data", "metrics", "optim", "plot", "testing")
_HOMES = {
    "EarlyStopping": "epochs",
    "fit": "epochs",
    "from_data": "plain",
    "load": "checkpoint",
    "save": "checkpoint",
    "to_data": "plain",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"funnet.{name}")
    if name not in __all__:
        raise AttributeError(f"module 'funnet' has no attribute {name!r}")
    home = importlib.import_module(f"funnet.{_HOMES.get(name, 'optim')}")
    globals()[name] = getattr(home, name)
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
