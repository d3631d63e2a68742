"""The custom layer example proves a layer and catches a spoilt copy."""

from tests.examples.running import pictures, run


def test_custom_layer(tmp_path, capsys):
    figures, printed = run("custom_layer", ["--epochs", "10", "--quiet"], tmp_path, capsys)
    assert "Gated(8): ok" in printed.out
    assert "The spoilt copy is caught, at params/b:" in printed.out
    assert figures["wrong leaves of the spoilt copy"] == 1
    assert figures["test accuracy, gated"] >= 0.93 > figures["test accuracy, linear"]
    assert pictures(tmp_path) == {"custom-layer.png"}
