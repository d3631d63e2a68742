"""The IDX reader and writer: exact bytes, round trips, and every kind of damage."""

import gzip
import os
import struct
import tracemalloc
from pathlib import Path

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, strategies as st

from funnet.data import read_idx, write_idx
from funnet.errors import DataError, DtypeError, ShapeError

DTYPES = ["uint8", "int8", "int16", "int32", "float32", "float64"]
MATRIX = np.array([[1, -2, 3], [256, 5, -32768]], np.int16)
MATRIX_BYTES = bytes.fromhex("00000b02 00000002 00000003 0001 fffe 0003 0100 0005 8000")

arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(
        st.sampled_from([np.dtype(dtype), np.dtype(dtype).newbyteorder()]),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    )
)


def failure(path):
    with pytest.raises(DataError) as caught:
        read_idx(path)
    assert caught.value.who == str(path)
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_of_known_bytes(tmp_path, packed):
    path = tmp_path / "matrix"
    path.write_bytes(gzip.compress(MATRIX_BYTES) if packed else MATRIX_BYTES)
    found = read_idx(path)
    np.testing.assert_array_equal(found, MATRIX, strict=True)
    assert found.dtype.isnative
    with pytest.raises(ValueError, match="read-only"):
        found[0, 0] = 7


@pytest.mark.parametrize(
    ("dtype", "code", "one"),
    [
        ("uint8", "08", "01"),
        ("int8", "09", "01"),
        ("int16", "0b", "0001"),
        ("int32", "0c", "00000001"),
        ("float32", "0d", "3f800000"),
        ("float64", "0e", "3ff0000000000000"),
    ],
)
def test_the_bytes_written(tmp_path, dtype, code, one):
    write_idx(tmp_path / "one", np.ones(1, dtype))
    assert (tmp_path / "one").read_bytes() == bytes.fromhex(f"0000{code}01 00000001 {one}")


@pytest.mark.parametrize("name", ["x.idx", "x.idx.gz"])
@given(array=arrays)
def test_read_undoes_write(tmp_path_factory, name, array):
    path = tmp_path_factory.getbasetemp() / name
    write_idx(path, array)
    found = read_idx(path)
    assert (found.shape, found.dtype) == (array.shape, array.dtype.newbyteorder("="))
    assert found.tobytes() == array.astype(found.dtype).tobytes()
    assert not found.flags.writeable


def test_arrays_in_any_memory_order(tmp_path):
    write_idx(tmp_path / "x", MATRIX.T[::-1])
    np.testing.assert_array_equal(read_idx(tmp_path / "x"), MATRIX.T[::-1], strict=True)


def test_the_same_array_gives_the_same_packed_bytes(tmp_path, monkeypatch):
    write_idx(tmp_path / "a.gz", MATRIX)
    monkeypatch.setattr("time.time", lambda: 1e9)
    write_idx(tmp_path / "b.gz", MATRIX)
    content = (tmp_path / "a.gz").read_bytes()
    assert content == (tmp_path / "b.gz").read_bytes()
    assert content[:8] == bytes.fromhex("1f8b 08 00 00000000")  # no name, no time
    assert gzip.decompress(content) == MATRIX_BYTES


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, step):
    path = tmp_path / "x"
    write_idx(path, MATRIX)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(DataError) as caught:
        write_idx(path, MATRIX + 1)
    assert (
        str(caught.value)
        == f"{path}: expected a file that can be written, got No space left on device; choose another path"
    )
    assert os.listdir(tmp_path) == ["x"]
    assert path.read_bytes() == MATRIX_BYTES


@pytest.mark.parametrize(("path", "reason"), [("missing/x", "directory"), (".", "directory"), ("\0", "null")])
def test_a_place_that_cannot_be_written(tmp_path, path, reason):
    with pytest.raises(DataError, match=rf"expected a file that can be written, got .*{reason}"):
        write_idx(tmp_path / path, MATRIX)


@pytest.mark.parametrize(
    ("array", "got"),
    [
        (np.zeros((2, 3), np.int64), "int64[2, 3]"),
        (np.zeros(2, bool), "bool[2]"),
        (np.zeros(2, np.uint16), "uint16[2]"),
        ([1, 2], "a list of 2"),
    ],
)
def test_an_array_without_an_idx_type(tmp_path, array, got):
    with pytest.raises(DtypeError) as caught:
        write_idx(tmp_path / "x", array)
    assert str(caught.value) == (
        "write_idx: expected an array of one of uint8, int8, int16, int32, float32, float64"
        f" (IDX has no other), got {got}"
    )
    assert os.listdir(tmp_path) == []


def test_an_axis_too_long_for_the_header(tmp_path):
    with pytest.raises(ShapeError, match=r"axes shorter than 2\*\*32 .*, got shape \(4294967296,\)"):
        write_idx(tmp_path / "x", np.broadcast_to(np.uint8(0), (2**32,)))


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_cut_off_at_any_byte(tmp_path, packed):
    content = gzip.compress(MATRIX_BYTES) if packed else MATRIX_BYTES
    path = tmp_path / "x"
    for size in range(len(content)):
        path.write_bytes(content[:size])
        assert failure(path).startswith("expected ")


def test_a_byte_of_a_packed_file_changed_never_changes_the_array(tmp_path):
    content = gzip.compress(MATRIX_BYTES, mtime=0)
    path = tmp_path / "x"
    noticed = 0
    for index in range(len(content)):
        path.write_bytes(content[:index] + bytes([content[index] ^ 0xFF]) + content[index + 1 :])
        try:
            np.testing.assert_array_equal(read_idx(path), MATRIX, strict=True)
        except DataError:
            noticed += 1
    assert noticed >= len(content) - 6  # the time, the level and the system of the packer say nothing


MAGIC = (
    "expected the start of an IDX file: 00 00, a type of 08, 09, 0b, 0c, 0d, 0e, and the number of axes, got "
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", MAGIC + "no bytes"),
        ("0000 08", MAGIC + "00 00 08"),
        ("0001 0801 00000000", MAGIC + "00 01 08 01"),
        ("0000 0a01 00000000", MAGIC + "00 00 0a 01"),
        ("0000 0802 00000001 000000", "expected 8 bytes for 2 axes, got 7 bytes"),
        (
            "0000 0c02 00000002 00000001 00000000 000000",
            "expected 8 bytes of numbers (its header says int32 of shape (2, 1)), got 7",
        ),
        (
            "0000 0801 00000002 010203 04",
            "expected 2 bytes of numbers (its header says uint8 of shape (2,)), got 3 or more",
        ),
        (
            "0000 0804 00000000 ffffffff ffffffff ffffffff",
            "expected a shape that NumPy can hold"
            " (its header says uint8 of shape (0, 4294967295, 4294967295, 4294967295)), got 4 axes",
        ),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_wrong_with_a_file(tmp_path, packed, content, message):
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(bytes.fromhex(content)) if packed else bytes.fromhex(content))
    assert failure(path) == message


def test_more_axes_than_numpy_has(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(bytes([0, 0, 8, 200]) + struct.pack(">I", 1) * 200 + b"\0")
    assert failure(path).endswith("got 200 axes")


@pytest.mark.parametrize("packed", [False, True])
def test_a_header_that_claims_the_world_costs_no_memory(tmp_path, packed):
    path = tmp_path / "x"
    content = bytes.fromhex("0000 0802 00100000 00100000 07")
    path.write_bytes(gzip.compress(content) if packed else content)
    tracemalloc.start()
    message = failure(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert message == (
        "expected 1099511627776 bytes of numbers (its header says uint8 of shape (1048576, 1048576)), got 1"
    )
    assert peak < 4 * 2**20


def test_bytes_after_a_packed_file(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(MATRIX_BYTES) + b"more")
    assert failure(path).startswith("expected an IDX file that can be read, got Not a gzipped file")


def test_no_file(tmp_path):
    assert failure(tmp_path / "x") == "expected an IDX file that can be read, got No such file or directory"
    assert failure(Path(tmp_path)) == "expected an IDX file that can be read, got Is a directory"
    assert failure(tmp_path / "\0").endswith(
        "\\x00: expected an IDX file that can be read, got embedded null byte"
    )
