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
from funnet.io import contents
from tests.io import states
from tests.io.memory import memory_below

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


def reheaded(good, suffix, change):
    """The file with its header changed in place, and sealed again."""
    if suffix == ".npz":
        file = io.BytesIO(good)
        with zipfile.ZipFile(file) as archive:
            held = {name: archive.read(name) for name in archive.namelist()}
        made = json.loads(held["header.json"])
        change(made)
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, data in {**held, "header.json": json.dumps(made).encode()}.items():
                archive.writestr(name, data)
            archive.comment = b"sha256 " + b"0" * 64
        return sealed(file.getvalue(), suffix)
    size = int.from_bytes(good[:8], "little")
    outer = json.loads(good[8 : 8 + size])
    made = json.loads(outer["__metadata__"]["funnet"])
    change(made)
    outer["__metadata__"]["funnet"] = json.dumps(made)
    text = json.dumps(outer, separators=(",", ":")).encode()
    return sealed(len(text).to_bytes(8, "little") + text + good[8 + size :], suffix)


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from(["\x1b[31m", "a\nb", "w" * 60_000, 10**400, -1, "\ud800", "Linear", "funnet tree 1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


def branches(node):
    """(container, name) of every entry of plain data."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, child in items:
        yield node, name
        yield from branches(child)


def resume(path):
    optimizer, data, loss = states.ADAM, (states.X, states.T), fn.SoftmaxCrossEntropy()
    state = fn.init(states.NET, optimizer, fn.Key(1), states.X)
    options = {"epochs": 1, "checkpoint": path, "resume": True, "progress": False}
    return fn.fit(states.NET, loss, optimizer, state, data, **options)


@pytest.fixture(scope="module", params=SUFFIXES)
def of_run(request, tmp_path_factory):
    """(path, bytes) of the checkpoint of a run."""
    path = tmp_path_factory.mktemp("run") / f"run{request.param}"
    resume(path)
    return path, path.read_bytes()


@hypothesis.settings(FUZZ, max_examples=150)
@hypothesis.given(st.data())
def test_an_odd_header_under_a_digest_that_fits(of_run, data):
    """Whatever the header says: our error in a few printable words, or a run that goes on from there."""
    path, good = of_run

    def change(header):
        places = [(node, name) for node, name in branches(header) if name != "sha256"]
        node, name = places[data.draw(st.integers(0, len(places) - 1), "place")]
        if isinstance(node, dict) and data.draw(st.booleans(), "rename"):
            node[data.draw(st.sampled_from(["\x1b[2J", "a\nb", "w" * 60_000, "state/step"]))] = node.pop(name)
        else:
            node[name] = data.draw(ODD, "value")

    path.write_bytes(reheaded(good, path.suffix, change))
    for read in (resume, lambda at: fn.restore(at, states.X), lambda at: fn.load_partial(at, like=STATE)):
        words = ""
        try:
            words = str(read(path)[1]).replace("\n", "")
        except fn.FunnetError as error:
            words = str(error)
        assert words.isprintable()
        assert len(words) < 10_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("step", "x"),
        ("step", float("nan")),
        ("step", 1.5),
        ("step", True),
        ("step", None),
        ("step", -1),
        ("key/seed", "0"),
        ("key/seed", -1),
        ("key/seed", True),
    ],
)
def test_a_value_of_another_kind(whole, name, value):
    path, good = whole
    made = reheaded(good, path.suffix, lambda header: header["values"].update({name: value}))
    assert refused_all(path, made)


def refused_all(path, data):
    path.write_bytes(data)
    for read in (lambda: fn.load(path, like=STATE), lambda: fn.restore(path, states.X)):
        with pytest.raises(fn.CheckpointError) as caught:
            read()
        assert str(caught.value).startswith(f"{path}: expected ")
    return True


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("saved", "like", "fits"),
    [
        (1, 2, True),
        (1.5, 2.5, True),
        (float("nan"), float("inf"), True),
        (0.5, float("inf"), True),
        (float("inf"), 0.5, False),
        (float("nan"), 0.5, False),
        (1, 2.5, False),
        (1.0, 2, False),
        (True, 1, False),
        (1, True, False),
        ("1", 1, False),
        (None, 1, False),
        (1, None, False),
        ("a", "", True),
        (None, None, True),
    ],
)
def test_values_are_of_the_kind_that_is_wanted(tmp_path, suffix, saved, like, fits):
    path = tmp_path / f"tree{suffix}"
    fn.save(path, {"a": saved, "b": np.ones(2)})
    wanted = {"a": like, "b": np.zeros(2)}
    if fits:
        assert repr(fn.load(path, like=wanted)["a"]) == repr(saved)
    else:
        with pytest.raises(fn.CheckpointError, match=r"got a file that has a as .*, not "):
            fn.load(path, like=wanted)
        made, report = fn.load_partial(path, like=wanted)
        assert made["a"] is like
        assert report.loaded == ("b",)


@pytest.mark.parametrize(
    "rows",
    [
        "",
        "{",
        "3",
        "[3]",
        "[{}]",
        '[{"epoch": 1, "step": 1, "loss": 1.0}]',
        '[{"epoch": 1, "step": 1, "loss": "x", "seconds": 1.0}]',
        '[{"epoch": 1, "step": 1, "loss": null, "seconds": 1.0}]',
        '[{"epoch": 1, "step": 1, "loss": [], "seconds": 1.0}]',
        '[{"epoch": 1, "step": 1, "loss": 1.0, "seconds": 1.0, "\\u001b": 1.0}]',
        '[{"epoch": 1, "step": 1, "loss": 1e1, "seconds": 1' + "0" * 400 + "}]",
        "[" * 100_000,
    ],
)
def test_rows_that_no_run_writes(of_run, rows):
    path, good = of_run
    path.write_bytes(reheaded(good, path.suffix, lambda header: header["values"].update(rows=rows)))
    with pytest.raises(fn.CheckpointError) as caught:
        resume(path)
    assert str(caught.value).startswith(f"{path}: expected the rows of a history (damaged), got ")


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


@pytest.mark.parametrize(
    "name", ["\x1b[31mred\x1b[0m", "a\nb\rc", "w" * 60_000, "\u202etxt", "\u0000", "\ud800"]
)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_odd_names_do_not_reach_the_terminal(tmp_path, suffix, name):
    """Values of odd names, which any writer can put into a file."""
    fn.save(tmp_path / f"a{suffix}", {"a": 1, "b": np.ones(2)})
    path, good = tmp_path / f"b{suffix}", (tmp_path / f"a{suffix}").read_bytes()
    path.write_bytes(reheaded(good, suffix, lambda header: header["values"].update({name: 3})))
    with pytest.raises(fn.CheckpointError, match="has besides") as caught:
        fn.load(path, like={"a": 1, "b": np.ones(2)})
    _, report = fn.load_partial(path, like={"a": 1, "b": np.ones(2)})
    for words in (str(caught.value), *str(report).splitlines(), *str(report).split("\n")):
        assert words.isprintable()
        assert len(words) < 2500
    assert len(str(report).splitlines()) == 2


@pytest.mark.parametrize("name", ["\x1b[31mred", "a\nb", "w" * 60_000])
def test_odd_names_of_tensors(tmp_path, name):
    path = tmp_path / "theirs.safetensors"
    safetensors.numpy.save_file({name: np.zeros(2)}, path)
    with pytest.raises(fn.CheckpointError) as caught:
        fn.interop.from_torch(path, fn.Linear(2).init(fn.Key(0), np.ones((1, 2))))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 3000


def test_a_name_that_is_too_long_for_the_format(tmp_path):
    params = {"w" * 65_532: np.ones(2)}
    with pytest.raises(fn.CheckpointError, match="a name of 65532 letters in a format that has 65531 bytes"):
        fn.save(tmp_path / "net.npz", params)
    assert not os.listdir(tmp_path)
    fits = {"w" * 65_531: np.ones(2)}
    fn.save(tmp_path / "net.npz", fits)
    assert tree.equal(fn.load(tmp_path / "net.npz", like=fits), fits)
