import numpy as np
import pytest

import funnet as fn
from funnet.core import padded

X = np.arange(12).reshape(4, 3)  # (T, N)


@pytest.mark.parametrize("dtype", ["int64", "uint8", "uint64"])
def test_masks_ends_and_reversal_by_hand(dtype):
    lengths = np.array([4, 1, 3], dtype)
    assert padded.real(lengths, 4).T.tolist() == [[True] * 4, [True] + [False] * 3, [True] * 3 + [False]]
    assert X[padded.ends(lengths)].tolist() == [9, 1, 8]
    assert padded.flipped(X, lengths).T.tolist() == [[9, 6, 3, 0], [1, 4, 7, 10], [8, 5, 2, 11]]


def test_whole_sequences_are_views():
    assert X[padded.ends(None)].tolist() == [9, 10, 11]
    back = padded.flipped(X, None)
    assert back.T.tolist() == [[9, 6, 3, 0], [10, 7, 4, 1], [11, 8, 5, 2]]
    assert np.shares_memory(back, X)


@pytest.mark.parametrize("time_major", [False, True])
def test_packed_and_unpacked_again(time_major):
    values, state = np.arange(24.0).reshape(2, 4, 3), {"h": np.zeros(2)}
    lengths = [4, 2] if not time_major else [1, 2, 2, 1]
    given = fn.Padded(values, lengths), state
    x, ends, h = padded.unpack("who", given, time_major)
    assert x is values
    assert h is state
    steps = padded.in_time(x, ends, time_major)
    assert steps.shape == ((2, 4, 3) if time_major else (4, 2, 3))
    again, same = padded.pack(steps, ends, h, time_major)
    real = np.ones((2, 4), bool)
    real[1, [0, 3] if time_major else [2, 3]] = False
    assert again.values.tolist() == (values * real[..., None]).tolist()
    assert again.lengths.value.tolist() == lengths
    assert same is state


def test_padding_of_nan_is_silenced():
    x = np.array([[1.0, np.nan], [2.0, 3.0]])
    assert padded.silenced(x, ~np.isnan(x)).tolist() == [[1, 0], [2, 3]]
