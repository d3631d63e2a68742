"""Every error that leaves `fit`, `find_rate` or `minimize` carries state and history; few come late."""

import copy
import pickle
import shutil
import sys
from importlib.machinery import BuiltinImporter

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet.errors import SoFar, carry

X = fn.Key(0).generator().standard_normal((50, 3))
T = X[:, :1] ** 2
NET, LOSS, ADAM = fn.Linear(1), fn.MeanSquaredError(), fn.adam(0.01)
STATE = fn.init(NET, ADAM, fn.Key(1), X[:1])


class SlottedError(Exception):
    __slots__ = ("code",)


@attrs.frozen
class FrozenError(Exception):
    code: int = 3


class StatefulError(Exception):
    """An exception with another idea of what a state is."""

    def __init__(self):
        self.state = "Nevada"


class FixedError(Exception):
    @property
    def history(self):
        return "long"


ERRORS = [
    KeyError("mine"),
    MemoryError(),
    RecursionError(),
    OSError(28, "no space"),
    SystemExit(3),
    GeneratorExit(),
    SlottedError(),
    fn.DataError("a", "b"),
    fn.ShapeError("a", "b"),
    fn.MissingExtraError("a", "b"),
    np.linalg.LinAlgError("singular"),
]


def fit(state=STATE, data=(X, T), **options):
    options = {"loss": LOSS, "optimizer": ADAM, "epochs": 5, "batch_size": 10, "progress": False, **options}
    return fn.fit(net=NET, state=state, data=data, **options)


def failing(error, call, f):
    """`f`, which raises an error at the call of this number."""
    calls = []

    def wrapped(*args):
        calls.append(args)
        if len(calls) == call:
            raise error
        return f(*args)

    return wrapped


class Batches:
    """Batches that break off in the third epoch."""

    def __init__(self, error):
        self.error, self.epochs = error, 0

    def __iter__(self):
        self.epochs += 1
        for k in range(0, 50, 10):
            if self.epochs == 3 and k == 20:
                raise self.error
            yield X[k : k + 10], T[k : k + 10]


@attrs.frozen
class Broken(fn.Optimizer):
    """Adam until its thirteenth step."""

    error: BaseException

    def init(self, params):
        return ADAM.init(params)

    def update(self, g, state, p):
        if state.step == 12:
            raise self.error
        return ADAM.update(g, state, p)


PLACES = {
    "callback": (15, 3, lambda error: {"callback": failing(error, 3, lambda state, row: None)}),
    "metric": (15, 2, lambda e: {"validation": (X, T), "metrics": {"m": failing(e, 3, lambda y, t: 1.0)}}),
    "loss": (12, 2, lambda error: {"loss": failing(error, 13, LOSS)}),
    "penalty": (12, 2, lambda error: {"penalty": failing(error, 13, fn.L2(0.1))}),
    "data": (12, 2, lambda error: {"data": Batches(error)}),
    "optimizer": (12, 2, lambda error: {"optimizer": Broken(error)}),
}


@pytest.mark.parametrize("error", ERRORS, ids=repr)
@pytest.mark.parametrize("place", PLACES)
def test_any_error_from_anywhere_in_fit_carries_state_and_history(place, error):
    step, epochs, options = PLACES[place]
    error = copy.copy(error)
    given = options(error)
    with pytest.raises(type(error)) as caught:
        fit(**given)
    assert caught.value is error
    assert (error.state.step, len(error.history)) == (step, epochs)
    good = {"penalty": fn.L2(0.1)} if place == "penalty" else {}
    order = {"data": list(Batches(None))} if place == "data" else {}
    seen = []
    whole = fit(**good, **order, epochs=3, callback=lambda state, row: seen.append(state))[1]
    assert np.array_equal(error.history["loss"], whole["loss"][:epochs])
    if step == 15:
        assert fn.tree.equal(error.state, seen[-1])
    notes = getattr(error, "__notes__", [])
    said = any("error.state and error.history hold" in note for note in notes)
    assert said != isinstance(error, fn.FunnetError)


def test_training_goes_on_from_what_an_error_carries():
    with pytest.raises(KeyError) as caught:
        fit(callback=failing(KeyError(), 2, lambda state, row: None))
    assert fn.tree.equal(fit(caught.value.state, epochs=3)[0], fit()[0])


@pytest.mark.parametrize("kind", [FrozenError, StatefulError, FixedError])
def test_an_exception_that_takes_none_is_the_cause_of_one_that_does(kind):
    error = kind()
    with pytest.raises(fn.FunnetError, match=f"expected no error, got {kind.__name__}.*__cause__") as caught:
        fit(callback=failing(error, 2, lambda state, row: None))
    assert caught.value.__cause__ is error
    assert (caught.value.state.step, len(caught.value.history)) == (10, 2)
    assert getattr(error, "state", "Nevada") == "Nevada"


def test_an_inner_run_hands_over_to_the_outer():
    error = KeyError("mine")

    def inner(state, row):
        fit(callback=failing(error, 1, lambda state, row: None))

    with pytest.raises(KeyError):
        fit(batch_size=25, callback=inner)
    assert error.state.step == 2
    assert len(error.__notes__) == 1


def test_what_carries_pickles_and_is_empty_elsewhere():
    with pytest.raises(fn.ShapeError) as caught:
        fit(data=[(X, T), (X[:, :2], T)])
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert fn.tree.equal(again.state, caught.value.state)
    assert again.state.step == 1
    with pytest.raises(fn.ShapeError) as caught:
        fn.train_step(NET, LOSS, ADAM, STATE, X, T[:3])
    assert caught.value.state is caught.value.history is None


def test_a_bad_argument_loses_nothing_either():
    with pytest.raises(fn.DataError) as caught:
        fit(data=[])
    assert caught.value.state is STATE
    with pytest.raises(fn.DtypeError) as caught:
        fn.fit(None, LOSS, ADAM, STATE, (X, T), epochs=1)
    assert caught.value.state is STATE


def move_on(so_far):
    so_far.state, so_far.history = 3, 4
    raise ZeroDivisionError


def test_so_far_is_read_when_the_error_leaves():
    with pytest.raises(ZeroDivisionError) as caught, SoFar(1, 2) as so_far:
        move_on(so_far)
    assert (caught.value.state, caught.value.history) == (3, 4)
    error = SystemExit()
    error.state = "Nevada"
    carry(error, 1, 2)
    assert error.state == "Nevada"


@pytest.mark.parametrize("error", [KeyError("mine"), fn.DataError("a", "b"), KeyboardInterrupt()], ids=repr)
def test_a_search_for_a_rate_carries_its_state_and_losses(error):
    with pytest.raises(type(error)) as caught:
        fn.find_rate(NET, failing(error, 8, LOSS), fn.sgd, STATE, (X, T), low=1e-3)
    assert caught.value.state.step == 7
    assert caught.value.history["rate"][0] == 1e-3
    assert len(caught.value.history["loss"]) == 7


@pytest.mark.parametrize("error", [KeyError("mine"), fn.DataError("a", "b"), SystemExit()], ids=repr)
def test_a_minimisation_carries_its_best_parameters_and_rows(error):
    with pytest.raises(type(error)) as caught:
        fn.minimize(NET, failing(error, 4, LOSS), STATE.params, X, T)
    rows = caught.value.history
    assert len(rows) == 3
    assert LOSS(NET(caught.value.state, X)[0], T)[0] == pytest.approx(rows["loss"].min())


def test_a_checkpoint_whose_folder_vanishes(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()

    def remove(state, row):
        if row["epoch"] == 3:
            shutil.rmtree(folder)

    with pytest.raises(fn.CheckpointError, match="a file that can be written, got No such file") as caught:
        fit(checkpoint=folder / "run.npz", callback=remove)
    assert (caught.value.state.step, len(caught.value.history)) == (15, 3)


def make_folder(path):
    path.mkdir()


def make_parent_a_file(path):
    path.parent.rmdir()
    path.parent.write_text("")


def remove_parent(path):
    path.parent.rmdir()


@pytest.mark.parametrize(
    ("name", "spoil", "words"),
    [
        ("run.npz", make_folder, "a file that can be written, got a folder"),
        ("run.npz", make_parent_a_file, "a file that can be written, got Not a directory"),
        ("run.npz", remove_parent, "a file that can be written, got No such file"),
        ("run.safetensors", remove_parent, "a file that can be written, got No such file"),
        (f"{'n' * 300}.npz", lambda path: None, "a file that can be written, got File name too long"),
        ("nul\0.npz", lambda path: None, "a file that can be written, got"),
    ],
)
@pytest.mark.parametrize("resume", [False, True])
def test_a_checkpoint_that_cannot_be_written_is_an_error_before_the_first_step(
    tmp_path, name, spoil, words, resume
):
    path = tmp_path / "runs" / name
    path.parent.mkdir()
    spoil(path)
    with pytest.raises(fn.CheckpointError, match=words) as caught:
        fit(checkpoint=path, resume=resume)
    assert caught.value.state is STATE


def test_a_folder_that_takes_no_file(tmp_path, monkeypatch):
    """As another user's folder; the tests may run as root, who may write anywhere."""

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("funnet.train.resume.whole", refuse)
    with pytest.raises(fn.CheckpointError, match="can be written, got Permission denied") as caught:
        fit(checkpoint=tmp_path / "run.npz")
    assert caught.value.state is STATE


def test_the_trial_leaves_nothing_and_touches_nothing(tmp_path):
    path = tmp_path / "run.npz"
    with pytest.raises(KeyError):
        fit(checkpoint=path, loss=failing(KeyError(), 1, LOSS))
    assert list(tmp_path.iterdir()) == []
    fit(checkpoint=path, epochs=2)
    before = path.read_bytes()
    with pytest.raises(KeyError):
        fit(checkpoint=path, resume=True, loss=failing(KeyError(), 1, LOSS))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@attrs.frozen
class Odd(fn.Optimizer):
    """An optimizer with a state that no file can hold."""

    def init(self, params):
        return {1, 2}

    def update(self, g, state, p):
        return -0.1 * g, state


def test_a_state_that_no_file_holds_is_an_error_before_the_first_step(tmp_path):
    state = fn.init(NET, Odd(), fn.Key(0), X)
    with pytest.raises(fn.CheckpointError, match="opt_state: expected arrays, numbers") as caught:
        fit(state, optimizer=Odd(), checkpoint=tmp_path / "run.npz")
    assert caught.value.state is state


def test_a_format_that_is_not_installed_is_an_error_before_the_first_step(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "safetensors"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [BuiltinImporter])
    with pytest.raises(fn.MissingExtraError, match=r"funnet\[safetensors\]") as caught:
        fit(checkpoint=tmp_path / "run.safetensors")
    assert caught.value.state is STATE


def test_a_finished_checkpoint_may_be_read_only(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    state, _ = fit(checkpoint=path)
    monkeypatch.setattr("funnet.train.resume.whole", None)
    assert fn.tree.equal(fit(checkpoint=path, resume=True)[0], state)
