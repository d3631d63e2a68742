"""Writing files that appear whole or not at all.

A file is written beside its place, under a hidden name, and moved there once it is complete. Whoever writes
it holds a lock on it; so a file that can be locked belongs to a process that was killed, and the next one
that writes to the same place removes it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_SUFFIX = ".partial"
_IDLE = 24 * 60 * 60  # seconds without a byte, after which a file whose lock says nothing is given up
_NOT_REGULAR = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write that is at `path` once it is complete and flushed to the disk.

    After an error, or a crash at any moment, what was at `path` before is still there. An error leaves
    nothing else behind; what a killed process left there is removed first. The file keeps the mode of the one
    that it replaces, and its owner where the system allows it. Through a symbolic link the file that it leads
    to is written. Raises OSError, before anything is written, for a folder or a special file, such as a pipe.
    """
    target = _target(path)
    before = _regular(target)
    _sweep(target)
    beside, file = _begun(target, 0o666 if before is None else 0o600)
    try:
        with file:
            yield file
            file.flush()
            if before is not None:
                _give(beside, before)
            os.fsync(file.fileno())
            if sys.platform != "win32":  # while the lock is held
                os.replace(beside, target)
        if sys.platform == "win32":  # where nothing open can be moved
            os.replace(beside, target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def sweep(path: Path) -> None:
    """Remove what processes that were killed while they wrote to `path` have left."""
    with suppress(OSError, ValueError):  # of a path that leads nowhere, or has a null character
        _sweep(_target(path))


def _target(path: Path) -> Path:
    """Where a chain of symbolic links ends. Raises OSError if it is a circle."""
    target = os.path.realpath(path)
    if os.path.islink(target):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), target)
    return Path(target)


def _regular(target: Path) -> os.stat_result | None:
    """What the system knows of a regular file, None where there is none; OSError for any other."""
    try:
        known = target.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(known.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if not stat.S_ISREG(known.st_mode):
        kind = _NOT_REGULAR.get(stat.S_IFMT(known.st_mode), "a special file")
        raise OSError(errno.EINVAL, kind, str(target))
    return known


def _begun(target: Path, mode: int) -> tuple[Path, BinaryIO]:
    """A new partial file of a target, open and locked."""
    while True:
        beside = target.parent / f"{_prefix(target)}.{_host()}.{secrets.token_hex(4)}{_SUFFIX}"
        file = open(beside, "x+b", opener=lambda name, flags: os.open(name, flags, mode))  # noqa: SIM115
        with suppress(OSError):  # some file systems have no locks
            _lock(file.fileno(), wait=True)
        if beside.exists():
            return beside, file
        file.close()  # swept away before it was locked


def _give(beside: Path, before: os.stat_result) -> None:
    """Owner and mode of the file that is replaced. The mode comes last: a new owner may change it."""
    if sys.platform != "win32":
        with suppress(PermissionError):
            os.chown(beside, before.st_uid, before.st_gid)
    os.chmod(beside, stat.S_IMODE(before.st_mode) & 0o777)


def _sweep(target: Path) -> None:
    name = re.compile(re.escape(_prefix(target)) + r"\.([0-9a-f]{8})\.[0-9a-f]{8}" + re.escape(_SUFFIX))
    with suppress(OSError), os.scandir(target.parent) as entries:  # no such folder, or none of ours
        for entry in entries:
            found = name.fullmatch(entry.name)
            if found and entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    _remove(Path(entry.path), ours=found[1] == _host())


def _remove(partial: Path, ours: bool) -> None:
    """Remove a partial file if nobody writes it any more; those of other hosts only after a day."""
    idle = time.time() - partial.stat().st_mtime > _IDLE
    with open(partial, "r+b") as file:
        locked = _lock(file.fileno(), wait=False)
        if sys.platform != "win32" and ((ours and locked) or idle):
            partial.unlink(missing_ok=True)
    if sys.platform == "win32" and idle:
        partial.unlink(missing_ok=True)


if sys.platform == "win32":

    def _lock(number: int, wait: bool) -> bool:
        """There are no such locks; but what another process has open cannot be removed."""
        return False

else:
    import fcntl

    def _lock(number: int, wait: bool) -> bool:
        """Lock an open file, which ends with it: True, or False if the system has no lock for it.

        Raises BlockingIOError if another has it and this one does not wait.
        """
        try:
            fcntl.flock(number, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            return False
        return True


def _prefix(target: Path) -> str:
    """The beginning of the names of a target's partial files, short enough whatever its own name is."""
    return f".{target.name[:32]}.{_digest(os.fsencode(target.name))}"


def _host() -> str:
    return _digest(platform.node().encode())


def _digest(name: bytes) -> str:
    return hashlib.blake2b(name, digest_size=4).hexdigest()
