"""Optimizers, transforms and schedules, on one flat vector."""

from funnet.optim.optimizer import Optimizer
from funnet.optim.recipes import adam, momentum, nesterov, sgd
from funnet.optim.schedules import constant
from funnet.optim.transforms import chain, clip_by_norm, weight_decay

__all__ = [
    "Optimizer",
    "adam",
    "chain",
    "clip_by_norm",
    "constant",
    "momentum",
    "nesterov",
    "sgd",
    "weight_decay",
]
