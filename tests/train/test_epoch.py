"""One epoch: which batches it has, which of them count, and the columns of its row."""

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet.train.batch_source import steps_per_epoch
from funnet.train.epoch import validation_sets

X = fn.Key(0).generator().standard_normal((66, 3))
T = X[:, :1] ** 2
ODD = (X[:65], T[:65])
LOSS, MOMENTUM = fn.MeanSquaredError(), fn.momentum(0.05)
NET = fn.Sequential([fn.Linear(4), fn.BatchNorm(), fn.Tanh(), fn.Linear(1)])


def start(net=NET, optimizer=MOMENTUM):
    return fn.init(net, optimizer, fn.Key(1), X[:1])


def fit(data=(X, T), net=NET, state=None, loss=LOSS, optimizer=MOMENTUM, **options):
    options = {"epochs": 3, "batch_size": 16, "progress": False, **options}
    return fn.fit(net, loss, optimizer, state or start(net, optimizer), data, **options)


@attrs.frozen
class Pairs(fn.Layer):
    """A layer that is trained on two examples at least, and never reads three."""

    error: type[Exception] = fn.ShapeError
    training: bool = attrs.field(default=False, kw_only=True)

    def __call__(self, params, x):
        if (self.training and x.size < 2 * x.shape[-1]) or len(x) == 3:
            if issubclass(self.error, fn.FunnetError):
                raise self.error("two values a channel", f"x of shape {x.shape}", who=self)
            raise self.error("too few")
        return x, ()

    def vjp(self, params, cache, dy):
        return (), dy.copy()


PAIRS = fn.Sequential([Pairs(), fn.Linear(1)])


def test_drop_last_leaves_a_short_batch_out():
    state, history = fit(drop_last=True, shuffle=False)
    same, whole = fit((X[:64], T[:64]), shuffle=False)
    assert state.step == 12
    assert fn.tree.equal(state, same)
    assert np.array_equal(history["loss"], whole["loss"])
    assert fn.tree.equal(fit((X[:64], T[:64]), drop_last=True)[0], fit((X[:64], T[:64]))[0])


def test_drop_last_draws_what_is_left_out_anew():
    seen = []

    def loss(y, target):
        seen.extend(target[:, 0].tolist())
        return LOSS(y, target)

    fit(drop_last=True, loss=loss, epochs=1)
    first = set(seen)
    fit(drop_last=True, loss=loss, epochs=9)
    assert len(first) == 64
    assert len(set(seen)) == 66


def test_drop_last_in_two_parts_is_in_one(tmp_path):
    options = {"drop_last": True, "epochs": 2, "checkpoint": tmp_path / "run.npz", "resume": True}
    whole, history = fit(drop_last=True, epochs=5)
    fit(**options)
    state, resumed = fit(**{**options, "epochs": 5})
    assert fn.tree.equal(state, whole)
    assert np.array_equal(resumed["loss"], history["loss"])
    half, _ = fit(drop_last=True, epochs=2)
    assert fn.tree.equal(fit(drop_last=True, epochs=3, state=half)[0], whole)


def test_the_bar_counts_the_steps_that_are_taken(capsys):
    fit(drop_last=True, progress=True)
    assert " 12/12 " in capsys.readouterr().err.rstrip("\n").split("\r")[-1]


def test_drop_last_keeps_the_running_variance_true():
    """A last batch of one row has variance 0, and would count as much as one of 64."""
    net, still = fn.BatchNorm(), fn.sgd(0.0)
    state, _ = fit(
        (X, X), net, optimizer=still, state=start(net, still), epochs=30, batch_size=64, drop_last=True
    )
    np.testing.assert_allclose(state.params.moments.value.variance, X.var(axis=0), rtol=0.1)


@pytest.mark.parametrize("error", [fn.ShapeError, fn.DataError, ValueError, KeyError])
@pytest.mark.parametrize(
    ("size", "fix"),
    [
        (16, "the last batch of 65 examples is one: give drop_last=True, or another batch_size"),
        (64, "the last batch of 65 examples is one: give drop_last=True, or another batch_size"),
        (1, "every batch is one example: give a larger batch_size"),
    ],
)
@pytest.mark.parametrize("search", [False, True])
def test_a_batch_of_one_that_a_layer_refuses_is_an_error_before_the_first_step(error, size, fix, search):
    net, seen = fn.Sequential([Pairs(error), fn.Linear(1)]), []

    def loss(y, target):
        seen.append(1)
        return LOSS(y, target)

    calls = {
        True: lambda: fn.find_rate(net, loss, fn.sgd, start(net), ODD, batch_size=size),
        False: lambda: fit(ODD, net, loss=loss, batch_size=size),
    }
    with pytest.raises(error) as caught:
        calls[search]()
    ours = isinstance(caught.value, fn.FunnetError)
    assert "two values a channel" in str(caught.value) or not ours
    assert fix in (str(caught.value) if ours else caught.value.__notes__)
    assert not ours or str(caught.value).startswith("0/Pairs(")
    assert not seen


def test_a_batch_of_one_that_can_be_trained_on_is_one():
    fit(ODD, PAIRS, batch_size=16, drop_last=True)
    fit(ODD, PAIRS, batch_size=17)
    fn.find_rate(PAIRS, LOSS, fn.sgd, start(PAIRS), ODD, batch_size=16, drop_last=True, steps=9)
    images = np.repeat(ODD[0][:, None], 2, axis=1)
    state, _ = fit((images, images[..., :1]), PAIRS, batch_size=64)
    assert state.step == 6
    assert fit(net=fn.Linear(1), batch_size=1, epochs=1)[0].step == 66


def test_an_error_that_has_nothing_to_do_with_the_last_batch_is_told_as_it_is():
    net = fn.Sequential([Pairs(), fn.Linear(1)])
    with pytest.raises(fn.ShapeError) as caught:
        fit((X[:65, :2], T[:65]), net, start(net))
    assert (
        str(caught.value)
        == "1/Linear(1): expected x with last axis 3 (params.w is (3, 1)), got x of shape (16, 2)"
    )


def test_the_steps_of_an_epoch():
    assert steps_per_epoch("fit", (X, T), 16) == 5
    assert steps_per_epoch("fit", (X, T), 16, drop_last=True) == 4
    assert steps_per_epoch("fit", (X, T), 66, drop_last=True) == 1
    assert steps_per_epoch("fit", [(X, T)] * 3, 16) == 3


WEIGHTS = np.repeat([1.0, 0.0, 2.0, 0.0, 1.0], [16, 16, 16, 16, 2])


def test_a_batch_without_weight_is_not_a_step():
    """Momentum would move the parameters on, and BatchNorm its moments."""
    state, history = fit((X, fn.Weighted(T, WEIGHTS)), shuffle=False)
    parts = [(X[k : k + 16], fn.Weighted(T[k : k + 16], WEIGHTS[k : k + 16])) for k in (0, 32, 64)]
    same, other = fit(parts)
    assert state.step == 9
    assert fn.tree.equal(state, same)
    assert np.array_equal(history["loss"], other["loss"])
    assert history["step"].tolist() == [3, 6, 9]


@pytest.mark.parametrize("kind", [float, bool, np.float32])
def test_which_batches_are_steps_is_the_same_in_two_parts(kind, tmp_path):
    rare = (np.arange(66) % 16 == 0).astype(kind)
    data = (X, fn.Weighted(T, rare))
    options = {"batch_size": 4, "checkpoint": tmp_path / "run.npz", "resume": True}
    whole, history = fit(data, batch_size=4, epochs=6, norms=True)
    fit(data, epochs=2, norms=True, **options)
    state, resumed = fit(data, epochs=6, norms=True, **options)
    assert fn.tree.equal(state, whole)
    assert np.array_equal(resumed["loss"], history["loss"])
    assert 6 <= state.step <= 6 * rare.sum()


def test_a_loss_of_ones_own_is_not_asked_either():
    def loss(y, target):
        error = target.weights[:, None] * (y - target.target)
        return np.mean(error**2), 2 * error * target.weights[:, None] / error.size

    assert fit((X, fn.Weighted(T, WEIGHTS)), loss=loss, shuffle=False)[0].step == 9


def test_a_fault_of_a_loss_on_weights_is_told_by_its_own_name():
    with pytest.raises(fn.ShapeError, match=r"^MeanSquaredError\(\): expected target of"):
        fit((X, fn.Weighted(T[:, 0], WEIGHTS)))


def test_weights_of_padding_count_for_nothing():
    x = fn.Padded(fn.Key(2).generator().standard_normal((4, 3, 2)), np.array([1, 1, 2, 3]))
    weights = np.array([[0, 1, 1], [0, 1, 1], [0, 1, 1], [1, 0, 0]])
    data = (x, fn.Weighted(x.values[..., :1], weights))
    net = fn.TimeDistributed(fn.Linear(1))
    state = fn.init(net, MOMENTUM, fn.Key(0), x)
    assert fit(data, net, state, batch_size=1, shuffle=False, epochs=1)[0].step == 2


def test_weights_that_are_not_are_refused_whatever_their_sum():
    for weights in (np.repeat([-1.0, 1.0], [1, 65])[::-1], np.where(WEIGHTS, np.nan, 0.0)):
        with pytest.raises(fn.DataError, match="finite weights of at least 0, got"):
            fit((X, fn.Weighted(T, weights)))
    pair = fn.Weighted(T[:2], np.array([1.0, -1.0]))
    for call in (fit, lambda data: fn.evaluate(NET, LOSS, start().params, data)):
        with pytest.raises(fn.DataError, match="finite weights of at least 0, got"):
            call((X[:2], pair))


def test_an_epoch_without_weight_is_an_error_and_the_state_is_as_it_was():
    data = (X, fn.Weighted(T, np.zeros(66)))
    with pytest.raises(fn.DataError, match="data: expected a weight above 0, got none") as caught:
        fit(data)
    assert fn.tree.equal(caught.value.state, start())
    assert len(caught.value.history) == 0
    with pytest.raises(fn.DataError, match="data: expected a weight above 0, got none"):
        fn.find_rate(NET, LOSS, fn.sgd, start(), data)


def test_a_search_takes_its_steps_on_batches_that_count():
    seen = []

    def loss(y, target):
        seen.append(target.weights.sum())
        return LOSS(y, target)

    found = fn.find_rate(
        NET, loss, fn.sgd, start(), (X, fn.Weighted(T, WEIGHTS)), steps=20, batch_size=2, high=0.1
    )
    assert len(found.rates) == 20
    assert min(seen) > 0
    assert len(seen) == 21


def bare(y, target):
    """The mean of squares of y."""
    return np.mean(y**2), 2 * y / y.size


@pytest.mark.parametrize("target", [(), None, {}, [], fn.tree.freeze({})], ids=repr)
@pytest.mark.parametrize("x", [X, (X, X), {"a": X}], ids=["array", "pair", "dict"])
def test_a_loss_that_needs_no_target_gets_none(target, x):
    pick = fn.Lambda(
        lambda params, x: (fn.tree.leaves(x)[0] @ params["w"], fn.tree.leaves(x)[0]),
        lambda params, cache, dy: ({"w": cache.T @ dy}, ()),
        lambda key, x: {"w": np.ones((3, 1))},
    )
    state = fn.init(pick, MOMENTUM, fn.Key(0), x)
    same = state
    for _ in range(2):
        same, value = fn.train_step(pick, bare, MOMENTUM, same, x, target)
    given = {"validation": (x, target), "metrics": {"mean": lambda y, target: float(y.mean())}}
    for data in ((x, target), [(x, target)]):
        got, history = fn.fit(
            pick, bare, MOMENTUM, state, data, epochs=2, batch_size=66, shuffle=False, progress=False, **given
        )
        assert fn.tree.equal(got, same)
        assert history["loss"][-1] == value
        found = fn.find_rate(pick, bare, fn.sgd, state, data, steps=5, high=0.1)
        assert len(found.rates) == 5
    figures = fn.evaluate(pick, bare, same.params, (x, target))
    assert history["validation_loss"][-1] == pytest.approx(figures["loss"])
    assert sum(len(fn.tree.leaves(b[0])[0]) for b in fn.data.batches((x, target), 16)) == 66


@pytest.mark.parametrize(
    ("validation", "metrics", "error", "words"),
    [
        (
            (X, T),
            {"loss": bare},
            fn.ConfigError,
            r"strings \(the loss has that name\), got 'loss'",
        ),
        ((X, T), {3: bare}, fn.ConfigError, "metrics with names of their own, as strings, got 3"),
        ((X, T), {"m": 3}, fn.DtypeError, r"metrics\['m'\] to be a function, got 3"),
        (None, {"loss": bare}, fn.ConfigError, "metrics with names of their own"),
        ({1: (X, T)}, None, fn.TreeError, "validation: expected names that are printable, .*, got 1"),
        ({"a": (X, T), "a_b": (X, T)}, {"b_c": bare, "c": bare}, fn.ConfigError, "got 'a_b_c' twice"),
        ((X, T), {"m": bare, "m/x": bare}, fn.TreeError, "none leads on from another's end, got 'valid"),
        ({"a/b": (X, T)}, None, fn.TreeError, "validation: expected names that are printable"),
        ((X, T), {"a//b": bare}, fn.TreeError, "names that are printable, non-empty"),
        ((X, T), {"\n": bare}, fn.TreeError, "names that are printable, non-empty"),
    ],
)
def test_columns_that_would_collide_are_refused_before_the_first_step(validation, metrics, error, words):
    with pytest.raises(error, match=words) as caught:
        fit(data=[], validation=validation, metrics=metrics)
    assert caught.value.state.step == 0


def test_metrics_may_have_paths_as_names():
    _, history = fit(validation={"v": (X, T)}, metrics={"top/1": lambda y, t: 1, "top/2": lambda y, t: 2})
    assert history["v_top/2"].tolist() == [2, 2, 2]
    assert validation_sets(None) == {}


@pytest.mark.parametrize(
    "value", [None, np.ones(1), np.ones((2, 2)), "0.5", [0.5], 1j, np.complex64(1), np.str_("0.5"), 10**400]
)
def test_a_metric_returns_a_number(value):
    calls = (
        lambda given: fn.evaluate(NET, LOSS, start().params, (X, T), **given),
        lambda given: fit(validation=(X, T), **given),
    )
    for call in calls:
        with pytest.raises(
            fn.DtypeError, match=r"evaluate: expected metrics\['mine'\] to return a number, got"
        ):
            call({"metrics": {"mine": lambda y, target: value}})


@pytest.mark.parametrize("value", [2, True, np.float32(2), np.array(2.0), np.nan, np.int8(1)])
def test_any_number_will_do_for_a_metric(value):
    figures = fn.evaluate(NET, LOSS, start().params, (X, T), metrics={"mine": lambda y, target: value})
    assert np.array_equal(figures["mine"], float(value), equal_nan=True)
