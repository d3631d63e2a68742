"""The clause on float32: everything is float32, and as near its value in float64 as rounding allows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from funnet import tree
from funnet.testing.report import Finding
from funnet.testing.subject import Pair, gaussian, named_leaves, norm, rounded

_FLOAT32 = 1e-5
_MARGIN = 4.0
_SHAKES = 3
_EPS32 = float(np.finfo(np.float32).eps)


def check_float32(pair: Pair, mode: str, depth: int) -> list[Finding]:
    """In float32 everything is float32, and as near its value in float64 as rounding allows.

    That is 1e-5 √depth of the norm of the leaf, and more where large terms cancel: eight units of rounding
    of all results, and the scatter of the error over inputs that differ by a unit of rounding.
    """
    misses, wide, narrow = _misses(pair)
    if not all(np.isfinite(leaf).all() for leaf in wide.values()):
        return []
    rounding = 8.0 * _EPS32 * math.hypot(*(norm(leaf) for leaf in wide.values()))
    others = [_misses(_shaken(pair, seed))[0] for seed in range(_SHAKES)]
    findings = []
    for path, miss in misses.items():
        if narrow[path].dtype != np.float32:
            detail = f"{narrow[path].dtype} in a float32 net"
            findings.append(Finding(path, "failed", "dtype", detail, mode))
            continue
        scatter = max(norm(miss - other[path]) for other in others)
        allowed = _FLOAT32 * math.sqrt(depth) * norm(wide[path]) + _MARGIN * scatter + rounding
        if not norm(miss) <= allowed:
            detail = f"float32 is off by {norm(miss):.1e} of {norm(wide[path]):.1e}"
            findings.append(Finding(path, "failed", "dtype", detail, mode))
    return findings


def _misses(pair: Pair) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """(float32 result − float64 result, float64 result, float32 result) of y, dparams and dx, by path."""
    wide, narrow = (_named_results(p) for p in (pair.cast("float32").cast("float64"), pair.cast("float32")))
    floats = [path for path, leaf in wide.items() if leaf.dtype == np.float64]
    return {path: np.ravel(narrow[path] - wide[path]) for path in floats}, wide, narrow


def _shaken(pair: Pair, seed: int) -> Pair:
    """The pair at numbers that are off by a unit of float32 rounding."""
    received = (pair.params, pair.x, pair.dy)
    noise = gaussian(received, np.random.default_rng(seed))
    params, x, dy = tree.map(lambda leaf, z: leaf * (1.0 + _EPS32 * z).astype(leaf.dtype), received, noise)
    return Pair(pair.forward, pair.vjp, *rounded((params, x, dy)))


def _named_results(pair: Pair) -> dict[str, Any]:
    y, cache = pair.forward(pair.params, pair.x)
    dparams, dx = pair.vjp(pair.params, cache, pair.dy)
    return named_leaves("y", y) | named_leaves("params", dparams) | named_leaves("x", dx)
