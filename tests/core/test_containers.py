"""What trees are made of."""

import collections
import copy
import pickle
from typing import NamedTuple

import attrs
import hypothesis
import numpy as np
import pytest

import funnet as fn
from funnet.core.containers import (
    Buffer,
    FrozenDict,
    check_name,
    describe,
    freeze,
    is_leaf,
    parts,
    read_only,
    rebuild,
    record,
)
from funnet.nn.layers.linear import Affine
from funnet.tree import equal, unravel, walk
from tests.drawn import ANY_TREES


class Pair(NamedTuple):
    left: object
    right: object


@attrs.define
class Plain:
    b: object
    _a: object = 0
    derived: object = attrs.field(init=False, default=1)


@attrs.frozen
class Named:
    b: object
    a: object = attrs.field(kw_only=True)


@attrs.frozen
class Nothing:
    pass


def again(how):
    return pytest.param(how, id=how.__name__)


def pickled(node):
    return pickle.loads(pickle.dumps(node))


COPIES = [again(pickled), again(copy.deepcopy), again(copy.copy)]


class TestFrozenDict:
    made = FrozenDict({"b": 1, "a": 2})

    def test_is_a_mapping_in_the_order_of_its_making(self):
        assert list(self.made) == ["b", "a"]
        assert dict(self.made.items()) == {"b": 1, "a": 2}
        assert len(self.made) == 2
        assert self.made["a"] == 2
        assert "c" not in self.made
        assert repr(self.made) == "FrozenDict({'b': 1, 'a': 2})"
        with pytest.raises(KeyError):
            self.made["c"]

    def test_cannot_be_changed(self):
        for change in (
            lambda: self.made.__setitem__("a", 3),
            lambda: self.made.pop("a"),
            lambda: self.made.update(a=3),
            lambda: setattr(self.made, "a", 3),
            lambda: setattr(self.made, "_items", {}),
            lambda: delattr(self.made, "_items"),
        ):
            with pytest.raises(AttributeError):
                change()
        with pytest.raises(TypeError):
            self.made["a"] = 3
        assert self.made == {"b": 1, "a": 2}

    def test_does_not_follow_the_dict_it_was_made_from(self):
        source = {"a": 1}
        made = FrozenDict(source)
        source["b"] = 2
        assert made == {"a": 1}

    def test_compares_and_hashes_whatever_the_order(self):
        turned = FrozenDict({"a": 2, "b": 1})
        assert self.made == turned == {"a": 2, "b": 1}
        assert hash(self.made) == hash(turned)
        assert self.made != FrozenDict({"b": 1})

    @pytest.mark.parametrize("how", COPIES)
    def test_copies_keep_the_order_and_freeze_the_arrays(self, how):
        made = how(FrozenDict({"b": np.ones(2), "a": {"c": np.zeros(1)}}))
        assert type(made) is FrozenDict
        assert list(made) == ["b", "a"]
        assert not made["b"].flags.writeable
        assert not made["a"]["c"].flags.writeable

    @pytest.mark.parametrize("name", ["", "a/b", "/", 1, None, ("a",), "a\n", "\x00", "\ud800"])
    def test_refuses_names_that_cannot_stand_in_a_path(self, name):
        with pytest.raises(fn.TreeError) as caught:
            FrozenDict({name: 1})
        assert str(caught.value) == (
            f"expected names that are printable, non-empty strings without '/', got {name!r}"
        )


@pytest.mark.parametrize("name", ["w", "*", "0", "ä b", ".."])
def test_names_may_be_any_printable_string(name):
    check_name(name)


@pytest.mark.parametrize(
    ("node", "words"),
    [
        (np.ones((2, 3), np.float32), "float32[2, 3]"),
        (np.float64(1), "float64[]"),
        ((), "a tuple of 0"),
        ([1, 2], "a list of 2"),
        ({"a": 1}, "a dict of 1"),
        (FrozenDict({"a": 1}), "a FrozenDict of 1"),
        (Affine((), ()), "a Affine record"),
        (None, "None"),
        ("w", "'w'"),
        (3, "3"),
    ],
)
def test_describe(node, words):
    assert describe(node) == words


@pytest.mark.parametrize("node", [np.ones(2), np.array(1), np.float32(1), np.bool_(True)])
def test_arrays_and_numbers_of_numpy_are_leaves(node):
    assert is_leaf(node)


@pytest.mark.parametrize("node", [1, 1.0, True, None, "w", [], (), {}, len, 1j])
def test_nothing_else_is(node):
    assert not is_leaf(node)


@pytest.mark.parametrize(
    ("node", "named"),
    [
        ((5, 6), [(0, 5), (1, 6)]),
        ([5, 6], [(0, 5), (1, 6)]),
        ({"b": 5, "a": 6}, [("a", 6), ("b", 5)]),
        (FrozenDict({"b": 5, "a": 6}), [("a", 6), ("b", 5)]),
        (Affine(5, 6), [("w", 5), ("b", 6)]),
        (Buffer(5), [("value", 5)]),
        (Pair(5, 6), [(0, 5), (1, 6)]),
        (Plain(5, 6), [("b", 5), ("_a", 6)]),
        (Named(5, a=6), [("b", 5), ("a", 6)]),
        (Nothing(), []),
        (collections.OrderedDict(b=5, a=6), [("a", 6), ("b", 5)]),
    ],
)
def test_parts_and_rebuild_take_a_container_apart_and_together(node, named):
    assert parts(node) == named
    made = rebuild(node, [-value for _, value in named])
    assert type(made) is type(node)
    assert parts(made) == [(name, -value) for name, value in named]
    if isinstance(node, dict | FrozenDict):
        assert list(made) == list(node)


@pytest.mark.parametrize("node", [3, "ab", None, np.ones(3), {1, 2}, range(3)])
def test_parts_of_what_is_no_container(node):
    assert parts(node) is None


def test_names_of_several_types_in_one_dict_are_refused():
    with pytest.raises(fn.TreeError, match="expected names that are all strings, got"):
        parts({1: 2, "a": 3})


class TestRecord:
    def test_is_frozen(self):
        with pytest.raises(AttributeError):
            Affine(1, 2).w = 3

    def test_shows_arrays_by_their_shape(self):
        assert repr(Affine(np.ones((2, 3)), ())) == "Affine(w=<float64[2, 3]>, b=())"

    def test_compares_by_identity(self):
        made = Affine(np.ones(2), ())
        assert made == made
        assert made != Affine(np.ones(2), ())

    @pytest.mark.parametrize("how", COPIES)
    def test_copies_freeze_the_arrays(self, how):
        made = how(Affine(np.ones(2), {"deep": [np.zeros(1)]}))
        assert type(made) is Affine
        assert not made.w.flags.writeable
        assert not made.b["deep"][0].flags.writeable

    def test_a_class_of_the_users(self):
        @record
        class Own:
            scale: object
            _hidden: object

        made = Own(np.ones(3), hidden=2)
        assert repr(made) == "Own(scale=<float64[3]>, _hidden=2)"
        assert parts(rebuild(made, [1, 2])) == [("scale", 1), ("_hidden", 2)]


@hypothesis.given(ANY_TREES)
def test_every_tree_survives_pickle_and_deepcopy(tree):
    tree = Buffer(tree)
    for made in (pickled(tree), copy.deepcopy(tree)):
        assert equal(made, tree)
        assert all(
            not leaf.flags.writeable for _, leaf in walk(made, buffers=True) if isinstance(leaf, np.ndarray)
        )


class TestFreeze:
    def test_copies_what_someone_may_still_write_to(self):
        x = np.ones(3)
        frozen = freeze({"a": [x]})
        x[0] = 5
        assert frozen["a"][0].tolist() == [1, 1, 1]
        with pytest.raises(ValueError, match="read-only"):
            frozen["a"][0][0] = 2

    @pytest.mark.parametrize(
        "view",
        [
            lambda a: a[:],
            lambda a: a[1:][::2],
            lambda a: a.reshape(3, 2).T,
            lambda a: np.broadcast_to(a[:1], (3, 6)),
            lambda a: read_only(a.view("i8")).view("f8"),
            lambda a: np.frombuffer(a.data),
            lambda a: np.ndarray((6,), "f8", a.data),
            lambda a: np.lib.stride_tricks.as_strided(a, (2,), (24,)),
        ],
    )
    @pytest.mark.parametrize("holder", [lambda v: freeze({"w": [v]}), lambda v: Buffer({"w": [v]}).value])
    def test_copies_a_read_only_view_of_what_someone_may_still_write_to(self, holder, view):
        a = np.arange(6.0)
        v = view(a)
        v.setflags(write=False)
        frozen = holder({"w": [v]})
        before = v.copy()
        a[:] = 7
        assert not np.array_equal(v, before)
        assert np.array_equal(frozen["w"][0]["w"][0], before)
        assert not frozen["w"][0]["w"][0].flags.writeable

    def test_copies_what_other_owners_may_write_to(self, tmp_path):
        content = bytearray(24)
        frozen = freeze(read_only(np.frombuffer(content)))
        np.zeros(3).tofile(tmp_path / "a")
        mapped = freeze(np.memmap(tmp_path / "a", "f8", "r"))
        content[:] = np.ones(3).tobytes()
        np.ones(3).tofile(tmp_path / "a")
        assert frozen.tolist() == mapped.tolist() == [0, 0, 0]
        assert type(mapped) is np.ndarray

    @pytest.mark.parametrize(
        "settled",
        [
            lambda: read_only(np.ones(6))[2:],
            lambda: read_only(np.ones(6)).reshape(2, 3).T,
            lambda: np.frombuffer(np.ones(3).tobytes())[1:],
            lambda: np.broadcast_to(read_only(np.ones(1)), (4, 1)),
            lambda: unravel({"w": np.ones((2, 2))}, read_only(np.ones(4)))["w"],
        ],
    )
    def test_shares_what_nobody_can_write_to(self, settled):
        array = settled()
        assert freeze(array) is array
        assert Buffer(array).value is array

    def test_leaves_what_is_frozen_as_it_is(self):
        node = (read_only(np.ones(3)), {"a": read_only(np.ones(2))}, 5, None)
        assert freeze(node) is node

    def test_enters_buffers(self):
        x = np.ones(3)
        buffer = Buffer({"a": x})
        assert buffer.value["a"] is not x
        assert not buffer.value["a"].flags.writeable

    def test_keeps_passengers_and_numpy_numbers(self):
        assert freeze((1, "a", np.float32(2))) == (1, "a", np.float32(2))
