"""What holds of every optimizer and transform: one row each, one for each way to put them together."""

import json

import numpy as np
import pytest

import funnet as fn
from funnet.optim import Chain, Optimizer
from tests.optim.problem import PARAMS, gradient

ROWS = [
    fn.sgd(0.1),
    fn.momentum(0.1),
    fn.nesterov(0.1),
    fn.adam(fn.cosine(0.1, 100)),
    fn.adamw(0.1),
    fn.adamax(0.1),
    fn.nadam(0.1),
    fn.radam(0.1, b2=0.9),
    fn.adagrad(0.1),
    fn.rmsprop(0.1),
    fn.adadelta(),
    fn.lion(fn.warmup(3, fn.piecewise((2, 4), (0.1, fn.polynomial(0.1, 5), 0.2)))),
    fn.lamb(0.1),
    fn.clip_by_norm(1.0),
    fn.clip_by_value(0.1),
    fn.weight_decay(0.1),
    fn.scale_rate(0.1, "hidden/**"),
    fn.only("**/b"),
    fn.ema(0.9),
    fn.accumulate(3, fn.chain(fn.clip_by_norm(1.0), fn.lamb(0.1))),
    fn.lookahead(fn.chain(fn.weight_decay(0.1), fn.nadam(0.1)), 2),
    fn.chain(fn.only("hidden/**"), fn.clip_by_norm(1.0), fn.adamw(0.1), fn.only("hidden/**"), fn.ema(0.9)),
    fn.chain(fn.lookahead(fn.accumulate(2, fn.rmsprop(0.1)), 2), fn.scale_rate(0.5, "**/w"), fn.ema(0.9)),
]
EVERY = pytest.mark.parametrize("optimizer", ROWS, ids=lambda optimizer: type(optimizer).__name__)


def test_there_is_a_row_for_every_class():
    kinds = [getattr(fn.optim, name) for name in fn.optim.__all__]
    named = {kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Optimizer)}
    assert {type(optimizer) for optimizer in ROWS} == named - {Optimizer}
    assert Chain in named


@EVERY
def test_keeps_the_contract(optimizer):
    assert fn.testing.check_optimizer(optimizer, PARAMS).verdict == "ok"


@EVERY
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_zero_gradients_stay_finite(optimizer, dtype):
    """For parameters of ordinary size, of the smallest, and of none."""
    for size in (1.0, float(np.finfo(dtype).smallest_subnormal), 0.0):
        params = fn.tree.map(lambda leaf, size=size: (size * np.sign(leaf)).astype(dtype), PARAMS)
        state, p = optimizer.init(params), fn.tree.ravel(params)
        for _ in range(10):
            delta, state = optimizer.update(np.zeros_like(p), state, p)
            p = p + delta
            assert np.isfinite(p).all()
            assert p.dtype == dtype


@EVERY
def test_the_gradient_must_be_like_the_parameters(optimizer):
    p = fn.tree.ravel(PARAMS)
    state = optimizer.init(PARAMS)
    for g, error in ((p[1:], fn.ShapeError), (p.astype("f4"), fn.DtypeError), (list(p), fn.DtypeError)):
        with pytest.raises(error, match=": expected g "):
            optimizer.update(g, state, p)


@EVERY
def test_a_state_can_be_saved_and_gone_on_from(optimizer, tmp_path):
    p, state = fn.tree.ravel(PARAMS), optimizer.init(PARAMS)
    for step in range(6):
        if step == 3:
            fn.save(tmp_path / "state.npz", state)
            state = fn.load(tmp_path / "state.npz", like=optimizer.init(PARAMS))
            continued = p
        delta, state = optimizer.update(gradient(p), state, p)
        p = p + delta
    other = fn.tree.ravel(PARAMS), optimizer.init(PARAMS)
    for step in range(6):
        assert step != 3 or (other[0] == continued).all()
        delta, new = optimizer.update(gradient(other[0]), other[1], other[0])
        other = other[0] + delta, new
    assert fn.tree.equal((p, state), other)


@EVERY
def test_is_written_as_json_and_read_back(optimizer):
    text = json.dumps(fn.to_data(optimizer), allow_nan=False)
    again = fn.from_data(json.loads(text))
    assert again == optimizer
    assert hash(again) == hash(optimizer)
    assert repr(again) == repr(optimizer)
