"""Networks for images (N, H, W, C)."""

from __future__ import annotations

from collections.abc import Sequence

from funnet.nn import initializers
from funnet.nn.combinators import Add, Branch, Residual, Sequential
from funnet.nn.layer import Layer
from funnet.nn.layers import BatchNorm, Conv2d, Flatten, GlobalAvgPool, Linear, MaxPool2d, Relu
from funnet.nn.models.arguments import few, integers

_HE = initializers.he_normal()
_RELU = Relu()


def convnet(
    classes: int, widths: Sequence[int] = (16, 32), kernel_size: int = 3, *, activation: Layer = _RELU
) -> Sequential:
    """Convolutions of these widths, each with an activation and a 2×2 maximum behind it; then a linear layer.

    Images must be large enough: each block takes kernel_size − 1 of each axis and halves what is left.
    LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to document recognition.

        >>> import funnet as fn, numpy as np
        >>> net = fn.models.convnet(10)
        >>> print(net)
        Sequential([Conv2d(16, kernel_size=3), Relu(), MaxPool2d(2), Conv2d(32, kernel_size=3), Relu(), ...
        >>> x = np.zeros((1, 28, 28, 1), np.float32)
        >>> net(net.init(fn.Key(0), x), x)[0].shape
        (1, 10)
    """
    widths = integers("convnet", "widths", widths)
    blocks = [layer for width in widths for layer in (Conv2d(width, kernel_size), activation, MaxPool2d(2))]
    return Sequential([*blocks, Flatten(), Linear(classes)])


def resnet(classes: int, width: int = 16, blocks: Sequence[int] = (2, 2, 2)) -> Sequential:
    """A residual network: for each entry of `blocks` a stage of so many, twice as wide as the one before.

    A block is y = relu(s(x) + f(x)), f two 3×3 convolutions with batch normalisation. The first block of
    each stage but the first halves height and width, and there s is a 1×1 convolution of stride 2 with
    batch normalisation; else s(x) = x. At the end stand the mean over space and a linear layer.
    `resnet(10, blocks=(3, 3, 3))` has the 20 layers of the paper's smallest.
    He et al. 2015, arXiv:1512.03385, with projections for shortcuts (their option B).

        >>> import funnet as fn, numpy as np
        >>> net = fn.models.resnet(10, width=4, blocks=(1, 1))
        >>> x = np.zeros((1, 32, 32, 3), np.float32)
        >>> net(net.init(fn.Key(0), x), x)[0].shape
        (1, 10)
    """
    layers: list[Layer] = [*_normalised(width, 3, 1), _RELU]
    for stage, count in enumerate(integers("resnet", "blocks", blocks)):
        for block in range(few("resnet", "blocks", count)):
            layers += _block(width * 2**stage, halve=stage > 0 and block == 0)
    return Sequential([*layers, GlobalAvgPool(), Linear(classes)])


def _block(width: int, halve: bool) -> list[Layer]:
    first = _normalised(width, 3, 2 if halve else 1)
    body = Sequential([*first, _RELU, *_normalised(width, 3, 1)])
    if not halve:
        return [Residual(body), _RELU]
    return [Branch({"shortcut": Sequential(_normalised(width, 1, 2)), "body": body}), Add(), _RELU]


def _normalised(width: int, kernel_size: int, stride: int) -> list[Layer]:
    """A convolution without a bias, for the normalisation behind it has one."""
    return [Conv2d(width, kernel_size, stride, "same", bias=False, w_init=_HE), BatchNorm()]
