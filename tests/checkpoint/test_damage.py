"""Damaged, foreign and malicious files: our error, nothing executed, little memory."""

import contextlib
import hashlib
import io
import json
import os
import pickle
import warnings
import zipfile

import hypothesis
import numpy as np
import pytest
import safetensors.numpy
from hypothesis import strategies as st

import funnet as fn
from funnet import tree
from funnet.checkpoint import contents
from tests.checkpoint import states
from tests.checkpoint.memory import memory_below

STATE = states.start()
SUFFIXES = (".npz", ".safetensors")
FUZZ = hypothesis.settings(
    max_examples=500, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)


def bytes_of(suffix, folder):
    path = folder / f"whole{suffix}"
    fn.save(path, STATE, net=states.NET, optimizer=states.ADAM)
    return path.read_bytes()


@pytest.fixture(scope="module", params=SUFFIXES)
def whole(request, tmp_path_factory):
    """(path, bytes): where to write a damaged file, and the bytes of a whole one."""
    folder = tmp_path_factory.mktemp("damage")
    return folder / f"damaged{request.param}", bytes_of(request.param, folder)


def refused(path, data, words=""):
    """Whether every way to read the file ends in our error."""
    path.write_bytes(data)
    for read in (
        lambda: fn.load(path, like=STATE),
        lambda: fn.load_partial(path, like=STATE),
        lambda: fn.restore(path, states.X),
    ):
        with pytest.raises(fn.CheckpointError) as caught:
            read()
        said = str(caught.value)
        assert said.startswith(f"{path}: expected ")
        assert not said.endswith(", got ")
        assert words in said
    return True


@FUZZ
@hypothesis.given(st.data())
def test_any_damage_is_found(whole, data):
    """Flipped bytes, a file cut short or grown, pieces lost, repeated or put in."""
    path, good = whole
    start = data.draw(st.integers(0, len(good)), "start")
    end = data.draw(st.integers(start, len(good)), "end")
    kind = data.draw(st.sampled_from(("flip", "flip", "cut", "insert", "lose", "repeat")), "kind")
    if kind == "flip":
        at = min(start, len(good) - 1)
        made = flipped(good, at, data.draw(st.integers(1, 255), "bits"))
    elif kind == "insert":
        made = good[:start] + data.draw(st.binary(min_size=1, max_size=8), "more") + good[start:]
    else:
        made = good[:start] + {"cut": b"", "lose": good[end:], "repeat": good[start:end] + good[start:]}[kind]
    hypothesis.assume(made != good)
    path.write_bytes(made)
    with pytest.raises(fn.CheckpointError, match="damaged or foreign"):
        fn.load(path, like=STATE)


def flipped(good, at, bits):
    return good[:at] + bytes([good[at] ^ bits]) + good[at + 1 :]


def test_every_byte_and_every_length_of_a_small_file_is_guarded(whole):
    path, _ = whole
    fn.save(path, {"a": np.arange(2)})
    good = path.read_bytes()
    for at in range(len(good)):
        for bad in (flipped(good, at, 1 << at % 8), good[:at]):
            path.write_bytes(bad)
            with pytest.raises(fn.CheckpointError, match="damaged or foreign"):
                fn.load(path, like={"a": np.arange(2)})


def sealed(data, suffix):
    """The bytes with the digest that belongs to them, as one who means harm would write it."""
    at = len(data) - 64 if suffix == ".npz" else data.index(b'sha256\\": \\"') + 12
    data = data[:at] + b"0" * 64 + data[at + 64 :]
    return data[:at] + hashlib.sha256(data).hexdigest().encode() + data[at + 64 :]


@hypothesis.settings(FUZZ, max_examples=200)
@hypothesis.given(st.data())
def test_a_flipped_byte_under_a_digest_that_fits(whole, data):
    """Behind a digest made to fit is nothing that does harm: our error, or a tree of the right form."""
    path, good = whole
    at = data.draw(st.integers(0, len(good) - 1), "at")
    bits = data.draw(st.integers(1, 255), "bits")
    try:
        path.write_bytes(sealed(flipped(good, at, bits), path.suffix))
    except ValueError:  # the flip is in the mark of the digest
        hypothesis.reject()
    again = STATE
    with contextlib.suppress(fn.CheckpointError):
        again = fn.load(path, like=STATE)
    tree.same_structure(again, STATE)


def test_a_whole_file_is_not_refused(whole):
    path, good = whole
    path.write_bytes(sealed(good, path.suffix))
    assert tree.equal(fn.load(path, like=STATE), STATE)


def rewritten(path, good, header=lambda header: None, compression=zipfile.ZIP_STORED, **members):
    """An archive with its header or members changed, and sealed again."""
    path.write_bytes(good)
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    made = json.loads(held["header.json"])
    header(made)
    held |= {"header.json": json.dumps(made).encode(), **members}
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in held.items():
            archive.writestr(name, data)
        archive.comment = b"sha256 " + b"0" * 64
    return sealed(path.read_bytes(), ".npz")


@pytest.fixture
def npz(tmp_path):
    return tmp_path / "damaged.npz", bytes_of(".npz", tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda header: header.update(format="funnet tree 9"), "no header of the format"),
        (lambda header: header.update(format="funnet tree 1"), "KeyError('fingerprint')"),
        (lambda header: header.update(values=[]), "values in the header that are no numbers"),
        (lambda header: header["values"].update(step={"a/b": 1}), "values in the header that are no numbers"),
        (lambda header: header["values"].update({"key/seed": -1}), "seed to be a non-negative integer"),
        (lambda header: header.update(about=[]), "a header that is about nothing"),
    ],
)
def test_a_changed_header_is_refused(npz, change, words):
    path, good = npz
    path.write_bytes(rewritten(path, good, change))
    with pytest.raises(fn.CheckpointError) as caught:
        fn.load(path, like=STATE)
    assert str(caught.value).startswith(
        f"{path}: expected a file written by funnet.save (damaged or foreign), "
    )
    assert words in str(caught.value)


def test_a_zip_bomb_is_refused_before_it_is_inflated(npz):
    path, good = npz
    bomb = rewritten(path, good, compression=zipfile.ZIP_DEFLATED, **{"params/out/b.npy": bytes(64 * 2**20)})
    assert len(bomb) < 2**18
    with memory_below(2**20):
        assert refused(path, bomb, "a compressed member")


def test_a_deep_header_is_refused(npz):
    path, good = npz
    path.write_bytes(rewritten(path, good, **{"header.json": b"[" * 100_000}))
    with pytest.raises(fn.CheckpointError, match="RecursionError"):
        fn.load(path, like=STATE)


def test_a_long_header_is_neither_read_nor_written(npz, monkeypatch):
    path, good = npz
    path.write_bytes(good)
    monkeypatch.setattr(contents, "HEADER_LIMIT", 1000)
    with pytest.raises(fn.CheckpointError, match=r"a header of \d+ bytes, of which there may be 1000"):
        fn.load(path, like=STATE)
    with pytest.raises(fn.CheckpointError, match=r"got a header of \d+ bytes, of which there may be 1000"):
        fn.save(path, "x" * 1000)
    assert path.read_bytes() == good


def npy(header):
    """A member that claims a shape and a dtype that it does not have."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + bytes(8)


@pytest.mark.parametrize(
    "header",
    [
        {"shape": (10**12,), "fortran_order": False, "descr": "<f4"},
        {"shape": (10**400,), "fortran_order": False, "descr": "<f4"},
        {"shape": (-2,), "fortran_order": False, "descr": "<f4"},
        {"shape": (2,), "fortran_order": False, "descr": "|O"},
        {"shape": (2,), "fortran_order": False, "descr": "|V0"},
        {"shape": (3,), "fortran_order": False, "descr": "<f4"},
    ],
)
def test_an_array_that_is_not_what_it_says(npz, header):
    path, good = npz
    path.write_bytes(rewritten(path, good, **{"params/out/b.npy": npy(header)}))
    like = tree.set(STATE, "params/out", {"w": STATE.params["out"].w, "b": np.zeros(3, np.float32)})
    for wanted in (STATE, like):
        with memory_below(2**20), pytest.raises(fn.CheckpointError):
            fn.load(path, like=wanted)


def test_two_members_of_one_name(npz):
    path, good = npz
    path.write_bytes(good)
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("params/out/b.npy", b"")
    assert refused(path, sealed(path.read_bytes(), ".npz"), "two members of one name")


class Evil:
    def __reduce__(self):
        return os.mkdir, ("stolen",)


def pickled_array():
    file = io.BytesIO()
    np.lib.format.write_array(file, np.array([Evil()], object), allow_pickle=True)
    return file.getvalue()


def test_a_pickle_is_refused_and_not_run(npz, whole, monkeypatch, tmp_path):
    path, good = npz
    monkeypatch.chdir(tmp_path)
    assert refused(whole[0], pickle.dumps(Evil()), "damaged or foreign")
    assert refused(path, rewritten(path, good, **{"params/out/b.npy": pickled_array()}), "Python objects")
    assert not os.path.exists("stolen")


def as_npz(path):
    with open(path, "wb") as file:
        np.savez(file, a=np.zeros(2))


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda path: path.write_bytes(b""), "expected a file written by funnet.save (damaged or foreign), "),
        (lambda path: path.write_text("a, b\n1, 2\n"), "expected a file written by funnet.save (damaged"),
        (as_npz, "expected a file written by funnet.save (damaged or foreign), "),
        (
            lambda path: safetensors.numpy.save_file({"a": np.zeros(2)}, path),
            "expected a file written by funnet.save (damaged or foreign), ",
        ),
        (
            lambda path: path.mkdir(),
            "expected a file written by funnet.save (damaged or foreign), got IsADir",
        ),
        (lambda path: None, "expected a file, got none at this path"),
    ],
)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_foreign_files(tmp_path, write, words, suffix):
    path = tmp_path / f"net{suffix}"
    write(path)
    with pytest.raises(fn.CheckpointError) as caught:
        fn.load(path, like=STATE)
    assert str(caught.value).startswith(f"{path}: {words}")


def test_the_data_of_another_format(tmp_path, whole):
    path, good = whole
    other = tmp_path / ("net" + next(suffix for suffix in SUFFIXES if suffix != path.suffix))
    assert refused(other, good, "damaged or foreign")
