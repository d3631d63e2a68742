"""Networks as JSON files."""

import json
import os

import pytest

import funnet as fn
from tests.cases import ROWS
from tests.io.test_metadata import LAMBDA, OWN, Scale


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.json"


@pytest.mark.parametrize(
    "row", [row for row in ROWS if "Lambda" not in repr(row.net)], ids=lambda row: row.name
)
def test_every_network_comes_back_equal(path, row):
    fn.save_net(path, row.net)
    again = fn.load_net(path)
    assert again == row.net
    assert str(again) == str(row.net)


def test_the_file_is_one_to_read(path):
    fn.save_net(path, fn.Sequential([fn.Tanh()]))
    assert json.loads(path.read_text()) == {
        "format": "funnet net 1",
        "funnet": fn.__version__,
        "net": {"class": "Sequential", "layers": [{"class": "Tanh"}]},
    }
    assert os.listdir(path.parent) == ["net.json"]


def test_classes_of_ones_own(path):
    fn.save_net(path, OWN)
    assert fn.load_net(path, classes=[Scale]) == OWN
    with pytest.raises(fn.DataError) as caught:
        fn.load_net(path)
    assert str(caught.value).startswith(f"{path}/net/layers/1/layer/class: expected the name of a class of")


def test_what_has_no_name_is_not_written(path):
    with pytest.raises(fn.DtypeError, match="layers/0/forward: expected a value that can be written by name"):
        fn.save_net(path, fn.Sequential([LAMBDA]))
    assert not path.exists()


def test_a_place_where_nothing_can_be_written(tmp_path):
    with pytest.raises(fn.CheckpointError, match="expected a file that can be written, got No such file"):
        fn.save_net(tmp_path / "missing" / "net.json", fn.Tanh())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected a file written by funnet.save_net (damaged or foreign), got JSONDecodeError"),
        (
            "[" * 100_000,
            "expected a file written by funnet.save_net (damaged or foreign), got RecursionError",
        ),
        ("[]", "expected a file of the format 'funnet net 1', got another"),
        ('{"format": "funnet net 1"}', "expected a file of the format 'funnet net 1', got another"),
        (
            '{"format": "funnet net 2", "net": []}',
            "expected a file of the format 'funnet net 1', got another",
        ),
        ('{"format": "funnet net 1", "net": []}', "expected a network, got a tuple of 0"),
        ('{"format": "funnet net 1", "net": {"class": "os"}}', "net/class: expected the name of a class of"),
    ],
)
def test_other_files(path, text, words):
    path.write_text(text)
    with pytest.raises(fn.FunnetError) as caught:
        fn.load_net(path)
    assert str(caught.value).replace(f"{path}/", f"{path}: ").startswith(f"{path}: {words}")


def test_no_file(path):
    with pytest.raises(fn.CheckpointError, match="expected a file, got none at this path"):
        fn.load_net(path)
