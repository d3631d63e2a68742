"""Attention of each step to the steps of a sequence."""

from __future__ import annotations

import numpy as np

from funnet.core.containers import Array
from funnet.program.kernels.affine import linear


def attention(
    x: Array,
    context: Array | None = None,
    *,
    query_w: Array,
    key_w: Array,
    value_w: Array,
    output_w: Array,
    query_b: Array | None = None,
    value_b: Array | None = None,
    output_b: Array | None = None,
    heads: int,
    causal: bool,
) -> Array:
    """softmax(q kᵀ / √d) v in each of `heads` runs of d channels, between affine maps."""
    context = x if context is None else context
    q = linear(x, query_w, query_b)
    k, v = linear(context, key_w), linear(context, value_w, value_b)
    q = q * (1.0 / float(np.sqrt(q.shape[-1] // heads)))
    e = exponentials(in_heads(q, heads) @ in_heads(k, heads).swapaxes(-1, -2), causal)
    share = 1.0 / (e @ np.ones(e.shape[-1], e.dtype))[..., None]
    o = np.empty_like(q)
    np.matmul(e, in_heads(v, heads), out=in_heads(o, heads))
    o_by_head = in_heads(o, heads)
    o_by_head *= share
    return linear(o, output_w, output_b)


def in_heads(a: Array, heads: int) -> Array:
    """A view (N, h, T, d) of an array (N, T, C)."""
    return a.reshape(*a.shape[:2], heads, -1).swapaxes(1, 2)


def exponentials(scores: Array, causal: bool) -> Array:
    """e to the scores (N, h, T, S), up to a factor for each row; 0 for later steps if causal."""
    limit = float(np.log(float(np.finfo(scores.dtype).max) / scores.shape[-1])) / 3.0
    small = -limit < scores.min() and scores.max() < limit
    if causal:
        scores += np.triu(np.full(scores.shape[-2:], -np.inf, scores.dtype), 1)
    if not small:
        scores -= scores.max(axis=-1, keepdims=True)
    return np.exp(scores, out=scores)
