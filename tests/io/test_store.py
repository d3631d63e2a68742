"""Saving and loading: round trips, files that appear whole or not at all, and the trees of other nets."""

import hashlib
import json
import os
import stat
import sys
import zipfile

import hypothesis
import numpy as np
import pytest
import safetensors.numpy

import funnet as fn
from funnet import tree
from funnet.core.containers import Buffer
from funnet.io import digest, this_machine
from tests.drawn import ANY_TREES
from tests.io.memory import memory_below

X = np.ones((2, 4), np.float32)
NET = fn.Sequential({"a": fn.Linear(3), "norm": fn.BatchNorm(), "drop": fn.Dropout(0.5), "b": fn.Linear(2)})
STATE = fn.init(NET, fn.adam(1e-3), fn.Key(0), X)


@pytest.fixture(params=["net.npz", "net.safetensors"])
def path(tmp_path, request):
    return tmp_path / request.param


@pytest.fixture
def saved(path):
    fn.save(path, STATE)
    return path


def test_a_train_state_comes_back_to_the_last_bit(saved):
    again = fn.load(saved, like=STATE)
    assert type(again) is fn.TrainState
    assert tree.fingerprint(again) == tree.fingerprint(STATE)
    assert again.key == STATE.key
    assert type(again.step) is int
    assert all(not leaf.flags.writeable for leaf in tree.leaves(again))


@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(ANY_TREES)
def test_every_tree_comes_back_to_the_last_bit(path, drawn):
    fn.save(path, drawn)
    again = fn.load(path, like=drawn)
    assert tree.equal(again, drawn)
    assert tree.fingerprint(again) == tree.fingerprint(drawn)


@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_a_path_is_a_string_or_a_path(path, kind):
    fn.save(kind(path), X)
    assert (fn.load(kind(path), like=X) == X).all()


def test_an_array_alone_and_a_tree_of_nothing(path):
    for value in (np.arange(3), np.float32(2), (), None, 5, {"a": Buffer(())}):
        fn.save(path, value)
        assert tree.equal(fn.load(path, like=value), value)


HEADER = {
    "format": "funnet tree 2",
    "funnet": fn.__version__,
    "dtype": ["float32", "float64"],
    "about": {"optimizer": fn.to_data(fn.adam(1e-3))},
}


def test_an_npz_is_as_described(tmp_path):
    path = tmp_path / "net.npz"
    fn.save(path, {"state": STATE, "z": np.zeros(2)}, optimizer=fn.adam(1e-3))
    with np.load(path, allow_pickle=False) as archive:
        assert (archive["state/params/a/w"] == STATE.params["a"].w).all()
        assert "state/opt_state/m" in archive.files
        header = json.loads(archive["header.json"])
    values = header.pop("values")
    assert header == {**HEADER, "machine": this_machine()}
    assert values["state/step"] == 0
    assert values["state/params/drop/path/1"] == "drop"
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    data = path.read_bytes()
    assert data.endswith(b"sha256 " + hashlib.sha256(data[:-64] + b"0" * 64).hexdigest().encode())


def test_a_safetensors_file_is_as_described(tmp_path):
    path = tmp_path / "net.safetensors"
    fn.save(path, {"state": STATE, "z": np.zeros(2)}, optimizer=fn.adam(1e-3))
    arrays = safetensors.numpy.load_file(path)
    assert (arrays["state/params/a/w"] == STATE.params["a"].w).all()
    with safetensors.safe_open(path, framework="np") as file:
        header = json.loads(file.metadata()["funnet"])
    digest = header.pop("sha256").encode()
    assert header.pop("values")["state/step"] == 0
    assert header == {**HEADER, "machine": this_machine()}
    blank = path.read_bytes().replace(digest, b"0" * 64)
    assert hashlib.sha256(blank).hexdigest().encode() == digest


def test_the_same_tree_gives_the_same_bytes(path):
    fn.save(path, STATE)
    first = path.read_bytes()
    fn.save(path, STATE)
    assert path.read_bytes() == first


def test_a_file_has_the_permissions_of_any_other(saved):
    other = saved.with_name("other")
    other.touch()
    assert stat.S_IMODE(saved.stat().st_mode) == stat.S_IMODE(other.stat().st_mode)


class Broken(Exception):
    pass


@pytest.mark.parametrize(("owner", "place"), [(digest, "put"), (os, "replace"), (os, "fsync")])
def test_a_failing_write_leaves_the_old_file_and_nothing_else(saved, monkeypatch, owner, place):
    before = saved.read_bytes()

    def fail(*_, **__):
        raise Broken

    with monkeypatch.context() as patched:
        patched.setattr(owner, place, fail)
        with pytest.raises(Broken):
            fn.save(saved, tree.map(lambda leaf: leaf + 1, STATE))
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_a_full_disk_is_our_error(saved, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(fn.CheckpointError) as caught:
        fn.save(saved, STATE)
    assert str(caught.value) == (
        f"{saved}: expected a file that can be written, got No space left on device; choose another path"
    )


def test_an_interrupted_write_leaves_no_file(path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fn.save(path, STATE)
    assert os.listdir(path.parent) == []


OTHER = fn.Sequential({"a": fn.Linear(4), "norm": fn.BatchNorm(), "drop": fn.Dropout(0.5), "b": fn.Linear(2)})


@pytest.mark.parametrize(
    ("like", "words"),
    [
        (
            lambda: fn.init(OTHER, fn.adam(1e-3), fn.Key(0), X),
            "a file that has params/a/w as float32[4, 3], not float32[4, 4], params/a/b as float32[3], not ",
        ),
        (
            lambda: fn.init(NET, fn.adam(1e-3), fn.Key(0), X.astype("f8")),
            "a file that has params/a/w as float32[4, 3], not float64[4, 3], ",
        ),
        (
            lambda: fn.init(NET, fn.momentum(0.1), fn.Key(0), X),
            "a file that has besides opt_state/",
        ),
        (lambda: STATE.params, "a file that lacks a/w, "),
        (lambda: (), "a file that has besides "),
        (
            lambda: fn.TrainState(STATE.params, STATE.opt_state, np.array(0), STATE.key),
            "a file that has step as a value, not int64[]",
        ),
    ],
)
def test_the_tree_of_another_net(saved, like, words):
    with pytest.raises(fn.CheckpointError) as caught:
        fn.load(saved, like=like())
    expected = f"{saved}: expected the paths, shapes and dtypes of the tree it is loaded into, got {words}"
    assert str(caught.value).startswith(expected)


def test_an_array_in_place_of_a_smaller_one_is_not_read(path):
    fn.save(path, np.zeros(10**6, np.float32))
    with (
        memory_below(3 * 10**6),
        pytest.raises(fn.CheckpointError, match=r"has . as float32\[1000000\], not float32\[2\]"),
    ):
        fn.load(path, like=np.zeros(2, np.float32))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": len}, "a: expected arrays, numbers and strings, got a builtin_function_or_method"),
        ({"a": [1j]}, "a/0: expected arrays, numbers and strings, got a complex"),
        (Buffer({"a": {1, 2}}), "a: expected arrays, numbers and strings, got a set"),
        ({"a": np.array([None])}, "a: expected arrays, numbers and strings, got an array of object"),
        ({"a": b"x"}, "a: expected arrays, numbers and strings, got a bytes"),
    ],
)
def test_what_no_file_can_hold(path, value, words):
    with pytest.raises(fn.CheckpointError) as caught:
        fn.save(path, value)
    assert str(caught.value) == words
    assert not path.exists()


def test_names_that_no_path_can_hold(path):
    for name in ("a/b", "", "a\x00b"):
        with pytest.raises(fn.TreeError, match="expected names that are printable"):
            fn.save(path, {name: X})


@pytest.mark.parametrize("name", ["missing/net.npz", "net.npz/inner.npz", ".", "x" * 300, "a\x00b"])
def test_places_where_nothing_can_be_written(tmp_path, name):
    (tmp_path / "net.npz").touch()
    with pytest.raises(fn.CheckpointError) as caught:
        fn.save(tmp_path / name, X)
    said = str(caught.value).replace("\\x00", "\x00")
    assert said.startswith(f"{tmp_path / name}: expected a file that can be written, got ")
    assert str(caught.value).endswith("; choose another path")
    assert os.listdir(tmp_path) == ["net.npz"]


class Hidden:
    """A finder for which there is no package safetensors."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "safetensors":
            raise ModuleNotFoundError(name=name)


def test_without_the_package_the_extra_is_named(tmp_path, monkeypatch):
    fn.save(tmp_path / "net.safetensors", X)
    for name in [name for name in sys.modules if name.partition(".")[0] == "safetensors"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Hidden, *sys.meta_path])
    for use in (
        lambda: fn.save(tmp_path / "net.safetensors", X),
        lambda: fn.load(tmp_path / "net.safetensors", like=X),
    ):
        with pytest.raises(fn.MissingExtraError, match=r"run: pip install 'funnet\[safetensors\]'"):
            use()


@pytest.mark.parametrize("value", [{"a": np.zeros(2, ">f4")}, {"a": np.array(["x"])}, {"__metadata__": X}])
def test_what_no_safetensors_file_can_hold(tmp_path, value):
    with pytest.raises(fn.CheckpointError, match=r"a file that can be written, got (an array of|the name)"):
        fn.save(tmp_path / "net.safetensors", value)
    fn.save(tmp_path / "net.npz", value)
    assert tree.equal(fn.load(tmp_path / "net.npz", like=value), value)
