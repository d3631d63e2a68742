"""Faults in embedding, normalisation of examples, attention and positions."""

import numpy as np

import funnet as fn
from funnet.core import padded
from funnet.nn.layers import attention, embedding
from funnet.nn.layers.embedding import Table
from funnet.nn.layers.layer_norm import ScaleShift
from tests.mutants.fault import fault


@fault(embedding, "_summed_by_index", "Embedding")
def the_last_of_equal_indices_only(old):
    def broken(indices, rows, count):
        total = np.zeros((count, rows.shape[1]), rows.dtype)
        total[indices] = rows
        return total

    return broken


@fault(fn.Embedding, "param_vjp", "Embedding of padded indices")
def padding_counts_for_the_index_zero(old):
    def broken(self, params, cache, dy):
        indices, _ = cache
        rows = dy.values.reshape(-1, self.width)
        return Table(embedding._summed_by_index(indices.ravel(), rows, self.count))

    return broken


@fault(fn.LayerNorm, "vjp", "LayerNorm")
def gradient_of_the_deviation_forgotten(old):
    def broken(self, params, cache, dy):
        _, sigma = cache
        g = dy * params.scale
        return old(self, params, cache, dy)[0], (g - g.mean(axis=-1, keepdims=True)) / sigma

    return broken


@fault(fn.LayerNorm, "vjp", "LayerNorm")
def eps_counted_twice(old):
    def broken(self, params, cache, dy):
        dparams, dx = old(self, params, cache, dy)
        return dparams, dx / np.sqrt(1.0 + self.eps / np.square(cache[1]))

    return broken


@fault(fn.LayerNorm, "vjp", "LayerNorm")
def shift_gradient_of_the_last_step_only(old):
    def broken(self, params, cache, dy):
        dparams, dx = old(self, params, cache, dy)
        return ScaleShift(dparams.scale, dy[:, -1].sum(axis=0)), dx

    return broken


@fault(fn.RMSNorm, "vjp", "RMSNorm")
def gradient_of_the_root_mean_square_forgotten(old):
    def broken(self, params, cache, dy):
        return old(self, params, cache, dy)[0], dy * params.scale / cache[1]

    return broken


@fault(fn.GroupNorm, "vjp", "GroupNorm")
def gradient_of_the_group_mean_forgotten(old):
    def broken(self, params, cache, dy):
        dparams, dx = old(self, params, cache, dy)
        z, sigma = cache
        means = self._means((dy * params.scale).mean(axis=(1, 2)))
        return dparams, dx + (means / sigma).reshape(len(z), 1, 1, -1)

    return broken


@fault(fn.GroupNorm, "vjp", "GroupNorm")
def shift_gradient_averaged_over_examples(old):
    def broken(self, params, cache, dy):
        dparams, dx = old(self, params, cache, dy)
        return ScaleShift(dparams.scale, dparams.shift / len(dy)), dx

    return broken


@fault(attention, "attend_vjp", "MultiHeadAttention")
def scores_not_scaled_in_the_gradient(old):
    def broken(cache, o, do):
        dq, dk, dv = old(cache, o, do)
        heads = cache[3].shape[1]
        return dq * float(np.sqrt(o.shape[-1] // heads)), dk, dv

    return broken


@fault(attention, "attend_vjp", "causal attention")
def attention_without_the_gradient_of_its_normalisation(old):
    return lambda cache, o, do: (*old(cache, np.zeros_like(o), do)[:2], old(cache, o, do)[2])


@fault(attention, "attend_vjp", "MultiHeadAttention")
def values_of_the_other_head(old):
    def broken(cache, o, do):
        dq, dk, dv = old(cache, o, do)
        return dq, dk, np.roll(dv, dv.shape[-1] // 2, axis=-1)

    return broken


@fault(fn.MultiHeadAttention, "vjp", "cross attention")
def context_without_the_gradient_of_its_keys(old):
    def broken(self, params, cache, dy):
        dparams, (dx, _) = old(self, params, cache, dy)
        _, _, c, _, o, looked = cache
        do = attention._affine_vjp(params.output, o, dy)[1]
        return dparams, (
            dx,
            attention._affine_vjp(params.value, c, attention.attend_vjp(looked, o, do)[2])[1],
        )

    return broken


@fault(attention, "attend", "cross attention of padded sequences")
def keys_behind_the_ends_are_looked_at(old):
    return lambda q, k, v, heads, causal, ends: old(q, k, v, heads, causal, None)


@fault(fn.PositionalEncoding, "vjp", "learned positions")
def positions_of_the_first_example_only(old):
    def broken(self, params, cache, dy):
        dparams, dx = old(self, params, cache, dy)
        dw = np.zeros_like(dparams.w)
        dw[: dy.shape[1]] = dy[0]
        return Table(dw), dx

    return broken


@fault(fn.PositionalEncoding, "vjp", "learned positions of padded sequences")
def positions_behind_the_ends_count(old):
    def broken(self, params, cache, dy):
        return Table(dy.values.sum(axis=0)), old(self, params, cache, dy)[1]

    return broken


@fault(fn.PositionalEncoding, "vjp", "sinusoidal positions")
def positions_give_the_cotangent_itself(old):
    return lambda self, params, cache, dy: (old(self, params, cache, dy)[0], dy)


@fault(padded, "zeroed", "learned positions of padded sequences", "attention of padded sequences")
def padding_is_not_silenced(old):
    return lambda x, lengths: x


@fault(fn.Embedding, "init", "Embedding")
def embedding_in_double_precision(old):
    return lambda self, key, x: Table(old(self, key, x).w.astype(np.float64))
