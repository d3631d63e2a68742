"""Whoever holds a layer asks it to advance, and keeps the answer; who does not is found, by path."""

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet.nn.combinators.children import check_layer
from funnet.testing.advance import _apart, _Watch, buffers

X = np.random.default_rng(0).standard_normal((5, 3))


@attrs.frozen
class Around(fn.Layer):
    """The layers inside one after the other, and a fault in `advance`."""

    layers: tuple
    fault: str = ""

    @property
    def chain(self):
        return fn.Sequential(self.layers)

    def init(self, key, x):
        return self._kept(self.chain.init(key, x))

    def __call__(self, params, x):
        return self.chain(self._inside(params), x)

    def vjp(self, params, cache, dy):
        dparams, dx = self.chain.vjp(self._inside(params), cache, dy)
        return self._kept(dparams), dx

    def advance(self, params, cache):
        if self.fault.startswith("forgotten"):
            return params
        inside = self._inside(params)
        new = self.chain.advance(inside, cache)
        if self.fault == "the last forgotten":
            new = (*new[:-1], inside[-1])
        return self._kept(new)

    def _kept(self, params):
        """The parameters as they are, or all Buffers in one array, in another order."""
        if "another form" not in self.fault:
            return params
        (count,) = params
        return fn.Buffer({"negative": -count.value})

    def _inside(self, params):
        return (fn.Buffer(-params.value["negative"]),) if "another form" in self.fault else params


@attrs.frozen
class NeverAsks(fn.Layer):
    """A layer that holds another and has no `advance`."""

    layer: fn.Layer = attrs.field(validator=check_layer)

    def init(self, key, x):
        return self.layer.init(key, x)

    def __call__(self, params, x):
        return self.layer(params, x)

    def vjp(self, params, cache, dy):
        return self.layer.vjp(params, cache, dy)


@attrs.frozen
class Count(fn.Layer):
    """x, and the number of training passes in a Buffer."""

    training: bool = False

    def init(self, key, x):
        return fn.Buffer(np.ones(1, x.dtype))

    def __call__(self, params, x):
        return x, ()

    def vjp(self, params, cache, dy):
        return params, dy.copy()

    def advance(self, params, cache):
        return fn.Buffer(params.value + 1) if self.training else params


def failures(net, x=X):
    with pytest.raises(fn.testing.GradientError) as caught:
        fn.testing.check_layer(net, x)
    found = caught.value.report.failures
    assert {(finding.reason, finding.mode) for finding in found} == {("advance", "training")}
    return {finding.path: finding.detail for finding in found}


STATEFUL = [
    (fn.BatchNorm(), ["moments"]),
    (fn.Dropout(0.3), [""]),
    (Count(), [""]),
    (fn.Sequential([fn.Linear(3), fn.BatchNorm(), fn.Dropout(0.2)]), ["1/moments", "2"]),
    (fn.Frozen(fn.Sequential([fn.Linear(3), fn.BatchNorm()])), ["1/moments"]),
    (fn.Repeat(fn.BatchNorm(), 2), ["0/moments", "1/moments"]),
    (fn.Repeat(fn.Dropout(0.2), 2, shared=True), [""]),
    (fn.Sequential({"a": fn.Branch([fn.BatchNorm(), fn.Tanh()]), "b": fn.Add()}), ["a/0/moments"]),
]
IDS = [str(layer) for layer, _ in STATEFUL]


@pytest.mark.parametrize(("layer", "places"), STATEFUL, ids=IDS)
@pytest.mark.parametrize(
    ("wrap", "before"),
    [
        (NeverAsks, ""),
        (lambda layer: fn.Sequential([NeverAsks(layer), fn.Tanh()]), "0"),
        (lambda layer: fn.Remat(fn.Residual(NeverAsks(layer))), ""),
        (lambda layer: fn.Sequential({"first": fn.Linear(3), "own": NeverAsks(fn.Residual(layer))}), "own"),
    ],
)
def test_a_layer_that_is_never_asked_is_named(layer, places, wrap, before):
    found = failures(wrap(layer))
    assert list(found) == ["/".join(filter(None, ("params", before, place))) for place in places]
    assert all("ran in training, and this was not renewed" in said for said in found.values())


@pytest.mark.parametrize(("layer", "places"), STATEFUL, ids=IDS)
def test_a_layer_that_is_asked_raises_no_alarm(layer, places):
    for net in (
        Around((layer,)),
        fn.Remat(Around((layer, layer))),
        fn.Tied(Around((layer, fn.Linear(3), fn.Linear(3))), "1/w", "2/w"),
    ):
        assert fn.testing.check_layer(net, X).verdict == "ok"


def test_the_answer_must_be_kept():
    net = Around((fn.BatchNorm(), fn.Linear(3), fn.BatchNorm()), "the last forgotten")
    assert list(failures(net)) == ["params/2/moments"]


def test_of_two_equal_buffers_both_must_be_renewed():
    assert list(failures(Around((Count(), Count()), "the last forgotten"))) == ["params/1"]
    assert fn.testing.check_layer(Around((Count(), Count())), X).verdict == "ok"


def test_a_buffer_that_equals_another_one_may_stay():
    still = fn.Frozen(fn.Lambda(lambda p, x: (x, ()), lambda p, c, dy: (p, dy.copy())))
    net = fn.Sequential([still, Count()])
    params = (fn.Buffer(np.ones(1)), fn.Buffer(np.ones(1)))
    assert fn.testing.check_layer(net, X, params=params).verdict == "ok"


def test_state_in_another_form_must_be_asked_for():
    assert fn.testing.check_layer(Around((Count(),), "another form"), X).verdict == "ok"
    found = failures(Around((Count(),), "forgotten in another form"))
    assert found == {"params": "Count(True) ran in training, and this was not renewed"}


def test_layers_without_state_need_not_be_asked():
    for layer in (fn.Tanh(), fn.Linear(3), fn.Dropout(0.0), fn.Frozen(fn.Linear(3))):
        assert fn.testing.check_layer(NeverAsks(layer), X).verdict == "ok"


def test_innermost_buffers():
    params = (fn.Buffer({"a": fn.Buffer(1), "b": (np.ones(2), fn.Buffer(2))}), fn.Buffer(3), np.zeros(2), ())
    assert buffers(params) == {"0/a": 1, "0/b/1": 2, "1": 3}
    assert buffers(fn.Buffer(4)) == {"": 4}


@pytest.mark.parametrize(
    ("paths", "count"),
    [
        ([""], 1),
        (["", "0"], 1),
        (["", "0", "0/1", "0/2", "1"], 3),
        (["1", "10"], 2),
        (["0/1", "0"], 1),
        (["a", "a"], 1),
    ],
)
def test_layers_that_hold_none_of_the_others(paths, count):
    assert _apart([_Watch(Count(), path) for path in paths]) == count
