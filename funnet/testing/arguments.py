"""What the checks expect of their arguments."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, get_args

import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.arrays import is_array
from funnet.core.containers import Tree, describe
from funnet.errors import ConfigError, DtypeError
from funnet.grad import callables
from funnet.nn.layer import Layer
from funnet.testing.slopes import Manner, Mode

_DEEPEST = 100


def generator(who: str, seed: Any) -> np.random.Generator:
    """The random numbers of a seed, a non-negative integer."""
    return np.random.default_rng(checks.count(who, "seed", seed, 0))


def manner(who: str, mode: Any, domain: Any, analytic: Any = False) -> Manner:
    """How slopes are taken, if it is one of the ways."""
    if not isinstance(mode, str) or mode not in get_args(Mode):
        ways = ", ".join(map(repr, get_args(Mode)))
        raise ConfigError(f"mode to be one of {ways}", describe(mode), who=who)
    low, high = domain if isinstance(domain, tuple | list) and len(domain) == 2 else (math.nan, math.nan)
    if not (_is_end(low) and _is_end(high) and low < high):
        raise ConfigError("domain to be a pair of numbers (low, high)", describe(domain), who=who)
    way: Any = mode
    return Manner(way, (low, high), checks.true_or_false(who, "analytic", analytic))


def _is_end(value: Any) -> bool:
    """Whether it is a number, which may be infinite."""
    return checks.is_number(value) or (isinstance(value, float) and math.isinf(value))


def modes(who: str, training: Any) -> tuple[bool, ...]:
    """The modes to check, each once."""
    found = tuple(training) if isinstance(training, Iterable) and not isinstance(training, str) else ()
    if not found or not all(isinstance(mode, bool | np.bool_) for mode in found):
        raise ConfigError("training to be a list of True and False", describe(training), who=who)
    return found


def layer(who: str, value: object) -> None:
    """Raise DtypeError unless it is a layer."""
    checks.instance(who, "layer", value, Layer)


def function(who: str, **functions: object) -> None:
    """Raise DtypeError unless all can be called."""
    for name, value in functions.items():
        made = isinstance(value, type) and not issubclass(value, Layer)  # a combinator is a class of layers
        if made or not callable(value) or isinstance(value, callables.VALUES):
            raise DtypeError(f"{name} to be a function", describe(value), who=who)


def arrays(who: str, **trees: Tree) -> None:
    """Raise DtypeError unless each tree holds an array, and all arrays are of numbers."""
    for name, node in trees.items():
        found = list(tree.walk(node, buffers=False))
        if not found:
            raise DtypeError(f"{name} to be a tree of arrays of numbers", describe(node), who=who)
        for path, leaf in found:
            if not is_array(leaf) or leaf.dtype.kind not in "biufc" or not leaf.size:
                where = f"{name}/{path}" if path else name
                raise DtypeError("an array of numbers", describe(leaf), who=f"{who}: {where}")


def nets(who: str, max_depth: Any, **flags: Any) -> None:
    """Raise ConfigError unless a depth is one that can be nested, and flags are True or False."""
    if checks.count(who, "max_depth", max_depth) > _DEEPEST:
        raise ConfigError(f"max_depth of at most {_DEEPEST}", repr(max_depth), who=who)
    for name, flag in flags.items():
        checks.true_or_false(who, name, flag)
