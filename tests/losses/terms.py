"""Every loss written out term by term in Python's own numbers, and inputs for it."""

import math

import attrs
import numpy as np

import funnet as fn


def drawn(*shape):
    return fn.Key(0).child("losses").generator().standard_normal(shape)


def _log_softmax(y):
    highest = max(y)
    return [v - highest - math.log(sum(math.exp(u - highest) for u in y)) for v in y]


def _cross_entropy(t, y):
    return -sum(p * q for p, q in zip(t, _log_softmax(y), strict=True))


def _one_hot(label, classes, smoothing=0.0):
    return [(1 - smoothing) * (c == label) + smoothing / classes for c in range(classes)]


def _huber(e, delta):
    return 0.5 * e * e if abs(e) <= delta else delta * (abs(e) - 0.5 * delta)


def _kullback_leibler(y, t):
    return sum(p * (math.log(p) - q) for p, q in zip(t, _log_softmax(y), strict=True) if p > 0)


def _numbers(y, generator):
    return generator.standard_normal(y.shape)


def _fractions(y, generator):
    return generator.random(y.shape).round(1)


def _labels(y, generator):
    return generator.integers(0, y.shape[-1], y.shape[:-1])


def _rows(y, generator):
    rows = generator.random(y.shape) * (generator.random(y.shape) < 0.7)
    rows[..., 0] += 0.1
    return rows / rows.sum(axis=-1, keepdims=True)


@attrs.frozen(eq=False)
class Case:
    """A loss, one term of it as a function of (y, t), the axes of y that one term has, targets for it."""

    loss: fn.losses.Loss
    term: object
    inner: int
    targets: object

    def axes(self, y):
        """How many axes of y number the terms."""
        return 1 if self.inner < 0 else y.ndim - self.inner

    def slow(self, y, t, weights):
        """Σ w · term / Σ w, the weights for all terms."""
        total = 0.0
        for index in np.ndindex(weights.shape):
            if weights[index]:
                total += weights[index] * self.term(y[index].tolist(), t[index].tolist())
        return total / weights.sum()


def _half_squares(y, t):
    return 0.5 * float(np.square(np.subtract(y, t)).sum())


CASES = (
    Case(fn.MeanSquaredError(), lambda y, t: (y - t) ** 2, 0, _numbers),
    Case(fn.SquaredError(), _half_squares, -1, _numbers),
    Case(fn.MeanAbsoluteError(), lambda y, t: abs(y - t), 0, _numbers),
    Case(fn.Huber(), lambda y, t: _huber(y - t, 1.0), 0, _numbers),
    Case(fn.Huber(0.3), lambda y, t: _huber(y - t, 0.3), 0, _numbers),
    Case(
        fn.BinaryCrossEntropy(),
        lambda y, t: t * math.log(1 + math.exp(-y)) + (1 - t) * math.log(1 + math.exp(y)),
        0,
        _fractions,
    ),
    Case(fn.SoftmaxCrossEntropy(), lambda y, t: _cross_entropy(_one_hot(t, len(y)), y), 1, _labels),
    Case(fn.SoftmaxCrossEntropy(), lambda y, t: _cross_entropy(t, y), 1, _rows),
    Case(fn.SoftmaxCrossEntropy(0.2), lambda y, t: _cross_entropy(_one_hot(t, len(y), 0.2), y), 1, _labels),
    Case(fn.KLDivergence(), _kullback_leibler, 1, _rows),
    Case(fn.NegativeLogLikelihood(), lambda y, t: -y[t], 1, _labels),
    Case(
        fn.Hinge(),
        lambda y, t: max(0.0, max(1 + v - y[t] for c, v in enumerate(y) if c != t)),
        1,
        _labels,
    ),
)
