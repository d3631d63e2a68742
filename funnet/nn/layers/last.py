"""The end of a sequence."""

from __future__ import annotations

import attrs
import numpy as np

from funnet.core import cached, checks, padded
from funnet.core.containers import Array, Tree
from funnet.nn.layer import Layer


@attrs.frozen
class Last(Layer):
    """The last step of each sequence: y = x_T,  dx_T = dy and dx is 0 elsewhere.     x (N, T, …)   y (N, …)

    Of a `Padded` x it is the step at the end of each sequence. With `time_major` x is (T, N, …).
    Raises ShapeError, DtypeError or DataError if x or its lengths do not fit.
    """

    time_major: bool = attrs.field(default=False, validator=checks.boolean)

    def __call__(self, params: Tree, x: Tree) -> tuple[Array, Tree]:
        checks.no_params(self, params)
        values, lengths = padded.unpack_alone(self, x, self.time_major)
        steps = padded.in_time(values, None, self.time_major)
        return steps[padded.ends(lengths)].copy(), (steps.shape, lengths)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        shape, lengths = cached.parts(self, cache, 2)
        cached.lengths(self, lengths, cached.sizes(self, shape, 3)[1])
        dy = checks.floating(self, dy, "dy")
        dx = np.zeros(shape, dy.dtype)
        dx[padded.ends(lengths)] = checks.shaped(self, dy, shape[1:])
        return (), padded.pack(dx, lengths, None, self.time_major)
