"""Steps on the batches that count: one whose weights are all 0 is left out."""

from __future__ import annotations

from typing import Any

import attrs

from funnet.core.containers import Tree
from funnet.grad import LossFunction, PenaltyFunction
from funnet.losses.weighting import Weighted, extent
from funnet.nn.layer import Layer
from funnet.optim.base import Optimizer
from funnet.train.step import TrainState, step


def counted_step(
    net: Layer,
    loss: LossFunction,
    optimizer: Optimizer,
    state: TrainState,
    x: Tree,
    target: Tree,
    penalty: PenaltyFunction | None,
) -> tuple[TrainState, Any, Tree] | None:
    """`step`, or None for a batch whose weights are all 0: such a batch has no loss and is not a step."""
    if type(target) is not Weighted:
        return step(net, loss, optimizer, state, x, target, penalty)
    try:
        return step(net, _Counted(loss), optimizer, state, x, target, penalty)
    except _WeightlessError:
        return None


class _WeightlessError(Exception):
    """All weights of a batch are 0."""


@attrs.frozen(repr=False)
class _Counted:
    """A loss that is asked for nothing where all weights are 0."""

    loss: LossFunction

    def __call__(self, y: Tree, target: Tree) -> tuple[Any, Tree]:
        if not extent(y, target, 1):
            raise _WeightlessError
        return self.loss(y, target)

    def __repr__(self) -> str:
        return repr(self.loss)
