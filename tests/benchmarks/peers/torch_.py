"""PyTorch, eager: modules, an optimizer, zero_grad and backward."""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

import funnet as fn
from funnet.core.containers import Array
from tests.benchmarks.peers import Run
from tests.benchmarks.works import Work

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1)))

_LOSSES: dict[Any, Callable[[Any, Any], Any]] = {
    fn.SquaredError(): lambda y, t: nn.functional.mse_loss(y, t, reduction="sum") / (2 * len(y)),
    fn.MeanSquaredError(): nn.functional.mse_loss,
    fn.SoftmaxCrossEntropy(): nn.functional.cross_entropy,
}


def train(work: Work) -> Run:
    net = _net(work)
    loss = _LOSSES[work.loss]
    x, target = torch.tensor(_input(work)), torch.tensor(work.target)
    example = x[:1]
    start = [p.detach().clone() for p in net.parameters()]
    kind = torch.optim.Adam if isinstance(work.optimizer, fn.adam) else torch.optim.SGD
    optimizer = kind(net.parameters(), lr=work.optimizer.rate)

    def step() -> Any:
        optimizer.zero_grad()
        value = loss(net(x), target)
        value.backward()
        optimizer.step()
        return value.item()

    def reset() -> None:
        nonlocal optimizer
        optimizer = kind(net.parameters(), lr=work.optimizer.rate)
        with torch.no_grad():
            for p, first in zip(net.parameters(), start, strict=True):
                p.copy_(first)

    @torch.inference_mode()
    def infer() -> Any:
        return net(example)

    return Run(step, reset, infer)


def _net(work: Work) -> nn.Module:
    """The work's network, with copies of its parameters."""
    params = work.state().params
    if work.kind == "transformer":
        return _transformer(params)
    if work.kind == "convolution":
        return _convolution(params)
    return nn.Sequential(
        *(_MODULES[type(layer)](p) for layer, p in zip(work.net.layers, params, strict=True))
    )


def _input(work: Work) -> Array:
    return np.ascontiguousarray(work.x.transpose(0, 3, 1, 2)) if work.kind == "convolution" else work.x


def _linear(w: Array, b: Array) -> nn.Module:
    return _filled(nn.Linear(*w.shape), weight=w.T, bias=b)


class Recurrent(nn.Module):
    """The outputs of every step.

    PyTorch adds a second bias, that of the state; of it nothing is trained but what GRUs have there.
    """

    def __init__(
        self, kind: Any, w: Array, u: Array, b: Array, b_state: Array, trained: bool = False
    ) -> None:
        super().__init__()
        layer = kind(len(w), len(u), batch_first=True)
        self.layer = _filled(layer, weight_ih_l0=w.T, weight_hh_l0=u.T, bias_ih_l0=b, bias_hh_l0=b_state)
        layer.bias_hh_l0.requires_grad_(trained)

    def forward(self, x: Any) -> Any:
        return self.layer(x)[0]


def _gru(p: Any) -> nn.Module:
    width = len(p.u)
    b, b_m = np.split(p.b, [3 * width])
    made = Recurrent(nn.GRU, p.w, p.u, b, np.concatenate([np.zeros_like(b[: 2 * width]), b_m]), trained=True)
    mask = torch.arange(3 * width) >= 2 * width
    made.layer.bias_hh_l0.register_hook(lambda g: g * mask)
    return made


def _lstm(p: Any) -> nn.Module:
    """The gates there are i, f, g, o."""
    gates = np.arange(4 * len(p.u)).reshape(4, -1)[[2, 1, 0, 3]].ravel()
    return Recurrent(nn.LSTM, p.w[:, gates], p.u[:, gates], p.b[gates], np.zeros_like(p.b))


class Last(nn.Module):
    """The last step."""

    def forward(self, x: Any) -> Any:
        return x[:, -1]


def _convolution(params: Any) -> nn.Module:
    """Channels come before the axes of space here, also where images are flattened."""
    first, _, _, second, _, _, _, last = params
    size = math.isqrt(len(last.w) // second.w.shape[-1])
    w = last.w.reshape(size, size, -1, last.w.shape[-1]).transpose(2, 0, 1, 3).reshape(last.w.shape)
    convolutions = [
        _filled(nn.Conv2d(*p.w.shape[2:], 3), weight=p.w.transpose(3, 2, 0, 1), bias=p.b)
        for p in (first, second)
    ]
    blocks = [layer for made in convolutions for layer in (made, nn.ReLU(), nn.MaxPool2d(2))]
    return nn.Sequential(*blocks, nn.Flatten(), _linear(w, last.b))


def _transformer(params: Any) -> nn.Module:
    (norm1, attention), (norm2, widen, _, narrow) = params
    gelu = functools.partial(nn.functional.gelu, approximate="tanh")
    made = nn.TransformerEncoderLayer(64, 4, 256, 0.0, gelu, norm_first=True, batch_first=True)
    query, key, value, output = attention.query, attention.key, attention.value, attention.output
    _filled(
        made.self_attn,
        in_proj_weight=np.concatenate([query.w.T, key.w.T, value.w.T]),
        in_proj_bias=np.concatenate([query.b, np.zeros_like(query.b), value.b]),
    )
    _filled(made.self_attn.out_proj, weight=output.w.T, bias=output.b)
    _filled(made.norm1, weight=norm1.scale, bias=norm1.shift)
    _filled(made.norm2, weight=norm2.scale, bias=norm2.shift)
    _filled(made.linear1, weight=widen.w.T, bias=widen.b)
    _filled(made.linear2, weight=narrow.w.T, bias=narrow.b)
    return made


def _filled(module: Any, **values: Array) -> Any:
    with torch.no_grad():
        for name, value in values.items():
            getattr(module, name).copy_(torch.tensor(np.ascontiguousarray(value)))
    return module


_MODULES: dict[Any, Callable[..., nn.Module]] = {
    fn.Linear: lambda p: _linear(p.w, p.b),
    fn.Relu: lambda p: nn.ReLU(),
    fn.Sigmoid: lambda p: nn.Sigmoid(),
    fn.RNN: lambda p: Recurrent(nn.RNN, p.w, p.u, p.b, np.zeros_like(p.b)),
    fn.GRU: _gru,
    fn.LSTM: _lstm,
    fn.Last: lambda p: Last(),
}
