"""Neural networks as pure functions, on NumPy and attrs.

A network is a value, calling it is pure, its derivative stands next to it and is proved by tests.

    y, cache = net(params, x)
    dparams, dx = net.vjp(params, cache, dy)
    state, value = train_step(net, loss, optimizer, state, x, target)
"""

from typing import TYPE_CHECKING

from funnet.core import deprecation, habits, lazy, unknown_names
from funnet.version import VERSION

__version__ = VERSION

if TYPE_CHECKING:
    from funnet import (
        data as data,
        errors as errors,
        grad as grad,
        interop as interop,
        losses as losses,
        optim as optim,
        plot as plot,
        testing as testing,
        tree as tree,
    )
    from funnet.core.containers import Buffer as Buffer
    from funnet.core.key import Key as Key
    from funnet.core.padded import Padded as Padded
    from funnet.errors import (
        CheckpointError as CheckpointError,
        ConfigError as ConfigError,
        DataError as DataError,
        DtypeError as DtypeError,
        FunnetError as FunnetError,
        MissingExtraError as MissingExtraError,
        NonFiniteError as NonFiniteError,
        ShapeError as ShapeError,
        TreeError as TreeError,
    )
    from funnet.grad import value_and_grad as value_and_grad
    from funnet.io import (
        LoadReport as LoadReport,
        load as load,
        load_net as load_net,
        load_partial as load_partial,
        save as save,
        save_net as save_net,
    )
    from funnet.io.plain_data import (
        from_data as from_data,
        to_data as to_data,
    )
    from funnet.losses import (
        BinaryCrossEntropy as BinaryCrossEntropy,
        Hinge as Hinge,
        Huber as Huber,
        KLDivergence as KLDivergence,
        MeanAbsoluteError as MeanAbsoluteError,
        MeanSquaredError as MeanSquaredError,
        NegativeLogLikelihood as NegativeLogLikelihood,
        SoftmaxCrossEntropy as SoftmaxCrossEntropy,
        SquaredError as SquaredError,
        Weighted as Weighted,
        metrics as metrics,
    )
    from funnet.losses.penalties import (
        L1 as L1,
        L2 as L2,
    )
    from funnet.nn import (
        initializers as initializers,
        models as models,
    )
    from funnet.nn.combinators import (
        Add as Add,
        Bidirectional as Bidirectional,
        Branch as Branch,
        Concat as Concat,
        Frozen as Frozen,
        Parallel as Parallel,
        Remat as Remat,
        Repeat as Repeat,
        Residual as Residual,
        Reverse as Reverse,
        Scan as Scan,
        Sequential as Sequential,
        Tied as Tied,
        TimeDistributed as TimeDistributed,
    )
    from funnet.nn.layer import (
        Layer as Layer,
        inference as inference,
        pullback as pullback,
        training as training,
    )
    from funnet.nn.layers import (
        GRU as GRU,
        LSTM as LSTM,
        RNN as RNN,
        AvgPool1d as AvgPool1d,
        AvgPool2d as AvgPool2d,
        BatchNorm as BatchNorm,
        Conv1d as Conv1d,
        Conv2d as Conv2d,
        ConvTranspose2d as ConvTranspose2d,
        Dropout as Dropout,
        Elu as Elu,
        Embedding as Embedding,
        Flatten as Flatten,
        Gelu as Gelu,
        GlobalAvgPool as GlobalAvgPool,
        GroupNorm as GroupNorm,
        HardSigmoid as HardSigmoid,
        HardSwish as HardSwish,
        HardTanh as HardTanh,
        Lambda as Lambda,
        Last as Last,
        LayerNorm as LayerNorm,
        LeakyRelu as LeakyRelu,
        Linear as Linear,
        LogSoftmax as LogSoftmax,
        MaxPool1d as MaxPool1d,
        MaxPool2d as MaxPool2d,
        Mish as Mish,
        MultiHeadAttention as MultiHeadAttention,
        PositionalEncoding as PositionalEncoding,
        Relu as Relu,
        Reshape as Reshape,
        RMSNorm as RMSNorm,
        RNNCell as RNNCell,
        Selu as Selu,
        Sigmoid as Sigmoid,
        Silu as Silu,
        Softmax as Softmax,
        Softplus as Softplus,
        Tanh as Tanh,
    )
    from funnet.nn.models import TransformerBlock as TransformerBlock
    from funnet.nn.table import summary as summary
    from funnet.optim import (
        Schedule as Schedule,
        accumulate as accumulate,
        adadelta as adadelta,
        adagrad as adagrad,
        adam as adam,
        adamax as adamax,
        adamw as adamw,
        averaged as averaged,
        chain as chain,
        clip_by_norm as clip_by_norm,
        clip_by_value as clip_by_value,
        constant as constant,
        cosine as cosine,
        ema as ema,
        exponential as exponential,
        lamb as lamb,
        lion as lion,
        lookahead as lookahead,
        momentum as momentum,
        nadam as nadam,
        nesterov as nesterov,
        one_cycle as one_cycle,
        only as only,
        piecewise as piecewise,
        polynomial as polynomial,
        radam as radam,
        rmsprop as rmsprop,
        scale_rate as scale_rate,
        sgd as sgd,
        step_decay as step_decay,
        warmup as warmup,
        weight_decay as weight_decay,
    )
    from funnet.optim.base import Optimizer as Optimizer
    from funnet.program import export as export
    from funnet.train.early_stopping import EarlyStopping as EarlyStopping
    from funnet.train.fit import fit as fit
    from funnet.train.history import History as History
    from funnet.train.minimize import minimize as minimize
    from funnet.train.rate_search import find_rate as find_rate
    from funnet.train.restore_run import restore as restore
    from funnet.train.step import (
        TrainState as TrainState,
        evaluate as evaluate,
        init as init,
        train_step as train_step,
    )

if not TYPE_CHECKING:
    __all__, _get, __dir__ = lazy.exports(__name__)

    def __getattr__(name):
        if name == "foreign":
            return deprecation.deprecated_name(__name__, "foreign", "interop", removed_in="0.3.0")
        if error := unknown_names.name_error(__name__, name, habits.NAMES):
            raise error
        return _get(name)
