"""Faults in convolution and pooling."""

import attrs
import numpy as np

import funnet as fn
from funnet.nn.layers import conv, conv_transpose, depthwise, pool, windows
from funnet.nn.layers.linear import Affine
from tests.mutants.fault import fault


@fault(conv, "pull_kernel", "Conv2d")
def kernel_gradient_flipped(old):
    return lambda *args: old(*args)[::-1, ::-1].copy()


@fault(conv, "pull_kernel", "Conv2d of groups")
def kernel_gradient_of_the_other_group(old):
    return lambda x, dy, seen, groups: old(x, np.roll(dy, dy.shape[-1] // groups, axis=-1), seen, groups)


@fault(conv, "pull_kernel", "Conv2d of one channel", "Conv1d, causal and dilated")
def kernel_gradient_without_dilation(old):
    def broken(x, dy, seen, groups):
        return old(x, dy, attrs.evolve(seen, dilation=(1,) * len(seen.dilation)), groups)

    return broken


@fault(conv, "pull_kernel", "Conv2d, same and strided")
def kernel_gradient_without_padding(old):
    def broken(x, dy, seen, groups):
        x = x.copy()
        x[:, :, -1] = 0
        return old(x, dy, seen, groups)

    return broken


@fault(fn.Conv2d, "param_vjp", "Conv2d")
def bias_gradient_of_one_row(old):
    return lambda self, params, cache, dy: Affine(old(self, params, cache, dy).w, dy[:, 0].sum(axis=(0, 1)))


@fault(conv, "pull_input", "Conv2d, same and strided")
def input_gradient_a_pixel_off(old):
    return lambda *args: np.roll(old(*args), 1, axis=1)


@fault(conv, "pull_input", "Conv1d")
def input_gradient_of_the_first_window(old):
    def broken(dy, w, seen, groups):
        dy = dy.copy()
        dy[:, 1:] = 0
        return old(dy, w, seen, groups)

    return broken


@fault(depthwise, "pull_input", "Conv2d, depthwise", "ConvTranspose2d, depthwise")
def channels_with_each_others_kernels(old):
    return lambda dy, w, seen: old(dy, w[..., ::-1].copy(), seen)


@fault(depthwise, "pull_kernel", "Conv1d, depthwise")
def depthwise_kernel_gradient_of_the_mean(old):
    return lambda x, dy, seen: old(x, dy, seen) / len(x)


@fault(conv_transpose, "correlate", "ConvTranspose2d")
def transposed_with_the_kernel_flipped(old):
    return lambda dy, w, seen, groups: old(dy, w[::-1, ::-1].copy(), seen, groups)


@fault(conv_transpose, "pull_kernel", "ConvTranspose2d, same")
def transposed_with_inputs_for_outputs(old):
    return lambda *args: old(*args).swapaxes(-1, -2).copy()


@fault(fn.ConvTranspose2d, "param_vjp", "ConvTranspose2d")
def transposed_bias_gradient_without_what_output_padding_adds(old):
    def broken(self, params, cache, dy):
        return Affine(old(self, params, cache, dy).w, dy[:, :-1, :-1].sum(axis=(0, 1, 2)))

    return broken


@fault(windows.Windows, "disjoint", "MaxPool2d, overlapping")
def overlapping_windows_overwrite_each_other(old):
    return property(lambda self: True)


@fault(pool, "_max_vjp", "MaxPool2d")
def the_first_of_the_window_gets_all(old):
    def broken(layer, cache, dy):
        winner, outline = cache
        return old(layer, (np.zeros_like(winner), outline), dy)

    return broken


@fault(pool, "_mean_vjp", "AvgPool2d", "AvgPool1d")
def mean_counts_the_padding(old):
    def broken(layer, cache, dy):
        over = pool._windows(layer, cache)
        return old(layer, cache, dy * pool._counts(over, dy.dtype) / np.prod(over.kernel).astype(dy.dtype))

    return broken


@fault(fn.GlobalAvgPool, "vjp", "GlobalAvgPool")
def mean_over_one_axis_of_two(old):
    def broken(self, params, cache, dy):
        dparams, dx = old(self, params, cache, dy)
        return dparams, dx * float(cache[1])

    return broken
