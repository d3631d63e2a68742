"""Trees: the parameters as a tree, and as one vector."""

import collections
import copy
import hashlib
import pickle

import attrs
import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import funnet as fn
from funnet import tree
from funnet.core.containers import Buffer, FrozenDict, has_buffer, is_leaf, parts, rebuild
from funnet.nn.layers.batch_norm import Moments
from funnet.nn.layers.linear import Affine
from funnet.tree.treedef import Form
from tests.drawn import ANY_TREES, KEYS, NAMES, PASSENGERS, arrays, trees


def example():
    """Two layers by name, with a Buffer, a bias that is not there, and a passenger."""
    return {
        "encoder": (
            Affine(np.arange(6.0).reshape(2, 3), np.array([6.0, 7.0, 8.0])),
            Buffer({"mean": np.array([100.0]), "key": fn.Key(3)}),
            Affine(np.full((3, 1), 9.0), ()),
        ),
        "decoder": [{"scale": np.array(12.0)}, "passenger"],
    }


PATHS = ["decoder/0/scale", "encoder/0/w", "encoder/0/b", "encoder/2/w"]


def test_leaves_and_paths_come_in_the_order_of_sorted_names_without_buffers():
    assert tree.paths(example()) == PATHS
    assert [leaf.tolist() for leaf in tree.leaves(example())] == [
        12.0,
        [[0, 1, 2], [3, 4, 5]],
        [6, 7, 8],
        [[9], [9], [9]],
    ]


def test_walk_yields_passengers_and_what_is_in_buffers():
    assert [path for path, _ in tree.walk(example(), buffers=False)] == [
        "decoder/0/scale",
        "decoder/1",
        "encoder/0/w",
        "encoder/0/b",
        "encoder/2/w",
    ]
    inside = dict(tree.walk(example(), buffers=True))
    assert inside["encoder/1/key/seed"] == 3
    assert inside["encoder/1/mean"] == 100


def test_a_single_array_has_the_empty_path():
    x = np.ones(3)
    assert tree.paths(x) == [""]
    assert tree.get(x, "") is x
    assert tree.set(x, "", np.zeros(3)).tolist() == [0, 0, 0]
    assert tree.get(Buffer(5), "") == 5


class TestMap:
    def test_keeps_containers_buffers_and_passengers(self):
        before = example()
        after = tree.map(lambda leaf: -leaf, before)
        assert type(after["encoder"]) is tuple
        assert type(after["decoder"]) is list
        assert type(after["encoder"][0]) is Affine
        assert after["encoder"][0].b.tolist() == [-6, -7, -8]
        assert after["encoder"][2].b == ()
        assert after["encoder"][1] is before["encoder"][1]
        assert after["decoder"][1] == "passenger"
        assert list(after) == ["encoder", "decoder"]

    def test_goes_through_several_trees_at_once(self):
        total = tree.map(lambda a, b, c: a + b * c, example(), example(), example())
        assert total["encoder"][0].b.tolist() == [42, 56, 72]

    @pytest.mark.parametrize(
        ("first", "other", "words"),
        [
            (
                {"a": np.ones(1), "b": np.ones(1)},
                {"a": np.ones(1), "c": np.ones(1)},
                "expected a container of a, b (as in the first tree), got a dict of 2: a, c",
            ),
            (
                (np.ones(1), {"a": (np.ones(1),)}),
                (np.ones(1), {"a": (np.ones(1), np.ones(1))}),
                "1/a: expected a container of 0 (as in the first tree), got a tuple of 2: 0, 1",
            ),
            (
                {"a": (np.ones(2),)},
                {"a": np.ones(2)},
                "a: expected a container of 0 (as in the first tree), got float64[2]",
            ),
            (
                {"a": np.ones(2)},
                {"a": (1.0, 2.0)},
                "a: expected an array like float64[2] (as in the first tree), got a tuple of 2",
            ),
            (
                {"a": np.ones(2)},
                {"a": 3.0},
                "a: expected an array like float64[2] (as in the first tree), got 3.0",
            ),
            (
                Affine(np.ones(1), ()),
                Affine(np.ones(1), np.ones(1)),
                "b: expected a container of nothing (as in the first tree), got float64[1]",
            ),
        ],
    )
    def test_names_the_place_where_trees_differ(self, first, other, words):
        with pytest.raises(fn.TreeError) as caught:
            tree.map(np.add, first, other)
        assert str(caught.value) == words


class TestVector:
    @hypothesis.given(trees(arrays("float32") | st.none() | st.just(())))
    def test_ravel_and_unravel_are_inverse(self, drawn):
        vector = tree.ravel(drawn)
        assert vector.shape == (tree.count(drawn),)
        assert tree.equal(tree.unravel(drawn, vector), drawn)
        other = np.arange(len(vector), dtype=np.float32)
        assert np.array_equal(tree.ravel(tree.unravel(drawn, other)), other)

    def test_is_the_leaves_in_order(self):
        assert tree.ravel(example()).tolist() == [12, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9]

    @pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
    def test_keeps_the_dtype(self, dtype):
        assert tree.ravel((np.ones(2, dtype),)).dtype == dtype

    def test_of_nothing_is_an_empty_vector(self):
        assert tree.ravel(((), None, Buffer(np.ones(3)))).shape == (0,)
        assert tree.unravel(((), None), np.zeros(0, np.float32)) == ((), None)

    def test_is_new_memory(self):
        x = np.ones(3)
        assert not np.shares_memory(tree.ravel(x), x)

    def test_unravels_to_read_only_views(self):
        vector = np.arange(13.0)
        made = tree.unravel(example(), vector)
        assert all(np.shares_memory(leaf, vector) for leaf in tree.leaves(made))
        assert not any(leaf.flags.writeable for leaf in tree.leaves(made))
        assert vector.flags.writeable

    def test_holds_arrays_that_are_not_contiguous(self):
        x = np.arange(6.0).reshape(2, 3)
        assert tree.ravel((x.T, x[:, ::-1])).tolist() == [0, 3, 1, 4, 2, 5, 2, 1, 0, 5, 4, 3]

    @hypothesis.given(st.dictionaries(NAMES, arrays(), max_size=4), st.randoms(use_true_random=False))
    def test_does_not_depend_on_the_order_of_a_dict(self, drawn, random):
        names = list(drawn)
        random.shuffle(names)
        turned = {name: drawn[name] for name in names}
        assert tree.paths(turned) == tree.paths(drawn)
        assert tree.ravel(turned).tobytes() == tree.ravel(drawn).tobytes()
        assert tree.fingerprint(turned) == tree.fingerprint(drawn)
        assert tree.equal(turned, drawn)
        assert list(tree.map(np.copy, turned)) == names

    def test_has_one_dtype(self):
        with pytest.raises(fn.DtypeError) as caught:
            tree.ravel({"a": (np.ones(2, "f4"), np.ones(2, "f8"))})
        assert str(caught.value) == "a/1: expected float32 (one tree has one dtype), got float64"

    @pytest.mark.parametrize(
        ("vector", "error", "words"),
        [
            (
                np.ones(12),
                fn.ShapeError,
                "expected a vector of shape (13,) (the tree's size), got shape (12,)",
            ),
            (
                np.ones((13, 1)),
                fn.ShapeError,
                "expected a vector of shape (13,) (the tree's size), got shape (13, 1)",
            ),
            (np.ones(13, "f4"), fn.DtypeError, "expected a vector of float64 (as the tree), got float32"),
            ([1.0] * 13, fn.DtypeError, "expected a vector, got a list of 13"),
        ],
    )
    def test_must_fit_its_tree(self, vector, error, words):
        with pytest.raises(error) as caught:
            tree.unravel(example(), vector)
        assert str(caught.value) == words


def emptied(node):
    """A tree with nothing in its Buffers, into which no vector looks."""
    if isinstance(node, Buffer):
        return Buffer(())
    children = None if is_leaf(node) else parts(node)
    return rebuild(node, [emptied(child) for _, child in children]) if children else node


class TestForm:
    @hypothesis.given(trees(arrays("float32") | PASSENGERS | KEYS))
    def test_does_as_ravel_and_unravel_do(self, drawn):
        form, vector = Form.of(drawn), np.arange(tree.count(drawn), dtype=np.float32)
        assert form.ravel(drawn).tobytes() == tree.ravel(drawn).tobytes()
        assert tree.equal(form.unravel(drawn, vector), tree.unravel(drawn, vector))

    @hypothesis.given(
        trees(arrays("float32") | PASSENGERS | KEYS), trees(arrays("float32") | PASSENGERS | KEYS)
    )
    def test_makes_a_vector_of_no_tree_of_another_form(self, drawn, other):
        form = Form.of(drawn)
        try:
            tree.same_structure(emptied(drawn), emptied(other))
        except fn.FunnetError:
            with pytest.raises((AttributeError, LookupError, TypeError, ValueError)):
                form.ravel(other)

    @hypothesis.given(trees(arrays("float32") | PASSENGERS | KEYS))
    def test_lists_what_is_in_no_vector(self, drawn):
        form = Form.of(drawn)
        whole = (form.unravel(drawn, np.zeros(tree.count(drawn), np.float32)), drawn)
        assert all(a is b for a, b in zip(*map(form.rest, whole), strict=True))
        assert form.buffers is any(map(has_buffer, form.rest(drawn)))

    def test_carries_over_from_the_tree_it_is_given_what_is_in_no_vector(self):
        form, vector = Form.of(example()), np.zeros(13)
        advanced = tree.set(example(), "encoder/1/mean", np.array([-1.0]))
        made = form.unravel(advanced, vector)
        assert made["encoder"][1] is advanced["encoder"][1]
        assert made["encoder"][2].b == ()
        assert made["decoder"][1] == "passenger"

    @pytest.mark.parametrize(
        ("of", "buffers"), [(example(), True), ((np.ones(3), (), None), False), (Buffer(()), True)]
    )
    def test_knows_whether_there_are_buffers(self, of, buffers):
        assert Form.of(of).buffers is buffers

    def test_gives_views_into_the_vector(self):
        vector = np.arange(13.0)
        made = Form.of(example()).unravel(example(), vector)
        assert all(np.shares_memory(leaf, vector) for leaf in tree.leaves(made))

    def test_of_a_tree_of_any_depth(self):
        deep = np.ones(2)
        for _ in range(300):
            deep = (deep,)
        assert tree.equal(Form.of(deep).unravel(deep, np.ones(2)), deep)

    def test_makes_keyword_only_and_named_tuples(self):
        @attrs.frozen(kw_only=True)
        class Pair:
            _a: object
            b: object

        point = collections.namedtuple("point", "x y")
        of = point(Pair(a=np.ones(2), b=None), np.ones(()))
        made = Form.of(of).unravel(of, np.array([1.0, 2.0, 3.0]))
        assert type(made) is point
        assert (made.x._a.tolist(), made.x.b, made.y.tolist()) == ([1.0, 2.0], None, 3.0)


class TestGetAndSet:
    def test_get(self):
        params = example()
        assert tree.get(params, "encoder/0/b").tolist() == [6, 7, 8]
        assert tree.get(params, "encoder/0") is params["encoder"][0]
        assert tree.get(params, "decoder/1") == "passenger"

    def test_paths_lead_into_buffers(self):
        params = example()
        assert tree.get(params, "encoder/1/mean").tolist() == [100]
        assert tree.get(params, "encoder/1/key") == fn.Key(3)
        assert tree.get(params, "encoder/1")["key"] == fn.Key(3)
        changed = tree.set(params, "encoder/1/mean", np.array([5.0]))
        assert type(changed["encoder"][1]) is Buffer
        assert tree.get(changed, "encoder/1/mean").tolist() == [5]
        assert tree.get(params, "encoder/1/mean").tolist() == [100]
        assert tree.get(tree.set(params, "encoder/1/key", fn.Key(4)), "encoder/1/key") == fn.Key(4)

    def test_paths_lead_through_buffers_in_buffers(self):
        params = fn.Frozen(fn.Sequential([fn.Dropout(0.5)])).init(fn.Key(0), np.ones((1, 2)))
        nested = Buffer(Buffer({"a": Buffer(np.ones(2))}))
        assert tree.get(params, "0/seed") == 0
        assert tree.get(params, "0") == fn.Key(0).child(0).child(0)
        assert tree.get(nested, "a").tolist() == [1, 1]
        assert tree.get(nested, "").keys() == {"a"}
        assert tree.equal(tree.set(nested, "a", np.zeros(2)), Buffer(Buffer({"a": Buffer(np.zeros(2))})))

    @hypothesis.given(trees(arrays("float32")))
    def test_every_path_gives_its_leaf(self, drawn):
        for path, leaf in tree.walk(drawn, buffers=True):
            assert tree.equal(tree.get(drawn, path), leaf)

    @hypothesis.given(trees(arrays("float32")))
    def test_set_changes_one_place_and_nothing_else(self, drawn):
        before = tree.fingerprint(drawn)
        named = dict(tree.walk(drawn, buffers=True))
        for path, leaf in named.items():
            made = dict(tree.walk(tree.set(drawn, path, np.full_like(leaf, 7)), buffers=True))
            assert made.keys() == named.keys()
            assert (made[path] == 7).all()
            assert all(tree.equal(made[other], named[other]) for other in named if other != path)
        assert tree.fingerprint(drawn) == before

    def test_set_keeps_its_own_copy(self):
        x = np.zeros(3)
        params = tree.set(example(), "encoder/0/b", x)
        x[0] = 5
        assert tree.get(params, "encoder/0/b").tolist() == [0, 0, 0]
        subtree = tree.set(example(), "decoder/0", {"scale": x})
        x[0] = 9
        assert tree.get(subtree, "decoder/0/scale").tolist() == [5, 0, 0]

    @pytest.mark.parametrize(
        ("path", "words"),
        [
            (
                "nowhere",
                "expected a path that goes on with one of decoder, encoder (below the tree), got 'nowhere'",
            ),
            (
                "encoder/3",
                "expected a path that goes on with one of 0, 1, 2 (below encoder), got 'encoder/3'",
            ),
            (
                "encoder/0/c",
                "expected a path that goes on with one of w, b (below encoder/0), got 'encoder/0/c'",
            ),
            (
                "encoder/0/w/0",
                "expected a path that goes on with one of nothing (below encoder/0/w), got 'encoder/0/w/0'",
            ),
            (
                "encoder/1/std",
                "expected a path that goes on with one of key, mean (below encoder/1), got 'encoder/1/std'",
            ),
            ("encoder/", "expected a path that goes on with one of 0, 1, 2 (below encoder), got 'encoder/'"),
            ("/", "expected a path that goes on with one of decoder, encoder (below the tree), got '/'"),
        ],
    )
    def test_unknown_paths(self, path, words):
        for call in (lambda: tree.get(example(), path), lambda: tree.set(example(), path, np.ones(1))):
            with pytest.raises(fn.TreeError) as caught:
                call()
            assert str(caught.value) == words

    @pytest.mark.parametrize("path", [0, None, ("encoder", 0)])
    def test_a_path_is_a_string(self, path):
        for call in (lambda: tree.get(example(), path), lambda: tree.set(example(), path, 1)):
            with pytest.raises(fn.DtypeError) as caught:
                call()
            assert str(caught.value) == f"expected a path as a string, got {path!r}"

    @pytest.mark.parametrize(
        ("value", "error", "words"),
        [
            (np.zeros(4), fn.ShapeError, "encoder/0/b: expected shape (3,), got shape (4,)"),
            (np.zeros(3, "f4"), fn.DtypeError, "encoder/0/b: expected dtype float64, got dtype float32"),
            ([0.0] * 3, fn.TreeError, "encoder/0/b: expected an array like float64[3], got a list of 3"),
            (None, fn.TreeError, "encoder/0/b: expected an array like float64[3], got None"),
        ],
    )
    def test_an_array_must_fit(self, value, error, words):
        with pytest.raises(error) as caught:
            tree.set(example(), "encoder/0/b", value)
        assert str(caught.value) == words


class TestGlobs:
    names = ("w", "0/w", "0/b", "0/w/w", "1/scale", "enc/0/w", "enc/1/norm/scale", "enc.0/w")

    @pytest.mark.parametrize(
        ("where", "hits"),
        [
            ("**", set(names)),
            ("**/w", {"w", "0/w", "0/w/w", "enc/0/w", "enc.0/w"}),
            ("*", {"w"}),
            ("*/w", {"0/w", "enc.0/w"}),
            ("0/*", {"0/w", "0/b"}),
            ("0/**", {"0/w", "0/b", "0/w/w"}),
            ("enc/**/scale", {"enc/1/norm/scale"}),
            ("enc/**/w", {"enc/0/w"}),
            ("**/norm/*", {"enc/1/norm/scale"}),
            ("**/s*e", {"1/scale", "enc/1/norm/scale"}),
            ("enc/*/w", {"enc/0/w"}),
            ("enc.0/w", {"enc.0/w"}),
            ("0/w", {"0/w"}),
            ("**/**/w", {"w", "0/w", "0/w/w", "enc/0/w", "enc.0/w"}),
        ],
    )
    def test_match_whole_paths(self, where, hits):
        chosen = tree.matching(self.names, where)
        assert {name for name, hit in zip(self.names, chosen, strict=True) if hit} == hits

    @pytest.mark.parametrize("where", ["", "W", "w/", "/w", "x/**", "0", "**/", "enc?0/w", "[0]/w"])
    def test_that_match_nothing(self, where):
        for call in (tree.matching, lambda names, where: tree.select({"a": np.ones(1)}, where)):
            with pytest.raises(fn.TreeError) as caught:
                call(self.names, where)
            assert str(caught.value).startswith("expected a glob that matches a path (the paths are ")
            assert str(caught.value).endswith(f"), got {where!r}")

    def test_name_at_most_eight_paths(self):
        with pytest.raises(fn.TreeError, match=r"\(the paths are 0, 1, 2, 3, 4, 5, 6, 7, \.\.\.\), got 'w'"):
            tree.select([np.ones(1)] * 9, "w")
        with pytest.raises(fn.TreeError, match=r"\(the paths are none\)"):
            tree.select((), "w")

    def test_select_and_mask_agree(self):
        chosen = tree.select(example(), "**/w")
        assert list(chosen) == ["encoder/0/w", "encoder/2/w"]
        mask = tree.mask(example(), "**/w")
        assert mask.dtype == bool
        assert tree.ravel(example())[mask].tolist() == [0, 1, 2, 3, 4, 5, 9, 9, 9]

    def test_select_sees_no_buffer(self):
        assert "encoder/1/mean" not in tree.select(example(), "**")


class TestEqual:
    @hypothesis.given(ANY_TREES)
    def test_a_tree_is_equal_to_its_copy(self, drawn):
        again = copy.deepcopy(drawn)
        assert tree.equal(drawn, again)
        assert tree.fingerprint(drawn) == tree.fingerprint(again)
        tree.same_structure(drawn, again)

    @pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
    def test_looks_at_every_bit(self, dtype):
        x = np.array([[1.5, np.nan, -0.0]], dtype)
        raw = x.tobytes()
        for bit in range(8 * len(raw)):
            flipped = bytearray(raw)
            flipped[bit // 8] ^= 1 << bit % 8
            other = np.frombuffer(bytes(flipped), dtype).reshape(x.shape)
            for wrap in (lambda leaf: {"a": leaf}, Buffer):
                assert not tree.equal(wrap(x), wrap(other))
                assert tree.fingerprint(wrap(x)) != tree.fingerprint(wrap(other))

    def test_nan_equals_itself(self):
        assert tree.equal((np.array(np.nan), float("nan")), (np.array(np.nan), float("nan")))
        assert not tree.allclose(np.array(np.nan), np.array(np.nan))

    DIFFERENT = (
        ({"a": np.ones(2)}, {"b": np.ones(2)}),
        (np.ones(2), np.ones((2, 1))),
        (np.ones(2), np.ones(2, "f4")),
        (np.zeros(2, "f4"), np.zeros(2, "i4")),
        ((np.ones(2), 1), (np.ones(2), 2)),
        ((np.ones(2), "a"), (np.ones(2), "b")),
        (fn.Key(0), fn.Key(1)),
        (Buffer(np.ones(2)), Buffer(np.zeros(2))),
        (Affine(np.ones(2), ()), Affine(np.ones(2), np.ones(0))),
    )

    @pytest.mark.parametrize(("a", "b"), DIFFERENT)
    def test_different_trees(self, a, b):
        assert not tree.equal(a, b)
        assert not tree.equal(b, a)
        assert not tree.allclose(a, b)
        assert tree.fingerprint(a) != tree.fingerprint(b)

    def test_containers_of_another_class_are_different(self):
        x = np.ones(2)
        assert not tree.equal(Affine(x, x), Moments(x, x))
        assert not tree.equal(Buffer(x), x)
        assert not tree.equal((x,), {"0": x})

    def test_allclose_is_that_of_numpy(self):
        a = {"a": np.array([1.0, 100.0])}
        assert tree.allclose(a, {"a": np.array([1.0, 100.0009])})
        assert not tree.allclose(a, {"a": np.array([1.0, 100.002])})
        assert tree.allclose(a, {"a": np.array([1.0, 100.5])}, rtol=1e-2)
        assert tree.allclose({"a": np.array([0.0])}, {"a": np.array([0.05])}, atol=0.1)
        assert not tree.allclose(Buffer(a), Buffer({"a": np.array([1.0, 101.0])}))

    @pytest.mark.parametrize(
        ("a", "b", "error", "words"),
        [
            (
                {"a": (np.ones(2),)},
                {"a": (np.ones(3),)},
                fn.ShapeError,
                "a/0: expected shape (2,), got shape (3,)",
            ),
            (
                {"a": np.ones(2)},
                {"a": np.ones(2, "f4")},
                fn.DtypeError,
                "a: expected dtype float64, got dtype float32",
            ),
            (
                {"a": np.ones(2)},
                {"a": (1,)},
                fn.TreeError,
                "a: expected an array like float64[2], got a tuple of 1",
            ),
            (
                {"a": Buffer(np.ones(2))},
                {"a": Buffer(np.ones(3))},
                fn.ShapeError,
                "a: expected shape (2,), got shape (3,)",
            ),
            (Affine(1, 2), Moments(1, 2), fn.TreeError, "expected a Affine record, got a Moments record"),
            ((1, None), (1, np.ones(1)), fn.TreeError, "1: expected None, got float64[1]"),
        ],
    )
    def test_same_structure_names_the_place(self, a, b, error, words):
        with pytest.raises(error) as caught:
            tree.same_structure(a, b)
        assert str(caught.value) == words


def test_the_fingerprint_is_a_digest_of_lines():
    w = np.arange(6, dtype="<f4").reshape(2, 3)
    params = {"b": Buffer(fn.Key(1, ("x",))), "a": (Affine(w, ()), 2.5)}
    lines = b"a/0/w <f4 (2, 3)\n" + w.tobytes() + b"a/1 2.5\n" + b"b/seed 1\n" + b"b/path/0 'x'\n"
    assert tree.fingerprint(params) == hashlib.sha256(lines).hexdigest()


def test_the_fingerprint_sees_paths_shapes_dtypes_and_passengers():
    x = np.zeros(4, "f4")
    seen = [
        {"a": x},
        {"b": x},
        {"a": x.reshape(2, 2)},
        {"a": x.astype("f8")[:2]},
        {"a": x, "b": 1},
        {"a": x, "b": True},
        {"a": x, "b": "1"},
        {"a": x, "b": 1.0},
        {"a": x, "b": None},
    ]
    assert len({tree.fingerprint(node) for node in seen}) == len(seen)


def test_the_fingerprint_does_not_depend_on_the_memory_order():
    x = np.arange(6.0).reshape(2, 3)
    assert tree.fingerprint(np.asfortranarray(x)) == tree.fingerprint(x)
    assert tree.equal(np.asfortranarray(x), x)


def test_count_and_nbytes():
    assert tree.count(example()) == 13
    assert tree.nbytes(example()) == 14 * 8
    assert tree.count(()) == tree.nbytes(()) == 0


def test_freeze_makes_every_array_read_only():
    frozen = tree.freeze(example())
    assert not any(leaf.flags.writeable for leaf in tree.leaves(frozen))
    assert tree.equal(frozen, example())


@pytest.mark.parametrize("again", [copy.deepcopy, lambda tree: pickle.loads(pickle.dumps(tree))])
def test_parameters_stay_read_only_through_copies(again):
    net = fn.Sequential({"a": fn.Linear(3), "norm": fn.BatchNorm(), "drop": fn.Dropout(0.5)})
    state = fn.init(net, fn.adam(1e-3), fn.Key(0), np.ones((2, 4), np.float32))
    made = again(state)
    assert tree.equal(made, state)
    for path, value in tree.walk(made, buffers=True):
        assert not isinstance(value, np.ndarray) or not value.flags.writeable, path


def test_a_users_record_is_a_container():
    @attrs.define
    class Own:
        scale: object
        name: str = "own"

    params = {"own": Own(np.ones(2))}
    assert tree.paths(params) == ["own/scale"]
    doubled = tree.unravel(params, 2 * tree.ravel(params))
    assert type(doubled["own"]) is Own
    assert doubled["own"].name == "own"
    assert doubled["own"].scale.tolist() == [2, 2]


def test_names_in_a_users_dict_are_checked():
    with pytest.raises(fn.TreeError, match="got 'a/b'"):
        tree.paths({"a/b": np.ones(1)})
    with pytest.raises(fn.TreeError, match="names that are all strings"):
        tree.leaves({1: np.ones(1), "a": np.ones(1)})


def test_frozen_dicts_and_dicts_ravel_alike():
    x, y = np.ones(2), np.zeros(3)
    assert (
        tree.ravel(FrozenDict({"b": x, "a": y})).tolist()
        == tree.ravel({"a": y, "b": x}).tolist()
        == [0, 0, 0, 1, 1]
    )
