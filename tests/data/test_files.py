"""Where the files of a set are found, against servers on the loopback interface."""

import gzip
import hashlib
import http.server
import os
import socket
import sys
import threading

import pooch
import pytest

from funnet.data.files import locate
from funnet.errors import DataError, MissingExtraError

FILES = {"a.gz": gzip.compress(b"first", mtime=0), "b.gz": gzip.compress(b"second" * 9999, mtime=0)}
CHECKSUMS = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
ADVICE = "put a.gz, b.gz into a folder and give it as root or in the variable FUNNET_DATA"


class Mirror:
    """A server of files from memory; it remembers what it was asked for."""

    def __init__(self, files, *, cut=0):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.removeprefix("/set/")
                asked.append(name)
                if name not in files:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(files[name])))
                self.end_headers()
                self.wfile.write(files[name][: len(files[name]) - cut])

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/set/"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def mirror():
    mirrors = []

    def make(files=FILES, **options):
        mirrors.append(Mirror(files, **options))
        return mirrors[-1]

    yield make
    for made in mirrors:
        made.close()


@pytest.fixture
def dead():
    """The address of a mirror that refuses connections."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}/set/"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("FUNNET_DATA", raising=False)
    return tmp_path / "cache" / "funnet" / "set"


def filled(folder, files=FILES):
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def contents(paths):
    return {name: path.read_bytes() for name, path in paths.items()}


def in_folder(folder):
    return {name: (folder / name).read_bytes() for name in os.listdir(folder)}


def test_a_root_is_enough(tmp_path, mirror):
    served = mirror()
    root = filled(tmp_path / "root")
    assert locate("set", CHECKSUMS, [served.url], root) == {name: root / name for name in FILES}
    assert locate("set", CHECKSUMS, [served.url], str(root)) == {name: root / name for name in FILES}
    assert served.asked == []


def test_a_root_may_hold_unpacked_files_or_a_sub_folder(tmp_path):
    root = filled(tmp_path / "root", {"a": b"", "b": b"", "b.gz": b""})
    assert locate("set", CHECKSUMS, [], root) == {"a.gz": root / "a", "b.gz": root / "b.gz"}
    below = filled(tmp_path / "above" / "set")
    assert locate("set", CHECKSUMS, [], tmp_path / "above") == {name: below / name for name in FILES}


def test_a_root_that_lacks_a_file_is_an_error_whatever_else_there_is(tmp_path, mirror, monkeypatch):
    served = mirror()
    monkeypatch.setenv("FUNNET_DATA", str(filled(tmp_path / "data")))
    root = filled(tmp_path / "root", {"b.gz": FILES["b.gz"]})
    for folder, got in ((root, "a folder without a.gz"), (tmp_path / "none", "no such folder")):
        with pytest.raises(DataError) as caught:
            locate("set", CHECKSUMS, [served.url], folder)
        assert str(caught.value) == f"set: expected the files of set in {folder}, got {got}; {ADVICE}"
    assert served.asked == []


def test_the_variable_comes_before_the_cache(tmp_path, mirror, monkeypatch, cache):
    served = mirror()
    filled(cache)
    folder = filled(tmp_path / "data" / "set")
    monkeypatch.setenv("FUNNET_DATA", str(tmp_path / "data"))
    assert locate("set", CHECKSUMS, [served.url]) == {name: folder / name for name in FILES}


@pytest.mark.parametrize("variable", ["", "elsewhere"])
def test_a_folder_of_the_variable_that_lacks_a_file_is_passed_over(
    tmp_path, mirror, monkeypatch, cache, variable
):
    filled(cache)
    served = mirror()
    filled(tmp_path / "elsewhere", {"a.gz": FILES["a.gz"]})
    monkeypatch.setenv("FUNNET_DATA", variable and str(tmp_path / variable))
    assert locate("set", CHECKSUMS, [served.url]) == {name: cache / name for name in FILES}
    assert served.asked == []


def test_a_download_goes_to_the_cache_and_is_not_repeated(mirror, cache):
    served = mirror()
    for _ in range(2):
        assert locate("set", CHECKSUMS, [served.url]) == {name: cache / name for name in FILES}
        assert in_folder(cache) == FILES
        assert served.asked == ["a.gz", "b.gz"]


def test_a_damaged_file_in_the_cache_is_replaced(mirror, cache):
    filled(cache, FILES | {"b.gz": FILES["b.gz"][:-1]})
    served = mirror()
    assert contents(locate("set", CHECKSUMS, [served.url])) == FILES
    assert served.asked == ["b.gz"]


@pytest.mark.parametrize(
    ("files", "options"),
    [
        ({}, {}),
        ({name: content[:-1] + b"?" for name, content in FILES.items()}, {}),
        (FILES, {"cut": 1}),
    ],
    ids=["no such file", "another checksum", "cut off"],
)
def test_the_second_mirror_stands_in_for_a_bad_one(mirror, cache, files, options):
    bad, good = mirror(files, **options), mirror()
    assert contents(locate("set", CHECKSUMS, [bad.url, good.url])) == FILES
    assert bad.asked == good.asked == ["a.gz", "b.gz"]
    assert in_folder(cache) == FILES


def test_the_second_mirror_stands_in_for_a_dead_one(mirror, dead):
    good = mirror()
    assert contents(locate("set", CHECKSUMS, [dead, good.url])) == FILES
    assert good.asked == ["a.gz", "b.gz"]


def test_without_any_mirror_it_says_what_to_put_where(mirror, dead, cache):
    bad = mirror({"a.gz": b"something else"})
    with pytest.raises(DataError) as caught:
        locate("set", CHECKSUMS, [dead, bad.url])
    message = str(caught.value)
    assert message.startswith(f"set: expected a.gz in {cache} or on a mirror, got {dead}: ConnectionError: ")
    assert f"; {bad.url}: ValueError: SHA256 hash of downloaded file" in message
    assert message.endswith(f"; {ADVICE}")
    assert in_folder(cache) == {}


def test_a_cache_that_cannot_be_written(mirror, cache):
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder should be")
    with pytest.raises(DataError, match=r"expected a\.gz in .* or on a mirror, got .*Not a directory"):
        locate("set", CHECKSUMS, [mirror().url])


@pytest.mark.parametrize("installed", [True, False])
def test_the_progress_bar_needs_tqdm(mirror, monkeypatch, capsys, installed):
    if not installed:
        monkeypatch.setitem(sys.modules, "tqdm", None)
    assert contents(locate("set", CHECKSUMS, [mirror().url])) == FILES
    assert ("100%" in capsys.readouterr().err) == installed


def test_only_a_download_needs_pooch(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    assert len(locate("set", CHECKSUMS, [], filled(tmp_path / "root"))) == 2
    with pytest.raises(MissingExtraError, match=r"pip install 'funnet\[data\]'"):
        locate("set", CHECKSUMS, [])
