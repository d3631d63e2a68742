"""Norms of gradients and updates by path: what they are, and that looking changes nothing."""

import numpy as np
import pytest

import funnet as fn
from funnet.train.norms import Norms, Watched

X = fn.Key(0).generator().standard_normal((40, 3)).astype(np.float32)
T = (X.sum(axis=1) > 0).astype(int)
NET = fn.Sequential({"in": fn.Linear(4), "norm": fn.BatchNorm(), "act": fn.Tanh(), "out": fn.Linear(2)})
LOSS, ADAM = fn.SoftmaxCrossEntropy(), fn.adam(0.01)


def start(net=NET):
    return fn.init(net, ADAM, fn.Key(1), X[:1])


def fit(net=NET, **options):
    return fn.fit(net, LOSS, ADAM, start(net), (X, T), epochs=2, batch_size=16, progress=False, **options)


def test_they_are_the_means_over_the_steps_of_the_norms_of_the_leaves():
    _, history = fit(norms=True, shuffle=False)
    state = start()
    for epoch in range(2):
        seen = []
        for first in (0, 16, 32):
            x, t = X[first : first + 16], T[first : first + 16]
            _, dparams = fn.value_and_grad(fn.training(NET), LOSS, state.params, x, t)
            new, _ = fn.train_step(NET, LOSS, ADAM, state, x, t)
            moved = fn.tree.map(np.subtract, new.params, state.params)
            seen.append([np.linalg.norm(leaf) for tree in (dparams, moved) for leaf in fn.tree.leaves(tree)])
            state = new
        paths = fn.tree.paths(state.params)
        names = [f"{name}/{path}" for name in ("gradient", "update") for path in paths]
        for name, mean in zip(names, np.mean(seen, axis=0), strict=True):
            assert history[name][epoch] == pytest.approx(mean, rel=1e-4), name
    assert history.columns == ("epoch", "step", "loss", *names, "seconds")
    assert history.rows[0]["gradient"]["out"]["w"] == history["gradient/out/w"][0]


def test_looking_changes_no_bit():
    (plain, without), (seen, history) = fit(), fit(norms=True)
    assert fn.tree.equal(plain, seen)
    assert without["loss"].tolist() == history["loss"].tolist()
    assert not any("/" in column for column in without.columns)


def test_a_resumed_run_has_them_too(tmp_path):
    path = tmp_path / "run.npz"
    whole = fit(norms=True)[1]
    fn.fit(
        *(NET, LOSS, ADAM, start(), (X, T)),
        epochs=1,
        batch_size=16,
        norms=True,
        checkpoint=path,
        progress=False,
    )
    resumed = fit(norms=True, checkpoint=path, resume=True)[1]
    assert resumed.columns == whole.columns
    assert resumed["update/in/b"].tolist() == whole["update/in/b"].tolist()


def test_leaves_that_are_empty_large_small_or_alone():
    params = (np.zeros((2, 2), np.float16), np.zeros((0, 3), np.float16), np.zeros(1, np.float16))
    norms = Norms(params)
    norms.see(np.array([6e4, 0, 6e4, 0, -6e-8], np.float16), np.zeros(5, np.float16))
    row = norms.row()
    assert list(row) == ["gradient/0", "gradient/2", "update/0", "update/2"]
    assert row["gradient/0"] == pytest.approx(2**0.5 * 6e4, rel=1e-3)
    assert row["gradient/2"] == pytest.approx(float(np.float16(6e-8)), rel=1e-12)


def test_parameters_that_are_one_array():
    net = fn.Lambda(
        lambda w, x: (x @ w, x),
        lambda w, x, dy: (x.T @ dy, dy @ w.T),
        lambda key, x: np.ones((x.shape[1], 2), x.dtype),
    )
    assert fit(net, norms=True)[1].columns == ("epoch", "step", "loss", "gradient", "update", "seconds")


def test_the_watched_optimizer_is_the_optimizer():
    told = []
    watched = Watched(ADAM, lambda g, delta: told.append((g, delta)))
    p = np.arange(3.0)
    assert fn.tree.equal(watched.init(p), ADAM.init(p))
    made = watched.update(p, watched.init(p), p)
    assert fn.tree.equal(made, ADAM.update(p, ADAM.init(p), p))
    assert told[0][0] is p
    assert told[0][1] is made[0]
