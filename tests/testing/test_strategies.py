"""What the strategies draw is what they promise, it shrinks, and it prints as code that makes it again."""

import ast

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

import funnet as fn
from funnet.nn.layer import children
from funnet.testing import strategies as draw

SHRUNK = settings(
    print_blob=False,  # hypothesis prints one where it sees that it runs in CI
    derandomize=True,
    max_examples=500,
    report_multiple_bugs=False,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@given(draw.arrays((4, 3), away_from=(0.0, 1.0), margin=0.1))
def test_arrays_keep_away_from_kinks(x):
    assert x.shape == (4, 3)
    assert (np.abs(x) >= 0.1 - 1e-12).all()
    assert (np.abs(x - 1) >= 0.1 - 1e-12).all()


@given(draw.arrays(st.tuples(st.integers(1, 3)), dtype="float32", domain=(0, 1)))
def test_arrays_stay_in_their_domain(x):
    assert x.dtype == np.float32
    assert ((x > 0) & (x < 1)).all()


@given(draw.arrays((50,), ties=True))
def test_arrays_tie(x):
    assert len(np.unique(x)) < 50


@given(draw.labels(5, 3))
def test_labels_are_in_range(t):
    assert t.shape == (5,)
    assert set(t) <= {0, 1, 2}


@given(draw.logits(4, 3, extreme=True))
def test_extreme_logits_have_a_finite_gradient(y):
    value, dy = fn.SoftmaxCrossEntropy()(y, y.argmax(axis=-1))
    assert np.isfinite(value)
    assert np.isfinite(dy).all()
    assert not dy[np.isneginf(y)].any()


@given(draw.masks(3, 5))
def test_masks_begin_with_true(mask):
    assert mask.shape == (3, 5)
    assert mask[:, 0].all()
    assert (np.diff(mask.astype(int), axis=1) <= 0).all()


CELL = fn.RNNCell(3)
READERS = (
    fn.Add(),
    fn.Concat(),
    fn.Parallel([fn.Linear(2), fn.Tanh()]),
    fn.Parallel({"a": fn.Linear(2), "b": fn.Tanh()}),
    CELL,
    fn.RNN(2),
    fn.RNN(2, time_major=True),
    fn.Scan(CELL),
    fn.Last(),
    fn.Sequential({"rnn": fn.RNN(2), "last": fn.Last(), "out": fn.Linear(1)}),
    fn.Residual(fn.Linear(3)),
    fn.Residual(fn.GRU(5)),
    fn.Conv2d(6, 2, groups=6),
    fn.Sequential([fn.Embedding(4, 2), fn.LSTM(2)]),
    fn.Sequential([fn.Residual(fn.Tanh()), fn.GRU(2, time_major=True)]),
    fn.Repeat(fn.Bidirectional(fn.GRU(2)), 2),
    fn.Reverse(fn.Sequential([fn.Linear(2), fn.RNN(2)])),
    fn.TimeDistributed(fn.Linear(2)),
    fn.Sequential([fn.PositionalEncoding("learned"), fn.MultiHeadAttention(2, causal=True), fn.Last()]),
    fn.Conv1d(2, 2),
    fn.Remat(fn.MaxPool1d(2)),
    fn.GlobalAvgPool(),
    fn.Sequential([fn.Relu(), fn.Conv2d(4, 3, groups=2), fn.MaxPool2d(1), fn.Flatten(), fn.Linear(2)]),
    fn.Branch([fn.LayerNorm(), fn.ConvTranspose2d(2, 3)]),
    fn.Tied(fn.Sequential([fn.AvgPool2d(2), fn.Linear(4), fn.Linear(4)]), "1/w", "2/w"),
)


@pytest.mark.parametrize("net", READERS, ids=str)
@settings(max_examples=8)
@given(data=st.data())
def test_inputs_and_parameters_fit_a_layer(net, data):
    fit(net, data)


@given(draw.networks(), st.data())
def test_inputs_and_parameters_fit_a_network(net, data):
    fit(net, data)


def fit(net, data):
    x = data.draw(draw.inputs_for(net))
    params = data.draw(draw.params_for(net, x))
    y, cache = net(params, x)
    dparams, dx = net.vjp(params, cache, y)
    fn.tree.same_structure(params, dparams)
    fn.tree.same_structure(x, dx)


def size(net):
    return 1 + sum(size(child) for child in children(net).values())


def test_a_failing_network_shrinks_to_one_layer():
    def has_dropout(net):
        return isinstance(net, fn.Dropout) or any(has_dropout(child) for child in children(net).values())

    small = find(draw.networks(), has_dropout, settings=SHRUNK)
    assert small == fn.Dropout(0.0)
    assert size(find(draw.networks(), lambda net: size(net) > 3, settings=SHRUNK)) <= 6


def classes(net):
    return {type(net)}.union(*(classes(child) for child in children(net).values()))


@given(
    st.one_of(
        strategy(kinks=False, state=False)
        for strategy in (draw.networks, draw.sequence_networks, draw.image_networks)
    )
)
def test_kinks_and_state_can_be_left_out(net):
    kinked = {fn.Relu, fn.LeakyRelu, fn.HardTanh, fn.MaxPool1d, fn.MaxPool2d}
    assert not classes(net) & {*kinked, fn.Dropout, fn.BatchNorm}
    assert "relu" not in str(net)


@given(draw.sequences(3), draw.sequences(padded=True), draw.images(1))
def test_inputs_have_their_axes(x, padded, image):
    assert x.ndim == 3
    assert x.shape[-1] == 3
    assert padded.values.shape[-1] == 2
    assert padded.lengths.value.max() <= padded.values.shape[1]
    assert image.shape[1:3] >= (3, 3)
    assert image.shape[-1] == 1


ANY = {fn.Linear, fn.LayerNorm, fn.RMSNorm, fn.GroupNorm, fn.Dropout, fn.BatchNorm, fn.Softmax}
AROUND = {fn.Sequential, fn.Residual, fn.Frozen, fn.Remat, fn.Repeat}
OVER_TIME = {fn.RNN, fn.LSTM, fn.GRU, fn.Scan, fn.MultiHeadAttention, fn.PositionalEncoding}
OVER_TIME |= {fn.TimeDistributed, fn.Reverse, fn.Bidirectional, fn.Last}

FAMILIES = {
    "rows": (
        draw.networks(),
        draw.rows(),
        {fn.Branch, fn.Add, fn.Concat, fn.Parallel, fn.Tied, fn.Flatten, fn.Reshape, *ANY, *AROUND},
    ),
    "sequences": (
        draw.sequence_networks(),
        draw.sequences(),
        {fn.Conv1d, fn.MaxPool1d, fn.AvgPool1d, fn.GlobalAvgPool, fn.Flatten, *ANY, *AROUND, *OVER_TIME},
    ),
    "padded sequences": (
        draw.sequence_networks(padded=True),
        draw.sequences(padded=True),
        {fn.Linear, *AROUND, *OVER_TIME},
    ),
    "images": (
        draw.image_networks(),
        draw.images(),
        {fn.Conv2d, fn.ConvTranspose2d, fn.MaxPool2d, fn.AvgPool2d, fn.GlobalAvgPool, fn.Flatten}
        | {fn.Branch, fn.Concat, *ANY, *AROUND},
    ),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_layer_of_a_family_is_drawn(family):
    nets, _, wanted = FAMILIES[family]
    drawn = set()

    @given(st.lists(nets, min_size=10, max_size=10))
    @settings(max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    def collect(several):
        drawn.update(*map(classes, several))

    collect()
    assert not wanted - drawn


SIDES = range(1, 4)
WINDOWS = {(h, w) for h in SIDES for w in SIDES}
FIELDS = {
    ("rows", fn.Linear, "width"): {1, 2, 3, 4},
    ("rows", fn.Linear, "bias"): {True, False},
    ("rows", fn.Dropout, "rate"): {0.0, 0.2, 0.5},
    ("rows", fn.BatchNorm, "momentum"): {0.5, 0.9},
    ("rows", fn.Elu, "alpha"): {0.5, 1.0},
    ("rows", fn.GroupNorm, "groups"): {1, 2},
    ("rows", fn.GroupNorm, "eps"): {0.1},
    ("rows", fn.LayerNorm, "eps"): {0.1},
    ("rows", fn.Repeat, "times"): {1, 2, 3},
    ("rows", fn.Repeat, "shared"): {True, False},
    ("rows", fn.Reshape, "shape"): {(-1,)},
    ("rows", fn.Tied, "transpose"): {True, False},
    ("rows", fn.Tied, "source"): {"1/w"},
    ("rows", fn.Tied, "target"): {"4/w"},
    ("sequences", fn.Conv1d, "width"): {1, 2, 3},
    ("sequences", fn.Conv1d, "kernel_size"): {1, 2, 3},
    ("sequences", fn.Conv1d, "dilation"): {1, 2},
    ("sequences", fn.AvgPool1d, "window"): {2, 3},
    ("sequences", fn.AvgPool1d, "stride"): {1},
    ("sequences", fn.AvgPool1d, "padding"): {"same"},
    ("sequences", fn.MaxPool1d, "window"): {2, 3},
    ("sequences", fn.MaxPool1d, "stride"): {1},
    ("sequences", fn.GRU, "width"): {1, 2, 3},
    ("sequences", fn.LSTM, "width"): {1, 2, 3},
    ("sequences", fn.RNN, "width"): {1, 2, 3},
    ("sequences", fn.RNN, "activation"): {"tanh", "relu"},
    ("sequences", fn.MultiHeadAttention, "heads"): {1, 2},
    ("sequences", fn.MultiHeadAttention, "causal"): {True, False},
    ("sequences", fn.MultiHeadAttention, "bias"): {True, False},
    ("sequences", fn.PositionalEncoding, "kind"): {"sinusoidal", "learned"},
    ("sequences", fn.Bidirectional, "join"): {"concat", "sum"},
    ("images", fn.Conv2d, "width"): {1, 2, 3},
    ("images", fn.Conv2d, "kernel_size"): WINDOWS,
    ("images", fn.Conv2d, "stride"): {1, 2},
    ("images", fn.Conv2d, "padding"): {"same", "valid"},
    ("images", fn.Conv2d, "dilation"): {1, 2},
    ("images", fn.Conv2d, "groups"): {1, 2},
    ("images", fn.Conv2d, "bias"): {True, False},
    ("images", fn.ConvTranspose2d, "width"): {1, 2, 3},
    ("images", fn.ConvTranspose2d, "kernel_size"): {1, 2, 3},
    ("images", fn.ConvTranspose2d, "stride"): {1, 2},
    ("images", fn.MaxPool2d, "window"): WINDOWS,
    ("images", fn.MaxPool2d, "stride"): {1, 2},
    ("images", fn.AvgPool2d, "stride"): {1, 2},
    ("images", fn.Repeat, "times"): {1, 2},
}


def parts(net):
    yield net
    for child in children(net).values():
        yield from parts(child)


@pytest.mark.parametrize("family", ["rows", "sequences", "images"])
def test_fields_take_these_values_and_no_others(family):
    drawn = {key: set() for key in FIELDS if key[0] == family}

    @given(st.lists(FAMILIES[family][0], min_size=20, max_size=20))
    @settings(max_examples=60, derandomize=True, suppress_health_check=list(HealthCheck))
    def collect(several):
        for layer in (part for net in several for part in parts(net)):
            for _, kind, field in drawn:
                if isinstance(layer, kind):
                    drawn[family, kind, field].add(getattr(layer, field))

    collect()
    assert drawn == {key: FIELDS[key] for key in drawn}


def test_single_layers():
    drawn = set()

    @given(st.lists(draw.layers(1), min_size=20, max_size=20))
    @settings(max_examples=200, derandomize=True)
    def collect(several):
        drawn.update(map(str, several))

    collect()
    assert drawn == {
        *(f"Linear({width}{bias})" for width in range(1, 5) for bias in ("", ", bias=False")),
        *("Tanh()", "Sigmoid()", "Softplus()", "Silu()", "Mish()", "Gelu()", "Relu()", "LeakyRelu()"),
        *("LeakyRelu(-0.3)", "Elu()", "Elu(0.5)", "Selu()", "HardSigmoid()", "HardTanh()", "HardSwish()"),
        *("Softmax()", "LogSoftmax()", "LayerNorm(0.1)", "RMSNorm(0.1)", "GroupNorm(1, eps=0.1)"),
        *("Sequential([Linear(4), GroupNorm(2, eps=0.1)])", "Dropout(0.0)", "Dropout(0.2)", "Dropout(0.5)"),
        *("BatchNorm()", "BatchNorm(0.5)", "Flatten()", "Reshape((-1,))", "Lambda(square, vjp=square_vjp)"),
    }


@pytest.mark.parametrize(
    ("strategy", "axes"),
    [
        (draw.rows(), ({2, 3, 4, 5, 6}, {3})),
        (draw.rows(5), ({2, 3, 4, 5, 6}, {5})),
        (draw.sequences(), ({2, 3}, {1, 2, 3, 4}, {2})),
        (draw.sequences(padded=True), ({2, 3}, {1, 2, 3, 4}, {2})),
        (draw.images(), ({2, 3}, {3, 4, 5}, {3, 4, 5}, {2})),
        (draw.inputs_for(fn.Add()), ({2, 3, 4, 5}, {1, 2, 3, 4})),
        (draw.labels(20, 3), ({20},)),
        (draw.lengths(20, 3), ({20},)),
        (draw.masks(20, 3), ({20}, {3})),
        (draw.logits(3, 2), ({3}, {2})),
        (draw.inputs_for(fn.Concat()), ({3}, {2})),
        (draw.inputs_for(fn.RNNCell(2)), ({4}, {3})),
        (draw.inputs_for(fn.Embedding(5, 2)), ({3}, {4})),
        (draw.inputs_for(fn.GlobalAvgPool()), ({3}, {4}, {2})),
        (draw.inputs_for(fn.Parallel({"a": fn.Tanh()})), ({4}, {3})),
        (draw.inputs_for(fn.Conv2d(2, 2)), ({2, 3}, {3, 4, 5}, {3, 4, 5}, {4})),
        (draw.inputs_for(fn.Conv1d(2, 2)), ({3}, {4}, {4})),
        (draw.inputs_for(fn.GRU(2)), ({3}, {4}, {4})),
        (draw.inputs_for(fn.Sequential([fn.Flatten(), fn.Linear(2)])), ({2, 3, 4, 5, 6}, {4})),
        (draw.inputs_for(fn.Residual(fn.GRU(5))), ({3}, {4}, {5})),
        (draw.inputs_for(fn.Conv2d(6, 2, groups=6)), ({2, 3}, {3, 4, 5}, {3, 4, 5}, {6})),
    ],
)
def test_shapes(strategy, axes):
    drawn = set()

    @given(strategy)
    @settings(max_examples=150, derandomize=True)
    def collect(x):
        drawn.add(fn.tree.leaves(x)[0].shape)

    collect()
    assert tuple(map(set, zip(*drawn, strict=True))) == axes


def test_the_second_of_two_summands_is_another_array():
    a, b = find(draw.inputs_for(fn.Add()), lambda x: not np.array_equal(*x), settings=SHRUNK)
    assert a.shape == b.shape


@pytest.mark.parametrize(
    ("strategy", "values"),
    [
        (draw.labels(9, 3), {0, 1, 2}),
        (draw.lengths(9, 3), {1, 2, 3}),
        (draw.arrays((9,), ties=True), {k / 2 for k in range(-8, 9)}),
        (draw.arrays((9,), ties=True, domain=(-1, 0.6)), {-0.5, 0.0, 0.5}),
        (draw.arrays((20,), entries=True, domain=(0.01, 0.1)), {k / 64 for k in range(2, 6)}),
        (
            draw.arrays((9,), ties=True, away_from=(0.0, 1.0), margin=0.6),
            {*(k / 2 for k in range(-8, -1)), *(k / 2 for k in range(4, 9))},
        ),
        (draw.inputs_for(fn.Embedding(2, 2)), {0, 1}),
    ],
)
def test_entries_take_these_values_and_no_others(strategy, values):
    drawn = set()

    @given(strategy)
    @settings(max_examples=300, derandomize=True)
    def collect(x):
        drawn.update(x.ravel().tolist())

    collect()
    assert drawn == values


def test_extreme_logits():
    rows = []

    @given(draw.logits(4, 3, extreme=True))
    @settings(max_examples=300, derandomize=True)
    def collect(x):
        rows.extend(x)

    collect()
    x = np.array(rows)
    assert np.isfinite(x).any(axis=1).all()
    assert (np.isneginf(x).sum(axis=1) == 2).any()
    finite = x[np.isfinite(x)]
    assert finite.min() < -9000
    assert 9000 < finite.max() <= 10_000
    assert (np.abs(finite) < 4).any()
    assert len({tuple(row) for row in np.isneginf(x)}) == 7


def test_random_arrays():
    x = draw.random_array((4, 5), fn.Key(3))
    np.testing.assert_array_equal(x, np.round(fn.Key(3).generator().standard_normal((4, 5)), 8))
    u = draw.random_array((1000,), fn.Key(3), domain=(1, 3), margin=0.25, dtype="float32")
    assert u.dtype == np.float32
    assert 1.25 <= u.min() < 1.27
    assert 2.73 < u.max() <= 2.75
    far = draw.random_array((1000,), fn.Key(3), away_from=(0.0, 2.0), margin=0.1)
    near = draw.random_array((1000,), fn.Key(3))
    moved = far != near
    assert set(np.round(far[moved], 12)) == {-0.1, 0.1, 1.9, 2.1}
    assert (np.abs(near[moved]) < 0.1).any()
    assert ((far[moved] > 0) == (near[moved] >= 0)).all()
    default = draw.random_array((1000,), fn.Key(3), away_from=(0.0,))
    assert np.abs(default).min() == 0.01
    assert draw.random_array((1000,), fn.Key(3), domain=(0, 1)).min() >= 0.01


def test_random_params():
    x = np.ones((2, 3), "f4")
    net = fn.Sequential([fn.Linear(50), fn.BatchNorm()])
    params = draw.random_params(net, x, fn.Key(5))
    start = net.init(fn.Key(5), x)
    fn.tree.same_structure(start, params)
    moved = fn.tree.ravel(params) - fn.tree.ravel(start)
    generator = fn.Key(5).child("noise").generator()
    noise = np.concatenate([generator.standard_normal(leaf.size) for leaf in fn.tree.leaves(start)])
    np.testing.assert_allclose(moved, 0.1 * noise, atol=1e-6)
    assert not params[0].w.flags.writeable


@pytest.mark.parametrize("family", FAMILIES)
def test_drawn_networks_are_proved(family):
    nets, inputs, _ = FAMILIES[family]
    verdicts = []

    @given(nets, inputs)
    @settings(suppress_health_check=[HealthCheck.too_slow])
    def prove(net, x):
        verdicts.append(fn.testing.check_layer(net, x).verdict)

    prove()
    assert verdicts.count("inconclusive") <= 0.05 * len(verdicts)


SIMPLEST = {
    "rows": fn.Linear(1),
    "sequences": fn.Linear(1),
    "padded sequences": fn.TimeDistributed(fn.Linear(1)),
    "images": fn.Linear(1),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_networks_shrink_to_the_simplest_layer(family):
    nets, *_ = FAMILIES[family]
    assert find(nets, lambda net: True, settings=SHRUNK) == SIMPLEST[family]
    assert find(nets, lambda net: "Linear" not in str(net), settings=SHRUNK) in (
        fn.Tanh(),
        fn.TimeDistributed(fn.Tanh()),
    )


def printed(strategy, fails=lambda example: True):
    """What hypothesis prints of the smallest example that fails; it is code that makes that example."""
    failed = []

    @SHRUNK
    @given(strategy)
    def prop(example):
        if fails(example):
            failed.append(example)
            raise AssertionError

    with pytest.raises(AssertionError) as caught:
        prop()
    call = ast.parse("\n".join(caught.value.__notes__).partition(": ")[2]).body[0].value
    (keyword,) = call.keywords
    text = ast.unparse(keyword.value)
    space = {}
    exec("from funnet import *; from funnet.testing.strategies import *", space)
    exec("from numpy import array, float32, inf", space)
    assert exactly(eval(text, space), failed[-1])
    return text


def exactly(a, b):
    if isinstance(b, fn.Layer):
        return a == b
    return fn.tree.equal(fn.tree.freeze(a), fn.tree.freeze(b))


@pytest.mark.parametrize(
    ("family", "wanted"),
    [
        ("rows", fn.Lambda),
        ("rows", fn.GroupNorm),
        ("rows", fn.Tied),
        ("sequences", fn.Scan),
        ("sequences", fn.MultiHeadAttention),
        ("sequences", fn.Conv1d),
        ("padded sequences", fn.RNN),
        ("padded sequences", fn.Last),
        ("images", fn.ConvTranspose2d),
        ("images", fn.Branch),
    ],
)
def test_failing_networks_can_be_pasted_back(family, wanted):
    text = printed(FAMILIES[family][0], lambda net: wanted in classes(net))
    assert len(text) < 120


@pytest.mark.parametrize("family", FAMILIES)
def test_a_network_and_its_input_can_be_pasted_back(family):
    nets, inputs, _ = FAMILIES[family]

    def large(example):
        net, x = example
        return size(net) > 2 and sum(leaf.size for leaf in fn.tree.leaves(x)) > 14

    printed(st.tuples(nets, inputs), large)


@pytest.mark.parametrize(
    ("strategy", "text"),
    [
        (draw.rows(), "random_array((2, 3), Key(0))"),
        (draw.arrays((9,), dtype="float32"), "random_array((9,), Key(0), dtype='float32')"),
        (
            draw.arrays((9,), domain=(0, 1), away_from=[0.5], margin=0.1),
            "random_array((9,), Key(0), domain=(0, 1), away_from=(0.5,), margin=0.1)",
        ),
        (draw.arrays((2,), entries=True), "array([0.0, 0.0])"),
        (draw.arrays((1, 2), ties=True, dtype="float32"), "array([[0.0, 0.0]], dtype=float32)"),
        (draw.labels(3, 2), "array([0, 0, 0])"),
        (draw.logits(2, 3), "random_array((2, 3), Key(0))"),
        (draw.logits(1, 2, extreme=True), "array([[0.0, 0.0]])"),
        (draw.lengths(2, 3), "array([1, 1])"),
        (draw.masks(2, 2), "array([[True, False], [True, False]])"),
        (draw.sequences(padded=True), "Padded(random_array((2, 1, 2), Key(0)), array([1, 1]))"),
        (draw.inputs_for(fn.Embedding(3, 1)), "array([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])"),
        (draw.inputs_for(fn.Parallel([fn.Tanh()])), "(random_array((4, 3), Key(0)),)"),
        (
            draw.rows().flatmap(lambda x: draw.params_for(fn.Sequential([fn.Linear(2)]), x)),
            "random_params(Sequential([Linear(2)]), random_array((2, 3), Key(0)), Key(0))",
        ),
        (draw.keys(), "Key(0)"),
    ],
)
def test_what_the_smallest_examples_print(strategy, text):
    assert printed(strategy) == text


@pytest.mark.parametrize(
    ("strategy", "fails", "text"),
    [
        (draw.arrays((3,), entries=True), lambda x: x.max() > 2, "array([0.0, 0.0, 2.015625])"),
        (draw.arrays((3,), ties=True), lambda x: x.min() < 0, "array([0.0, 0.0, -0.5])"),
        (draw.arrays((2,), entries=True, away_from=(0.0,)), lambda x: True, "array([0.015625, 0.015625])"),
        (draw.arrays((2,), entries=True, domain=(1, 2)), lambda x: True, "array([1.015625, 1.015625])"),
        (
            draw.arrays((2,), entries=True, domain=(1, 2)),
            lambda x: max(x) > 1.97,
            "array([1.015625, 1.984375])",
        ),
        (draw.labels(3, 9), lambda t: 5 in t, "array([0, 0, 5])"),
        (draw.logits(1, 3, extreme=True), lambda x: x[0, 2] > 5, "array([[0.0, 0.0, 6.0]])"),
        (draw.lengths(3, 7), lambda n: n.sum() > 8, "array([1, 1, 7])"),
    ],
)
def test_entries_shrink_where_they_matter(strategy, fails, text):
    assert printed(strategy, fails) == text


@pytest.mark.parametrize("domain", [(0, np.inf), (0.0, 0.02), (1, 0), (np.nan, 1)])
def test_a_domain_has_room(domain):
    with pytest.raises(fn.ConfigError, match=r"arrays: expected .*domain.*, got "):
        draw.arrays((2,), domain=domain)
    assert find(draw.arrays((2,), domain=(0.0, 0.03)), lambda x: True, settings=SHRUNK).shape == (2,)
