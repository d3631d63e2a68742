"""What funnet.data offers."""

import numpy as np

import funnet as fn
from funnet.tree import batches


def test_every_name_is_there():
    assert all(callable(getattr(fn.data, name)) for name in fn.data.__all__)


def test_batches_are_those_of_fit():
    assert fn.data.batches is batches.batches
    x = np.arange(7)
    cut = list(fn.data.batches((x, -x), 3, fn.Key(0)))
    assert [len(part) for part, _ in cut] == [3, 3, 1]
    assert all((part == -target).all() for part, target in cut)
    assert sorted(np.concatenate([part for part, _ in cut])) == x.tolist()
