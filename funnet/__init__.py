"""Neural networks as pure functions, on NumPy and attrs.

A network is a value, calling it is pure, its derivative stands next to it and is proved by tests.

    y, cache = net(params, x)
    dparams, dx = net.vjp(params, cache, dy)
    state, value = train_step(net, loss, optimizer, state, x, target)
"""

import importlib
from typing import TYPE_CHECKING, Any

from funnet import errors, grad, initializers, lazy, tree
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
from funnet.optimizer import Optimizer
from funnet.penalties import L1, L2
from funnet.sequences import Padded
from funnet.summary import summary
from funnet.train import TrainState, evaluate, init, train_step
from funnet.version import VERSION as __version__

if TYPE_CHECKING:
    from funnet.checkpoint import LoadReport, load, load_net, load_partial, restore, save, save_net
    from funnet.combinators import (
        Add,
        Bidirectional,
        Branch,
        Concat,
        Frozen,
        Parallel,
        Remat,
        Repeat,
        Residual,
        Reverse,
        Scan,
        Sequential,
        Tied,
        TimeDistributed,
    )
    from funnet.epochs import fit
    from funnet.full_batch import minimize
    from funnet.layers import (
        GRU,
        LSTM,
        RNN,
        AvgPool1d,
        AvgPool2d,
        BatchNorm,
        Conv1d,
        Conv2d,
        ConvTranspose2d,
        Dropout,
        Elu,
        Embedding,
        Flatten,
        Gelu,
        GlobalAvgPool,
        GroupNorm,
        HardSigmoid,
        HardSwish,
        HardTanh,
        Lambda,
        Last,
        LayerNorm,
        LeakyRelu,
        Linear,
        LogSoftmax,
        MaxPool1d,
        MaxPool2d,
        Mish,
        MultiHeadAttention,
        PositionalEncoding,
        Relu,
        Reshape,
        RMSNorm,
        RNNCell,
        Selu,
        Sigmoid,
        Silu,
        Softmax,
        Softplus,
        Tanh,
    )
    from funnet.losses import (
        BinaryCrossEntropy,
        Hinge,
        Huber,
        KLDivergence,
        MeanAbsoluteError,
        MeanSquaredError,
        NegativeLogLikelihood,
        SoftmaxCrossEntropy,
        SquaredError,
        Weighted,
    )
    from funnet.models import TransformerBlock
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
    from funnet.rates import find_rate
    from funnet.standalone import export
    from funnet.stopping import EarlyStopping

__all__ = [
    "GRU",
    "L1",
    "L2",
    "LSTM",
    "RNN",
    "Add",
    "AvgPool1d",
    "AvgPool2d",
    "BatchNorm",
    "Bidirectional",
    "BinaryCrossEntropy",
    "Branch",
    "Buffer",
    "CheckpointError",
    "Concat",
    "ConfigError",
    "Conv1d",
    "Conv2d",
    "ConvTranspose2d",
    "DataError",
    "Dropout",
    "DtypeError",
    "EarlyStopping",
    "Elu",
    "Embedding",
    "Flatten",
    "Frozen",
    "FunnetError",
    "Gelu",
    "GlobalAvgPool",
    "GroupNorm",
    "HardSigmoid",
    "HardSwish",
    "HardTanh",
    "Hinge",
    "History",
    "Huber",
    "KLDivergence",
    "Key",
    "Lambda",
    "Last",
    "Layer",
    "LayerNorm",
    "LeakyRelu",
    "Linear",
    "LoadReport",
    "LogSoftmax",
    "MaxPool1d",
    "MaxPool2d",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Mish",
    "MissingExtraError",
    "MultiHeadAttention",
    "NegativeLogLikelihood",
    "NonFiniteError",
    "Optimizer",
    "Padded",
    "Parallel",
    "PositionalEncoding",
    "RMSNorm",
    "RNNCell",
    "Relu",
    "Remat",
    "Repeat",
    "Reshape",
    "Residual",
    "Reverse",
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
    "Tied",
    "TimeDistributed",
    "TrainState",
    "TransformerBlock",
    "TreeError",
    "Weighted",
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
    "export",
    "find_rate",
    "fit",
    "from_data",
    "grad",
    "inference",
    "init",
    "initializers",
    "lamb",
    "lion",
    "load",
    "load_net",
    "load_partial",
    "lookahead",
    "minimize",
    "momentum",
    "nadam",
    "nesterov",
    "one_cycle",
    "only",
    "piecewise",
    "polynomial",
    "pullback",
    "radam",
    "restore",
    "rmsprop",
    "save",
    "save_net",
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

# What a script may do without is loaded when it is first asked for: whole modules, single names from the
# modules that _HOMES says, and all other names of __all__ from the packages of _WHOLE, which export them.
_MODULES = ("data", "foreign", "metrics", "models", "optim", "plot", "testing")
_WHOLE = ("combinators", "layers", "losses", "optim")
_HOMES = {
    "checkpoint": (
        "LoadReport",
        "load",
        "load_net",
        "load_partial",
        "restore",
        "save",
        "save_net",
    ),
    "epochs": ("fit",),
    "full_batch": ("minimize",),
    "models": ("TransformerBlock",),
    "plain": (
        "from_data",
        "to_data",
    ),
    "rates": ("find_rate",),
    "standalone": ("export",),
    "stopping": ("EarlyStopping",),
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"funnet.{name}")
    return lazy.attribute("funnet", _HOMES, name, _WHOLE if name in __all__ else ())


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
