"""Gradients that wait for a step: `accumulate` with an open window at the end of training."""

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet.optim import accumulate, waiting

X = fn.Key(0).generator().standard_normal((50, 3))
T = X[:, :1] ** 2
NET, LOSS = fn.Linear(1), fn.MeanSquaredError()


def fit(optimizer, epochs, state=None, **options):
    state = state or fn.init(NET, optimizer, fn.Key(1), X[:1])
    options = {"progress": False, "batch_size": 10, **options}
    return fn.fit(NET, LOSS, optimizer, state, (X, T), epochs=epochs, **options)


@attrs.frozen
class Hiding(fn.Optimizer):
    """An optimizer with another one in a place where nobody looks."""

    def init(self, params):
        return {"deep": ((), accumulate(4, fn.sgd(0.1)).init(params))}

    def update(self, g, state, p):
        delta, inner = accumulate(4, fn.sgd(0.1)).update(g, state["deep"][1], p)
        return delta, {"deep": ((), inner)}


FOUR = accumulate(4, fn.sgd(0.1))


@pytest.mark.parametrize(
    ("optimizer", "found"),
    [
        (fn.sgd(0.1), ()),
        (FOUR, ((1, 4),)),
        (accumulate(5, fn.adam(0.1)), ()),
        (fn.chain(fn.clip_by_norm(1.0), FOUR, fn.ema(0.9)), ((1, 4),)),
        (fn.lookahead(FOUR), ((1, 4),)),
        (fn.lookahead(fn.chain(FOUR, fn.ema())), ((1, 4),)),
        (accumulate(3, FOUR), ((2, 3), (1, 4))),
        (accumulate(2, accumulate(2, fn.sgd(0.1))), ((1, 2),)),
        (Hiding(), ((1, None),)),
    ],
    ids=str,
)
def test_what_waits_after_five_steps_is_found_and_said(optimizer, found, capsys):
    state, history = fit(optimizer, 1, progress=True)
    assert waiting(optimizer, state.opt_state) == found
    lines = tuple(f"gradients that wait for a step: {count}{f' of {k}' if k else ''}" for count, k in found)
    assert history.notes == lines
    shown = capsys.readouterr().err
    assert all(line in shown for line in lines)
    assert waiting(optimizer, optimizer.init(state.params)) == ()


def test_they_stay_in_the_state_so_two_parts_are_one(tmp_path):
    whole, history = fit(FOUR, 4)
    assert history.notes == ()
    half, history = fit(FOUR, 1)
    assert history.notes == ("gradients that wait for a step: 1 of 4",)
    assert fn.tree.equal(fit(FOUR, 3, half)[0], whole)
    path = tmp_path / "run.npz"
    fit(FOUR, 1, checkpoint=path)
    again, history = fit(FOUR, 4, checkpoint=path, resume=True)
    assert fn.tree.equal(again, whole)
    assert history.notes == ()


def test_the_last_of_them_makes_a_step_of_all():
    first, _ = fit(FOUR, 1)
    assert first.opt_state.count == 1
    after, _ = fn.train_step(NET, LOSS, FOUR, first, X, T)
    assert np.array_equal(after.params.w, first.params.w)
    assert waiting(FOUR, after.opt_state) == ((2, 4),)


def test_a_history_keeps_its_notes_when_it_grows():
    history = fn.History((), None, ("a",)).append({"loss": 1.0})
    assert history.notes == ("a",)
    assert "notes" not in repr(history)
    assert history == fn.History().append({"loss": 1.0})
