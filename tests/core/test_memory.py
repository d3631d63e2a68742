"""Steps that reuse their memory, and imports that keep none."""

import os
import platform
import subprocess
import sys

import pytest

GLIBC = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt of glibc")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/proc of Linux")

STEP = """
import numpy as np, funnet as fn
net, loss, x = fn.Linear(2), fn.SquaredError(), np.ones((3, 4))
params = net.init(fn.Key(0), x)
{train}
"""
TRAIN = {
    "value_and_grad": "fn.value_and_grad(net, loss, params, x, x[:, :2])",
    "minimize": "fn.minimize(net, loss, params, x, x[:, :2], evaluations=1)",
    "train_step": (
        "sgd = fn.sgd(0.1); fn.train_step(net, loss, sgd, fn.init(net, sgd, fn.Key(0), x), x, x[:, :2])"
    ),
}
FAULTS = """
import resource
import numpy as np
{first}

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def work():
    return np.ones(2**19) + np.ones(2**19)

{learn}
before = faults()
for _ in range(10):
    work()
print(faults() - before)
"""
FREED = """
import numpy as np
{first}

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

before, arrays, between = resident(), [], []
for _ in range(20):
    arrays.append(np.ones(20 * 2**20, np.uint8))
    between.append(np.ones(100_000, np.uint8))  # what stays, and keeps the heap from shrinking
del arrays
print(resident() - before)
"""


def printed(code, **variables):
    """What a process of its own prints."""
    old = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "FUNNET_"))}
    run = subprocess.run(
        [sys.executable, "-c", code], env={**old, **variables}, capture_output=True, text=True, check=True
    )
    return int(run.stdout)


def faults(first, **variables):
    """Page faults of ten sums of four megabytes each."""
    return printed(FAULTS.format(first=first, learn="work()"), **variables)


@GLIBC
@pytest.mark.parametrize("train", TRAIN.values(), ids=TRAIN)
def test_after_the_first_step_freed_memory_is_at_hand_again(train):
    assert faults(STEP.format(train=train)) < 1000


@GLIBC
@pytest.mark.parametrize("variable", ["MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"])
def test_it_is_so_where_the_thresholds_are_set(variable):
    first, setting = STEP.format(train=TRAIN["value_and_grad"]), {variable: "65536"}
    assert faults(first, **setting) < min(1000, faults("", **setting) / 3)


@GLIBC
def test_it_can_be_switched_off():
    first, setting = STEP.format(train=TRAIN["value_and_grad"]), {"MALLOC_TRIM_THRESHOLD_": "65536"}
    assert faults(first, FUNNET_KEEP_MEMORY="0", **setting) > 3 * faults(first, **setting)


@LINUX
@pytest.mark.parametrize("first", ["import funnet", "import funnet as fn; fn.fit, fn.save, fn.testing"])
def test_an_import_keeps_no_memory(first):
    assert printed(FREED.format(first=first)) < 100e6
