"""One epoch of training, and the row of the history that it makes."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from funnet.core.containers import FrozenDict, Tree
from funnet.errors import ConfigError, DataError, SoFar, at
from funnet.grad import LossFunction, PenaltyFunction
from funnet.losses.weighting import extent
from funnet.nn.layer import Layer, training
from funnet.optim.base import Optimizer
from funnet.train.batch_source import Batches, Pair, check_short_batch, feed, steps_per_epoch
from funnet.train.counted_step import counted_step
from funnet.train.history import History
from funnet.train.norms import Norms, Watched
from funnet.train.progress import Progress
from funnet.train.step import Metric, TrainState, check_metrics, evaluate, examples


@attrs.frozen(eq=False)
class Epoch:
    """All that every epoch of a run has in common; the fields are the arguments of `fit`."""

    net: Layer
    loss: LossFunction
    optimizer: Optimizer
    data: Pair | Batches
    batch_size: int
    drop_last: bool
    validation: Mapping[str, Pair]
    metrics: Mapping[str, Metric] | None
    penalty: PenaltyFunction | None
    shuffle: bool
    norms: bool

    def steps(self) -> int | None:
        """The number of batches, where it is known. Raises for data that cannot be cut so."""
        return steps_per_epoch("fit", self.data, self.batch_size, drop_last=self.drop_last)

    def check_columns(self, params: Tree, column: str | None) -> None:
        """Raise unless the figures of a row have names of their own, and one is this column."""
        check_metrics("fit", self.metrics)
        sets = [f"{name}_{figure}" for name in self.validation for figure in ("loss", *(self.metrics or ()))]
        names = ["epoch", "step", "loss", *sets, *(Norms(params).names if self.norms else ()), "seconds"]
        row = History().append(dict.fromkeys(names, 0.0))
        if len(row.columns) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            why = "made of the names of validation and metrics"
            raise ConfigError("columns of different names", f"{twice!r} twice", who="fit", why=why)
        if column is not None:
            row[column]

    def check_short_batch(self, params: Tree) -> None:
        """Raise if a layer cannot be trained on the last batch (see `feed.check_short_batch`)."""
        net = training(self.net)
        check_short_batch(net, params, self.data, self.batch_size, drop_last=self.drop_last)

    def row(self, so_far: SoFar, shown: Progress) -> dict[str, float]:
        """Train for an epoch, which moves the state so far, and return its figures."""
        seen = Norms(so_far.state.params) if self.norms else None
        rule = Watched(self.optimizer, seen.see) if seen else self.optimizer
        loss = self._train(rule, so_far, shown)
        row = {"epoch": len(so_far.history) + 1, "step": so_far.state.step, "loss": loss}
        for name, pair in self.validation.items():
            figures = evaluate(self.net, self.loss, so_far.state.params, pair, metrics=self.metrics)
            row |= {f"{name}_{figure}": value for figure, value in figures.items()}
        return row | (seen.row() if seen else {})

    def _train(self, optimizer: Optimizer, so_far: SoFar, shown: Progress) -> float:
        """The average loss over the examples, as they were seen."""
        net, total, count = training(self.net), 0.0, 0.0
        state: TrainState = so_far.state
        order = state.key.child("shuffle").child(state.step) if self.shuffle else None
        for x, target, size in feed(self.data, self.batch_size, order, drop_last=self.drop_last):
            done = counted_step(net, self.loss, optimizer, so_far.state, x, target, self.penalty)
            if done is not None:
                so_far.state, value, y = done
                part = extent(y, target, size)
                total, count = total + float(value) * part, count + part
            shown.step()
        if not count:
            raise DataError("a weight above 0", "none", who="data")
        return total / count


def validation_sets(validation: Pair | Mapping[str, Pair] | None) -> Mapping[str, Pair]:
    """The pairs by name; one without a name is called "validation"."""
    named = {} if validation is None else {"validation": validation}
    sets = at("validation", FrozenDict, validation if isinstance(validation, Mapping) else named)
    for name, pair in sets.items():
        examples(name, pair)
    return sets
