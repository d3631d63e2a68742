"""Files that earlier versions wrote load for ever."""

import shutil
from pathlib import Path

import pytest

import funnet as fn
from funnet import tree
from tests.io import states

FILES = Path(__file__).with_name("files")

# Of what was in each file when it was written. Nothing here may ever change; new formats add lines.
FINGERPRINTS = {
    "params_1.npz": "7f92f6451598c0b4854aac3c9254ded51d5cb9e145e81f3330cf3e5a61223c91",
    "state_1.npz": "5779ffd2b47c7f6441eba37420a0b80da8fe01ef5a32dad32e4dc030c964036c",
    "fit_1.npz": "bcbf6a197d2231bf230b21d8c7857d6c3ee5d4ebe96742969f0293189a8c1a6f",
    "params_2.npz": "513cd2e1a59b629470e2c82c8dd316742af72a76dfa13c77aa2e0c3fcf03a192",
    "state_2.npz": "0b66ff564b0787634624519420832cba8a98a0973ac2db681ce9a8839a8ece2a",
    "state_2.safetensors": "0b66ff564b0787634624519420832cba8a98a0973ac2db681ce9a8839a8ece2a",
    "fit_2.npz": "532a4e20c66c636188141495162ad9266649f26ad16e767803d17a0f27b4796a",
}
LOSSES = [0.5288737, 0.6108908, 0.5351495]


def names(kind):
    return [name for name in FINGERPRINTS if name.startswith(kind)]


def test_every_file_is_known():
    assert {path.name for path in FILES.iterdir()} == {*FINGERPRINTS, "net_1.json"}


@pytest.mark.parametrize("name", names("params"))
def test_parameters(name):
    params = fn.load(FILES / name, like=states.start().params)
    assert tree.fingerprint(params) == FINGERPRINTS[name]
    y, _ = states.NET(params, states.X)
    assert y.shape == (12, 2)


@pytest.mark.parametrize("name", names("state"))
def test_states(name):
    state = fn.load(FILES / name, like=states.start())
    assert tree.fingerprint(state) == FINGERPRINTS[name]
    assert state.step == 5
    params, report = fn.load_partial(FILES / name, like=states.start(), where="params/hidden/*")
    assert report.loaded == ("params/hidden/w", "params/hidden/b")
    assert tree.equal(params.params["hidden"], state.params["hidden"])


@pytest.mark.parametrize("name", names("fit"))
def test_runs_go_on(name, tmp_path):
    path = tmp_path / name
    shutil.copy(FILES / name, path)
    options = {"batch_size": 5, "checkpoint": path, "resume": True, "progress": False}
    data, loss = (states.X, states.T), fn.SoftmaxCrossEntropy()
    state, history = fn.fit(states.NET, loss, states.ADAM, states.start(), data, epochs=3, **options)
    assert tree.fingerprint(state) == FINGERPRINTS[name]
    assert history["loss"] == pytest.approx(LOSSES, rel=1e-6)
    state, history = fn.fit(states.NET, loss, states.ADAM, states.start(), data, epochs=4, **options)
    assert (state.step, len(history)) == (12, 4)


@pytest.mark.parametrize("name", [*names("state_2"), *names("fit_2")])
def test_files_that_say_what_they_are_about(name):
    net, optimizer, state = fn.restore(FILES / name, states.X)
    assert (net, optimizer) == (states.NET, states.ADAM)
    assert tree.fingerprint(state) == FINGERPRINTS[name]


def test_networks():
    assert fn.load_net(FILES / "net_1.json") == states.NET


def test_they_are_small():
    assert all(path.stat().st_size < 10_000 for path in FILES.iterdir())
