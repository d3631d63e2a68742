"""Memory that is kept between steps.

What a training step frees, the C library gives back to the system, and the next step waits for the same
pages again: for networks with megabytes of activations that is a third to a half of its time. glibc can be
told to keep blocks of less than 32 MiB at hand (mallopt(3)). That is a setting of the whole process, and the
only one funnet makes: at the first gradient of a batch, unless the environment variable FUNNET_KEEP_MEMORY
is 0. It holds also where MALLOC_TRIM_THRESHOLD_ or MALLOC_MMAP_THRESHOLD_ is set, as in the workers of Dask.
"""

from __future__ import annotations

import functools
import os
import sys
from contextlib import suppress

_VARIABLE = "FUNNET_KEEP_MEMORY"
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of malloc.h
_MOST = 32 * 2**20  # bytes; glibc takes no more


@functools.cache
def keep() -> None:
    """Keep freed memory for the next step. Elsewhere than on glibc, and after the first call, do nothing."""
    if os.environ.get(_VARIABLE) == "0" or sys.platform == "win32":
        return
    if "CS_GNU_LIBC_VERSION" not in os.confstr_names:
        return
    with suppress(ImportError, OSError, AttributeError):  # a Python without ctypes, a program without mallopt
        import ctypes

        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _MOST)
        mallopt(_TRIM_THRESHOLD, 2 * _MOST)
