"""Nothing public ends in a bare error: every callable is called with odd arguments.

The default is a few trials for each callable, the same every time; the profile `deep` makes 100,000.
"""

import inspect
import os
import random

import pytest

import funnet as fn
from funnet import io
from funnet.testing import strategies
from tests.fuzz import functions, methods
from tests.fuzz.files import fill
from tests.fuzz.run import drawn, run, summary

CALLS = {**functions.CALLS, **methods.CALLS}
MODULES = {
    "": fn,
    "io.": io,
    "data.": fn.data,
    "interop.": fn.interop,
    "grad.": fn.grad,
    "initializers.": fn.initializers,
    "losses.": fn.losses,
    "metrics.": fn.metrics,
    "models.": fn.models,
    "optim.": fn.optim,
    "plot.": fn.plot,
    "testing.": fn.testing,
    "testing.strategies.": strategies,
    "tree.": fn.tree,
}
INTERNAL = {
    "io.this_machine",
    "initializers.drawn",
    "testing.strategies.square",
    "testing.strategies.square_vjp",
}
TYPES = {"losses.Value", "tree.Array", "tree.Tree"}
DEEP = os.environ.get("FUNNET_PROFILE") == "deep"
TRIALS = 100_000 // len(CALLS) if DEEP else 4


def public(module):
    """The names of the callables that a module exports."""
    names = getattr(module, "__all__", None)
    if names is None:
        names = [
            name
            for name, value in vars(module).items()
            if getattr(value, "__module__", "") == module.__name__
        ]
    return [name for name in names if not name.startswith("_") and callable(getattr(module, name))]


def test_every_public_callable_has_a_row():
    known = {id(call.f) for call in CALLS.values()}
    missing = [
        prefix + name
        for prefix, module in MODULES.items()
        for name in public(module)
        if prefix + name not in CALLS
        and not inspect.isabstract(value := getattr(module, name))
        and prefix + name not in INTERNAL | TYPES
        and id(value) not in known
        and not (prefix and getattr(fn, name, None) is value)
    ]
    assert missing == []


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of its own, with the files that the calls read."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FUNNET_DATA", "mnist")
    fill()


def test_every_row_is_a_call_that_works(folder):
    for call in CALLS.values():
        call.f(**call.make())


def test_odd_arguments_give_results_or_errors_of_ours(folder):
    draw = random.Random(os.urandom(8) if DEEP else 0)
    trials = [trial for call in CALLS.values() for trial in drawn(call, TRIALS, draw)]
    found = [finding for trial in trials if (finding := run(trial))]
    assert not found, f"{len(found)} of {len(trials)} calls\n{summary(found)}"
