"""Initialisers: their moments at three widths, their bounds, and what they depend on."""

import math
import pickle

import numpy as np
import pytest

import funnet as fn
from funnet.nn import initializers
from funnet.nn.initializers import fans

WIDTHS = [(40, 300), (200, 200), (600, 100)]


def variance(fan_in, fan_out):
    """What each initialiser states about a weight with these fans."""
    return {
        "glorot_normal": 2 / (fan_in + fan_out),
        "glorot_uniform": 2 / (fan_in + fan_out),
        "he_normal": 2 / fan_in,
        "he_uniform": 2 / fan_in,
        "lecun_normal": 1 / fan_in,
        "lecun_uniform": 1 / fan_in,
        "normal": 1.0,
        "uniform": 1 / 3,
        "truncated_normal": 1.0,
    }


DRAWN = sorted(variance(1, 1))


@pytest.mark.parametrize("scale", [1.0, 0.1])
@pytest.mark.parametrize("shape", [*WIDTHS, (3, 5, 20, 60)])
@pytest.mark.parametrize("name", DRAWN)
def test_mean_and_variance(name, shape, scale):
    w = getattr(initializers, name)(scale)(fn.Key(1).child(name), shape, np.float64)
    field = math.prod(shape[:-2])
    expected = scale**2 * variance(field * shape[-2], field * shape[-1])[name]
    assert w.shape == shape
    assert abs(w.mean()) < 5 * math.sqrt(expected / w.size)
    assert w.var() == pytest.approx(expected, rel=5 * math.sqrt(2 / w.size))


@pytest.mark.parametrize("name", [*DRAWN, "orthogonal"])
def test_the_scale_is_1_unless_given_and_multiplies_every_number(name):
    initializer, key = getattr(initializers, name), fn.Key(2)
    w = initializer()(key, (4, 5), np.float64)
    assert initializer() == initializer(1.0)
    np.testing.assert_allclose(initializer(0.5)(key, (4, 5), np.float64), 0.5 * w, rtol=1e-14)


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("uniform", 1.0),
        ("glorot_uniform", math.sqrt(6 / 240)),
        ("he_uniform", math.sqrt(6 / 40)),
        ("lecun_uniform", math.sqrt(3 / 40)),
        ("truncated_normal", 2 / 0.8796256610342398),
    ],
)
def test_bounds_are_kept_and_reached(name, bound):
    w = getattr(initializers, name)()(fn.Key(0), (40, 200), np.float64)
    assert 0.99 * bound < np.abs(w).max() <= bound


def test_the_deviation_of_a_truncated_normal():
    density = math.exp(-2) / math.sqrt(2 * math.pi)
    inside = math.erf(2 / math.sqrt(2))
    used = initializers._TRUNCATED_STD
    assert used == pytest.approx(math.sqrt(1 - 4 * density / inside), rel=1e-15)


@pytest.mark.parametrize(
    ("name", "excess"), [("he_normal", 0.0), ("he_uniform", -1.2), ("truncated_normal", -0.63)]
)
def test_the_distribution_is_the_named_one(name, excess):
    z = getattr(initializers, name)()(fn.Key(0), (400, 400), np.float64)
    z = z / z.std()
    assert (z**4).mean() - 3 == pytest.approx(excess, abs=0.05)


@pytest.mark.parametrize("shape", [(6, 6), (3, 8), (8, 3), (1, 5), (2, 3, 4, 5), (2, 2, 3, 40)])
@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_orthogonal(shape, scale):
    w = initializers.orthogonal(scale)(fn.Key(0), shape, np.float64).reshape(-1, shape[-1])
    short = min(w.shape)
    gram = w.T @ w if w.shape[1] == short else w @ w.T
    np.testing.assert_allclose(gram, scale**2 * np.eye(short), atol=1e-12)


def test_orthogonal_matrices_are_uniformly_distributed():
    traces = [np.trace(initializers.orthogonal()(fn.Key(i), (3, 3), np.float64)) for i in range(2000)]
    assert abs(np.mean(traces)) < 5 / math.sqrt(2000)
    assert np.var(traces) == pytest.approx(1, abs=0.15)


def test_constants():
    for initializer, value in (
        (initializers.zeros(), 0),
        (initializers.ones(), 1),
        (initializers.constant(-2.5), -2.5),
        (initializers.constant(3), 3),
    ):
        assert (initializer(fn.Key(0), (2, 3), np.float32) == value).all()


@pytest.mark.parametrize("name", [*DRAWN, "zeros", "ones", "orthogonal"])
def test_every_dtype_holds_the_same_numbers(name):
    initializer = getattr(initializers, name)()
    wide = initializer(fn.Key(2), (4, 5), np.float64)
    for dtype in (np.float16, np.float32, np.float64):
        w = initializer(fn.Key(2), (4, 5), dtype)
        assert w.dtype == dtype
        assert not w.flags.writeable
        assert (w == wide.astype(dtype)).all()


@pytest.mark.parametrize("name", [*DRAWN, "orthogonal"])
def test_the_draw_depends_on_the_key_alone(name):
    initializer = getattr(initializers, name)()
    w = initializer(fn.Key(2).child("a"), (4, 5), np.float64)
    assert (w == initializer(fn.Key(2).child("a"), (4, 5), np.float64)).all()
    assert (w != initializer(fn.Key(2).child("b"), (4, 5), np.float64)).any()


def test_fans():
    assert fans((3, 5)) == (3, 5)
    assert fans((7, 3, 5)) == (21, 35)
    assert fans((2, 7, 3, 5)) == (42, 70)


@pytest.mark.parametrize("name", ["glorot_normal", "he_uniform", "lecun_normal", "orthogonal"])
def test_rules_about_fans_need_two_axes(name):
    with pytest.raises(fn.ShapeError) as caught:
        getattr(initializers, name)()(fn.Key(0), (5,), np.float32)
    assert (
        str(caught.value)
        == "expected a weight of shape (..., I, O) (the fan rule needs both), got shape (5,)"
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: initializers.normal(0), "Normal: expected std to be a positive number, got 0"),
        (lambda: initializers.uniform(-1.0), "Uniform: expected limit to be a positive number, got -1.0"),
        (
            lambda: initializers.truncated_normal(np.nan),
            "TruncatedNormal: expected std to be a positive number, got nan",
        ),
        (
            lambda: initializers.glorot_uniform(0),
            "VarianceScaling: expected scale to be a positive number, got 0",
        ),
        (
            lambda: initializers.he_normal("1"),
            "VarianceScaling: expected scale to be a positive number, got '1'",
        ),
        (lambda: initializers.orthogonal(-2), "Orthogonal: expected scale to be a positive number, got -2"),
        (lambda: initializers.constant(np.inf), "Constant: expected value to be a finite number, got inf"),
        (
            lambda: initializers.VarianceScaling(1.0, "out", "normal"),
            "VarianceScaling: expected fan to be one of 'in', 'mean', got 'out'",
        ),
        (
            lambda: initializers.VarianceScaling(1.0, "in", "cauchy"),
            "VarianceScaling: expected distribution to be one of 'normal', 'uniform', got 'cauchy'",
        ),
        (
            lambda: initializers.VarianceScaling(0, "in", "normal"),
            "VarianceScaling: expected gain to be a positive number, got 0",
        ),
    ],
)
def test_hyperparameters_are_checked(call, words):
    with pytest.raises(fn.ConfigError) as caught:
        call()
    assert str(caught.value) == words


def test_initialisers_are_values():
    made = initializers.he_normal(0.5)
    assert made == initializers.he_normal(0.5) != initializers.he_uniform(0.5)
    assert hash(made) == hash(pickle.loads(pickle.dumps(made)))


def test_rules_are_printed_by_name():
    assert str(initializers.he_normal()) == "he_normal()"
    assert str(initializers.glorot_uniform(0.5)) == "glorot_uniform(0.5)"
    assert str(initializers.VarianceScaling(3.0, "in", "normal")).startswith("VarianceScaling(gain=3.0")
    assert str(fn.Linear(5, w_init=initializers.lecun_normal())) == "Linear(5, w_init=lecun_normal())"
