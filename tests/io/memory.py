"""How much memory something takes."""

import tracemalloc
from contextlib import contextmanager


@contextmanager
def memory_below(limit):
    """Fail if more than so many bytes are in use at once inside."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < limit, peak
