"""MNIST read from small files that hold other digits."""

import importlib
import shutil
import socket

import numpy as np
import pooch
import pytest

import funnet as fn
from funnet.data import mnist, write_idx
from funnet.errors import DataError

TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = (
    f"{part}-{what}-ubyte.gz" for part in ("train", "t10k") for what in ("images-idx3", "labels-idx1")
)


@pytest.fixture(scope="module")
def digits():
    labels = np.arange(700, dtype=np.uint8) % 7 + 3
    images = np.zeros((700, 28, 28), np.uint8)
    images[:, 0, 0] = labels
    return images, labels


@pytest.fixture(scope="module")
def stored(tmp_path_factory, digits):
    folder = tmp_path_factory.mktemp("digits")
    images, labels = digits
    write_idx(folder / TRAIN_IMAGES, images[:600])
    write_idx(folder / TRAIN_LABELS, labels[:600])
    write_idx(folder / TEST_IMAGES, images[600:])
    write_idx(folder / TEST_LABELS, labels[600:])
    return folder


def test_two_pairs_of_images_and_labels(stored, digits):
    (x, labels), (x_test, labels_test) = mnist(stored)
    assert x.shape == (600, 28, 28)
    assert x_test.shape == (100, 28, 28)
    images, expected = digits
    for found, written in ((x, images[:600]), (x_test, images[600:])):
        assert found.tobytes() == written.tobytes()
    np.testing.assert_array_equal(labels, expected[:600], strict=True)
    np.testing.assert_array_equal(labels_test, expected[600:], strict=True)


@pytest.mark.parametrize("folder", [".", "mnist"])
@pytest.mark.parametrize("end", ["", ".gz"])
def test_files_with_a_dot_in_their_names(stored, tmp_path, folder, end, monkeypatch):
    (tmp_path / folder).mkdir(exist_ok=True)
    for path in stored.iterdir():
        array = fn.data.read_idx(path)
        write_idx(tmp_path / folder / (path.name.removesuffix(".gz").replace("-idx", ".idx") + end), array)
    (x, _), (_, labels_test) = mnist(tmp_path)
    assert x.shape == (600, 28, 28)
    assert labels_test.shape == (100,)
    monkeypatch.setenv("FUNNET_DATA", str(tmp_path))
    assert mnist()[0][0].tobytes() == x.tobytes()


def test_the_variable_names_the_folder(stored, monkeypatch):
    monkeypatch.setenv("FUNNET_DATA", str(stored))
    (_, labels), _ = mnist()
    assert labels[:8].tolist() == [3, 4, 5, 6, 7, 8, 9, 3]


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        (
            TRAIN_IMAGES,
            np.zeros((600, 28, 32), np.uint8),
            "expected uint8[N, 28, 28] with N > 0 (images of MNIST), got uint8[600, 28, 32]",
        ),
        (
            TRAIN_IMAGES,
            np.zeros((0, 28, 28), np.uint8),
            "expected uint8[N, 28, 28] with N > 0 (images of MNIST), got uint8[0, 28, 28]",
        ),
        (
            TEST_LABELS,
            np.zeros(600, np.uint8),
            "expected uint8[100] (a label for each image), got uint8[600]",
        ),
        (
            TEST_LABELS,
            np.zeros(100, np.int8),
            "expected uint8[100] (a label for each image), got int8[100]",
        ),
        (
            TEST_LABELS,
            np.where(np.arange(100) == 77, 10, 9).astype(np.uint8),
            "expected labels from 0 to 9, got 10 at 77",
        ),
    ],
    ids=["other images", "no images", "other labels", "other type", "label out of range"],
)
def test_files_of_something_else(stored, tmp_path, name, array, message):
    folder = shutil.copytree(stored, tmp_path / "other")
    write_idx(folder / name, array)
    with pytest.raises(DataError) as caught:
        mnist(folder)
    assert str(caught.value) == f"{folder / name}: {message}"


def test_offline_it_names_the_four_files(tmp_path, monkeypatch):
    monkeypatch.delenv("FUNNET_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / project)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/"
        monkeypatch.setattr(importlib.import_module("funnet.data.mnist_files"), "_MIRRORS", (url,))
        with pytest.raises(DataError) as caught:
            mnist()
    message = str(caught.value)
    assert message.startswith(
        f"mnist: expected {TRAIN_IMAGES} in {tmp_path / 'funnet' / 'mnist'} or on a mirror"
    )
    files = ", ".join((TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS))
    assert message.endswith(f"; put {files} into a folder and give it as root or in the variable FUNNET_DATA")
