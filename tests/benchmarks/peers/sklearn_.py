"""scikit-learn: MLPClassifier, a step is a partial_fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier

import funnet as fn
from tests.benchmarks.peers import Run, Unsupported
from tests.benchmarks.works import Work

_ACTIVATIONS = {fn.Relu: "relu", fn.Sigmoid: "logistic"}


def train(work: Work) -> Run:
    if work.kind not in ("two", "three", "deep"):
        raise Unsupported("it has perceptrons for classes only")
    leaves, x, target, example = work.leaves(), work.x, work.target, work.x[:1]
    classes = np.arange(len(leaves[-1]))

    def classifier() -> Any:
        made = MLPClassifier(
            [len(b) for b in leaves[1:-1:2]],
            activation=_ACTIVATIONS[type(work.net.layers[1])],
            solver="adam" if isinstance(work.optimizer, fn.adam) else "sgd",
            learning_rate_init=work.optimizer.rate,
            alpha=0.0,
            momentum=0.0,
            nesterovs_momentum=False,
            batch_size=len(x),
            shuffle=False,
            random_state=0,
        )
        made.partial_fit(x, target, classes=classes)
        made.coefs_[:] = [w.copy() for w in leaves[::2]]
        made.intercepts_[:] = [b.copy() for b in leaves[1::2]]
        del made._optimizer
        return made

    model = classifier()

    def step() -> Any:
        model.partial_fit(x, target)
        return model.loss_

    def reset() -> None:
        nonlocal model
        model = classifier()

    return Run(step, reset, lambda: model.predict_log_proba(example))
