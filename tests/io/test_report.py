"""Loading a part of a file, and the report of what fitted."""

import numpy as np
import pytest

import funnet as fn
from funnet import tree
from funnet.core.containers import Buffer

SMALL = {
    "encoder": {"w": np.ones((2, 3)), "moments": Buffer({"mean": np.ones(3)}), "rate": 0.5},
    "head": {"w": np.ones((3, 2)), "old": np.ones(2), "count": 1},
}
LARGE = {
    "encoder": {"w": np.zeros((2, 3)), "moments": Buffer({"mean": np.zeros(3)}), "rate": 0.25},
    "head": {"w": np.zeros((3, 5)), "new": np.zeros(2), "count": np.zeros(2)},
}


@pytest.fixture(params=["net.npz", "net.safetensors"])
def path(tmp_path, request):
    fn.save(tmp_path / request.param, SMALL)
    return tmp_path / request.param


def test_what_fits_is_loaded_and_the_rest_is_said(path):
    made, report = fn.load_partial(path, like=LARGE)
    assert tree.equal(made["encoder"], SMALL["encoder"])
    assert tree.equal(made["head"], LARGE["head"])
    assert report == fn.LoadReport(
        loaded=("encoder/moments/mean", "encoder/rate", "encoder/w"),
        missing=("head/new",),
        extra=("head/old",),
        reshaped=(
            ("head/count", "float64[2]", "a value"),
            ("head/w", "float64[3, 5]", "float64[3, 2]"),
        ),
    )
    assert not report.complete
    assert str(report).splitlines() == [
        "loaded 3 paths",
        "missing: head/new",
        "extra: head/old",
        "reshaped: head/count is float64[2], in the file a value",
        "reshaped: head/w is float64[3, 5], in the file float64[3, 2]",
    ]
    assert not made["head"]["w"].flags.writeable
    assert LARGE["head"]["w"].flags.writeable


def test_a_glob_says_what_to_load(path):
    made, report = fn.load_partial(path, like=LARGE, where="encoder/**")
    assert report.complete
    assert report.loaded == ("encoder/moments/mean", "encoder/rate", "encoder/w")
    assert tree.equal(made, {"encoder": SMALL["encoder"], "head": LARGE["head"]})
    made, report = fn.load_partial(path, like=LARGE, where="**/w")
    assert report.loaded == ("encoder/w",)
    assert [name for name, _, _ in report.reshaped] == ["head/w"]
    assert made["encoder"]["rate"] == 0.25


def test_a_glob_that_matches_nothing(path):
    with pytest.raises(fn.TreeError, match=r"expected a glob that matches a path .*got 'decoder/\*\*'"):
        fn.load_partial(path, like=LARGE, where="decoder/**")


def test_a_whole_file_fits_itself(path):
    made, report = fn.load_partial(path, like=SMALL)
    assert report.complete
    assert tree.equal(made, SMALL)


def test_the_faults_of_a_report_are_cut_short():
    names = tuple(f"p{i}" for i in range(9))
    assert fn.LoadReport((), names, ("q",), ()).faults() == (
        "a file that lacks p0, p1, p2, p3, p4, p5, p6, p7, ... and has besides q"
    )
