"""Optimizers, transforms and schedules, on one flat vector."""

from funnet.optim.adam_and_adamw import adam, adamw
from funnet.optim.adam_variants import adamax, nadam, radam
from funnet.optim.adaptive import adadelta, adagrad, rmsprop
from funnet.optim.base import Optimizer, Schedule
from funnet.optim.gradient_descent import momentum, nesterov, sgd
from funnet.optim.layerwise import lamb
from funnet.optim.schedules import (
    constant,
    cosine,
    exponential,
    one_cycle,
    piecewise,
    polynomial,
    step_decay,
    warmup,
)
from funnet.optim.sign import lion
from funnet.optim.transforms import Chain, chain, clip_by_norm, clip_by_value, only, scale_rate, weight_decay
from funnet.optim.wrappers import accumulate, averaged, ema, lookahead, waiting

__all__ = [
    "Chain",
    "Optimizer",
    "Schedule",
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
    "exponential",
    "lamb",
    "lion",
    "lookahead",
    "momentum",
    "nadam",
    "nesterov",
    "one_cycle",
    "only",
    "piecewise",
    "polynomial",
    "radam",
    "rmsprop",
    "scale_rate",
    "sgd",
    "step_decay",
    "waiting",
    "warmup",
    "weight_decay",
]
