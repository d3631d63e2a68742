"""Faults in the layers and combinators of `tests.cases.basic`, and in what all layers stand on."""

import attrs
import numpy as np

import funnet as fn
from funnet import tree
from funnet.core.containers import Buffer
from funnet.io import store
from funnet.nn import layer
from funnet.nn.combinators.children import packed, unpacked
from funnet.nn.layers.batch_norm import BatchScaleShift, Moments
from funnet.nn.layers.linear import Affine
from tests.mutants.fault import fault


@fault(fn.Linear, "param_vjp", "Linear")
def weight_gradient_of_wrong_sign(old):
    def broken(self, params, cache, dy):
        good = old(self, params, cache, dy)
        return Affine(-good.w, good.b)

    return broken


@fault(fn.Linear, "param_vjp", "Linear")
def missing_bias_gradient(old):
    def broken(self, params, cache, dy):
        good = old(self, params, cache, dy)
        return Affine(good.w, np.zeros_like(good.b))

    return broken


@fault(fn.Linear, "param_vjp", "Linear")
def mean_for_sum(old):
    def broken(self, params, cache, dy):
        good = old(self, params, cache, dy)
        return Affine(good.w / len(cache), good.b / len(cache))

    return broken


@fault(fn.Linear, "param_vjp", "Linear over time")
def bias_gradient_of_the_last_step_only(old):
    def broken(self, params, cache, dy):
        return Affine(old(self, params, cache, dy).w, dy[:, -1].sum(axis=0))

    return broken


@fault(fn.Linear, "vjp", "Linear")
def input_gradient_off_by_one_in_ten_thousand(old):
    def broken(self, params, cache, dy):
        dparams, dx = old(self, params, cache, dy)
        return dparams, dx * 1.0001

    return broken


@fault(fn.Linear, "vjp", "Linear")
def one_dead_entry(old):
    def broken(self, params, cache, dy):
        dparams, dx = old(self, params, cache, dy)
        dx[1, 2] = 0
        return dparams, dx

    return broken


@fault(fn.Linear, "init", "Linear")
def init_from_a_hidden_generator(old):
    generator = np.random.default_rng(0)

    def broken(self, key, x):
        good = old(self, key, x)
        return Affine(good.w + generator.standard_normal(good.w.shape).astype(good.w.dtype), good.b)

    return broken


@fault(fn.Linear, "init", "Linear")
def init_in_double_precision(old):
    def broken(self, key, x):
        good = old(self, key, x)
        return Affine(good.w.astype(np.float64), good.b.astype(np.float64))

    return broken


@fault(fn.Linear, "__call__", "Linear")
def cache_holds_a_parameter(old):
    def broken(self, params, x):
        return np.matmul(x, params.w) + params.b, params.w

    return broken


@fault(fn.BatchNorm, "advance", "BatchNorm", "Sequential")
def dropped_advance(old):
    return lambda self, params, cache: params


@fault(fn.BatchNorm, "advance", "BatchNorm")
def advance_in_inference_too(old):
    return lambda self, params, cache: BatchScaleShift(
        params.scale, params.shift, Buffer(Moments(params.scale * 2, params.shift + 3))
    )


@fault(fn.BatchNorm, "vjp", "BatchNorm")
def gradient_of_the_mean_forgotten(old):
    def broken(self, params, cache, dy):
        dparams, dx = old(self, params, cache, dy)
        return dparams, dx + dy.mean(axis=0) if self.training else dx

    return broken


@fault(fn.BatchNorm, "vjp", "BatchNorm")
def gradient_for_unit_scale(old):
    def broken(self, params, cache, dy):
        dparams, dx = old(self, params, cache, dy)
        return dparams, dx / params.scale

    return broken


@fault(fn.BatchNorm, "__call__", "BatchNorm")
def running_moments_used_in_training(old):
    def broken(self, params, x):
        y, (z, batch) = old(self, params, x)
        return (old(fn.inference(self), params, x)[0] if self.training else y), (z, batch)

    return broken


@fault(fn.Dropout, "advance", "Dropout", "Sequential")
def the_same_mask_at_every_step(old):
    return lambda self, params, cache: params


@fault(fn.Dropout, "__call__", "Dropout")
def hidden_randomness(old):
    generator = np.random.default_rng(0)

    def broken(self, params, x):
        mask = generator.random(x.shape) >= self.rate
        return x * mask / (1 - self.rate), mask

    return broken


@fault(fn.Dropout, "vjp", "Dropout")
def survivors_not_scaled_in_the_gradient(old):
    def broken(self, params, cache, dy):
        dparams, dx = old(self, params, cache, dy)
        return dparams, dx * (1 - self.rate) if self.training else dx

    return broken


@fault(fn.Dropout, "vjp", "Dropout")
def identity_gives_the_cotangent_itself(old):
    def broken(self, params, cache, dy):
        return old(self, params, cache, dy) if self.training else (params, dy)

    return broken


@fault(fn.Tanh, "__call__", "Tanh")
def promotion_to_double(old):
    def broken(self, params, x):
        y, cache = old(self, params, x)
        return y * np.float64(1), cache

    return broken


@fault(fn.Relu, "vjp", "Relu")
def cotangent_edited_in_place(old):
    def broken(self, params, cache, dy):
        dy *= cache > 0
        return (), dy.copy()

    return broken


@fault(fn.Relu, "__call__", "Relu")
def input_edited_in_place(old):
    def broken(self, params, x):
        y = np.maximum(x, 0, out=x)
        return y, y

    return broken


@fault(fn.Sigmoid, "vjp", "Sigmoid")
def cache_edited_in_place(old):
    def broken(self, params, cache, dy):
        cache *= 1 - cache
        return (), cache * dy

    return broken


@fault(fn.Tanh, "vjp", "Tanh")
def absolute_cotangent(old):
    return lambda self, params, cache, dy: old(self, params, cache, np.abs(dy))


@fault(fn.Tanh, "vjp", "Tanh")
def gradient_of_nothing_is_something(old):
    def broken(self, params, cache, dy):
        dparams, dx = old(self, params, cache, dy)
        return dparams, dx + 1e-12

    return broken


@fault(fn.Silu, "vjp", "Silu")
def stale_cache(old):
    seen = []

    def broken(self, params, cache, dy):
        seen.append(cache)
        return old(self, params, seen[0] if seen[0].shape == cache.shape else cache, dy)

    return broken


@fault(fn.Gelu, "vjp", "Gelu")
def constant_cut_short(old):
    def broken(self, params, cache, dy):
        dparams, dx = old(self, params, cache, dy)
        return dparams, dx * (1 + 1e-5 * cache)

    return broken


@fault(fn.Softmax, "vjp", "Softmax")
def softmax_without_its_normalisation(old):
    return lambda self, params, cache, dy: ((), cache * dy)


@fault(fn.Flatten, "vjp", "Flatten")
def aliased_output(old):
    return lambda self, params, cache, dy: ((), dy.reshape(cache))


@fault(fn.Flatten, "vjp", "Flatten, channels first")
def channels_handed_back_last(old):
    return lambda self, params, cache, dy: ((), np.array(dy.reshape(cache)))


@fault(fn.Flatten, "vjp", "Flatten of one channel, channels first")
def aliased_output_of_one_channel(old):
    return lambda self, params, cache, dy: ((), dy.reshape(cache))


@fault(fn.Residual, "vjp", "Residual")
def the_way_around_forgotten(old):
    return lambda self, params, cache, dy: self.layer.vjp(params, cache, dy)


@fault(fn.Residual, "advance", "Residual")
def residual_drops_advance(old):
    return lambda self, params, cache: params


@fault(fn.Branch, "vjp", "Branch")
def gradient_of_the_first_branch_only(old):
    def broken(self, params, cache, dy):
        dparams, _ = old(self, params, cache, dy)
        return dparams, self.layers[0].vjp(params[0], cache[0], dy[0])[1]

    return broken


@fault(fn.Concat, "vjp", "Concat")
def parts_handed_back_swapped(old):
    def broken(self, params, cache, dy):
        return old(self, params, cache, dy[..., ::-1])

    return broken


@fault(fn.Add, "vjp", "Add")
def summands_share_their_gradient(old):
    def broken(self, params, cache, dy):
        one = dy.copy()
        return (), tree.map(lambda _: one, cache)

    return broken


@fault(fn.Frozen, "vjp", "Frozen")
def frozen_weights_move(old):
    def broken(self, params, cache, dy):
        dparams, dx = self.layer.vjp(params.value, cache, dy)
        return Buffer(dparams), dx

    return broken


@fault(fn.Sequential, "advance", "Sequential", "deep nest")
def sequential_drops_advance(old):
    return lambda self, params, cache: params


@fault(fn.Sequential, "param_vjp", "Sequential")
def first_layer_without_gradient(old):
    def broken(self, params, cache, dy):
        made = unpacked(self, self.layers, old(self, params, cache, dy))
        return packed(self.layers, [tree.map(np.zeros_like, made[0]), *made[1:]])

    return broken


@fault(fn.Sequential, "vjp", "Sequential of nothing")
def unit_gives_the_cotangent_itself(old):
    return lambda self, params, cache, dy: (params, dy)


@fault(fn.Sequential, "vjp", "Sequential by name")
def gradients_under_other_names(old):
    def broken(self, params, cache, dy):
        dparams, dx = old(self, params, cache, dy)
        return {f"{name}_": child for name, child in dparams.items()}, dx

    return broken


@fault(layer, "rewrite", "Sequential", "deep nest")
def mode_does_not_reach_a_nested_layer(old):
    return lambda net, f, path="": f(net, path)


@fault(tree, "ravel", "Linear", "deep nest")
def vector_in_another_order(old):
    return lambda node: old(node)[::-1].copy()


@fault(store, "_filled", "Dropout", "BatchNorm")
def loading_forgets_the_buffers(old):
    return lambda like, found, path: like if isinstance(like, Buffer) else old(like, found, path)


@fault(fn.adam, "update", "Linear")
def moments_edited_in_place(old):
    def broken(self, g, state, p):
        delta, new = old(self, g, state, p)
        state.m.flags.writeable = True
        state.m[:] = new.m
        return delta, attrs.evolve(new, m=state.m)

    return broken
