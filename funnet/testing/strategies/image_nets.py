"""Networks that read images, (N, H, W, C), for any H and W of at least 3 and any C."""

from __future__ import annotations

import hypothesis.strategies as st

from funnet.nn import combinators as cs, layers as ls
from funnet.nn.layer import Layer
from funnet.testing import arguments
from funnet.testing.strategies.row_nets import Nets, ended, joined, pointwise, residual, wrapped


def image_networks(max_depth: int = 2, *, kinks: bool = True, state: bool = True) -> Nets:
    """Nested networks that read images and give images, a mean over space, or rows.

    Without `kinks` all are smooth, without `state` none has running moments or a dropout key. They shrink
    to Linear(1).
    """
    arguments.nets("image_networks", max_depth, kinks=kinks, state=state)
    keeping = st.one_of(pointwise(kinks=kinks, state=state), _windows(st.just(1), kinks))
    nets = keeping | _windows(st.integers(1, 2), kinks) | st.builds(_transposed, *_three(2))
    for _ in range(max_depth - 1):
        keeping = keeping | st.builds(residual, keeping) | st.builds(joined, st.tuples(keeping, keeping))
        nets = st.one_of(nets, keeping, st.builds(cs.Sequential, st.lists(nets, max_size=3)), wrapped(nets))
    kernel_size = st.tuples(st.integers(1, 3), st.integers(1, 3))
    first = st.none() | st.builds(ls.Conv2d, st.integers(1, 3), kernel_size)
    return st.builds(_begun, first, st.builds(ended, nets, st.sampled_from((None, *_ENDS))))


def _windows(strides: st.SearchStrategy[int], kinks: bool) -> Nets:
    """Layers that see windows of any image; with stride 1 they keep its height and width."""
    size = st.tuples(st.integers(1, 3), st.integers(1, 3))
    same = st.just("same")
    convolution = st.builds(
        ls.Conv2d, st.integers(1, 3), size, strides, same, st.integers(1, 2), bias=st.booleans()
    )
    grouped = st.builds(_grouped, size, strides)
    largest = st.builds(ls.MaxPool2d, size, strides, same)
    mean = st.builds(ls.AvgPool2d, size, strides, same)
    return st.one_of(convolution, grouped, mean, *((largest,) if kinks else ()))


def _begun(first: Layer | None, net: Layer) -> Layer:
    return net if first is None else cs.Sequential([first, net])


def _three(most: int) -> tuple[st.SearchStrategy[int], ...]:
    return st.integers(1, 3), st.integers(1, 3), st.integers(1, most)


def _grouped(kernel_size: tuple[int, int], stride: int) -> Layer:
    return cs.Sequential([ls.Linear(4), ls.Conv2d(2, kernel_size, stride, "same", groups=2)])


def _transposed(width: int, kernel_size: int, stride: int) -> Layer:
    return ls.ConvTranspose2d(width, kernel_size, stride, "same")


_ENDS = ls.GlobalAvgPool(), ls.Flatten(), ls.Flatten(order="channels_first")
