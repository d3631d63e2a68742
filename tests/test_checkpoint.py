"""Checkpoints: round trips, atomic writes, and every kind of damage."""

import json
import os
import pickle
import stat
import zipfile

import hypothesis
import numpy as np
import pytest

import funnet as fn
from funnet import tree
from funnet.containers import Buffer
from tests.drawn import ANY_TREES

X = np.ones((2, 4), np.float32)
NET = fn.Sequential({"a": fn.Linear(3), "norm": fn.BatchNorm(), "drop": fn.Dropout(0.5), "b": fn.Linear(2)})
STATE = fn.init(NET, fn.adam(1e-3), fn.Key(0), X)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.npz"


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


def test_the_file_is_as_described(saved):
    with np.load(saved, allow_pickle=False) as archive:
        assert (archive["params/a/w"] == STATE.params["a"].w).all()
        assert "opt_state/m" in archive.files
    with zipfile.ZipFile(saved) as archive:
        header = json.loads(archive.read("header.json"))
        assert archive.testzip() is None
    assert header["format"] == "funnet tree 1"
    assert header["funnet"] == fn.__version__
    assert header["fingerprint"] == tree.fingerprint(STATE)
    assert header["values"]["step"] == 0
    assert header["values"]["params/drop/path/1"] == "drop"


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


@pytest.mark.parametrize("place", ["write_array", "replace", "fsync"])
def test_a_failing_write_leaves_the_old_file_and_nothing_else(saved, monkeypatch, place):
    before = saved.read_bytes()

    def fail(*_, **__):
        raise Broken

    owner = np.lib.format if place == "write_array" else os
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


def outcome(path, like):
    """The tree loaded, or None where the file is refused as it should be."""
    try:
        return fn.load(path, like=like)
    except fn.CheckpointError as error:
        said = str(error)
    assert said.startswith(f"{path}: expected ")
    assert not said.endswith(", got ")
    return None


def test_a_file_cut_short_anywhere_is_refused(saved):
    data = saved.read_bytes()
    for size in range(0, len(data), 97):
        saved.write_bytes(data[:size])
        assert outcome(saved, STATE) is None, size
    saved.write_bytes(data[:-1])
    assert outcome(saved, STATE) is None


def test_a_flipped_byte_is_refused_or_carries_nothing(saved):
    data = saved.read_bytes()
    refused = 0
    positions = {*range(0, len(data), 41), *range(200), *range(len(data) - 200, len(data))}
    for position in sorted(positions):
        flipped = bytearray(data)
        flipped[position] ^= 1 << position % 8
        saved.write_bytes(flipped)
        again = outcome(saved, STATE)
        refused += again is None
        assert again is None or tree.equal(again, STATE), position
    assert refused > len(positions) // 2


def test_every_bit_of_an_array_is_guarded(path):
    fn.save(path, X)
    data = path.read_bytes()
    start = data.index(X.tobytes())
    for bit in range(0, 8 * X.nbytes, 5):
        flipped = bytearray(data)
        flipped[start + bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        assert outcome(path, X) is None


def test_a_file_with_more_at_its_end_is_refused_or_equal(saved):
    saved.write_bytes(saved.read_bytes() + b"more")
    assert (again := outcome(saved, STATE)) is None or tree.equal(again, STATE)


def rewritten(path, change):
    """The same file with its header changed, and whole again as an archive."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    header = json.loads(members["header.json"])
    change(header)
    members["header.json"] = json.dumps(header).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda header: header.update(fingerprint="0"),
            "expected values that match their fingerprint (damaged), got others",
        ),
        (
            lambda header: header.pop("fingerprint"),
            "expected a file written by funnet.save (damaged or foreign), got KeyError('fingerprint')",
        ),
        (
            lambda header: header["values"].update(step=7),
            "expected values that match their fingerprint (damaged), got others",
        ),
        (
            lambda header: header["values"].update(step={"a/b": 1}),
            "expected a file written by funnet.save (damaged or foreign), got TreeError",
        ),
        (
            lambda header: header.update(format="funnet tree 9"),
            'expected a file written by funnet.save (damaged or foreign), got ValueError("no header',
        ),
        (
            lambda header: header.update(values=[]),
            "expected a file written by funnet.save (damaged or foreign), got AttributeError",
        ),
        (
            lambda header: header["values"].pop("step"),
            "expected the paths of the tree it is loaded into, got a file that lacks step",
        ),
        (
            lambda header: header["values"].update(more=1),
            "expected the paths of the tree it is loaded into, got a file that has besides more",
        ),
    ],
)
def test_a_changed_header_is_refused(saved, change, words):
    rewritten(saved, change)
    with pytest.raises(fn.CheckpointError) as caught:
        fn.load(saved, like=STATE)
    assert str(caught.value).startswith(f"{saved}: {words}")


class Evil:
    def __reduce__(self):
        return os.mkdir, ("stolen",)


def write_pickle(path):
    path.write_bytes(pickle.dumps(Evil()))


def write_pickled_array(path):
    with zipfile.ZipFile(path, "w") as archive:
        header = {"format": "funnet tree 1", "fingerprint": "", "values": {}}
        archive.writestr("header.json", json.dumps(header))
        with archive.open("a.npy", "w") as member:
            np.lib.format.write_array(member, np.array([Evil()], object), allow_pickle=True)


@pytest.mark.parametrize("write", [write_pickle, write_pickled_array])
def test_a_pickle_is_refused_and_not_run(path, write, monkeypatch):
    monkeypatch.chdir(path.parent)
    write(path)
    with pytest.raises(fn.CheckpointError, match="damaged or foreign"):
        fn.load(path, like={"a": np.zeros(1)})
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (
            lambda path: path.write_bytes(b""),
            "expected a file written by funnet.save (damaged or foreign), got BadZipFile",
        ),
        (
            lambda path: path.write_text("a, b\n1, 2\n"),
            "expected a file written by funnet.save (damaged or foreign), got BadZipFile",
        ),
        (
            lambda path: np.savez(path, a=X),
            "expected a file written by funnet.save (damaged or foreign), got KeyError",
        ),
        (
            lambda path: path.mkdir(),
            "expected a file written by funnet.save (damaged or foreign), got IsADirectoryError",
        ),
        (lambda path: None, "expected a file, got none at this path"),
    ],
)
def test_foreign_files(path, write, words):
    write(path)
    with pytest.raises(fn.CheckpointError) as caught:
        fn.load(path, like=X)
    assert str(caught.value).startswith(f"{path}: {words}")


OTHER = fn.Sequential({"a": fn.Linear(4), "norm": fn.BatchNorm(), "drop": fn.Dropout(0.5), "b": fn.Linear(2)})


@pytest.mark.parametrize(
    ("like", "words"),
    [
        (
            lambda: fn.init(OTHER, fn.adam(1e-3), fn.Key(0), X),
            "expected float32 of shape (4, 4) for params/a/w, got float32 of shape (4, 3)",
        ),
        (
            lambda: fn.init(NET, fn.adam(1e-3), fn.Key(0), X.astype("f8")),
            "expected float64 of shape (4, 3) for params/a/w, got float32 of shape (4, 3)",
        ),
        (
            lambda: fn.init(NET, fn.momentum(0.1), fn.Key(0), X),
            "expected the paths of the tree it is loaded into, got a file that has besides opt_state/m.npy",
        ),
        (
            lambda: STATE.params,
            "expected the paths of the tree it is loaded into, got a file that lacks a/b.npy, ",
        ),
        (lambda: (), "expected the paths of the tree it is loaded into, got a file that has besides "),
        (
            lambda: fn.TrainState(STATE.params, STATE.opt_state, np.array(0), STATE.key),
            "expected the paths of the tree it is loaded into, "
            "got a file that lacks step.npy and has besides step",
        ),
    ],
)
def test_the_tree_of_another_net(saved, like, words):
    with pytest.raises(fn.CheckpointError) as caught:
        fn.load(saved, like=like())
    assert str(caught.value).startswith(f"{saved}: {words}")


def test_an_array_in_place_of_a_smaller_one_is_refused_before_it_is_read(path):
    fn.save(path, np.zeros(10**6, np.float32))
    with pytest.raises(fn.CheckpointError, match="expected 8 bytes for"):
        fn.load(path, like=np.zeros(2, np.float32))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": len}, "a: expected arrays, numbers and strings, got a builtin_function_or_method"),
        ({"a": [1j]}, "a/0: expected arrays, numbers and strings, got a complex"),
        (Buffer({"a": {1, 2}}), "a: expected arrays, numbers and strings, got a set"),
        ({"a": np.array([None])}, "a: expected arrays, numbers and strings, got a ndarray"),
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
    assert str(caught.value).startswith(f"{tmp_path / name}: expected a file that can be written, got ")
    assert str(caught.value).endswith("; choose another path")
    assert os.listdir(tmp_path) == ["net.npz"]
