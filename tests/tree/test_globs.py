"""Globs: what they match, as regular expressions say it, and in little time whatever they are."""

import itertools
import re
import sys

import hypothesis
import pytest
from hypothesis import strategies as st

import funnet as fn
from funnet import tree
from funnet.tree.globs import matches


def expression(where):
    """The glob as a regular expression, which may take exponential time."""
    if where == "**":
        return re.compile(".*", re.DOTALL)
    pattern = ""
    for name in where.split("/"):
        if name == "**":
            pattern += "(?:[^/]+/)*"
        else:
            pattern += "[^/]*".join(re.escape(piece) for piece in name.split("*")) + "/"
    return re.compile(pattern + ".*" if where.endswith("/**") else pattern.removesuffix("/"), re.DOTALL)


def check(where, path):
    assert matches(where.split("/"), path.split("/")) == bool(expression(where).fullmatch(path)), (
        where,
        path,
    )


def test_all_small_globs_on_all_small_paths():
    names = ("a", "ab", "", "b")
    patterns = ("a", "*", "**", "a*", "*b", "", "a*b", "***")
    paths = ["/".join(p) for n in (1, 2, 3) for p in itertools.product(names, repeat=n)]
    for n in (1, 2, 3):
        for where in itertools.product(patterns, repeat=n):
            glob = expression("/".join(where))
            for path in paths:
                assert matches(where, path.split("/")) == bool(glob.fullmatch(path)), (where, path)


PIECES = st.lists(st.sampled_from(["a", "b", "ab", ".", "+", "\n", ""]), max_size=4).map("".join)


@hypothesis.settings(max_examples=300)
@hypothesis.given(
    st.lists(
        st.one_of(st.just("**"), st.lists(PIECES, min_size=1, max_size=4).map("*".join)),
        min_size=1,
        max_size=6,
    ),
    st.lists(PIECES, min_size=1, max_size=6),
)
def test_drawn_globs_on_drawn_paths(where, names):
    check("/".join(where), "/".join(names))


@pytest.mark.parametrize(
    ("where", "path", "hit"),
    [
        ("*a" * 14 + "b", "a" * 60, False),
        ("*a" * 14 + "b", "a" * 60 + "b", True),
        ("*a" * 2000 + "b", "a" * 10_000, False),
        ("*" * 10_000 + "b", "a" * 10_000, False),
        ("**/" * 12 + "w", "/".join("a" * 300), False),
        ("**/" * 12 + "w", "/".join("a" * 300) + "/w", True),
        ("**/a/" * 60 + "w", "/".join("a" * 1000), False),
        ("**/*a*a*/" * 30 + "w", "/".join(["aaab"] * 1000), False),
    ],
)
def test_work_is_at_most_a_product(where, path, hit):
    """Counted as lines of Python that run, for each pair of a name of the glob and one of the path."""
    lines = 0

    def count(frame, event, arg):
        nonlocal lines
        lines += event == "line"
        return count

    pattern, names = where.split("/"), path.split("/")
    old = sys.gettrace()
    sys.settrace(count)
    try:
        found = matches(pattern, names)
    finally:
        sys.settrace(old)
    assert found is hit
    stars = max(name.count("*") for name in pattern)
    assert lines < 30 * (len(pattern) + 2) * (len(names) + 2) + 4 * stars * len(names) * len(pattern)


def test_a_glob_that_is_none():
    for where in (None, 3, ["**/w"], b"**"):
        with pytest.raises(fn.TreeError, match=r"expected a glob, as '\*\*/w', got "):
            tree.matching(("a",), where)
