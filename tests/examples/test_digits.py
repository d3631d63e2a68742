"""The digits example reads nearly all digits after a few epochs."""

from tests.examples.running import pictures, run


def test_digits(tmp_path, capsys):
    figures, printed = run("digits", ["--epochs", "8"], tmp_path / "new" / "out", capsys)
    assert figures["test accuracy"] >= 0.95
    assert figures["misread digits"] == round((1 - figures["test accuracy"]) * 450)
    assert "344/344" in printed.err
    assert pictures(tmp_path / "new" / "out") == {
        "digits-curves.png",
        "digits-confusion.png",
        "digits-misread.png",
    }
