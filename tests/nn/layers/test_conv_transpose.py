"""ConvTranspose2d: the adjoint of Conv2d, a slow loop, drawn configurations, initial values, messages."""

import itertools

import attrs
import numpy as np
import pytest
from hypothesis import given, strategies as st

import funnet as fn
from funnet import tree
from funnet.errors import ConfigError
from funnet.nn.layers.linear import Affine

FIELDS = ("stride", "padding", "dilation", "groups")


def drawn(*shape):
    return fn.Key(0).child("drawn").child(len(shape)).generator().standard_normal(shape)


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


@st.composite
def configurations(draw):
    """A layer and the shape of an input that it takes."""

    def sizes(most, least=1):
        one = st.integers(least, most)
        return draw(one | st.tuples(one, one))

    one = st.integers(0, 1)
    padding = draw(st.sampled_from(("valid", "same")) | one | st.tuples(one | st.tuples(one, one), one))
    kernel, stride, dilation, groups = sizes(3), sizes(3), sizes(2), draw(st.integers(1, 2))
    more = 0
    if padding != "same":
        more = tuple(draw(st.integers(0, s - 1)) for s in pair(stride))
    width, channels = (groups * draw(st.integers(1, 3)) for _ in range(2))
    layer = fn.ConvTranspose2d(
        width, kernel, stride, padding, more, dilation, groups, bias=draw(st.booleans())
    )
    return layer, (draw(st.integers(1, 3)), draw(st.integers(3, 5)), draw(st.integers(3, 4)), channels)


def generic(layer, x):
    """Parameters at no special point."""
    return tree.map(lambda leaf: leaf + 0.1 * drawn(*leaf.shape), layer.init(fn.Key(1), x))


@given(configurations())
def test_it_is_the_adjoint_of_the_convolution_with_the_same_kernel(configuration):
    layer, shape = configuration
    layer, x = attrs.evolve(layer, bias=False), drawn(*shape)
    params = generic(layer, x)
    conv = fn.Conv2d(
        shape[-1], layer.kernel_size, bias=False, **{name: getattr(layer, name) for name in FIELDS}
    )
    y, cache = layer(params, x)
    image = drawn(*y.shape) + 1
    seen, conv_cache = conv(params, image)
    assert seen.shape == x.shape
    np.testing.assert_allclose(np.vdot(seen, x), np.vdot(image, y), rtol=1e-10, atol=1e-11)
    np.testing.assert_array_equal(conv.vjp(params, conv_cache, x)[1], y)
    np.testing.assert_array_equal(layer.vjp(params, cache, image)[1], seen)


@given(configurations())
def test_every_configuration_is_proved(configuration):
    layer, shape = configuration
    assert fn.testing.check_layer(layer, drawn(*shape)).verdict == "ok"


@pytest.mark.parametrize(
    ("padding", "output_padding", "size"),
    [("valid", 0, (8, 5)), (1, (1, 0), (7, 3)), (((1, 0), (0, 2)), 0, (7, 3)), ("same", 0, (6, 3))],
)
def test_against_a_loop_over_what_each_entry_gives(padding, output_padding, size):
    layer = fn.ConvTranspose2d(2, (4, 3), (2, 1), padding, output_padding)
    x = drawn(2, 3, 3, 3)
    params = generic(layer, x)
    before = {"valid": (0, 0), "same": (1, 1), 1: (1, 1)}.get(padding, (1, 0))
    expected = np.zeros((2, *size, 2)) + params.b
    for n, i, j, k, m in itertools.product(range(2), range(3), range(3), range(4), range(3)):
        a, b = 2 * i + k - before[0], j + m - before[1]
        if 0 <= a < size[0] and 0 <= b < size[1]:
            expected[n, a, b] += params.w[k, m] @ x[n, i, j]
    np.testing.assert_allclose(layer(params, x)[0], expected, rtol=1e-12, atol=1e-13)


def test_one_entry_is_stamped():
    w = np.arange(1.0, 5.0).reshape(2, 2, 1, 1)
    x = np.array([[1.0, 0.0], [0.0, 10.0]]).reshape(1, 2, 2, 1)
    y, _ = fn.ConvTranspose2d(1, 2, 2, bias=False)(Affine(w, ()), x)
    assert y[0, ..., 0].tolist() == [[1, 2, 0, 0], [3, 4, 0, 0], [0, 0, 10, 20], [0, 0, 30, 40]]
    y, _ = fn.ConvTranspose2d(1, 2, bias=False)(Affine(w, ()), x)
    assert y[0, ..., 0].tolist() == [[1, 2, 0], [3, 14, 20], [0, 30, 40]]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_initialiser_sees_a_kernel_from_inputs_to_outputs(dtype):
    init, key = fn.initializers.he_normal(), fn.Key(3)
    layer = fn.ConvTranspose2d(6, (3, 2), groups=2, w_init=init, b_init=init_b())
    params = layer.init(key, np.zeros((1, 5, 5, 4), dtype))
    drawn_w = init(key.child("w"), (3, 2, 2, 6), dtype)
    assert params.w.shape == (3, 2, 3, 4)
    for group in range(2):
        inputs, outputs = slice(2 * group, 2 * group + 2), slice(3 * group, 3 * group + 3)
        np.testing.assert_array_equal(params.w[..., inputs], drawn_w[..., outputs].swapaxes(-1, -2))
    np.testing.assert_array_equal(params.b, init_b()(key.child("b"), (6,), dtype))
    assert params.w.dtype == params.b.dtype == dtype
    assert not params.w.flags.writeable


def init_b():
    return fn.initializers.normal()


X = np.zeros((2, 3, 4, 4), np.float32)
LAYER = fn.ConvTranspose2d(3, 2)
PARAMS = LAYER.init(fn.Key(0), X)
NAME = "ConvTranspose2d(3, kernel_size=2)"


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: LAYER(PARAMS, X[0]),
            fn.ShapeError,
            f"{NAME}: expected x with axes (N, H, W, C), got x of shape (3, 4, 4); "
            "x[None] adds a batch axis, x[..., None] adds an axis of one channel",
        ),
        (
            lambda: LAYER(PARAMS, X[..., :2]),
            fn.ShapeError,
            f"{NAME}: expected x with last axis 4 (params.w is (2, 2, 3, 4)), got x of shape (2, 3, 4, 2)",
        ),
        (
            lambda: LAYER(Affine(PARAMS.w[:, :, :2], PARAMS.b), X),
            fn.ShapeError,
            f"{NAME}: expected params.w of shape (2, 2, 3, any), got shape (2, 2, 2, 4)",
        ),
        (
            lambda: LAYER(Affine(PARAMS.w, PARAMS.b[:2]), X),
            fn.ShapeError,
            f"{NAME}: expected params.b of shape (3,), got shape (2,)",
        ),
        (
            lambda: LAYER.vjp(PARAMS, X, X),
            fn.ShapeError,
            f"{NAME}: expected dy of shape (2, 4, 5, 3), got shape (2, 3, 4, 4)",
        ),
        (
            lambda: fn.ConvTranspose2d(4, 2, padding=2, groups=3),
            ConfigError,
            "ConvTranspose2d: expected groups to divide the width 4, got 3",
        ),
        (
            lambda: fn.ConvTranspose2d(3, 2, groups=3).init(fn.Key(0), X),
            fn.ShapeError,
            "ConvTranspose2d(3, kernel_size=2, groups=3): expected x with last axis a multiple of 3 "
            "(the number of groups), got x of shape (2, 3, 4, 4)",
        ),
        (
            lambda: fn.ConvTranspose2d(3, 2, padding=2).init(fn.Key(0), X),
            fn.ShapeError,
            "ConvTranspose2d(3, kernel_size=2, padding=2): expected an x whose y is larger than the padding, "
            "got x of shape (2, 3, 4, 4)",
        ),
        (
            lambda: fn.ConvTranspose2d(3, 2, 2, output_padding=(1, 2)),
            ConfigError,
            "ConvTranspose2d: expected output_padding below the stride 2, got (1, 2)",
        ),
        (
            lambda: fn.ConvTranspose2d(3, 2, 2, "same", output_padding=1),
            ConfigError,
            'ConvTranspose2d: expected output_padding 0 where padding is "same", got 1',
        ),
        (
            lambda: fn.ConvTranspose2d(3, 2, output_padding=-1),
            ConfigError,
            "ConvTranspose2d: expected output_padding to be an integer of at least 0 or a pair of them, "
            "got -1",
        ),
    ],
)
def test_messages(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == words
