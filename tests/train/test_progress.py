"""What is shown while training runs."""

import numpy as np
import pytest

import funnet as fn
from funnet.core import optional
from funnet.train.progress import progress


def run(shown):
    with progress(6, shown) as bar:
        for epoch in (1, 2):
            for _ in range(3):
                bar.step()
            bar.epoch({"epoch": epoch, "step": 3 * epoch, "loss": 0.123456, "seconds": 12.0})


@pytest.fixture
def without_tqdm(monkeypatch):
    def missing(module, extra):
        assert (module, extra) == ("tqdm", "progress")
        raise fn.MissingExtraError("the package tqdm", "none installed")

    monkeypatch.setattr(optional, "load", missing)


def test_silence(capsys):
    run(False)
    assert capsys.readouterr() == ("", "")


def test_the_bar_counts_the_steps_and_ends_with_the_last_figures(capsys):
    run(True)
    out, err = capsys.readouterr()
    assert out == ""
    last = err.rstrip("\n").split("\r")[-1]
    assert "6/6" in last
    assert "100%" in last
    assert "epoch 2, loss 0.1235, seconds 12" in last


def test_without_tqdm_an_epoch_is_a_line(capsys, without_tqdm):
    run(True)
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "epoch 1, loss 0.1235, seconds 12\nepoch 2, loss 0.1235, seconds 12\n"


def test_norms_by_path_are_not_shown(capsys, without_tqdm):
    with progress(1, True) as lines:
        lines.epoch({"epoch": 1, "gradient": {"0": {"w": 1.0}}, "loss": 0.5})
    assert capsys.readouterr().err == "epoch 1, loss 0.5\n"


def test_fit_without_tqdm(capsys, without_tqdm):
    net, x = fn.Linear(1), np.ones((4, 2), np.float32)
    optimizer = fn.sgd(0.1)
    state = fn.init(net, optimizer, fn.Key(0), x)
    fn.fit(net, fn.MeanSquaredError(), optimizer, state, (x, x[:, :1]), epochs=3)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch 1", "epoch 2", "epoch 3"]


def test_the_bar_is_closed_when_training_fails(capsys):
    def broken():
        with progress(6, True) as bar:
            bar.step()
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        broken()
    assert capsys.readouterr().err.endswith("\n")
