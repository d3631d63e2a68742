"""Steps that reuse their memory."""

import platform
import subprocess
import sys

CODE = """
import resource
import numpy as np
{first}

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def work():
    return np.ones(2**19) + np.ones(2**19)

for _ in range(3):
    work()
before = faults()
for _ in range(10):
    work()
print(faults() - before)
"""


def faults(first: str) -> int:
    """Page faults of ten sums of four megabytes each, in a process of their own."""
    code = CODE.format(first=first)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(run.stdout)


def test_freed_memory_is_at_hand_again():
    before, after = faults(""), faults("import funnet")
    assert after <= (before // 10 if platform.libc_ver()[0] == "glibc" else before)
