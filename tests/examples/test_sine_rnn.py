"""The sine example trains its recurrent net."""

from tests.examples.running import pictures, run


def test_sine_rnn(tmp_path, capsys):
    figures, _ = run("sine_rnn", ["--quiet", "--steps", "40"], tmp_path, capsys)
    assert figures["last loss"] < figures["first loss"]
    assert pictures(tmp_path) == {"sine-series.png", "sine-error.png"}
