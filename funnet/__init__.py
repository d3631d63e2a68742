"""Neural networks as pure functions, on NumPy and attrs.

A network is a value, calling it is pure, its derivative stands next to it and is proved by tests.

    y, cache = net(params, x)
    dparams, dx = net.vjp(params, cache, dy)
    state, value = train_step(net, loss, optimizer, state, x, target)
"""

import importlib
from types import ModuleType

from funnet import errors, grad, initializers, tree
from funnet.checkpoint import load, save
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
from funnet.fit import EarlyStopping, fit
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
from funnet.optim import (
    Optimizer,
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
from funnet.penalties import L1, L2
from funnet.plain import from_data, to_data
from funnet.sequences import Padded
from funnet.summary import summary
from funnet.train import TrainState, evaluate, init, train_step
from funnet.version import VERSION as __version__

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

_AT_THE_RIM = ("data", "metrics", "plot", "testing")


def __getattr__(name: str) -> ModuleType:
    if name in _AT_THE_RIM:
        return importlib.import_module(f"funnet.{name}")
    raise AttributeError(f"module 'funnet' has no attribute {name!r}")
