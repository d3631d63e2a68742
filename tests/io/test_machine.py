"""What a file says of the machine it was written on, and that `fit` tells where it goes on elsewhere."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import funnet as fn
from funnet.io import header, this_machine
from funnet.io.machine import difference
from tests.io import states
from tests.train.test_resume import fit

NAMES = ["numpy", "system", "cpu", "simd", "blas", "threads"]

WIDE = """
import sys, numpy as np, funnet as fn
x = fn.Key(0).generator().standard_normal((256, 300)).astype(np.float32)
net, loss, adam = fn.models.mlp([400, 300, 3]), fn.SoftmaxCrossEntropy(), fn.adam(1e-3)
target = (3 * x[:, 0]).astype(int) % 3
state = fn.init(net, adam, fn.Key(1), x)
state, _ = fn.fit(net, loss, adam, state, (x, target), epochs=3, batch_size=64, progress=False)
fn.save(sys.argv[1], state)
print(fn.tree.fingerprint(state))
"""


def wide(path, threads):
    """The fingerprint of a run in a process of its own, with this number of threads."""
    asked = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    command = [sys.executable, "-c", WIDE, str(path)]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, **asked}
    ).stdout


@pytest.mark.parametrize("threads", [1, 2])
def test_two_processes_with_one_number_of_threads_agree_to_the_last_bit(threads, tmp_path):
    assert len({wide(tmp_path / f"{k}.npz", threads) for k in range(2)}) == 1
    records = [header(tmp_path / f"{k}.npz")["machine"] for k in range(2)]
    assert records[0] == records[1]
    assert records[0]["threads"] in (threads, os.cpu_count())


def test_the_record():
    record = this_machine()
    assert list(record) == NAMES
    assert record["numpy"] == np.__version__
    assert record["threads"] >= 1
    assert json.loads(json.dumps(record)) == record == this_machine()
    assert difference(record) == ""


def test_without_openblas_the_environment_says_what_it_can(monkeypatch):
    monkeypatch.setattr("funnet.io.machine._openblas", lambda umath: None)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "none")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Zen")
    assert this_machine()["threads"] == 3
    assert this_machine()["blas"].endswith(" Zen")
    monkeypatch.setenv("OMP_NUM_THREADS", "0")
    for name in ("MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    assert 1 <= this_machine()["threads"] <= os.cpu_count()


@pytest.mark.parametrize("missing", [OSError, AttributeError])
def test_a_library_that_cannot_be_asked(missing, monkeypatch):
    def load(path):
        raise missing("none")

    monkeypatch.setattr("ctypes.CDLL", load)
    assert list(this_machine()) == NAMES


def test_a_resumed_run_says_that_it_began_elsewhere(tmp_path, monkeypatch, capsys):
    path = tmp_path / "run.npz"
    there = {**this_machine(), "blas": "other-blas 1.0 Zen", "threads": 64, "simd": "AVX " * 50}
    with monkeypatch.context() as patch:
        patch.setattr("funnet.io.store.this_machine", lambda: there)
        fit(path)
    _, history = fit(path, resume=True, epochs=3, progress=True)
    (note,) = history.notes
    assert note.startswith("the checkpoint is from another machine, the last bits may differ: simd 'AVX AVX")
    assert "blas 'other-blas 1.0 Zen' there and" in note
    assert note.endswith(f"threads 64 there and {this_machine()['threads']} here")
    assert note in capsys.readouterr().err
    _, history = fit(path, resume=True, epochs=4)
    assert history.notes == ()


@pytest.mark.parametrize("record", [None, 3, [], {}, {"age": 3}])
def test_an_old_or_odd_record_says_nothing(record, tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    with monkeypatch.context() as patch:
        patch.setattr("funnet.io.store.this_machine", lambda: record)
        fit(path)
    _, history = fit(path, resume=True)
    assert history.notes == ()


def test_what_a_file_says_is_shown_on_one_line_and_cut():
    text = difference({"numpy": "\x1b[31m\n" + "9" * 1000})
    assert "\x1b" not in text
    assert "\n" not in text
    assert len(text) < 120


def test_a_safetensors_file_has_the_record_too(tmp_path):
    fn.save(tmp_path / "state.safetensors", states.start())
    assert header(tmp_path / "state.safetensors")["machine"] == this_machine()
