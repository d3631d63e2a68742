"""Attention: each step gathers from others what it asks for."""

from __future__ import annotations

import attrs

from funnet.core import cached, checks, padded
from funnet.core.containers import Array, Tree, record
from funnet.core.key import Key
from funnet.errors import DtypeError, ShapeError, TreeError
from funnet.nn import initializers
from funnet.nn.initializers import Initializer
from funnet.nn.layer import Layer
from funnet.nn.layers.linear import Affine
from funnet.nn.layers.scaled_dot import attend, attend_vjp, check_cache
from funnet.ops.numeric import column_sums, rows


@record
class Projections:
    """The affine maps of an attention: query (C, C), key (D, C), value (D, C), output (C, C).

    The key has no bias, b = (): that would add the same to all scores of a query, which softmax takes away.
    """

    query: Affine
    key: Affine
    value: Affine
    output: Affine


@attrs.frozen
class MultiHeadAttention(Layer):
    """Attention of each step to the steps of its own sequence, or to those of a context.

    q = x W_q + b_q   k = c W_k   v = c W_v + b_v       x, q, o, y (N, T, C)   c (N, S, D)   k, v (N, S, C)
    o = softmax(q kᵀ / √d) v in each of `heads` runs of d channels,  y = o W_o + b_o
    dq, dk, dv of do as in `scaled_dot`, the rest as in Linear
    c is x itself, or comes in a pair (x, c); then dx is a pair too. `causal` attention looks at no later
    step of its own sequence. Keys behind the ends of a `Padded` c are not looked at; of a `Padded` x, y is
    a `Padded` with zeros behind the ends.
    Raises ShapeError or DtypeError if x or c do not fit, or if `heads` does not divide C.
    Vaswani et al. 2017, arXiv:1706.03762.
    """

    heads: int = attrs.field(validator=checks.positive_integer)
    causal: bool = attrs.field(default=False, validator=checks.boolean)
    bias: bool = attrs.field(default=True, validator=checks.boolean)
    w_init: Initializer = attrs.field(default=initializers.glorot_uniform(), validator=checks.initializer)
    b_init: Initializer = attrs.field(default=initializers.zeros(), validator=checks.initializer)

    def init(self, key: Key, x: Tree) -> Projections:
        x, _, c, _ = self._given(x)
        width, depth = x.shape[-1], (x if c is None else c).shape[-1]
        self._check_heads(width)

        def affine(name: str, fan_in: int, bias: bool = self.bias) -> Affine:
            own, draw = checks.key(self, key).child(name), initializers.drawn
            w = draw(self, "w", self.w_init, own, (fan_in, width), x.dtype)
            return Affine(w, draw(self, "b", self.b_init, own, (width,), x.dtype) if bias else ())

        query, output = affine("query", width), affine("output", width)
        return Projections(query, affine("key", depth, False), affine("value", depth), output)

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        p = self._unpack(params)
        x, lengths, c, ends = self._given(x)
        source = x if c is None else c
        checks.width(self, x, p.query.w, "params.query.w")
        checks.width(self, source, p.key.w, "params.key.w")
        q, k, v = _affine(p.query, x), _affine(p.key, source), _affine(p.value, source)
        o, attention = attend(q, k, v, self.heads, self.causal, ends)
        y = padded.zeroed(_affine(p.output, o), lengths)
        return padded.with_lengths(y, lengths), (x, lengths, c, ends, o, attention)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Projections, Tree]:
        p = self._unpack(params)
        x, lengths, c, ends, o, attention = self._cached(cache, p)
        source = x if c is None else c
        dy = padded.zeroed(padded.cotangent_alone(self, dy, x.shape, lengths), lengths)
        checks.like(self, dy, x)
        output, do = _affine_vjp(p.output, o, dy)
        dq, dk, dv = attend_vjp(attention, o, do)
        query, dx = _affine_vjp(p.query, x, dq)
        key, dc = _affine_vjp(p.key, source, dk)
        value, dc_too = _affine_vjp(p.value, source, dv)
        dc += dc_too
        dparams = Projections(query, key, value, output)
        if c is not None:
            return dparams, (padded.with_lengths(dx, lengths), padded.with_lengths(dc, ends))
        dx += dc
        return dparams, padded.with_lengths(dx, lengths)

    def _cached(self, cache: Tree, p: Projections) -> tuple[Tree, ...]:
        """The parts of a cache."""
        found = cached.parts(self, cache, 6)
        x, lengths, c, ends, o, attention = found
        width, dtype = p.query.w.shape[1], p.query.w.dtype
        shape = cached.kind(self, x, "fc", 3).shape
        cached.array(self, x, (*shape[:2], width), dtype)
        cached.array(self, o, x.shape, dtype)
        source = cached.kind(self, x if c is None else c, "fc", 3)
        cached.array(self, source, (len(x), source.shape[1], len(p.key.w)), dtype)
        cached.lengths(self, lengths, len(x))
        cached.lengths(self, ends, len(x))
        check_cache(self, attention, x, source, self.heads)
        return found

    def _given(self, x: Tree) -> tuple[Array, Array | None, Array | None, Array | None]:
        """(x, lengths, context or None, lengths of the keys), with zeros in the padding."""
        if not isinstance(x, tuple | list) or len(x) != 2:
            x, lengths = self._sequences(x)
            return x, lengths, None, lengths
        if self.causal:
            raise TreeError("x alone", "a pair (x, context)", who=self, why="only its own steps can be later")
        (x, lengths), (c, ends) = map(self._sequences, x)
        if len(c) != len(x):
            raise ShapeError(f"a context for each of {len(x)} sequences", f"{len(c)}", who=self)
        if c.dtype != x.dtype:
            raise DtypeError(f"a context of {x.dtype}", f"{c.dtype}", who=self, why="as x")
        return x, lengths, c, ends

    def _sequences(self, x: Tree) -> tuple[Array, Array | None]:
        values, lengths = padded.unpack_vectors(self, x)
        return padded.zeroed(values, lengths), lengths

    def _check_heads(self, width: int) -> None:
        if width % self.heads:
            expected = f"a multiple of {self.heads} channels"
            raise ShapeError(expected, f"{width}", who=self, why="each head takes an equal part")

    def _unpack(self, params: Tree) -> Projections:
        p = checks.params(self, params, Projections)
        query, key = (checks.params(self, own, Affine).w for own in (p.query, p.key))
        checks.axes(self, query, (None, None), "params.query.w")
        checks.axes(self, key, (None, None), "params.key.w")
        width, depth = query.shape[1], len(key)
        self._check_heads(width)
        for name, own, fan_in, bias in (
            ("query", p.query, width, self.bias),
            ("key", p.key, depth, False),
            ("value", p.value, depth, self.bias),
            ("output", p.output, width, self.bias),
        ):
            affine = checks.params(self, own, Affine)
            checks.shaped(self, affine.w, (fan_in, width), query.dtype, f"params.{name}.w")
            if bias:
                checks.shaped(self, affine.b, (width,), query.dtype, f"params.{name}.b")
            else:
                checks.no_bias(self, affine.b, f"params.{name}.b")
        return p


def _affine(p: Affine, x: Array) -> Array:
    y: Array = rows(x).dot(p.w)
    if not isinstance(p.b, tuple):
        y += p.b
    return y.reshape(*x.shape[:-1], -1)


def _affine_vjp(p: Affine, x: Array, dy: Array) -> tuple[Affine, Array]:
    """(dparams, dx), as of Linear."""
    db = () if isinstance(p.b, tuple) else column_sums(dy)
    return Affine(rows(x).T @ rows(dy), db), (rows(dy) @ p.w.T).reshape(x.shape)
