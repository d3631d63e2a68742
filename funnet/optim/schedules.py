"""Learning rates that depend on the step: frozen functions of the step, which counts from 0."""

from __future__ import annotations

import attrs

from funnet import expect


@attrs.frozen
class constant:
    """The same rate at every step."""

    rate: float = attrs.field(converter=expect.number, validator=expect.not_negative)

    def __call__(self, step: int) -> float:
        return self.rate
