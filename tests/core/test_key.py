"""Keys: streams that depend on their address alone."""

import copy
import enum
import hashlib
import pickle

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import funnet as fn
from tests.drawn import KEYS


def numbers(key, count=4):
    return key.generator().integers(0, 2**63, count).tolist()


@pytest.mark.parametrize(
    ("key", "first"),
    [
        (fn.Key(0), 5874934615388537135),
        (fn.Key(0).child("dropout"), 7561202084841492870),
        (fn.Key(3).child(0).child("w"), 8399808621027131393),
    ],
)
def test_the_numbers_of_an_address_never_change(key, first):
    assert numbers(key)[0] == first


def test_the_generator_is_the_seed_sequence_of_the_hashed_names():
    words = [
        int.from_bytes(hashlib.blake2b(name, digest_size=16).digest()[i : i + 4], "little")
        for name in (b"str:params", b"int:2")
        for i in (0, 4, 8, 12)
    ]
    sequence = np.random.SeedSequence(7, spawn_key=words)
    expected = np.random.Generator(np.random.PCG64(sequence)).integers(0, 2**63, 4).tolist()
    assert numbers(fn.Key(7).child("params").child(2)) == expected


@hypothesis.given(KEYS, KEYS)
def test_equal_addresses_give_equal_streams_and_others_give_others(a, b):
    assert (numbers(a) == numbers(b)) == (a == b)


def test_names_that_look_alike_are_different_addresses():
    key = fn.Key(0)
    streams = [
        key,
        key.child(0),
        key.child("0"),
        key.child("00"),
        key.child(0).child(0),
        key.child("a").child("b"),
        key.child("ab"),
        key.child("b").child("a"),
        fn.Key(1),
    ]
    assert len({tuple(numbers(stream)) for stream in streams}) == len(streams)


def test_children_are_uncorrelated():
    rows = np.array([fn.Key(0).child(i).generator().standard_normal(4000) for i in range(20)])
    correlation = np.corrcoef(rows) - np.eye(20)
    assert np.abs(correlation).max() < 5 / np.sqrt(4000)


def test_a_key_is_a_value():
    key = fn.Key(5).child("a").child(1)
    assert key == fn.Key(5, ("a", 1))
    assert hash(key) == hash(fn.Key(5, ("a", 1)))
    assert pickle.loads(pickle.dumps(key)) == copy.deepcopy(key) == key
    with pytest.raises(AttributeError):
        key.seed = 3


@hypothesis.given(st.integers())
def test_next_is_the_following_sibling(index):
    parent = fn.Key(0).child("a")
    assert parent.child(index).next() == parent.child(index + 1)


@pytest.mark.parametrize("key", [fn.Key(0), fn.Key(0).child("a")])
def test_only_a_numbered_key_has_a_next(key):
    with pytest.raises(fn.ConfigError) as caught:
        key.next()
    assert str(caught.value) == f"Key.next: expected a key whose last name is a number, got {key!r}"


@pytest.mark.parametrize("seed", [-1, 1.0, True, "0", None, np.float64(3), np.True_, np.array(3)])
def test_a_seed_is_a_non_negative_integer(seed):
    with pytest.raises(fn.ConfigError) as caught:
        fn.Key(seed)
    assert str(caught.value) == f"Key: expected seed to be a non-negative integer, got {seed!r}"


@pytest.mark.parametrize("name", [True, 1.0, None, b"a", np.True_, np.float64(0), np.bytes_(b"a"), ("a",)])
def test_a_name_is_an_integer_or_a_string(name):
    with pytest.raises(fn.ConfigError, match="Key: expected path to be a tuple of integers and strings, got"):
        fn.Key(0).child(name)


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.int32, enum.IntEnum("Three", {"three": 3})])
def test_integers_of_any_kind_are_those_of_python(kind):
    key = fn.Key(kind(3)).child(kind(3))
    assert key == fn.Key(3).child(3) == fn.Key(3, (kind(3),))
    assert repr(key) == "Key(seed=3, path=(3,))"
    assert type(key.seed) is type(key.path[0]) is int
    assert numbers(key) == numbers(fn.Key(3).child(3))
    assert key.next() == fn.Key(3).child(4)


def test_strings_of_any_kind_are_those_of_python():
    key = fn.Key(0).child(np.str_("a"))
    assert type(key.path[0]) is str
    assert numbers(key) == numbers(fn.Key(0).child("a"))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: fn.Key(0).child("\ud800"), "path with names in valid Unicode, got '\\ud800'"),
        (lambda: fn.Key(0, ("a", "é\udfff")), "path with names in valid Unicode, got 'é\\udfff'"),
        (lambda: fn.Key(np.int64(-3)), "seed to be a non-negative integer, got -3"),
        (lambda: fn.Key(10**5000), "seed of at most 4096 bits, got an integer of 16610 bits"),
        (lambda: fn.Key(-(10**5000)), "seed to be a non-negative integer, got an integer of 16610 bits"),
        (
            lambda: fn.Key(0).child(-(10**5000)),
            "path with integers of at most 4096 bits, got an integer of 16610 bits",
        ),
    ],
)
def test_what_cannot_be_hashed(make, words):
    with pytest.raises(fn.ConfigError) as caught:
        make()
    assert str(caught.value) == f"Key: expected {words}"


@pytest.mark.parametrize("name", ["", "/", "a/b", "é", "\U0001f600", "\n", 2**4096 - 1, -(2**4096 - 1)])
def test_any_other_name_has_a_stream(name):
    assert numbers(fn.Key(2**4096 - 1).child(name)) == numbers(fn.Key(2**4096 - 1, (name,)))


def test_a_path_is_a_tuple():
    with pytest.raises(fn.ConfigError, match="got 'ab'"):
        fn.Key(0, "ab")
