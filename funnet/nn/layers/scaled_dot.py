"""Scaled dot-product attention: the part of attention that has no parameters.

o = p v,  p = softmax(q kᵀ / √d)              q, o (N, T, C)   k, v (N, S, C),  in `heads` runs of d channels
dv = pᵀ do   da = p (do vᵀ − Σ do o)   dq = da k / √d   dk = daᵀ q / √d                        (Σ over d)
p is kept as e = exp(q kᵀ / √d) and the share 1 / Σ e of a row, by which only o and do are multiplied.
"""

from __future__ import annotations

import math

import numpy as np

from funnet.core import cached, padded
from funnet.core.containers import Array, Tree
from funnet.ops.numeric import harmless

Cache = tuple[Array, Array, Array, Array, Array]


def attend(q: Array, k: Array, v: Array, heads: int, causal: bool, ends: Array | None) -> tuple[Array, Cache]:
    """(o, cache). A `causal` query t looks at no key behind t; none looks at keys behind the `ends` (N,)."""
    q = q * (1.0 / math.sqrt(q.shape[-1] // heads))
    e = _exponentials(_split(q, heads) @ _split(k, heads).swapaxes(-1, -2), causal, ends)
    share = 1.0 / (e @ np.ones(e.shape[-1], e.dtype))[..., None]
    o = np.empty_like(q)
    per_head = _split(o, heads)
    np.matmul(e, _split(v, heads), out=per_head)
    per_head *= share
    return o, (q, k, v, e, share)


def attend_vjp(cache: Cache, o: Array, do: Array) -> tuple[Array, Array, Array]:
    """(dq, dk, dv)."""
    q, k, v, e, share = cache
    heads = e.shape[1]
    do = _split(do, heads) * share
    da = do @ _split(v, heads).swapaxes(-1, -2)
    da -= np.einsum("nhtd,nhtd->nht", do, _split(o, heads))[..., None]
    da *= e
    dq, dk, dv = np.empty_like(q), np.empty_like(k), np.empty_like(v)
    np.matmul(da, _split(k, heads), out=_split(dq, heads))
    np.matmul(da.swapaxes(-1, -2), _split(q, heads), out=_split(dk, heads))
    np.matmul(e.swapaxes(-1, -2), do, out=_split(dv, heads))
    dq *= 1.0 / math.sqrt(q.shape[-1] // heads)
    return dq, dk, dv


def check_cache(who: object, cache: Tree, x: Array, source: Array, heads: int) -> None:
    """Raise unless it is that of queries like x (N, T, C) and keys and values for the steps of the source."""
    q, k, v, e, share = cached.parts(who, cache, 5)
    count, steps, width = x.shape
    for part, length in ((q, steps), (k, source.shape[1]), (v, source.shape[1])):
        cached.array(who, part, (count, length, width), x.dtype)
    cached.array(who, e, (count, heads, steps, source.shape[1]), x.dtype)
    cached.array(who, share, (count, heads, steps, 1), x.dtype)


def _split(a: Array, heads: int) -> Array:
    """A view (N, h, T, d) of an array (N, T, C)."""
    return a.reshape(*a.shape[:2], heads, -1).swapaxes(1, 2)


def _exponentials(scores: Array, causal: bool, ends: Array | None) -> Array:
    """e (N, h, T, S) in place of the scores; 0 where a query does not look.

    Rows are shifted by their largest score, unless all scores are so small that nothing can overflow.
    """
    small = harmless(scores)
    if causal:
        scores += np.triu(np.full(scores.shape[-2:], -np.inf, scores.dtype), 1)
    if ends is not None:
        real = padded.real(ends, scores.shape[-1]).T
        scores += np.where(real, 0.0, -np.inf).astype(scores.dtype)[:, None, None]
    if not small:
        scores -= scores.max(axis=-1, keepdims=True)
    return np.exp(scores, out=scores)
