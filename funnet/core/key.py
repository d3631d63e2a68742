"""Randomness as a value."""

from __future__ import annotations

import hashlib
from typing import Any

import attrs
import numpy as np

from funnet.core.arrays import shown
from funnet.errors import ConfigError

_KINDS = (int, str)
_BITS = 4096  # of the largest integer; Python writes no longer ones as text


def _plain(value: Any) -> Any:
    """An integer or a string as Python's own; anything else as it is, for the validator."""
    if type(value) in _KINDS:
        return value
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return int(value)
    return str.__str__(value) if isinstance(value, str) else value


def _plain_path(path: Any) -> Any:
    return tuple(map(_plain, path)) if isinstance(path, tuple) else path


def _fault(name: object) -> str:
    """What keeps a name from being hashed in the same way everywhere; "" if nothing does."""
    if type(name) is str:
        unpaired = any("\ud800" <= letter <= "\udfff" for letter in name)
        return "with names in valid Unicode" if unpaired else ""
    if type(name) is int:
        return f"with integers of at most {_BITS} bits" if name.bit_length() > _BITS else ""
    return "to be a tuple of integers and strings"


@attrs.frozen
class Key:
    """The address of a stream of random numbers.

    A stream depends on its address alone: `key.child("2").child("w")` gives the same numbers whatever
    else a program draws, in every process and on every machine.

        >>> key = Key(0).child("dropout")
        >>> a, b = key.generator(), key.generator()
        >>> a.random() == b.random()
        True
    """

    seed: int = attrs.field(converter=_plain)
    path: tuple[int | str, ...] = attrs.field(default=(), converter=_plain_path)

    @seed.validator
    def _check_seed(self, _: object, seed: object) -> None:
        if type(seed) is not int or seed < 0:
            raise ConfigError("seed to be a non-negative integer", shown(seed), who="Key")
        if seed.bit_length() > _BITS:
            raise ConfigError(f"seed of at most {_BITS} bits", shown(seed), who="Key")

    @path.validator
    def _check_path(self, _: object, path: object) -> None:
        if not isinstance(path, tuple):
            raise ConfigError("path to be a tuple of integers and strings", shown(path), who="Key")
        for name in path:
            if not (type(name) is str and name.isascii()) and (fault := _fault(name)):
                raise ConfigError(f"path {fault}", shown(name if type(name) in _KINDS else path), who="Key")

    def child(self, name: int | str) -> Key:
        """The sub-stream called `name`; children of different names are independent."""
        return Key(self.seed, (*self.path, name))

    def next(self) -> Key:
        """The following sibling of a key whose last name is a number: `child(3)` after `child(2)`."""
        *parents, last = self.path or (None,)
        if not isinstance(last, int):
            raise ConfigError("a key whose last name is a number", shown(self), who="Key.next")
        return Key(self.seed, (*parents, last + 1))

    def generator(self) -> np.random.Generator:
        """A new NumPy generator at the start of the stream. It costs some tens of microseconds."""
        words = [word for name in self.path for word in _words(name)]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=words)))


def _words(name: int | str) -> tuple[int, ...]:
    """Four 32-bit words for one name, so that no two paths spell the same sequence."""
    digest = hashlib.blake2b(f"{type(name).__name__}:{name}".encode(), digest_size=16).digest()
    return tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
