"""What decides the last bits of a result: the kind of machine and the number of BLAS threads."""

from __future__ import annotations

import ctypes
import importlib
import itertools
import os
import platform
from collections.abc import Mapping
from typing import Any

import numpy as np

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_LINE = 60


def this_machine() -> dict[str, str | int]:
    """What decides the last bits of a result, as far as NumPy tells.

    numpy (its version), system, cpu, simd (the instruction sets NumPy uses), blas (the library of the matrix
    products, its version and its kernels), threads (how many it uses).
    """
    umath = importlib.import_module("numpy._core._multiarray_umath")
    features = getattr(umath, "__cpu_features__", {})
    kernels, threads = _openblas(umath) or (os.environ.get("OPENBLAS_CORETYPE", ""), _threads())
    return {
        "numpy": np.__version__,
        "system": platform.system(),
        "cpu": platform.machine(),
        "simd": " ".join(name for name, used in features.items() if used),
        "blas": f"{_library()} {kernels}".strip(),
        "threads": threads,
    }


def difference(there: Any) -> str:
    """Where the machine that a file was written on differs from this one, in words; nothing if unknown."""
    if not isinstance(there, Mapping):
        return ""
    here = this_machine()
    odd = [name for name in here if name in there and there[name] != here[name]]
    return ", ".join(f"{name} {_short(there[name])} there and {_short(here[name])} here" for name in odd)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LINE else f"{text[:_LINE]}..."


def _openblas(umath: Any) -> tuple[str, int] | None:
    """(kernels, threads) from the OpenBLAS that NumPy is linked with, if it is and says so."""
    try:
        library = ctypes.CDLL(umath.__file__)
    except (AttributeError, OSError, TypeError):  # NumPy is part of the interpreter, as in a browser
        return None
    for prefix, suffix in itertools.product(("scipy_", ""), ("64_", "")):
        try:
            kernels = getattr(library, f"{prefix}openblas_get_corename{suffix}")
            threads = getattr(library, f"{prefix}openblas_get_num_threads{suffix}")
        except AttributeError:
            continue
        kernels.restype = ctypes.c_char_p
        return str(kernels(), "ascii", "replace"), int(threads())
    return None


def _library() -> str:
    """Name and version of the BLAS that NumPy was built with."""
    built: Any = np.show_config(mode="dicts")
    blas = built.get("Build Dependencies", {}).get("blas", {})
    return f"{blas.get('name', '')} {blas.get('version', '')}".strip()


def _threads() -> int:
    """The number of threads that the environment asks for, or else of processors that may be used."""
    asked = [os.environ.get(name, "") for name in _THREADS]
    count = next((int(text) for text in asked if text.isdecimal() and int(text)), 0)
    return count or len(getattr(os, "sched_getaffinity", lambda _: ())(0)) or os.cpu_count() or 1
