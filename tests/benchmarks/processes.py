"""Processes that compute on so many threads."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import sys
from collections.abc import Callable
from typing import Any

CORES = os.cpu_count() or 1
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
_ONE_THREAD_OF_XLA = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def in_process(threads: int, f: Callable[..., Any], *args: Any) -> Any:
    """f(*args) in a new process that computes on so many threads."""
    os.environ.update(dict.fromkeys(_THREADS, str(threads)))
    os.environ["XLA_FLAGS"] = _ONE_THREAD_OF_XLA if threads == 1 else ""
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, spawn, _stay_on_cores, [threads]) as pool:
        return pool.submit(f, *args).result()


def _stay_on_cores(count: int) -> None:
    """Hold this process to so many cores, where the system can: not all libraries heed the variables."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-count:])
