"""Randomness as a value."""

from __future__ import annotations

import hashlib

import attrs
import numpy as np

from funnet.errors import ConfigError


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

    seed: int = attrs.field()
    path: tuple[int | str, ...] = attrs.field(default=())

    @seed.validator
    def _check_seed(self, _: object, seed: object) -> None:
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            raise ConfigError("seed to be a non-negative integer", repr(seed), who="Key")

    @path.validator
    def _check_path(self, _: object, path: object) -> None:
        if not isinstance(path, tuple) or any(type(name) not in (int, str) for name in path):
            raise ConfigError("path to be a tuple of integers and strings", repr(path), who="Key")

    def child(self, name: int | str) -> Key:
        """The sub-stream called `name`; children of different names are independent."""
        return Key(self.seed, (*self.path, name))

    def next(self) -> Key:
        """The following sibling of a key whose last name is a number: `child(3)` after `child(2)`."""
        *parents, last = self.path or (None,)
        if not isinstance(last, int):
            raise ConfigError("a key whose last name is a number", repr(self), who="Key.next")
        return Key(self.seed, (*parents, last + 1))

    def generator(self) -> np.random.Generator:
        """A new NumPy generator at the start of the stream. It costs some tens of microseconds."""
        words = [word for name in self.path for word in _words(name)]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=words)))


def _words(name: int | str) -> tuple[int, ...]:
    """Four 32-bit words for one name, so that no two paths spell the same sequence."""
    digest = hashlib.blake2b(f"{type(name).__name__}:{name}".encode(), digest_size=16).digest()
    return tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
