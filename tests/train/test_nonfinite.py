"""What is not finite is found, named, and nothing is said about it before."""

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet.train.nonfinite import check_vector

X = np.ones((4, 3))
NET, LOSS, SGD = fn.Sequential([fn.Linear(2), fn.Relu(), fn.Linear(1)]), fn.MeanSquaredError(), fn.sgd(0.1)


def start(optimizer=SGD):
    return fn.init(NET, optimizer, fn.Key(0), X)


def spoilt(value):
    x = X.copy()
    x[2, 1] = value
    return x


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e200])
def test_no_warning_comes_before_the_error(value):
    """Warnings are errors here, and NumPy warns as it does by default."""
    with np.errstate(all="warn", under="ignore"), pytest.raises(fn.NonFiniteError) as caught:
        fn.train_step(NET, LOSS, SGD, start(), spoilt(value), X[:, :1])
    assert str(caught.value).startswith("step 0: expected a finite loss (")
    if not np.isfinite(value):
        assert f"the first is {value} at (2, 1) in the batch's x" in str(caught.value)


def test_a_step_to_infinity_hands_back_the_state_before_it():
    net, optimizer = fn.Linear(1), fn.sgd(1e300)
    state = fn.init(net, optimizer, fn.Key(0), X)
    with np.errstate(over="ignore"), pytest.raises(fn.NonFiniteError) as caught:
        fn.fit(net, LOSS, optimizer, state, (1e10 * X, X[:, :1]), epochs=9, progress=False)
    assert "step 0: expected a finite new value, got " in str(caught.value)
    assert "inf at (0, 0) in the new value of w" in str(caught.value)
    assert caught.value.state is state


@pytest.mark.parametrize("value", [np.inf, np.nan])
@pytest.mark.parametrize(
    "optimizer",
    [
        SGD,
        fn.adam(0.1),
        fn.lion(0.1),
        fn.chain(fn.clip_by_value(1.0), SGD),
        fn.chain(fn.clip_by_norm(1.0), SGD),
    ],
    ids=str,
)
def test_a_gradient_is_named_whether_the_optimizer_hides_it_or_complains(optimizer, value):
    def loss(y, target):
        dy = np.ones_like(y)
        dy[1, 0] = value
        return y.sum(), dy

    net = fn.Linear(2)
    state = fn.init(net, optimizer, fn.Key(0), X)
    with pytest.raises(fn.NonFiniteError) as caught:
        fn.train_step(net, loss, optimizer, state, X, X)
    assert (
        str(caught.value) == f"step 0: expected a finite gradient, got {value} at (0, 0) in the gradient of w"
    )


def test_large_vectors_are_finite_and_one_infinity_is_named_with_its_place():
    params = {"a": np.zeros((2, 3)), "b": np.zeros(2)}
    vector = np.full(8, 1e300)
    check_vector("me", "gradient", params, vector)
    vector[4] = -np.inf
    with pytest.raises(fn.NonFiniteError) as caught:
        check_vector("me", "gradient", params, vector)
    assert str(caught.value) == "me: expected a finite gradient, got -inf at (1, 1) in the gradient of a"


LARGE = {"f4": (1e20, 1e30, 3e38), "f2": (300.0, 65504.0)}
SMALL = {"f4": (1e-30, 1e-45), "f2": (6e-5, 6e-8)}
RULES = [
    fn.sgd(1e-4),
    fn.momentum(1e-4),
    fn.nesterov(1e-4),
    fn.adam(1e-4),
    fn.adamw(1e-4),
    fn.adamax(1e-4),
    fn.nadam(1e-4),
    fn.radam(1e-4),
    fn.adagrad(1e-4),
    fn.rmsprop(1e-4),
    fn.adadelta(),
    fn.lion(1e-4),
    fn.lamb(1e-4),
    fn.accumulate(1, fn.adam(1e-4)),
    fn.lookahead(fn.adam(1e-4), 2),
    fn.chain(fn.clip_by_norm(1.0), fn.adam(1e-4)),
    fn.chain(fn.clip_by_value(1.0), fn.rmsprop(1e-4)),
    fn.chain(fn.weight_decay(0.1), fn.adam(1e-4), fn.ema(0.9)),
    fn.chain(fn.adam(1e-4), fn.scale_rate(0.1, "**"), fn.only("**")),
]
SHIFT = fn.Lambda(
    lambda params, x: (params["w"] + x, ()),
    lambda params, cache, dy: ({"w": dy.sum(0)}, dy),
    lambda key, x: {"w": np.zeros(3, x.dtype)},
)


def steps(optimizer, dtype, gradients):
    """The state after steps by these gradients, one for all parameters."""
    x = np.zeros((1, 3), dtype)
    state = fn.init(SHIFT, optimizer, fn.Key(0), x)
    for g in gradients:
        state, _ = fn.train_step(SHIFT, lambda y, t, g=g: (0.0, np.full_like(y, g)), optimizer, state, x, x)
    return state


@pytest.mark.parametrize(("dtype", "g"), [(dtype, g) for dtype in LARGE for g in LARGE[dtype]])
@pytest.mark.parametrize("optimizer", RULES, ids=str)
def test_a_large_gradient_makes_a_step_or_an_error_but_never_silence(optimizer, dtype, g):
    try:
        state = steps(optimizer, dtype, [g])
    except fn.NonFiniteError:
        assert dtype == "f4"
    else:
        assert (state.params["w"] < 0).all()
        for path, leaf in fn.tree.walk(state, buffers=True):
            assert not isinstance(leaf, np.ndarray) or np.isfinite(leaf).all(), path


@pytest.mark.parametrize(("dtype", "g"), [(dtype, g) for dtype in SMALL for g in SMALL[dtype]])
@pytest.mark.parametrize("optimizer", RULES, ids=str)
def test_a_small_gradient_is_forgotten_and_does_no_harm(optimizer, dtype, g):
    after = steps(optimizer, dtype, [g, 1.0, 1.0]).params["w"]
    assert (after < 0).all()
    assert np.isfinite(after).all()


@pytest.mark.parametrize(
    ("optimizer", "path"),
    [
        (fn.adam(1e-3), "v"),
        (fn.radam(1e-3), "v"),
        (fn.adagrad(1e-3), "v"),
        (fn.rmsprop(1e-3), "v"),
        (fn.adadelta(), "v"),
        (fn.lamb(1e-3), "moments/v"),
        (fn.accumulate(1, fn.adam(1e-3)), "inner/v"),
        (fn.lookahead(fn.nadam(1e-3)), "inner/v"),
        (fn.chain(fn.weight_decay(0.1), fn.adam(1e-3)), "1/v"),
    ],
    ids=str,
)
def test_a_moment_that_is_infinite_is_named_with_its_parameter(optimizer, path):
    x = np.zeros((1, 3), np.float32)
    state = steps(optimizer, "f4", [1.0])
    with pytest.raises(fn.NonFiniteError) as caught:
        fn.train_step(
            SHIFT,
            lambda y, t: (0.0, np.array([[1.0, 1e20, 1.0]], np.float32)),
            optimizer,
            state,
            x,
            x,
        )
    assert str(caught.value) == (
        f"step 1: expected a finite state of the optimizer, got inf at (1,) in opt_state/{path} of w; "
        "clip the gradient, as chain(clip_by_norm(1.0), ...)"
    )


@pytest.mark.parametrize("limit", [1.0, 1e-3, 1e-6])
@pytest.mark.parametrize(
    ("dtype", "g"), [("f4", 1e20), ("f4", 3e38), ("f4", 1e-45), ("f2", 65504.0), ("f8", 1e308)]
)
def test_a_gradient_of_any_size_is_clipped_to_the_norm(dtype, g, limit):
    vector = np.full(1000, g, dtype)
    vector[::2] *= -1
    delta, _ = fn.clip_by_norm(limit).update(vector, (), np.zeros_like(vector))
    size = min(limit, float(vector[1]) * 1000**0.5)
    np.testing.assert_allclose(delta, np.sign(vector) * size / 1000**0.5, rtol=1e-3 if dtype != "f2" else 0.3)


@attrs.frozen
class Odd(fn.Optimizer):
    """Descent with something of the user's in its state."""

    kept: object = attrs.field(eq=False)

    def update(self, g, state, p):
        return -0.1 * g, {"kept": self.kept, "step": 1}


@pytest.mark.parametrize(
    ("kept", "got"),
    [
        (np.array([[1.0, np.nan]]), "nan at (0, 1) in opt_state/kept"),
        (np.float32(np.inf), "inf at () in opt_state/kept"),
        (np.array(-np.inf), "-inf at () in opt_state/kept"),
        (np.full(3, np.nan), "nan at (0,) in opt_state/kept of w"),
        (np.full(3, np.inf, np.float32), "inf at (0,) in opt_state/kept of w"),
    ],
)
def test_the_state_of_a_users_optimizer_is_looked_at(kept, got):
    with pytest.raises(
        fn.NonFiniteError, match="step 0: expected a finite state of the optimizer, got "
    ) as caught:
        steps(Odd(kept), "f4", [1.0])
    assert f"got {got};" in str(caught.value)


@pytest.mark.parametrize(
    "kept",
    [np.full((2, 2), 1e38, np.float32), np.arange(3), np.array([True, False]), np.inf, None, np.array("a")],
)
def test_what_is_no_array_of_floats_or_finite_passes(kept):
    assert steps(Odd(kept), "f4", [1.0]).step == 1


def wide(dtype="f4"):
    """Two channels, the second so wide that its variance has no number."""
    x = fn.Key(0).generator().standard_normal((8, 2)).astype(dtype)
    return x * np.array([1.0, 1e20], dtype)


@pytest.mark.parametrize(
    ("net", "path"),
    [
        (fn.Sequential([fn.BatchNorm(), fn.Linear(2)]), "0/moments/variance"),
        (fn.Sequential([fn.Frozen(fn.BatchNorm()), fn.Linear(2)]), "0/moments/variance"),
        (fn.Sequential([fn.Residual(fn.Remat(fn.BatchNorm())), fn.Dropout(0.5)]), "0/moments/variance"),
        (fn.Branch({"a": fn.BatchNorm()}), "a/moments/variance"),
    ],
    ids=str,
)
def test_a_buffer_that_is_infinite_is_named(net, path):
    x = wide()
    state = fn.init(net, SGD, fn.Key(0), x)
    with pytest.raises(fn.NonFiniteError) as caught:
        fn.train_step(net, lambda y, t: (0.0, fn.tree.map(np.zeros_like, y)), SGD, state, x, x)
    assert str(caught.value) == f"step 0: expected finite Buffers, got inf at (1,) in the new {path}"


def test_a_buffer_that_no_step_touches_may_hold_anything():
    mask = np.array([0.0, -np.inf], np.float32)
    net = fn.Sequential(
        [
            fn.Lambda(
                lambda params, x: (np.maximum(params["mask"].value, x), ()),
                lambda params, cache, dy: (params, dy),
                lambda key, x: {"mask": fn.Buffer(mask)},
            ),
            fn.BatchNorm(),
            fn.Linear(1),
        ]
    )
    x = wide() * np.array([1.0, 1e-20], np.float32)
    state = fn.init(net, SGD, fn.Key(0), x)
    assert fn.train_step(net, LOSS, SGD, state, x, x[:, :1])[0].step == 1
