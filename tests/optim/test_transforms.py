"""Clipping, weight decay and chains."""

import numpy as np
import pytest

import funnet as fn
from funnet.core.containers import FrozenDict

P = np.array([1.0, -2.0, 3.0])


class TestClip:
    @pytest.mark.parametrize("limit", [5.0, 5.1, 1e9])
    def test_a_short_gradient_is_left_as_it_is(self, limit):
        g = np.array([3.0, 0.0, -4.0])
        clipped, state = fn.clip_by_norm(limit).update(g, (), P)
        assert (clipped == g).all()
        assert not np.shares_memory(clipped, g)
        assert state == ()

    @pytest.mark.parametrize("limit", [4.9, 1.0, 1e-3])
    @pytest.mark.parametrize("size", [1.0, 1e30, 1e200])
    def test_a_long_gradient_keeps_its_direction(self, limit, size):
        g = size * np.array([3.0, 0.0, -4.0])
        clipped, _ = fn.clip_by_norm(limit).update(g, (), P)
        np.testing.assert_allclose(clipped, limit * np.array([0.6, 0, -0.8]), rtol=1e-14)

    @pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
    def test_the_dtype_is_kept_and_squares_do_not_overflow(self, dtype):
        g = np.full(4, 30000.0, dtype)
        clipped, _ = fn.clip_by_norm(np.float64(2.0)).update(g, (), g)
        assert clipped.dtype == dtype
        np.testing.assert_allclose(clipped, 1, rtol=2 * float(np.finfo(dtype).eps))

    def test_a_gradient_of_zeros_stays_one(self):
        assert fn.clip_by_norm(1e-9).update(np.zeros(3), (), P)[0].tolist() == [0, 0, 0]
        assert fn.clip_by_norm(1.0).update(np.zeros(0), (), np.zeros(0))[0].shape == (0,)

    @pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
    def test_a_gradient_that_is_not_finite_is_an_error(self, odd):
        with pytest.raises(fn.NonFiniteError) as caught:
            fn.clip_by_norm(1.0).update(np.array([1.0, odd, 0.0]), (), P)
        assert str(caught.value) == (
            f"clip_by_norm(limit=1.0): expected a finite gradient, got a largest entry of {abs(odd)}"
        )

    @pytest.mark.parametrize("limit", [0, -1.0, np.inf, np.nan, "1"])
    def test_the_limit_is_checked(self, limit):
        with pytest.raises(fn.ConfigError) as caught:
            fn.clip_by_norm(limit)
        assert str(caught.value) == f"clip_by_norm: expected limit to be a positive number, got {limit!r}"


class TestClipByValue:
    def test_every_entry_by_itself(self):
        g = np.array([3.0, 0.5, -4.0])
        clipped, state = fn.clip_by_value(1.0).update(g, (), P)
        assert clipped.tolist() == [1.0, 0.5, -1.0]
        assert state == ()

    def test_a_small_gradient_is_left_as_it_is(self):
        g = np.array([3.0, 0.5, -4.0])
        clipped, _ = fn.clip_by_value(4.0).update(g, (), P)
        assert (clipped == g).all()
        assert not np.shares_memory(clipped, g)

    @pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
    @pytest.mark.parametrize("limit", [2.0, np.float64(2.0), 1e300])
    def test_the_dtype_is_kept(self, dtype, limit):
        g = np.full(4, 30000.0, dtype)
        clipped, _ = fn.clip_by_value(limit).update(g, (), g)
        assert clipped.dtype == dtype
        assert (clipped == min(limit, 30000.0)).all()

    @pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
    def test_a_gradient_that_is_not_finite_is_an_error(self, odd):
        with pytest.raises(fn.NonFiniteError) as caught:
            fn.clip_by_value(1.0).update(np.array([1.0, odd, 0.0]), (), P)
        assert str(caught.value) == (
            f"clip_by_value(limit=1.0): expected a finite gradient, got a largest entry of {abs(odd)}"
        )

    @pytest.mark.parametrize("limit", [0, -1.0, np.inf, np.nan, "1"])
    def test_the_limit_is_checked(self, limit):
        with pytest.raises(fn.ConfigError) as caught:
            fn.clip_by_value(limit)
        assert str(caught.value) == f"clip_by_value: expected limit to be a positive number, got {limit!r}"


TREE = FrozenDict({"body": {"w": np.array([1.0, 2.0]), "b": np.array([3.0])}, "head": np.array([4.0])})


def run(optimizer, params, steps=4):
    """The parameters after each step of gradients from a fixed stream."""
    p, state, path = fn.tree.ravel(params), optimizer.init(params), []
    for g in fn.Key(1).generator().standard_normal((steps, p.size)):
        delta, state = optimizer.update(g, state, p)
        p = p + delta
        path.append(p)
    return np.array(path)


class TestScaleRate:
    def test_a_part_goes_at_a_rate_of_its_own(self):
        fast, slow = (run(fn.adam(rate), TREE) for rate in (0.1, 0.01))
        mixed = run(fn.chain(fn.adam(0.1), fn.scale_rate(0.1, "body/**")), TREE)
        np.testing.assert_allclose(mixed[:, :3], slow[:, :3], rtol=1e-12)
        assert (mixed[:, 3] == fast[:, 3]).all()

    @pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
    def test_the_dtype_is_kept(self, dtype):
        optimizer, p = fn.scale_rate(np.float64(0.5), "**"), np.ones(3, dtype)
        delta, _ = optimizer.update(p, optimizer.init(p), p)
        assert delta.dtype == dtype
        assert (delta == 0.5).all()

    @pytest.mark.parametrize("factor", [-1, np.nan, "1"])
    def test_the_factor_is_checked(self, factor):
        with pytest.raises(fn.ConfigError) as caught:
            fn.scale_rate(factor, "**")
        assert (
            str(caught.value) == f"scale_rate: expected factor to be a number of at least 0, got {factor!r}"
        )


class TestOnly:
    @pytest.mark.parametrize(
        "optimizer", [fn.momentum(0.1), fn.adamw(0.1, decay=0.5, where="**"), fn.lion(0.1, where="**")]
    )
    def test_the_rest_stays_to_the_last_bit(self, optimizer):
        path = run(fn.chain(optimizer, fn.only("head")), TREE)
        assert (path[:, :3] == fn.tree.ravel(TREE)[:3]).all()
        assert (path[:, 3] == run(optimizer, TREE)[:, 3]).all()
        assert len(set(path[:, 3])) == 4

    def test_in_front_it_takes_the_rest_out_of_the_norm(self):
        g, p = np.array([30.0, 40.0, 50.0, 2.0]), fn.tree.ravel(TREE)
        optimizer = fn.chain(fn.only("head"), fn.clip_by_norm(2.0), fn.sgd(1.0))
        assert optimizer.update(g, optimizer.init(TREE), p)[0].tolist() == [0, 0, 0, -2]
        behind = fn.chain(fn.clip_by_norm(2.0), fn.sgd(1.0), fn.only("head"))
        assert -0.1 < behind.update(g, behind.init(TREE), p)[0][3] < 0

    @pytest.mark.parametrize("make", [fn.only, lambda where: fn.scale_rate(0.5, where)])
    def test_globs_are_checked(self, make):
        with pytest.raises(fn.ConfigError, match="expected where to be a glob, as a string, got 3"):
            make(3)
        with pytest.raises(fn.TreeError, match=r"expected a glob that matches a path \(.*\), got 'tail'"):
            make("tail").init(TREE)
        with pytest.raises(fn.TreeError, match="expected a tree with paths to match 'head', got a vector"):
            make("head").init(P)
        with pytest.raises(fn.TreeError, match="expected opt_state to be the ndarray that init makes"):
            make("head").update(P, (), P)


class TestDecay:
    params = FrozenDict({"a": {"w": np.array([1.0, 2.0]), "b": np.array([3.0])}, "scale": np.array([4.0])})

    @pytest.mark.parametrize(
        ("where", "decayed"),
        [("**/w", [0, 1, 2, 0]), ("**", [3, 1, 2, 4]), ("scale", [0, 0, 0, 4]), ("a/*", [3, 1, 2, 0])],
    )
    def test_adds_the_chosen_parameters(self, where, decayed):
        optimizer, p = fn.weight_decay(0.1, where), fn.tree.ravel(self.params)
        g, state = optimizer.update(np.ones(4), optimizer.init(self.params), p)
        np.testing.assert_allclose(g, 1 + 0.1 * np.array(decayed), rtol=1e-15)
        assert state.dtype == bool
        assert not state.flags.writeable

    def test_is_the_gradient_of_the_penalty(self):
        p = fn.tree.ravel(self.params)
        optimizer = fn.weight_decay(0.1)
        g, _ = optimizer.update(np.zeros(4), optimizer.init(self.params), p)
        np.testing.assert_allclose(g, fn.tree.ravel(fn.L2(0.1)(self.params)[1]), rtol=1e-15)

    def test_a_vector_has_no_paths(self):
        with pytest.raises(fn.TreeError) as caught:
            fn.weight_decay(0.1).init(P)
        assert str(caught.value) == (
            "weight_decay(decay=0.1, where='**/w'): expected a tree with paths to match '**/w', "
            "got a vector; init the optimizer with the tree of parameters"
        )
        assert fn.weight_decay(0.1, "**").init(P).tolist() == [True] * 3

    @pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
    def test_the_dtype_is_kept(self, dtype):
        optimizer, p = fn.weight_decay(np.float64(0.1), "**"), np.ones(3, dtype)
        assert optimizer.update(p, optimizer.init(p), p)[0].dtype == dtype

    @pytest.mark.parametrize(
        ("state", "error", "words"),
        [
            ((), fn.TreeError, "expected opt_state to be the ndarray that init makes, got a tuple of 0"),
            (
                np.ones(1, bool),
                fn.ShapeError,
                "expected opt_state with vectors of shape (3,) (as the parameters), got shape (1,)",
            ),
        ],
    )
    def test_the_state_of_another_net(self, state, error, words):
        with pytest.raises(error) as caught:
            fn.weight_decay(0.1, "**").update(P, state, P)
        assert str(caught.value) == f"weight_decay(decay=0.1, where='**'): {words}"

    def test_a_glob_that_matches_nothing(self):
        with pytest.raises(fn.TreeError, match=r"the paths are a/b, a/w, scale\), got '\*\*/weight'"):
            fn.weight_decay(0.1, "**/weight").init(self.params)
        with pytest.raises(
            fn.ConfigError, match="weight_decay: expected decay to be a number of at least 0, got -1"
        ):
            fn.weight_decay(-1)


class TestChain:
    def test_each_link_sees_what_the_one_before_it_gave(self):
        optimizer = fn.chain(fn.weight_decay(0.5, "**"), fn.clip_by_norm(1.0), fn.momentum(0.1, 0.9))
        state, p, v = optimizer.init(P), P, np.zeros(3)
        for g in np.eye(3):
            delta, state = optimizer.update(g, state, p)
            expected = g + 0.5 * p
            expected = expected * min(1, 1 / np.linalg.norm(expected))
            v = 0.9 * v + expected
            np.testing.assert_allclose(delta, -0.1 * v, rtol=1e-13)
            p = p + delta

    def test_of_one_link_is_that_link(self):
        one, alone = fn.chain(fn.adam(0.1)), fn.adam(0.1)
        delta, (state,) = one.update(P, one.init(P), P)
        assert fn.tree.equal((delta, state), alone.update(P, alone.init(P), P))

    def test_chains_nest(self):
        flat = fn.chain(fn.clip_by_norm(1.0), fn.weight_decay(0.1, "**"), fn.sgd(0.1))
        nested = fn.chain(fn.chain(fn.clip_by_norm(1.0), fn.weight_decay(0.1, "**")), fn.sgd(0.1))
        assert (flat.update(P, flat.init(P), P)[0] == nested.update(P, nested.init(P), P)[0]).all()

    def test_is_a_value(self):
        assert fn.chain(fn.sgd(0.1)) == fn.chain(fn.sgd(0.1)) != fn.chain(fn.sgd(0.2))

    @pytest.mark.parametrize(
        ("call", "error", "words"),
        [
            (lambda: fn.chain(), fn.ConfigError, "chain: expected at least one optimizer, got none"),
            (
                lambda: fn.chain(fn.sgd(0.1), 3),
                fn.ConfigError,
                "chain: expected optimizers and transforms, got 3",
            ),
            (
                lambda: fn.chain(fn.sgd),
                fn.ConfigError,
                f"chain: expected optimizers and transforms, got {fn.sgd!r}",
            ),
            (
                lambda: fn.chain(fn.sgd(0.1)).update(P, (), P),
                fn.TreeError,
                "Chain(links=(sgd(rate=0.1),)): expected opt_state to be a tuple of 1, got a tuple of 0",
            ),
            (
                lambda: fn.chain(fn.sgd(0.1)).update(P, 0, P),
                fn.TreeError,
                "Chain(links=(sgd(rate=0.1),)): expected opt_state to be a tuple of 1, got 0",
            ),
        ],
    )
    def test_messages(self, call, error, words):
        with pytest.raises(error) as caught:
            call()
        assert str(caught.value) == words


CLIP, DECAY = fn.clip_by_norm(1.0), fn.weight_decay(0.1)


@pytest.mark.parametrize(
    "alone",
    [
        CLIP,
        fn.clip_by_value(1.0),
        DECAY,
        fn.scale_rate(0.1, "w"),
        fn.only("w"),
        fn.ema(0.9),
        fn.chain(CLIP, DECAY),
        fn.chain(CLIP, fn.chain(DECAY)),
        fn.accumulate(2, CLIP),
        fn.lookahead(fn.chain(CLIP)),
    ],
    ids=str,
)
def test_training_starts_with_no_transforms_alone_for_they_go_uphill(alone):
    with pytest.raises(fn.ConfigError) as caught:
        fn.init(fn.Linear(2), alone, fn.Key(0), np.ones((1, 3)))
    words = "chain it with one, as chain(clip_by_norm(1.0), sgd(0.1))"
    assert str(caught.value) == f"init: expected an optimizer that goes downhill, got {alone} alone; {words}"


class Own(fn.Optimizer):
    """An optimizer of a user's, no attrs class."""

    def update(self, g, state, p):
        return -0.1 * g, state


@pytest.mark.parametrize(
    "optimizer",
    [
        Own(),
        fn.lamb(0.1),
        fn.chain(CLIP, fn.sgd(0.1)),
        fn.chain(fn.chain(DECAY, fn.lion(0.1)), fn.ema(0.9)),
        fn.chain(CLIP, fn.accumulate(2, fn.adam(0.1))),
        fn.lookahead(fn.chain(CLIP, Own())),
    ],
)
def test_training_starts_with_any_optimizer(optimizer):
    assert fn.init(fn.Linear(2), optimizer, fn.Key(0), np.ones((1, 3))).step == 0
