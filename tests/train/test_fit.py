"""Training by epochs: what data it takes, when it stops, and that a killed run goes on unharmed."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import funnet as fn

X = fn.Key(0).generator().standard_normal((50, 3))
T = (X.sum(axis=1) > 0).astype(int)
NET = fn.Sequential([fn.Linear(4), fn.BatchNorm(), fn.Dropout(0.2), fn.Tanh(), fn.Linear(2)])
LOSS, ADAM = fn.SoftmaxCrossEntropy(), fn.adam(0.01)


def start(net=NET, optimizer=ADAM):
    return fn.init(net, optimizer, fn.Key(1), X[:1])


def fit(state=None, data=(X, T), epochs=3, **options):
    return fn.fit(NET, LOSS, ADAM, state or start(), data, epochs=epochs, progress=False, **options)


class Cuts:
    """Batches made anew for every epoch."""

    def __iter__(self):
        return ((X[i : i + 20], T[i : i + 20]) for i in range(0, 50, 20))


def test_batches_of_ones_own():
    whole, history = fit(batch_size=20, shuffle=False)
    for data in (list(Cuts()), Cuts(), [X, T]):
        state, own = fit(data=data, batch_size=20, shuffle=False)
        assert fn.tree.equal(state, whole)
        assert np.array_equal(own["loss"], history["loss"])


def test_batches_that_end():
    with pytest.raises(
        fn.DataError, match=r"data: expected at least one batch .* give a list, not a generator"
    ):
        fit(data=iter(Cuts()))
    with pytest.raises(fn.TreeError, match=r"a batch of data: expected a pair \(x, target\)"):
        fit(data=[(X, T), X])


def test_early_stopping_keeps_the_final_and_the_best_apart():
    values = iter([3.0, 2.0, 2.5, 1.0, 1.5, 1.25, 1.1, 9.0])
    seen = {}

    def metric(y, target):
        return next(values)

    state, history = fit(
        epochs=8,
        validation={"v": (X, T)},
        metrics={"m": metric},
        early_stopping=fn.EarlyStopping(3, "v_m"),
        callback=lambda state, row: seen.update({row["epoch"]: state}),
    )
    assert len(history) == 7
    assert fn.tree.equal(state, seen[7])
    assert fn.tree.equal(history.best_state, seen[4])


def test_early_stopping_upwards_and_by_an_unknown_column():
    rows = fn.History().append({"a": 1.0}).append({"a": 3.0}).append({"a": 2.0})
    assert fn.EarlyStopping(1, "a", larger=True).best(rows) == 1
    assert fn.EarlyStopping(1, "a", larger=True).stops(rows)
    assert not fn.EarlyStopping(2, "a", larger=True).stops(rows)
    with pytest.raises(
        fn.TreeError, match="one of the columns epoch, step, loss, seconds, got 'validation_loss'"
    ):
        fit(early_stopping=fn.EarlyStopping(1))
    with pytest.raises(fn.ConfigError, match="patience to be a positive integer, got 0"):
        fn.EarlyStopping(0)


def test_nan_is_never_best():
    rows = fn.History().append({"a": np.nan}).append({"a": 2.0}).append({"a": np.nan}).append({"a": 3.0})
    assert fn.EarlyStopping(9, "a").best(rows) == 1
    assert fn.EarlyStopping(9, "a", larger=True).best(rows) == 3


def test_a_callback_may_end_training(tmp_path):
    path, rows = tmp_path / "run.npz", []

    def stop(state, row):
        rows.append(row)
        if row["epoch"] == 2:
            raise StopIteration
        return "of no account"

    state, history = fit(epochs=9, callback=stop, checkpoint=path)
    assert tuple(rows) == history.rows
    assert fn.tree.equal(state, fit(epochs=2)[0])
    resumed, _ = fit(epochs=3, checkpoint=path, resume=True)
    assert fn.tree.equal(resumed, fit(epochs=3)[0])


def test_batches_count_by_their_weights_as_in_evaluate():
    net, loss, still = fn.Linear(1), fn.MeanSquaredError(), fn.sgd(0.0)
    weights = np.linspace(0.0, 1.0, 50)
    data = (X, fn.Weighted(X[:, :1] ** 2, weights))
    state = fn.init(net, still, fn.Key(1), X)
    _, history = fn.fit(net, loss, still, state, data, epochs=1, batch_size=20, progress=False)
    error = (net(state.params, X)[0] - X[:, :1] ** 2)[:, 0]
    assert history["loss"][0] == pytest.approx(np.average(error**2, weights=weights))
    assert history["loss"][0] == pytest.approx(fn.evaluate(net, loss, state.params, data)["loss"])


@pytest.mark.parametrize("form", ["padded x", "padded target", "weights", "weights of steps"])
def test_batches_of_sequences_count_by_their_real_steps_as_in_evaluate(form):
    net, loss, still = fn.TimeDistributed(fn.Linear(1)), fn.MeanSquaredError(), fn.sgd(0.0)
    values = fn.Key(3).generator().standard_normal((30, 6, 2))
    lengths = 1 + np.arange(30) % 6
    x, target = fn.Padded(values, lengths), values[..., :1] ** 2
    target = {
        "padded x": target,
        "padded target": fn.Padded(target, lengths),
        "weights": fn.Weighted(target, np.linspace(0.0, 1.0, 30)),
        "weights of steps": fn.Weighted(target, np.abs(values[..., 0])),
    }[form]
    state = fn.init(net, still, fn.Key(1), x)
    _, history = fn.fit(net, loss, still, state, (x, target), epochs=1, batch_size=8, progress=False)
    whole = loss(net(state.params, x)[0], target)[0]
    assert history["loss"][0] == pytest.approx(whole)
    assert fn.evaluate(net, loss, state.params, (x, target), batch_size=8)["loss"] == pytest.approx(whole)


def test_a_loss_of_ones_own_may_read_a_target_as_it_likes():
    def loss(y, target):
        error = y - target.values
        return np.mean(error**2), 2 * error / error.size

    state = fn.init(fn.Linear(1), fn.sgd(0.1), fn.Key(0), X)
    data = (X, fn.Padded(X[:, :1], np.ones(50, int)))
    state, history = fn.fit(fn.Linear(1), loss, fn.sgd(0.1), state, data, epochs=1, progress=False)
    assert history["loss"][0] > fn.evaluate(fn.Linear(1), loss, state.params, data)["loss"]


def test_the_seconds_of_a_resumed_run_go_on(tmp_path):
    path = tmp_path / "run.npz"
    _, first = fit(epochs=2, checkpoint=path, callback=lambda state, row: time.sleep(0.02))
    _, whole = fit(epochs=3, checkpoint=path, resume=True)
    assert whole["seconds"][:2].tolist() == first["seconds"].tolist()
    assert whole["seconds"][2] > whole["seconds"][1] > 0.02


def test_a_loss_that_is_not_finite_hands_back_the_last_good_state():
    seen = []

    def loss(y, target):
        seen.append(1)
        value, dy = LOSS(y, target)
        return (np.nan, dy) if len(seen) == 5 else (value, dy)

    with pytest.raises(fn.NonFiniteError, match="step 4: expected a finite loss") as caught:
        fn.fit(NET, loss, ADAM, start(), (X, T), epochs=3, batch_size=25, progress=False)
    good, history = caught.value.state, caught.value.history
    assert good.step == 4
    assert len(history) == 2
    assert fn.tree.equal(good, fit(epochs=2, batch_size=25)[0])


@pytest.fixture
def _ctrl_c_interrupts():
    """Python's own handler of SIGINT, which a shell that starts jobs in the background takes away."""
    old = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, old)


@pytest.mark.usefixtures("_ctrl_c_interrupts")
def test_ctrl_c_hands_back_state_and_history(capsys):
    def stop(state, row):
        if row["epoch"] == 2:
            os.kill(os.getpid(), signal.SIGINT)

    state, history = fn.fit(NET, LOSS, ADAM, start(), (X, T), epochs=9, callback=stop, progress=True)
    assert len(history) == 2
    assert fn.tree.equal(state, fit(epochs=2)[0])
    assert "interrupted at step 4, in epoch 3" in capsys.readouterr().err


def test_a_checkpoint_is_resumed_bit_for_bit(tmp_path):
    path = tmp_path / "run.npz"
    stopping = fn.EarlyStopping(50, "loss")
    whole, history = fit(epochs=6, early_stopping=stopping)
    fit(epochs=2, checkpoint=path, early_stopping=stopping)
    state, resumed = fit(epochs=6, checkpoint=path, resume=True, early_stopping=stopping)
    assert fn.tree.fingerprint(state) == fn.tree.fingerprint(whole)
    assert np.array_equal(resumed["loss"], history["loss"])
    assert fn.tree.equal(resumed.best_state, history.best_state)
    again, _ = fit(epochs=6, checkpoint=path, resume=True)
    assert fn.tree.equal(again, whole)


def test_a_checkpoint_is_not_overwritten_by_chance(tmp_path):
    path = tmp_path / "run.npz"
    fit(epochs=1, checkpoint=path)
    before = path.read_bytes()
    with pytest.raises(
        fn.CheckpointError, match="no file where the checkpoint goes, got one; give resume=True"
    ):
        fit(epochs=1, checkpoint=path)
    other = fn.Sequential([fn.Linear(5)])
    with pytest.raises(fn.CheckpointError, match="a checkpoint of the same net, got one with"):
        fn.fit(
            other, LOSS, ADAM, start(other), (X, T), epochs=1, checkpoint=path, resume=True, progress=False
        )
    assert path.read_bytes() == before


RUN = """
import sys, numpy as np, funnet as fn
from tests.train.test_fit import ADAM, LOSS, NET, T, X, start
state, history = fn.fit(NET, LOSS, ADAM, start(), (X, T), epochs=400, batch_size=5, progress=False,
                        checkpoint=sys.argv[1], resume=True)
print(fn.tree.fingerprint(state), len(history))
"""


def test_twenty_kills_change_nothing(tmp_path):
    """SIGKILL at random moments of training and saving; what is resumed ends as the unbroken run."""
    path = tmp_path / "run.npz"
    whole, _ = fit(epochs=400, batch_size=5)
    moments = fn.Key(5).generator().uniform(0.0, 0.12, 20)
    command = [sys.executable, "-c", RUN, str(path)]
    for moment in moments:
        with subprocess.Popen(command, stdout=subprocess.PIPE) as run:
            wait_for_a_change(path, run)
            time.sleep(moment)
            run.send_signal(signal.SIGKILL)
        if path.exists():
            with np.load(path) as file:
                assert json.loads(bytes(file["header.json"]))["format"].startswith("funnet")
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [fn.tree.fingerprint(whole), "400"]


def wait_for_a_change(path, run):
    """Until the checkpoint is written anew, or the run has ended."""
    before = path.stat().st_mtime_ns if path.exists() else None
    while run.poll() is None and (path.stat().st_mtime_ns if path.exists() else None) == before:
        time.sleep(0.002)
