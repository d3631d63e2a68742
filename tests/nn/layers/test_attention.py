"""MultiHeadAttention: slow formulas query by query, causality, padding, messages."""

import math

import attrs
import numpy as np
import pytest
from hypothesis import given, strategies as st

import funnet as fn
from funnet import tree
from funnet.nn.layers.attention import Projections
from funnet.nn.layers.linear import Affine

LENGTHS, ENDS = (4, 1, 6), (2, 5, 3)


def draw(*shape):
    return fn.Key(0).child("attention").child(str(shape)).generator().standard_normal(shape)


def generic(layer, x, scale=1.0):
    """Parameters at no special point."""
    return tree.map(
        lambda leaf: scale * (leaf + 0.3 * draw(*leaf.shape)).astype(leaf.dtype), layer.init(fn.Key(1), x)
    )


def slow(params, layer, x, c):
    """One sequence x (T, C) with its context c (S, D), head by head and query by query."""
    y = np.zeros_like(x)
    d = x.shape[1] // layer.heads
    bias = {"query": 0.0, "value": 0.0, "output": 0.0}
    if layer.bias:
        bias = {name: getattr(params, name).b for name in bias}
    for t in range(len(x)):
        gathered = []
        for head in range(layer.heads):
            own = slice(head * d, (head + 1) * d)
            q = (x[t] @ params.query.w + bias["query"])[own]
            seen = range(t + 1 if layer.causal else len(c))
            scores = [float(q @ (c[s] @ params.key.w)[own]) / math.sqrt(d) for s in seen]
            weights = [math.exp(score - max(scores)) for score in scores]
            values = [(c[s] @ params.value.w + bias["value"])[own] for s in seen]
            gathered += list(sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights))
        y[t] = np.array(gathered) @ params.output.w + bias["output"]
    return y


@st.composite
def configurations(draw_):
    """(layer, x), x with or without a context, each with or without lengths."""
    heads, each, count = (draw_(st.integers(1, 3)) for _ in range(3))
    cross = draw_(st.booleans())
    layer = fn.MultiHeadAttention(heads, causal=not cross and draw_(st.booleans()), bias=draw_(st.booleans()))

    def sequences(width):
        steps = draw_(st.integers(1, 5))
        x = draw(count, steps, width)
        lengths = st.lists(st.integers(1, steps), min_size=count, max_size=count)
        return fn.Padded(x, draw_(lengths)) if draw_(st.booleans()) else x

    x = sequences(heads * each)
    return layer, (x, sequences(draw_(st.integers(1, 4)))) if cross else x


def cut(x):
    """The sequences of a batch one by one, without their padding."""
    if isinstance(x, fn.Padded):
        return [a[:end] for a, end in zip(x.values, x.lengths.value, strict=True)]
    return list(x)


@given(configurations())
def test_a_batch_is_its_sequences_one_by_one(configuration):
    layer, x = configuration
    params = generic(layer, x)
    y, cache = layer(params, x)
    queries, contexts = x if isinstance(x, tuple) else (x, x)
    for got, one, c in zip(cut(y), cut(queries), cut(contexts), strict=True):
        np.testing.assert_allclose(got, slow(params, layer, one, c), rtol=1e-10, atol=1e-12)

    dy = tree.map(lambda leaf: draw(*leaf.shape)[::-1], y)
    dparams, dx = layer.vjp(params, cache, dy)
    total = 0.0
    pairs = zip(cut(dy), cut(queries), cut(contexts), strict=True)
    wanted = []
    for d, one, c in pairs:
        alone = (one[None], c[None]) if isinstance(x, tuple) else one[None]
        dparams_one, dx_one = layer.vjp(params, layer(params, alone)[1], d[None])
        total = total + tree.ravel(dparams_one)
        wanted.append(dx_one)
    np.testing.assert_allclose(tree.ravel(dparams), total, rtol=1e-9, atol=1e-11)
    for index, part in enumerate(dx if isinstance(x, tuple) else (dx,)):
        for got, one in zip(cut(part), wanted, strict=True):
            mine = one[index] if isinstance(x, tuple) else one
            np.testing.assert_allclose(got, mine[0], rtol=1e-9, atol=1e-11)


@given(configurations())
def test_drawn_configurations_are_proved(configuration):
    layer, x = configuration
    assert fn.testing.check_layer(layer, x).verdict == "ok"


@pytest.mark.parametrize("padded", [False, True])
def test_every_entry_of_the_gradient_is_proved(padded):
    x = draw(2, 3, 4)
    x = fn.Padded(x, [3, 2]) if padded else x
    assert fn.testing.check_layer(fn.MultiHeadAttention(2, causal=True), x, mode="full").verdict == "ok"


def test_two_steps_by_hand():
    def affine(w, b):
        return Affine(np.array([[w]]), np.array([b]) if b is not None else ())

    params = Projections(affine(2.0, 1.0), affine(3.0, None), affine(5.0, -1.0), affine(7.0, 4.0))
    x = np.array([[[0.1], [0.2]]])
    y, _ = fn.MultiHeadAttention(1)(params, x)
    for t, q in enumerate((1.2, 1.4)):
        p = 1 / (1 + math.exp(q * 0.6 - q * 0.3))
        assert y[0, t, 0] == pytest.approx(7 * (p * -0.5 + (1 - p) * 0.0) + 4, rel=1e-14)
    first, _ = fn.MultiHeadAttention(1, causal=True)(params, x)
    assert first[0, 0, 0] == pytest.approx(7 * -0.5 + 4, rel=1e-14)
    assert first[0, 1, 0] == pytest.approx(y[0, 1, 0], rel=1e-14)


def test_the_future_changes_no_output_and_gets_no_gradient_from_the_past():
    layer, x = fn.MultiHeadAttention(2, causal=True), draw(2, 7, 6)
    params = generic(layer, x)
    y, cache = layer(params, x)
    later = x.copy()
    later[:, 4:] = 50 * draw(2, 3, 6)
    np.testing.assert_allclose(layer(params, later)[0][:, :4], y[:, :4], rtol=1e-11, atol=1e-13)
    assert not np.allclose(layer(params, later)[0][:, 4:], y[:, 4:])
    dy = np.zeros_like(y)
    dy[:, 3] = draw(2, 6)
    _, dx = layer.vjp(params, cache, dy)
    assert not dx[:, 4:].any()
    assert (np.abs(dx[:, :4]).max(axis=-1) > 1e-4).all()


def test_without_a_mask_the_order_of_the_keys_is_nothing():
    layer, x, c = fn.MultiHeadAttention(3), draw(2, 4, 6), draw(2, 5, 3)
    params = generic(layer, (x, c))
    order = np.array([3, 0, 4, 2, 1])
    np.testing.assert_allclose(layer(params, (x, c[:, order]))[0], layer(params, (x, c))[0], rtol=1e-11)


def test_what_stands_in_the_padding_is_never_read_and_more_of_it_changes_nothing():
    layer, values, context, dy = fn.MultiHeadAttention(2), draw(3, 6, 4), draw(3, 5, 2), draw(3, 6, 4) * 2
    params = generic(layer, (values, context))

    def padded(a, lengths, more, filling):
        a = np.pad(a, ((0, 0), (0, more), (0, 0)))
        for n, length in enumerate(lengths):
            a[n, length:] = filling
        return fn.Padded(a, lengths)

    made = []
    for more, filling in ((0, 0.0), (7, np.nan)):
        x = (padded(values, LENGTHS, more, filling), padded(context, ENDS, 2 * more, filling))
        y, cache = layer(params, x)
        dparams, (dx, dc) = layer.vjp(params, cache, padded(dy, LENGTHS, more, filling))
        for a, lengths in ((y, LENGTHS), (dx, LENGTHS), (dc, ENDS)):
            assert not any(a.values[n, length:].any() for n, length in enumerate(lengths))
        made.append((y.values[:, :6], dparams, dx.values[:, :6], dc.values[:, :5]))
    assert tree.allclose(*made, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(
    ("dtype", "scale"), [("float16", 1.0), ("float32", 1.0), ("float32", 30.0), ("float64", 30.0)]
)
def test_the_dtype_is_kept_and_large_scores_stay_finite(dtype, scale):
    layer, x = fn.MultiHeadAttention(2, causal=True), draw(2, 5, 8).astype(dtype)
    params = generic(layer, x, scale)
    y, cache = layer(params, x)
    gradient = layer.vjp(params, cache, y)
    for node in (params, y, cache, gradient):
        assert {leaf.dtype for leaf in tree.leaves(node) if leaf.dtype.kind == "f"} == {np.dtype(dtype)}
    assert all(np.isfinite(leaf).all() for leaf in tree.leaves(gradient))
    wide = tree.cast(params, "float64")
    error = {"float16": 1e-2, "float32": 1e-3, "float64": 1e-11}[dtype]
    for n in range(2):
        expected = slow(wide, layer, x[n].astype(float), x[n].astype(float))
        assert np.linalg.norm(y[n] - expected) <= error * np.linalg.norm(expected)


def test_parameters_depend_on_the_example_by_its_widths_alone():
    layer = fn.MultiHeadAttention(2)
    x, c = draw(2, 5, 4).astype("f4"), draw(2, 3, 6).astype("f4")
    params = layer.init(fn.Key(0), (x, c))
    shapes = dict(zip(tree.paths(params), (leaf.shape for leaf in tree.leaves(params)), strict=True))
    assert shapes == {
        "query/w": (4, 4),
        "query/b": (4,),
        "key/w": (6, 4),
        "value/w": (6, 4),
        "value/b": (4,),
        "output/w": (4, 4),
        "output/b": (4,),
    }
    assert len({leaf.tobytes() for leaf in tree.leaves(params) if leaf.ndim == 2}) == 4
    assert tree.equal(layer.init(fn.Key(0), (fn.Padded(x[:1, :1], [1]), c[:1])), params)
    assert tree.paths(fn.MultiHeadAttention(2, bias=False).init(fn.Key(0), x)) == [
        "query/w",
        "key/w",
        "value/w",
        "output/w",
    ]


X, C = np.zeros((2, 5, 4)), np.zeros((2, 3, 6))
P, Q = (fn.MultiHeadAttention(2).init(fn.Key(0), x) for x in (X, (X, C)))
NAME = "MultiHeadAttention(2)"


@pytest.mark.parametrize(
    ("params", "x", "error", "message"),
    [
        (P, X[0], fn.ShapeError, "expected x with axes (N, T, ...), got x of shape (5, 4)"),
        (P, X[None], fn.ShapeError, "expected x with axes (N, T, C), got x of shape (1, 2, 5, 4)"),
        (
            P,
            X[..., :2],
            fn.ShapeError,
            "expected x with last axis 4 (params.query.w is (4, 4)), got x of sha",
        ),
        (
            P,
            (X, C),
            fn.ShapeError,
            "expected x with last axis 4 (params.key.w is (4, 4)), got x of shape (2,",
        ),
        (P, X.astype("f4"), fn.DtypeError, "expected x of float64 (as params.query.w), got x of float32"),
        (P, X.astype(int), fn.DtypeError, "expected x of floats, got dtype int64"),
        (P, (X, C, C), fn.DtypeError, "expected x to be a NumPy array, got a tuple of 3"),
        (Q, (X, C[:1]), fn.ShapeError, "expected a context for each of 2 sequences, got 1"),
        (Q, (X, C.astype("f4")), fn.DtypeError, "expected a context of float64 (as x), got float32"),
        (
            P,
            fn.Padded(X, [5, 6]),
            fn.DataError,
            "expected lengths from 1 to 5 (x has 5 steps), got 6 for seq",
        ),
        ((), X, fn.TreeError, "expected params to be its Projections record, got a tuple of 0"),
        (
            attrs.evolve(P, key=()),
            X,
            fn.TreeError,
            "expected params to be its Affine record, got a tuple of 0",
        ),
        (
            attrs.evolve(P, value=Affine(np.zeros((3, 4)), P.value.b)),
            X,
            fn.ShapeError,
            "expected params.value.w of shape (4, 4), got shape (3, 4)",
        ),
        (
            attrs.evolve(P, output=Affine(P.output.w, ())),
            X,
            fn.DtypeError,
            "expected params.output.b to be a NumPy array, got a tuple of 0",
        ),
    ],
)
def test_bad_inputs(params, x, error, message):
    with pytest.raises(error) as caught:
        fn.MultiHeadAttention(2)(params, x)
    assert str(caught.value).startswith(f"{NAME}: {message}")


def test_bad_heads_cotangents_and_hyperparameters():
    message = r"^MultiHeadAttention\(3\): expected a multiple of 3 channels \(each head .*\), got 4$"
    for call in (
        lambda: fn.MultiHeadAttention(3).init(fn.Key(0), X),
        lambda: fn.MultiHeadAttention(3)(P, X),
    ):
        with pytest.raises(fn.ShapeError, match=message):
            call()
    with pytest.raises(
        fn.TreeError, match=r"expected x alone \(only its own.*\), got a pair \(x, context\)$"
    ):
        fn.MultiHeadAttention(2, causal=True)(Q, (X, C))
    layer = fn.MultiHeadAttention(2)
    with pytest.raises(fn.ShapeError, match=r"expected dy of shape \(2, 5, 4\), got shape \(2, 5, 3\)$"):
        layer.vjp(P, layer(P, X)[1], X[..., :3])
    with pytest.raises(fn.TreeError, match=r"expected dy to be a Padded \(as y\), got float64\[2, 5, 4\]$"):
        layer.vjp(P, layer(P, fn.Padded(X, [5, 2]))[1], X)
    with pytest.raises(fn.ConfigError, match=r"^MultiHeadAttention: expected heads to be a positive integer"):
        fn.MultiHeadAttention(0)
