"""Faults in combinators over time, repeated, shared and recomputed layers."""

import numpy as np

import funnet as fn
from funnet import tree
from funnet.core import padded
from tests.mutants.fault import fault


@fault(fn.TimeDistributed, "advance", "TimeDistributed")
def statistics_of_the_steps_dropped(old):
    return lambda self, params, cache: params


@fault(fn.TimeDistributed, "_cotangent", "TimeDistributed of padded sequences")
def cotangents_of_padding_for_those_of_steps(old):
    def broken(self, dy, shape, lengths):
        good = old(self, dy, shape, lengths)
        return good if lengths is None else dy.values.reshape(-1, shape[-1])[: len(good)].copy()

    return broken


@fault(fn.TimeDistributed, "_steps", "TimeDistributed")
def steps_and_sequences_mixed_up(old):
    def broken(self, rows, shape, lengths):
        return rows.reshape(shape[1], shape[0], *shape[2:]).swapaxes(0, 1)

    return broken


@fault(fn.TimeDistributed, "_real", "TimeDistributed of padded sequences")
def statistics_of_the_padding(old):
    return lambda self, shape, lengths: np.ones(shape[:2], bool)


@fault(padded, "flipped", "Reverse of padded sequences", "Bidirectional sum of padded sequences")
def reversed_with_the_padding(old):
    return lambda x, lengths: x[::-1]


@fault(fn.Reverse, "_cotangent", "Reverse")
def cotangent_not_reversed(old):
    def broken(self, cache, dy):
        _, steps, lengths, stateful = cache
        dy, dstate = padded.cotangent(self, dy, steps, lengths, stateful, self.time_major)
        return padded.pack(dy, lengths, dstate, self.time_major)

    return broken


@fault(fn.Reverse, "vjp", "Reverse of padded sequences")
def gradient_reversed_with_the_padding(old):
    def broken(self, params, cache, dy):
        inner, _, lengths, _ = cache
        dparams, dx = self.layer.vjp(params, inner, self._cotangent(cache, dy))
        return dparams, fn.Padded(dx.values[:, ::-1].copy(), lengths)

    return broken


@fault(fn.Reverse, "advance", "Reverse with statistics")
def reverse_drops_advance(old):
    return lambda self, params, cache: params


@fault(fn.Bidirectional, "_cotangents", "Bidirectional with statistics")
def directions_swapped_in_the_gradient(old):
    return lambda self, cache, dy: old(self, cache, dy)[::-1]


@fault(fn.Bidirectional, "vjp", "Bidirectional sum of padded sequences")
def gradient_of_one_direction_only(old):
    def broken(self, params, cache, dy):
        dparams, _ = old(self, params, cache, dy)
        return dparams, self.layers["forward"].vjp(params["forward"], cache[0]["forward"], dy)[1]

    return broken


@fault(fn.Bidirectional, "advance", "Bidirectional with statistics")
def the_way_back_sees_nothing_new(old):
    def broken(self, params, cache):
        return {**old(self, params, cache), "backward": params["backward"]}

    return broken


@fault(fn.Repeat, "_joined", "Repeat shared")
def gradient_of_the_last_time_only(old):
    return lambda self, made: made[-1] if self.shared else old(self, made)


@fault(fn.Repeat, "_back", "Repeat")
def gradients_of_the_times_in_reverse(old):
    def broken(self, own, caches, dy, first):
        made, dx = old(self, own, caches, dy, first)
        return made[::-1], dx

    return broken


@fault(fn.Repeat, "param_vjp", "Repeat shared", "Repeat")
def first_time_without_gradient(old):
    def broken(self, params, cache, dy):
        made, _ = self._back(self._own(params), self._caches(cache), dy, 1)
        return self._joined([tree.map(np.zeros_like, made[0]), *made])

    return broken


@fault(fn.Repeat, "advance", "Repeat")
def only_the_first_time_is_renewed(old):
    return lambda self, params, cache: (old(self, params, cache)[0], *params[1:])


@fault(fn.Tied, "_folded", "Tied")
def gradient_of_one_place_forgotten(old):
    return lambda self, dparams: self._put(dparams, self.target, ())


@fault(fn.Tied, "_folded", "Tied twice")
def tied_gradient_not_turned(old):
    def broken(self, dparams):
        total = tree.map(np.add, self._get(dparams, self.source), self._get(dparams, self.target))
        return self._put(self._put(dparams, self.source, total), self.target, ())

    return broken


@fault(fn.Tied, "param_vjp", "Tied embedding")
def head_forgets_its_embedding(old):
    def broken(self, params, cache, dy):
        return self._put(self.layer.param_vjp(self.untied(params), cache, dy), self.target, ())

    return broken


@fault(fn.Tied, "advance", "Tied with state")
def tied_buffers_stay(old):
    return lambda self, params, cache: params


@fault(fn.Remat, "_again", "Remat")
def recomputed_from_an_input_kept_in_half_precision(old):
    return lambda self, params, x: old(self, params, x.astype(np.float16).astype(x.dtype))


@fault(fn.Remat, "advance", "Remat", "Remat in Repeat")
def remat_drops_advance(old):
    return lambda self, params, cache: params
