"""Files appear whole or not at all."""

import os
import signal
import subprocess
import sys

import pytest

from funnet.writing import whole


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


def test_a_kill_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    code = (
        "import os, pathlib, signal, sys; from funnet.writing import whole\n"
        "with whole(pathlib.Path(sys.argv[1])) as file:\n"
        "    file.write(b'half of the n'); file.flush(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    run = subprocess.run([sys.executable, "-c", code, str(path)])
    assert run.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
