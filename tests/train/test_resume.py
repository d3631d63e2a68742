"""The checkpoints of `fit`: what they say, and that another run's is refused."""

import os
import subprocess
import sys

import pytest

import funnet as fn
from tests.io import states
from tests.io.test_metadata import LAMBDA, OWN


def fit(path, net=states.NET, optimizer=states.ADAM, state=None, **options):
    state = state or fn.init(net, optimizer, fn.Key(1), states.X)
    data, loss = (states.X, states.T), fn.SoftmaxCrossEntropy()
    options = {"epochs": 2, "batch_size": 5, "progress": False, **options}
    return fn.fit(net, loss, optimizer, state, data, checkpoint=path, **options)


@pytest.fixture(params=["run.npz", "run.safetensors"])
def path(tmp_path, request):
    return tmp_path / request.param


def test_a_run_is_restored_from_its_checkpoint(path):
    state, _ = fit(path)
    net, optimizer, again = fn.restore(path, states.X)
    assert (net, optimizer) == (states.NET, states.ADAM)
    assert fn.tree.equal(again, state)


def test_a_run_without_a_best_state_is_saved_once(path):
    fit(path)
    without = path.stat().st_size
    path.unlink()
    fit(path, early_stopping=fn.EarlyStopping(5, "loss"))
    assert path.stat().st_size > 1.3 * without
    _, history = fit(path, resume=True)
    assert history.best_state is not None


@pytest.mark.parametrize(
    ("net", "optimizer", "words"),
    [
        (
            fn.Sequential({**states.NET.layers, "drop": fn.Dropout(0.5)}),
            states.ADAM,
            "net, got one with 0.25 in place of 0.5 at layers/items/2/1/rate",
        ),
        (
            fn.Sequential({**states.NET.layers, "act": fn.Relu()}),
            states.ADAM,
            "net, got one with Tanh in place of Relu at layers/items/3/1",
        ),
        (fn.Linear(2), states.ADAM, "net, got one with Sequential in place of Linear"),
        (states.NET, fn.adam(0.02), "optimizer, got one with 0.01 in place of 0.02 at rate"),
        (states.NET, fn.adam(fn.constant(0.01)), "optimizer, got one with 0.01 in place of constant at rate"),
        (states.NET, fn.momentum(0.01), "optimizer, got one with adam in place of momentum"),
    ],
)
def test_another_net_or_optimizer_is_refused_and_the_difference_named(path, net, optimizer, words):
    fit(path)
    before = path.read_bytes()
    with pytest.raises(fn.CheckpointError) as caught:
        fit(path, net, optimizer, resume=True)
    assert str(caught.value) == f"{path}: expected a checkpoint of the same {words}"
    assert path.read_bytes() == before


def test_the_mode_is_no_difference(path):
    fit(path, fn.training(states.NET))
    fit(path, states.NET, resume=True)


def test_what_cannot_be_written_is_left_out(path):
    net = fn.Sequential([*states.NET.layers.values(), LAMBDA])
    state, _ = fit(path, net, fn.sgd(lambda step: 0.1))
    resumed, history = fit(path, net, fn.sgd(lambda step: 0.1), resume=True)
    assert len(history) == 2
    assert fn.tree.equal(resumed, state)
    with pytest.raises(
        fn.CheckpointError, match="a file that says its net and optimizer, got one that says n"
    ):
        fn.restore(path, states.X)
    with pytest.raises(fn.CheckpointError, match="has besides"):
        fit(path, fn.Linear(2), resume=True)


def test_a_net_with_layers_of_ones_own(path):
    net = fn.Sequential([*OWN.layers[:2], fn.Linear(2)])
    fit(path, net)
    fit(path, net, resume=True)
    other = fn.Sequential([OWN.layers[0], fn.Residual(type(OWN.layers[1].layer)(4.0)), fn.Linear(2)])
    with pytest.raises(fn.CheckpointError, match=r"3\.0 in place of 4\.0 at layers/1/layer/factor"):
        fit(path, other, resume=True)


def test_the_rows_come_back(path):
    _, history = fit(path, validation=(states.X, states.T), norms=True)
    _, again = fit(path, resume=True, validation=(states.X, states.T))
    assert again.rows == history.rows
    assert again.columns == history.columns
    assert "gradient/hidden/w" in again.columns


ENDLESS = """
import sys, numpy as np, funnet as fn
net, optimizer, x = fn.Linear(400), fn.adam(1e-3), np.ones((4, 500), np.float32)
state = fn.init(net, optimizer, fn.Key(0), x)
fn.fit(
    net, fn.MeanSquaredError(), optimizer, state, (x, x[:, :400]),
    epochs=int(sys.argv[2]), checkpoint=sys.argv[1], resume=True, progress=False,
)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="without locks what is left stays for a day")
def test_kills_leave_one_partial_file_at_most_and_a_finished_run_none(path):
    partial = 0
    for _ in range(3):
        before = set(os.listdir(path.parent))
        run = subprocess.Popen([sys.executable, "-c", ENDLESS, path, "1000000"])
        while set(os.listdir(path.parent)) <= {*before, path.name}:  # no save has begun
            assert run.poll() is None
        run.kill()
        run.wait()
        left = [name for name in os.listdir(path.parent) if name != path.name]
        assert len(left) <= 1
        partial += len(left)
    assert partial, "no kill was in a save"
    subprocess.run([sys.executable, "-c", ENDLESS, path, "1"], check=True, capture_output=True)
    assert os.listdir(path.parent) == [path.name]
