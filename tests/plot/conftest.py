"""Pictures are made without global state."""

import sys

import pytest


@pytest.fixture(autouse=True)
def _no_pyplot(monkeypatch):
    """Importing pyplot, the global state of matplotlib, is an error here."""
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
