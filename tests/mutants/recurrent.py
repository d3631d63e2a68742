"""Faults in recurrent layers."""

import numpy as np

import funnet as fn
from funnet.core import padded
from funnet.nn.layers import gates, gru, lstm, recurrent
from funnet.nn.layers.gates import Recurrent
from tests.mutants.fault import fault


@fault(gates, "of_state", "RNN", "LSTM", "GRU")
def the_state_after_for_the_state_before(old):
    return lambda h, da: old(np.roll(h, -1, axis=0), da)


@fault(recurrent, "_slope", "RNN")
def slope_of_the_logistic_for_the_tangent(old):
    return lambda layer, h: h - h * h


@fault(fn.RNN, "_back", "RNN with a state")
def cotangent_of_the_last_state_forgotten(old):
    def broken(self, params, cache, dy):
        return old(self, params, cache, (dy[0], np.zeros_like(dy[1])))

    return broken


@fault(fn.RNN, "vjp", "RNN with a state")
def gradient_of_the_first_state_from_the_first_step(old):
    def broken(self, params, cache, dy):
        dparams, (dx, _) = old(self, params, cache, dy)
        return dparams, (dx, (dy[0][:, 0] * recurrent._slope(self, cache[1][1])) @ params.u.T)

    return broken


@fault(padded, "ends", "RNN of padded sequences", "LSTM of padded sequences", "GRU of padded sequences")
def last_state_from_the_padding(old):
    return lambda lengths: -1


@fault(gates, "padding", "RNN of padded sequences", "LSTM of padded sequences", "GRU of padded sequences")
def state_goes_on_in_the_padding(old):
    return lambda lengths, size: None


@fault(lstm, "_slopes", "LSTM")
def slope_of_the_forget_gate_cut_short(old):
    def broken(cell, h):
        slopes, of_c = old(cell, h)
        slopes[:, 1] /= 1.0 - cell[:-1, 2]
        return slopes, of_c

    return broken


@fault(lstm, "_slopes", "LSTM")
def slope_of_the_output_gate_from_the_wrong_gate(old):
    def broken(cell, h):
        slopes, of_c = old(cell, h)
        slopes[:, 3] *= (1.0 - cell[:-1, 3]) / (1.0 - cell[:-1, 4])
        return slopes, of_c

    return broken


@fault(lstm, "_slopes", "LSTM, time first")
def memory_without_its_tangent(old):
    return lambda cell, h: (old(cell, h)[0], cell[:-1, 4].copy())


@fault(fn.LSTM, "_back", "LSTM with a state")
def cotangent_of_the_last_memory_forgotten(old):
    def broken(self, params, cache, dy):
        dy, (dh, dc) = dy
        return old(self, params, cache, (dy, (dh, np.zeros_like(dc))))

    return broken


@fault(fn.LSTM, "vjp", "LSTM with a state")
def gradients_of_state_and_memory_swapped(old):
    def broken(self, params, cache, dy):
        dparams, (dx, (dh, dc)) = old(self, params, cache, dy)
        return dparams, (dx, (dc, dh))

    return broken


@fault(gru, "_slopes", "GRU")
def slope_of_the_reset_gate_cut_short(old):
    def broken(cell, h):
        slopes, of_n = old(cell, h)
        slopes[:, 0] /= 1.0 - cell[: len(slopes), 0]
        return slopes, of_n

    return broken


@fault(gru, "_slopes", "GRU")
def update_gate_read_the_other_way(old):
    def broken(cell, h):
        slopes, of_n = old(cell, h)
        slopes[:, 1] *= -1.0
        return slopes, of_n

    return broken


@fault(fn.GRU, "_back", "GRU")
def one_bias_gradient_for_two(old):
    def broken(self, params, cache, dy):
        dparams, da, dh = old(self, params, cache, dy)
        b = dparams.b.copy()
        b[3 * self.width :] = b[2 * self.width : 3 * self.width]
        return Recurrent(dparams.w, dparams.u, b), da, dh

    return broken


@fault(fn.GRU, "__call__", "GRU with a state")
def state_of_the_step_before_the_last(old):
    def broken(self, params, x):
        (y, _), cache = old(self, params, x)
        return (y, y[:, -2].copy()), cache

    return broken


@fault(fn.GRU, "param_vjp", "GRU")
def weights_alone_get_another_gradient(old):
    def broken(self, params, cache, dy):
        good = old(self, params, cache, dy)
        return Recurrent(good.w, good.u, np.zeros_like(good.b))

    return broken


@fault(fn.Last, "vjp", "Last of padded sequences")
def gradient_goes_to_the_end_of_the_padding(old):
    def broken(self, params, cache, dy):
        shape, lengths = cache
        return (), padded.pack(old(self, params, (shape, None), dy)[1].swapaxes(0, 1), lengths, None, False)

    return broken


@fault(padded, "ends", "Last of padded sequences")
def last_step_from_the_padding(old):
    return lambda lengths: -1
