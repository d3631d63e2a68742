"""Training: pure, repeatable to the bit, resumable, in one dtype; averages over the examples."""

import math
import os
import subprocess
import sys
from pathlib import Path

import attrs
import numpy as np
import pytest

import funnet as fn
from funnet import tree

GENERATOR = fn.Key(0).child("data").generator()
X = GENERATOR.standard_normal((50, 4)).astype(np.float32)
T = (X[:, 0] * X[:, 1] > 0).astype(int) + (X[:, 2] > 1)
NET = fn.Sequential(
    {
        "in": fn.Linear(16),
        "norm": fn.BatchNorm(),
        "act": fn.Relu(),
        "drop": fn.Dropout(0.3),
        "out": fn.Linear(3),
    }
)
LOSS = fn.SoftmaxCrossEntropy()
ADAM = fn.adam(1e-2)


def start(optimizer=ADAM, net=NET, x=X, seed=0):
    return fn.init(net, optimizer, fn.Key(seed), x[:1])


def fitted(state, epochs, **options):
    options = {"batch_size": 16, "progress": False, **options}
    return fn.fit(NET, LOSS, ADAM, state, (X, T), epochs=epochs, **options)


class TestInit:
    def test_the_state_before_the_first_step(self):
        state = start()
        assert state.step == 0
        assert state.key == fn.Key(0)
        assert tree.equal(state.params, tree.freeze(NET.init(fn.Key(0).child("params"), X)))
        assert tree.equal(state.opt_state, ADAM.init(state.params))
        assert all(not leaf.flags.writeable for leaf in tree.leaves(state))

    def test_the_size_of_the_example_does_not_matter(self):
        assert tree.equal(start(), fn.init(NET, ADAM, fn.Key(0), X))

    def test_a_users_arrays_are_copied(self):
        mine = np.ones(4, np.float32)
        net = fn.Lambda(
            lambda p, x: (x * p["a"], x),
            lambda p, x, dy: ({"a": (x * dy).sum(0)}, dy * p["a"]),
            lambda key, x: {"a": mine},
        )
        state = fn.init(net, fn.sgd(1.0), fn.Key(0), X)
        new, _ = fn.train_step(net, fn.MeanSquaredError(), fn.sgd(1.0), state, X, 2 * X)
        mine[:] = 7
        assert state.params["a"].tolist() == [1] * 4
        assert (new.params["a"] != 1).all()


class TestInitFromElsewhere:
    """Training that begins at parameters that are there already."""

    LOADED = tree.freeze(tree.map(lambda leaf: leaf + 1, NET.init(fn.Key(7), X)))

    def state(self, optimizer=ADAM, params=LOADED, x=X):
        return fn.init(NET, optimizer, fn.Key(0), x, params=params)

    def test_the_state_has_them(self):
        state = self.state()
        assert tree.equal(state.params, self.LOADED)
        assert tree.equal(attrs.evolve(state, params=start().params), start())
        assert all(not leaf.flags.writeable for leaf in tree.leaves(state))

    def test_a_users_arrays_are_copied(self):
        mine = tree.map(np.array, self.LOADED)
        state = self.state(params=mine)
        tree.leaves(mine)[0][:] = 7
        assert tree.equal(state.params, self.LOADED)

    @pytest.mark.parametrize("optimizer", [fn.ema(0.9), fn.chain(fn.sgd(0.1), fn.ema(0.9))], ids=str)
    def test_the_average_begins_there(self, optimizer):
        optimizer = fn.chain(fn.sgd(0.0), optimizer)
        state = self.state(optimizer)
        assert tree.equal(fn.averaged(state.params, state.opt_state), self.LOADED)
        state, _ = fn.train_step(NET, LOSS, optimizer, state, X, T)
        assert tree.allclose(
            tree.leaves(fn.averaged(state.params, state.opt_state)), tree.leaves(self.LOADED)
        )

    def test_lookahead_begins_there(self):
        optimizer = fn.lookahead(fn.sgd(0.0), 2)
        state = self.state(optimizer)
        for _ in range(4):
            state, _ = fn.train_step(NET, LOSS, optimizer, state, X, T)
        assert tree.allclose(tree.leaves(state.params), tree.leaves(self.LOADED), rtol=1e-6)

    def test_part_of_them_from_a_file(self, tmp_path):
        trained = fitted(start(), 1)[0]
        fn.save(tmp_path / "state.npz", trained)
        wider = fn.Sequential({**NET.layers, "out": fn.Linear(5)})
        optimizer = fn.lookahead(fn.sgd(0.0), 1)
        like = fn.init(wider, optimizer, fn.Key(3), X)
        found, _ = fn.load_partial(tmp_path / "state.npz", like=like, where="params/**")
        state = fn.init(wider, optimizer, fn.Key(3), X, params=found.params)
        state, _ = fn.train_step(wider, LOSS, optimizer, state, X, T)
        assert tree.allclose(state.params["in"], trained.params["in"], rtol=1e-6)
        assert tree.allclose(state.params["out"], like.params["out"], rtol=1e-6)

    @pytest.mark.parametrize(
        ("change", "error", "words"),
        [
            (
                lambda p: tree.map(lambda leaf: leaf[:1], p),
                fn.ShapeError,
                "params/in/w: expected shape (4, 16), got",
            ),
            (
                lambda p: tree.cast(p, "f8"),
                fn.DtypeError,
                "params/in/w: expected dtype float32, got dtype float64",
            ),
            (
                lambda p: {**p, "drop": ()},
                fn.TreeError,
                "params/drop: expected a Buffer record, got a tuple of 0",
            ),
            (
                lambda p: {**p, "more": ()},
                fn.TreeError,
                "params: expected a container of act, drop, in, norm, out",
            ),
            (
                lambda p: tuple(p.values()),
                fn.TreeError,
                "params: expected a FrozenDict of 5, got a tuple of 5",
            ),
            (lambda p: tree.ravel(p), fn.TreeError, "params: expected a FrozenDict of 5, got float32["),
            (
                lambda p: fn.TrainState(p, (), 0, fn.Key(0)),
                fn.TreeError,
                "params: expected a FrozenDict of 5, got a T",
            ),
            (
                lambda p: tree.set(p, "norm/moments", tree.cast(tree.get(p, "norm/moments"), "f8")),
                fn.FunnetError,
                "norm/moments",
            ),
        ],
    )
    def test_they_must_be_built_like_those_of_the_net(self, change, error, words):
        with pytest.raises(error) as caught:
            self.state(params=change(self.LOADED))
        assert words in str(caught.value)


class TestStep:
    def test_the_step_written_out(self):
        net, x, t, optimizer = fn.Linear(1), X, X[:, :1] ** 2, fn.sgd(0.1)
        state = start(optimizer, net)
        new, value = fn.train_step(net, fn.MeanSquaredError(), optimizer, state, x, t)
        error = x @ state.params.w + state.params.b - t
        assert value == pytest.approx((error**2).mean(), rel=1e-6)
        np.testing.assert_allclose(new.params.w, state.params.w - 0.1 * (x.T @ (2 * error / 50)), rtol=1e-5)
        np.testing.assert_allclose(new.params.b, state.params.b - 0.1 * (2 * error / 50).sum(0), rtol=1e-5)
        assert (new.step, new.key) == (1, state.key)

    def test_the_old_state_is_as_it_was_and_still_good(self):
        first = start()
        print_of_first = tree.fingerprint(first)
        second, value = fn.train_step(NET, LOSS, ADAM, first, X, T)
        print_of_second = tree.fingerprint(second)
        for _ in range(3):
            fn.train_step(NET, LOSS, ADAM, second, X, T)
        again, again_value = fn.train_step(NET, LOSS, ADAM, first, X, T)
        assert tree.fingerprint(first) == print_of_first
        assert tree.fingerprint(second) == tree.fingerprint(again) == print_of_second != print_of_first
        assert value == again_value

    def test_two_futures_of_one_state_do_not_touch_each_other(self):
        state = fitted(start(), 1)[0]
        left = fn.train_step(NET, LOSS, ADAM, state, X[:20], T[:20])[0]
        right = fn.train_step(NET, LOSS, ADAM, state, X[20:], T[20:])[0]
        assert not tree.equal(left.params, right.params)
        assert tree.equal(left, fn.train_step(NET, LOSS, ADAM, state, X[:20], T[:20])[0])

    def test_nothing_given_is_changed(self):
        x, t, state = X.copy(), T.copy(), start()
        fn.train_step(NET, LOSS, ADAM, state, x, t)
        assert x.tobytes() == X.tobytes()
        assert t.tobytes() == T.tobytes()

    def test_the_new_state_is_read_only(self):
        state = fn.train_step(NET, LOSS, ADAM, start(), X, T)[0]
        for path, value in tree.walk(state, buffers=True):
            assert not isinstance(value, np.ndarray) or not value.flags.writeable, path

    def test_the_mode_is_training_whatever_the_network_is_in(self):
        a = fn.train_step(NET, LOSS, ADAM, start(), X, T)[0]
        b = fn.train_step(fn.training(NET), LOSS, ADAM, start(), X, T)[0]
        assert tree.equal(a, b)
        assert tree.get(a.params, "drop") == tree.get(start().params, "drop").next()
        assert not tree.equal(tree.get(a.params, "norm/moments"), tree.get(start().params, "norm/moments"))

    def test_the_penalty_counts(self):
        penalty = fn.L2(0.1)
        state = start(fn.sgd(0.1))
        _, bare = fn.train_step(NET, LOSS, fn.sgd(0.1), state, X, T)
        new, value = fn.train_step(NET, LOSS, fn.sgd(0.1), state, X, T, penalty=penalty)
        extra, dparams = penalty(state.params)
        assert value == pytest.approx(bare + extra, rel=1e-6)
        without = fn.train_step(NET, LOSS, fn.sgd(0.1), state, X, T)[0]
        np.testing.assert_allclose(
            tree.ravel(new.params), tree.ravel(without.params) - 0.1 * tree.ravel(dparams), atol=1e-7
        )

    def test_weight_decay_is_the_penalty(self):
        decayed = fn.chain(fn.weight_decay(0.1), fn.sgd(0.1))
        a = fn.train_step(NET, LOSS, decayed, start(decayed), X, T)[0]
        b = fn.train_step(NET, LOSS, fn.sgd(0.1), start(fn.sgd(0.1)), X, T, penalty=fn.L2(0.1))[0]
        np.testing.assert_allclose(tree.ravel(a.params), tree.ravel(b.params), atol=1e-7)

    def test_the_mask_of_dropout_differs_from_step_to_step(self):
        net = fn.training(NET)
        state, masks = start(), []
        for _ in range(4):
            masks.append(net(state.params, X)[1]["drop"])
            state, _ = fn.train_step(NET, LOSS, ADAM, state, X, T)
        assert len({mask.tobytes() for mask in masks}) == 4


@attrs.frozen
class Counting(fn.Optimizer):
    """Descent that counts its steps in a number of NumPy's."""

    def init(self, params):
        return np.float32(0)

    def update(self, g, state, p):
        return -0.1 * g, state + np.float32(1)


def test_an_optimizer_of_the_users():
    state = start(Counting())
    for _ in range(3):
        state, _ = fn.train_step(NET, LOSS, Counting(), state, X, T)
    assert state.opt_state == 3
    plain = start(fn.sgd(0.1))
    for _ in range(3):
        plain, _ = fn.train_step(NET, LOSS, fn.sgd(0.1), plain, X, T)
    assert tree.equal(state.params, plain.params)


PROGRAM = """
import numpy as np
from tests.train import test_step
state, history = test_step.fitted(test_step.start(), 3)
print(test_step.tree.fingerprint(state), history["loss"].tobytes().hex())
"""


class TestRepeats:
    def test_in_one_process(self):
        runs = [fitted(start(), 3) for _ in range(2)]
        assert tree.fingerprint(runs[0][0]) == tree.fingerprint(runs[1][0])
        assert runs[0][1]["loss"].tobytes() == runs[1][1]["loss"].tobytes()

    def test_in_two_processes(self):
        state, history = fitted(start(), 3)
        environment = {**os.environ, "PYTHONHASHSEED": "12345"}
        root = Path(__file__).parents[1]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == [tree.fingerprint(state), history["loss"].tobytes().hex()]

    def test_another_key_is_another_run(self):
        a, b = fitted(start(), 1)[0], fitted(start(seed=1), 1)[0]
        assert not tree.equal(a.params, b.params)

    def test_five_epochs_saved_loaded_and_five_more_are_ten(self, tmp_path):
        through, history = fitted(start(), 10)
        half, first = fitted(start(), 5)
        fn.save(tmp_path / "half.npz", half)
        resumed, second = fitted(fn.load(tmp_path / "half.npz", like=start()), 5)
        assert tree.fingerprint(resumed) == tree.fingerprint(through)
        assert resumed.step == through.step == 40
        assert [*first["loss"], *second["loss"]] == history["loss"].tolist()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(
    "optimizer",
    [
        fn.sgd(0.01),
        fn.momentum(0.01),
        fn.nesterov(0.01),
        fn.adam(0.01),
        fn.chain(fn.clip_by_norm(1.0), fn.weight_decay(1e-3), fn.adam(fn.constant(0.01))),
    ],
    ids=str,
)
def test_one_network_has_one_dtype(optimizer, dtype):
    """Outputs, cache, gradients, loss and parameters keep it; moments are of at least float32."""
    x = X.astype(dtype)
    net = fn.Sequential(
        [
            NET,
            fn.Residual(fn.Sequential([fn.Linear(3), fn.Gelu()])),
            fn.Branch([fn.Silu(), fn.Tanh()]),
            fn.Concat(),
        ]
    )
    state = start(optimizer, net, x)
    penalty = fn.L1(1e-3)
    for _ in range(3):
        active = fn.training(net)
        y, cache = active(state.params, x)
        value, dy = LOSS(y, T)
        assert value.dtype == dtype
        made = (
            y,
            dy,
            active.vjp(state.params, cache, dy),
            fn.value_and_grad(net, LOSS, state.params, x, T, penalty=penalty),
            cache,
        )
        for path, leaf in tree.walk((state.params, made), buffers=True):
            if isinstance(leaf, np.ndarray) and leaf.dtype != bool:
                of_batch = path.startswith("1/4/") and path.endswith(("/mean", "/variance"))
                assert leaf.dtype == (np.result_type(dtype, np.float32) if of_batch else dtype), path
        for leaf in tree.leaves(state.opt_state):
            assert leaf.dtype in (bool, "float64" if dtype == "float64" else "float32")
        state, value = fn.train_step(net, LOSS, optimizer, state, x, T, penalty=penalty)
        assert value.dtype == dtype


class TestEvaluate:
    def test_is_the_average_over_the_examples_whatever_the_batches(self):
        state = fitted(start(), 1)[0]
        whole = fn.evaluate(NET, LOSS, state.params, (X, T), metrics={"accuracy": fn.metrics.accuracy})
        y, _ = NET(state.params, X)
        assert whole["loss"] == pytest.approx(float(LOSS(y, T)[0]), rel=1e-6)
        assert whole["accuracy"] == (y.argmax(1) == T).mean()
        for size in (1, 7, 49):
            parts = fn.evaluate(
                NET, LOSS, state.params, (X, T), metrics={"accuracy": fn.metrics.accuracy}, batch_size=size
            )
            assert parts == pytest.approx(whole, rel=1e-5)
        assert {type(value) for value in whole.values()} == {float}

    def test_is_in_inference(self):
        state = fitted(start(), 1)[0]
        data = (X, T)
        assert fn.evaluate(fn.training(NET), LOSS, state.params, data) == fn.evaluate(
            NET, LOSS, state.params, data
        )


class TestFit:
    def test_is_its_steps_one_after_the_other(self):
        state, history = fitted(start(), 2)
        by_hand, losses = start(), []
        for _ in range(2):
            order = by_hand.key.child("shuffle").child(by_hand.step).generator().permutation(50)
            total = 0.0
            for first in range(0, 50, 16):
                rows = order[first : first + 16]
                by_hand, value = fn.train_step(NET, LOSS, ADAM, by_hand, X[rows], T[rows])
                total += float(value) * len(rows)
            losses.append(total / 50)
        assert tree.equal(state, by_hand)
        assert history["loss"].tolist() == losses
        assert history["step"].tolist() == [4, 8]

    def test_without_shuffling_the_examples_come_as_they_stand(self):
        state, _ = fitted(start(), 1, shuffle=False)
        by_hand = start()
        for first in range(0, 50, 16):
            by_hand, _ = fn.train_step(NET, LOSS, ADAM, by_hand, X[first : first + 16], T[first : first + 16])
        assert tree.equal(state, by_hand)

    def test_the_history(self):
        test = (X[:20], T[:20])
        metrics = {"accuracy": fn.metrics.accuracy}
        state, history = fitted(start(), 3, validation=test, metrics=metrics)
        assert history.columns == (
            "epoch",
            "step",
            "loss",
            "validation_loss",
            "validation_accuracy",
            "seconds",
        )
        assert history["epoch"].tolist() == [1, 2, 3]
        last = fn.evaluate(NET, LOSS, state.params, test, metrics=metrics)
        assert history["validation_loss"][-1] == last["loss"]
        assert history["validation_accuracy"][-1] == last["accuracy"]
        assert (np.diff(history["seconds"]) >= 0).all()

    def test_several_validation_sets(self):
        sets = {"train": (X, T), "test": [X[:20], T[:20]]}
        _, history = fitted(start(), 1, validation=sets)
        assert history.columns == ("epoch", "step", "loss", "train_loss", "test_loss", "seconds")

    def test_validation_changes_nothing(self):
        assert tree.equal(fitted(start(), 2)[0], fitted(start(), 2, validation=(X, T))[0])

    def test_the_callback_sees_every_epoch(self):
        seen = []
        state, history = fitted(start(), 3, callback=lambda state, row: seen.append((state, row)))
        assert [row["epoch"] for _, row in seen] == [1, 2, 3]
        assert seen[-1][0] is state
        assert seen[0][1] == history.rows[0]

    def test_no_epochs_are_no_change(self):
        state = start()
        same, history = fitted(state, 0)
        assert same is state
        assert len(history) == 0

    def test_it_learns(self):
        state, history = fitted(start(), 60)
        assert history["loss"][-1] < 0.5 * history["loss"][0]
        before, after = (
            fn.evaluate(NET, LOSS, s.params, (X, T), metrics={"accuracy": fn.metrics.accuracy})
            for s in (start(), state)
        )
        assert after["loss"] < 0.5 * before["loss"]
        assert after["accuracy"] > before["accuracy"] + 0.2

    def test_trees_of_inputs_and_targets(self):
        net = fn.Sequential([fn.Parallel({"a": fn.Linear(2), "b": fn.Linear(2)}), fn.Add()])
        x = {"a": X, "b": X[:, :1]}

        def loss(y, target):
            value, dy = fn.MeanSquaredError()(y, target["t"])
            return value, dy

        state = fn.init(net, ADAM, fn.Key(0), x)
        _, history = fn.fit(net, loss, ADAM, state, (x, {"t": X[:, :2]}), epochs=5, progress=False)
        assert history["loss"][-1] < history["loss"][0]


def lambda_net(forward):
    return fn.Sequential([fn.Linear(3), fn.Lambda(forward, lambda params, cache, dy: (params, dy))])


class TestNonFinite:
    """A loss or a gradient that is not finite stops training with the step and the place."""

    @staticmethod
    def said(*arguments, **options):
        with pytest.raises(fn.NonFiniteError) as caught:
            fn.train_step(*arguments, **options)
        return str(caught.value)

    def test_nan_in_the_input(self):
        x = X.copy()
        x[3, 2] = np.nan
        assert self.said(NET, LOSS, ADAM, start(), x, T) == (
            "step 0: expected a finite loss (the first is nan at (3, 2) in the batch's x), got nan"
        )

    def test_nan_in_the_input_of_fit(self):
        x = X.copy()
        x[7] = np.nan
        with pytest.raises(
            fn.NonFiniteError, match=r"^step [0-3]: .*the first is nan at \(\d+, 0\) in the batch's x"
        ):
            fn.fit(NET, LOSS, ADAM, start(), (x, T), epochs=1, batch_size=16, progress=False)

    def test_infinity_in_one_of_several_inputs(self):
        net = fn.Sequential([fn.Parallel({"a": fn.Linear(2), "b": fn.Linear(2)}), fn.Concat()])
        state = fn.init(net, ADAM, fn.Key(0), {"a": X, "b": X})
        x = {"a": X, "b": np.where(X > 2, -np.inf, X)}
        with np.errstate(invalid="ignore"):
            words = self.said(net, fn.MeanSquaredError(), ADAM, state, x, X)
        assert "the first is -inf at (" in words
        assert "in the batch's x/b)" in words

    def test_nan_in_the_target(self):
        target = np.zeros((50, 3), np.float32)
        target[1, 2] = np.nan
        words = self.said(NET, fn.MeanSquaredError(), ADAM, start(), X, target)
        assert (
            words
            == "step 0: expected a finite loss (the first is nan at (1, 2) in the batch's target), got nan"
        )

    def test_nan_in_a_parameter(self):
        params = tree.set(start().params, "out/b", np.array([0, np.nan, 0], np.float32))
        state = fn.TrainState(params, start().opt_state, 12, fn.Key(0))
        assert self.said(NET, LOSS, ADAM, state, X, T) == (
            "step 12: expected a finite loss (the first is nan at (1,) in params/out/b), got nan"
        )

    def test_a_layer_that_makes_it(self):
        net = lambda_net(lambda params, x: (np.full_like(x, np.nan), ()))
        assert self.said(net, LOSS, ADAM, start(ADAM, net), X, T) == (
            "step 0: expected a finite loss "
            "(the first is in the output of 1/Lambda(<lambda>, vjp=<lambda>)), got nan"
        )

    def test_a_layer_alone_that_makes_it(self):
        net = fn.Lambda(
            lambda params, x: (np.full_like(x, np.nan), ()), lambda params, cache, dy: (params, dy)
        )
        assert "(the first is in the output of Lambda(" in self.said(net, LOSS, ADAM, start(ADAM, net), X, T)

    def test_a_loss_or_a_penalty_that_makes_it(self):
        said = self.said(NET, lambda y, target: (math.inf, y), ADAM, start(), X, T)
        assert said == (
            "step 0: expected a finite loss "
            "(the output of the network is finite: the loss or the penalty made it), got inf"
        )
        penalty = self.said(NET, LOSS, ADAM, start(), X, T, penalty=lambda params: (math.nan, params))
        assert penalty == said.replace("got inf", "got nan")

    def test_a_gradient_that_is_not_finite_names_the_parameter(self):
        def loss(y, target):
            dy = np.zeros_like(y)
            dy[:, 1] = np.inf
            return 1.0, dy

        with np.errstate(invalid="ignore"):
            words = self.said(NET, loss, ADAM, start(), X, T)
        assert words.startswith("step 0: expected a finite gradient, got ")
        assert words.endswith(" in the gradient of in/w")

    def test_training_that_diverges(self):
        net, optimizer = fn.Linear(2), fn.sgd(1e12)
        with np.errstate(all="ignore"), pytest.raises(fn.NonFiniteError) as caught:
            fn.fit(
                net,
                fn.MeanSquaredError(),
                optimizer,
                start(optimizer, net),
                (X, X[:, :2]),
                epochs=9,
                progress=False,
            )
        assert str(caught.value).startswith("step ")

    def test_large_but_finite_gradients_pass(self):
        net, optimizer = fn.Linear(1), fn.sgd(1e-30)
        state = start(optimizer, net)
        new, _ = fn.train_step(
            net, lambda y, target: (1.0, np.full_like(y, 1e25)), optimizer, state, X, X[:, :1]
        )
        assert np.isfinite(tree.ravel(new.params)).all()


class TestGradientsOfAUsersLayer:
    """A gradient under other names or in another order is refused at the first step, and after a restart."""

    @pytest.mark.parametrize("names", [("b", "c"), ("a", "b", "c"), ()])
    def test_are_built_like_the_parameters(self, names):
        layer = fn.Lambda(
            lambda params, x: (params["a"] * params["b"] * x, x),
            lambda params, cache, dy: ({name: np.ones(3) for name in names}, dy),
            lambda key, x: {"a": np.ones(3), "b": np.ones(3)},
        )
        x = np.ones((2, 3))
        state = fn.init(layer, fn.sgd(0.1), fn.Key(0), x)
        for fresh in (state, attrs.evolve(state, step=7)):
            with pytest.raises(fn.TreeError, match="dparams: expected a container of a, b"):
                fn.train_step(layer, fn.SquaredError(), fn.sgd(0.1), fresh, x, x)
        with pytest.raises(fn.TreeError, match="dparams: expected a container of a, b"):
            fn.value_and_grad(layer, fn.SquaredError(), state.params, x, x)

    @pytest.mark.parametrize(
        ("odd", "error", "words"),
        [
            (
                lambda d: {**d, "w": d["w"].T},
                fn.ShapeError,
                r"dparams/w: expected shape \(2, 3\), got shape \(3, 2",
            ),
            (lambda d: {**d, "w": d["w"].ravel()}, fn.ShapeError, r"dparams/w: expected .* got shape \(6,\)"),
            (
                lambda d: {**d, "b": d["b"][:, None]},
                fn.ShapeError,
                r"dparams/b: expected .* got shape \(3, 1\)",
            ),
            (
                lambda d: {**d, "w": d["b"], "b": d["w"]},
                fn.ShapeError,
                r"dparams/b: expected .* got shape \(2, 3\)",
            ),
            (
                lambda d: {**d, "w": d["w"].astype("f4")},
                fn.DtypeError,
                "dparams/w: expected dtype float64, got",
            ),
            (lambda d: {**d, "w": d["w"].tolist()}, fn.TreeError, "dparams/w: expected an array like"),
            (lambda d: {"w": d["w"]}, fn.TreeError, "dparams: expected a container of b, pair, w"),
            (lambda d: {**d, "c": d["b"]}, fn.TreeError, "dparams: expected a container of b, pair, w"),
            (
                lambda d: {**d, "pair": d["pair"][:1]},
                fn.TreeError,
                "dparams/pair: expected a container of 0, 1",
            ),
            (
                lambda d: {**d, "pair": (*d["pair"], ())},
                fn.TreeError,
                "dparams/pair: expected a container of",
            ),
            (lambda d: {**d, "pair": np.ones((2, 3))}, fn.TreeError, "dparams/pair: expected a tuple of 2"),
            (
                lambda d: {**d, "pair": (d["pair"][0], None)},
                fn.TreeError,
                "dparams/pair/1: expected a tuple of 0",
            ),
            (lambda d: tuple(d.values()), fn.TreeError, "dparams: expected a dict of 3, got a tuple of 3"),
            (lambda d: None, fn.TreeError, "dparams: expected a dict of 3, got None"),
        ],
    )
    @pytest.mark.parametrize("steps", [0, 1, 3])
    def test_are_looked_at_in_every_step_whatever_the_age_of_the_state(self, steps, odd, error, words):
        def layer(change):
            return fn.Lambda(
                lambda params, x: (x @ params["w"] + params["b"] + params["pair"][0], x),
                lambda params, x, dy: (
                    change({"w": x.T @ dy, "b": dy.sum(0), "pair": (dy.sum(0), ())}),
                    dy @ params["w"].T,
                ),
                lambda key, x: {"w": np.ones((2, 3)), "b": np.ones(3), "pair": (np.ones(3), ())},
            )

        x, target, optimizer = np.ones((4, 2)), np.zeros((4, 3)), fn.adam(0.1)
        good = layer(lambda dparams: dparams)
        state = fn.init(good, optimizer, fn.Key(0), x)
        for _ in range(steps):
            state, _ = fn.train_step(good, fn.SquaredError(), optimizer, state, x, target)
        with pytest.raises(error, match=words):
            fn.train_step(layer(odd), fn.SquaredError(), optimizer, state, x, target)
        penalty = fn.L2(0.1, "**")
        with pytest.raises(error, match=words.replace("dparams", "dparams of the penalty")):
            fn.train_step(
                *(good, fn.SquaredError(), optimizer, state, x, target),
                penalty=lambda params: (0.0, odd(penalty(params)[1])),
            )

    def test_may_come_in_lists_for_tuples(self):
        net = fn.Lambda(
            lambda params, x: (params[0] * x + params[1], x),
            lambda params, x, dy: ([(dy * x).sum(0), dy.sum(0)], params[0] * dy),
            lambda key, x: (np.ones(3), np.ones(3)),
        )
        x = np.ones((2, 3))
        state = fn.init(net, fn.sgd(0.1), fn.Key(0), x)
        for _ in range(2):
            state, _ = fn.train_step(net, fn.SquaredError(), fn.sgd(0.1), state, x, 0 * x)
        assert type(state.params) is tuple

    def test_stay_so_at_later_steps(self):
        names = iter([("a", "b"), ("a", "z")])
        layer = fn.Lambda(
            lambda params, x: (params["a"] * params["b"] * x, x),
            lambda params, cache, dy: ({name: np.ones(3) for name in next(names)}, dy),
            lambda key, x: {"a": np.ones(3), "b": np.ones(3)},
        )
        x = np.ones((2, 3))
        state = fn.init(layer, fn.sgd(0.1), fn.Key(0), x)
        state, _ = fn.train_step(layer, fn.SquaredError(), fn.sgd(0.1), state, x, x)
        with pytest.raises(fn.TreeError, match="dparams: expected a container of a, b"):
            fn.train_step(layer, fn.SquaredError(), fn.sgd(0.1), state, x, x)

    def test_of_a_penalty_too(self):
        net, x = fn.Linear(1), np.ones((2, 3))
        state = fn.init(net, fn.sgd(0.1), fn.Key(0), x)
        with pytest.raises(fn.TreeError, match="dparams of the penalty"):
            fn.train_step(
                net, fn.SquaredError(), fn.sgd(0.1), state, x, np.ones((2, 1)), penalty=lambda p: (0.0, p.w)
            )
