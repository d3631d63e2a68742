"""Memory that is kept between steps.

What a training step frees, the C library gives back to the system, and the next step waits for the same
pages again: for networks with megabytes of activations that is a third to a half of its time. Once glibc has
freed a block of some size, it keeps that much, and twice as much, at hand (mallopt(3), M_MMAP_THRESHOLD).
"""

import numpy as np

_MOST = 31 * 2**20  # bytes; glibc learns from blocks of less than 32 MiB


def keep() -> None:
    """Free a block that was never written, and so took no memory. Elsewhere than on glibc it does nothing."""
    np.empty(_MOST, np.uint8)
