"""Files appear whole or not at all, where and as they were, and nothing else stays."""

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time

import pytest

import funnet as fn
from funnet.core import atomic_write
from funnet.core.atomic_write import sweep, whole

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="modes, links and locks of POSIX")
KILLED = (
    "import os, pathlib, signal, sys; from funnet.core.atomic_write import whole\n"
    "with whole(pathlib.Path(sys.argv[1])) as file:\n"
    "    file.write(b'half of the n'); file.flush(); os.kill(os.getpid(), signal.{signal})"
)
WRITERS = {
    "net.npz": lambda path: fn.save(path, {"w": fn.Key(0).generator().random(3)}),
    "net.safetensors": lambda path: fn.save(path, {"w": fn.Key(0).generator().random(3)}),
    "net.json": lambda path: fn.save_net(path, fn.Linear(2)),
    "net.py": lambda path: fn.export(path, fn.Tanh(), (), fn.Key(0).generator().random((1, 2))),
    "net.idx": lambda path: fn.data.write_idx(path, fn.Key(0).generator().random(3)),
}
writers = pytest.mark.parametrize(("name", "write"), WRITERS.items(), ids=WRITERS)


def put(path, content=b"new"):
    with whole(path) as file:
        file.write(content)


def killed(path, number=signal.SIGKILL):
    """What a process leaves that was killed while it wrote."""
    code = KILLED.format(signal=signal.Signals(number).name)
    before = set(os.listdir(path.parent))
    assert subprocess.run([sys.executable, "-c", code, str(path)]).returncode == -number
    (left,) = set(os.listdir(path.parent)) - before
    return path.parent / left


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_what_was_written_is_there_at_the_end(tmp_path):
    path = tmp_path / "file"
    with whole(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def interrupted():
        with whole(path) as file:
            file.write(b"half of the n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


@POSIX
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_kill_leaves_the_old_file_and_the_next_write_sweeps(tmp_path, number):
    path, other = tmp_path / "file", tmp_path / "file2"
    path.write_bytes(b"old")
    left = killed(path, number), killed(path, number)
    assert not left[0].exists()
    assert left[1].exists()
    assert path.read_bytes() == b"old"
    elsewhere = killed(other, number)
    put(path)
    assert {*tmp_path.iterdir()} == {path, elsewhere}
    sweep(other)
    assert os.listdir(tmp_path) == ["file"]


@POSIX
def test_a_process_that_goes_on_is_left_in_peace(tmp_path):
    path = tmp_path / "file"
    code = (
        "import pathlib, sys; from funnet.core.atomic_write import whole\n"
        "with whole(pathlib.Path(sys.argv[1])) as file:\n"
        "    file.write(b'slow'); file.flush(); print('begun', flush=True); sys.stdin.read()"
    )
    slow = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert slow.stdout.readline() == b"begun\n"
    (left,) = tmp_path.iterdir()
    os.utime(left, (0, 0))
    put(path)
    sweep(path)
    assert left.exists()
    assert path.read_bytes() == b"new"
    slow.communicate(b"")
    assert path.read_bytes() == b"slow"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("name", ["none/file", "nul\0", "x" * 300])
def test_there_is_nothing_to_sweep_where_nothing_can_be(tmp_path, name):
    sweep(tmp_path / name)
    assert not os.listdir(tmp_path)


def test_many_threads_write_one_file(tmp_path):
    path, errors = tmp_path / "file", []

    def writes(content):
        try:
            for _ in range(50):
                put(path, content)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=writes, args=(bytes([i]) * 1000,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(set(path.read_bytes())) == 1
    assert os.listdir(tmp_path) == ["file"]


@POSIX
def test_what_another_host_left_stays_for_a_day(tmp_path, monkeypatch):
    path = tmp_path / "file"
    left = killed(path)
    monkeypatch.setattr(atomic_write.platform, "node", lambda: "another")
    put(path)
    assert left.exists()
    os.utime(left, (time.time() - 2 * 24 * 3600,) * 2)
    put(path)
    assert os.listdir(tmp_path) == ["file"]


@POSIX
def test_without_locks_it_stays_for_a_day(tmp_path, monkeypatch):
    path = tmp_path / "file"
    left = killed(path)

    def unsupported(number, kind):
        raise OSError("no locks here")

    monkeypatch.setattr(atomic_write.fcntl, "flock", unsupported)
    put(path)
    assert left.exists()
    os.utime(left, (0, 0))
    put(path)
    assert os.listdir(tmp_path) == ["file"]


@POSIX
def test_a_file_that_is_swept_before_it_is_locked_is_begun_again(tmp_path, monkeypatch):
    path, lock, swept = tmp_path / "file", atomic_write._lock, []

    def late(number, wait):
        if not swept:
            swept.extend(tmp_path.iterdir())
            swept[0].unlink()
        return lock(number, wait)

    monkeypatch.setattr(atomic_write, "_lock", late)
    put(path)
    assert swept
    assert path.read_bytes() == b"new"


@POSIX
def test_nothing_but_partial_files_of_this_path_is_swept(tmp_path):
    path = tmp_path / "file"
    left = killed(path)
    names = [f"{left.name}x", left.name[1:], left.name.replace("file", "fil"), ".file.partial"]
    kept = [tmp_path / name for name in names]
    for other in kept:
        other.write_bytes(b"")
    (tmp_path / left.name.replace(".partial", "0.partial")).mkdir()
    link = tmp_path / (left.name[: -len("00000000.partial")] + "00000000.partial")
    link.symlink_to(kept[0])
    put(path)
    assert not left.exists()
    assert all(other.exists() for other in (*kept, link))


@POSIX
@writers
def test_through_a_link(tmp_path, name, write):
    """A chain of links, the last of them relative: the file at its end is replaced, in its own folder."""
    (tmp_path / "there").mkdir()
    (tmp_path / "here").mkdir()
    path, middle, target = tmp_path / "here" / name, tmp_path / name, tmp_path / "there" / name
    target.write_bytes(b"old")
    path.symlink_to(middle)
    middle.symlink_to(f"there/{name}")
    write(path)
    assert path.is_symlink()
    assert middle.is_symlink()
    assert not target.is_symlink()
    assert target.read_bytes() not in (b"", b"old")
    assert name in os.listdir(tmp_path / "there")


@POSIX
@writers
def test_through_a_link_to_nothing(tmp_path, name, write):
    path, target = tmp_path / name, tmp_path / f"new-{name}"
    path.symlink_to(target)
    write(path)
    assert path.is_symlink()
    assert target.stat().st_size


@POSIX
@writers
@pytest.mark.parametrize("kept", [0o640, 0o600, 0o444, 0o666])
def test_the_mode_is_kept(tmp_path, name, write, kept):
    path = tmp_path / name
    write(path)
    path.chmod(kept)
    write(path)
    assert mode(path) == kept


@POSIX
@writers
@pytest.mark.parametrize(("mask", "new"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_the_mode_of_the_umask(tmp_path, name, write, mask, new):
    old = os.umask(mask)
    try:
        write(tmp_path / name)
    finally:
        os.umask(old)
    assert mode(tmp_path / name) == new


@POSIX
def test_a_file_that_only_its_owner_reads_is_never_open_to_others(tmp_path):
    path = tmp_path / "file"
    put(path)
    path.chmod(0o600)
    with whole(path) as file:
        assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == 0o600
        file.write(b"new")


@pytest.mark.skipif(getattr(os, "getuid", lambda: 1)() != 0, reason="only root gives files away")
def test_the_owner_is_kept(tmp_path):
    path = tmp_path / "file"
    put(path)
    os.chown(path, 1234, 4321)
    put(path)
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 4321)


def fifo(path):
    os.mkfifo(path)


def bound(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def circle(path):
    path.symlink_to(path)


def to_fifo(path):
    os.mkfifo(path.parent / "fifo")
    path.symlink_to("fifo")


@POSIX
@writers
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (fifo, "a named pipe"),
        (to_fifo, "a named pipe"),
        (bound, "a socket"),
        (circle, "Too many levels of symbolic links"),
        (lambda path: path.mkdir(), "Is a directory"),
    ],
)
def test_what_is_no_regular_file_is_refused(tmp_path, monkeypatch, name, write, make, words):
    monkeypatch.chdir(tmp_path)  # a socket has a short path
    path = tmp_path / name
    make(path if make is not bound else path.relative_to(tmp_path))
    before = {p.name: p.lstat().st_ino for p in tmp_path.iterdir()}
    with pytest.raises(fn.FunnetError) as caught:
        write(path)
    assert str(caught.value).endswith(
        f": expected a file that can be written, got {words}; choose another path"
    )
    after = {p.name: p.lstat().st_ino for p in tmp_path.iterdir()}
    assert after == before


def as_nobody(folder, write):
    """The words of the error that a process without rights gets."""
    pid = os.fork()
    if pid == 0:
        try:
            if os.getuid() == 0:
                os.setuid(65534)
            write(folder)
            os._exit(0)
        except fn.FunnetError as error:
            os._exit(7 if "Permission denied" in str(error) else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@POSIX
@writers
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_folder_without_the_right_to_write(tmp_path, name, write):
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    tmp_path.chmod(0o555)
    write(tmp_path.parent / f"warm-{name}")  # everything is loaded
    assert as_nobody(tmp_path / name, write) == 7
    assert os.listdir(tmp_path) == []
    tmp_path.chmod(0o755)


@writers
def test_a_name_as_long_as_the_system_has(tmp_path, name, write):
    suffix = name.removeprefix("net")
    for letter in ("n", "ö"):
        path = tmp_path / (letter * ((255 - max(len(suffix), len(".npz"))) // len(letter.encode())) + suffix)
        write(path)
        assert path.stat().st_size
