"""Optional packages."""

import json

import pytest

import funnet as fn
from funnet.core.optional import load


def test_what_is_there_is_imported():
    assert load("json", "any") is json
    assert load("json.decoder", "any") is json.decoder


@pytest.mark.parametrize("module", ["funnet_missing", "funnet_missing.inner"])
def test_what_is_missing_is_an_error_with_the_command(module):
    with pytest.raises(fn.MissingExtraError) as caught:
        load(module, "plot")
    assert str(caught.value) == (
        "expected the package funnet_missing, got none installed; run: pip install 'funnet[plot]'"
    )
    assert caught.value.__cause__ is None


def test_a_package_whose_own_import_fails_says_so_itself(tmp_path, monkeypatch):
    (tmp_path / "funnet_broken.py").write_text("import funnet_missing\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="funnet_missing"):
        load("funnet_broken", "plot")
