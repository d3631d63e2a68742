"""What PyTorch calls the arrays of each of our records, how they are shaped there, and the way back.

O and I are the widths out and in, K the axes of a kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np

from funnet.core.containers import Array, Buffer
from funnet.nn.layers.attention import Projections
from funnet.nn.layers.batch_norm import BatchScaleShift, Moments
from funnet.nn.layers.embedding import Table
from funnet.nn.layers.gates import Recurrent
from funnet.nn.layers.layer_norm import Scale, ScaleShift
from funnet.nn.layers.linear import Affine

Shapes = Mapping[str, tuple[int, ...]]
Tensors = Mapping[str, Array]


@attrs.frozen
class Rule:
    """The tensors of a record: their shapes, the record made of them, and which tensor is which field."""

    shapes: Callable[[Any], Shapes]
    made: Callable[[Any, Tensors], Any]
    fields: Mapping[str, str] = attrs.field(factory=dict)


def _affine_shapes(p: Affine) -> Shapes:
    """weight (O, I, *K), bias (O,)."""
    *kernel, inputs, outputs = p.w.shape
    return {"weight": (outputs, inputs, *kernel), **({} if isinstance(p.b, tuple) else {"bias": p.b.shape})}


def _affine(p: Affine, tensors: Tensors) -> Affine:
    return Affine(np.moveaxis(tensors["weight"], (1, 0), (-2, -1)), tensors.get("bias", ()))


def _batch_norm(p: BatchScaleShift, tensors: Tensors) -> BatchScaleShift:
    moments = Moments(tensors["running_mean"], tensors["running_var"])
    return BatchScaleShift(tensors["weight"], tensors["bias"], Buffer(moments))


def _recurrent_shapes(p: Recurrent) -> Shapes:
    """weight_ih (n H, I), weight_hh (n H, H), and two biases (n H,), for n gates."""
    (inputs, rows), width = p.w.shape, p.u.shape[0]
    return {"weight_ih": (rows, inputs), "weight_hh": (rows, width), "bias_ih": (rows,), "bias_hh": (rows,)}


def _recurrent(p: Recurrent, tensors: Tensors) -> Recurrent:
    """An LSTM has its gates in another order, i f g o; a GRU keeps the second bias of its last gate."""
    gates = p.w.shape[1] // p.u.shape[0]
    w, u, ih, hh = (np.split(tensors[name], gates) for name in _recurrent_shapes(p))
    order = [2, 1, 0, 3] if gates == 4 else range(gates)
    b = [ih[gate] + hh[gate] for gate in order]
    if gates == 3:
        b[2:] = [ih[2], hh[2]]
    w, u = ([blocks[gate] for gate in order] for blocks in (w, u))
    return Recurrent(np.concatenate(w).T, np.concatenate(u).T, np.concatenate(b))


def _attention_shapes(p: Projections) -> Shapes:
    """The three maps of the inputs in one."""
    width = len(p.query.w)
    shapes = {"in_proj_weight": (3 * width, width), "out_proj.weight": (width, width)}
    if isinstance(p.query.b, tuple):
        return shapes
    return {**shapes, "in_proj_bias": (3 * width,), "out_proj.bias": (width,)}


def _attention(p: Projections, tensors: Tensors) -> Projections:
    """The bias of the keys, which softmax takes away, is left behind."""
    query, key, value = (w.T for w in np.split(tensors["in_proj_weight"], 3))
    output = tensors["out_proj.weight"].T
    if "in_proj_bias" not in tensors:
        return Projections(*(Affine(w, ()) for w in (query, key, value, output)))
    query_b, _, value_b = np.split(tensors["in_proj_bias"], 3)
    maps = Affine(query, query_b), Affine(key, ()), Affine(value, value_b)
    return Projections(*maps, Affine(output, tensors["out_proj.bias"]))


_SCALE = {"scale": "weight"}

RULES: Mapping[type, Rule] = {
    Affine: Rule(_affine_shapes, _affine, {"w": "weight", "b": "bias"}),
    BatchScaleShift: Rule(
        lambda p: dict.fromkeys(("weight", "bias", "running_mean", "running_var"), p.scale.shape), _batch_norm
    ),
    Projections: Rule(_attention_shapes, _attention),
    Recurrent: Rule(_recurrent_shapes, _recurrent),
    Scale: Rule(lambda p: {"weight": p.scale.shape}, lambda p, tensors: Scale(tensors["weight"]), _SCALE),
    ScaleShift: Rule(
        lambda p: dict.fromkeys(("weight", "bias"), p.scale.shape),
        lambda p, tensors: ScaleShift(tensors["weight"], tensors["bias"]),
        {**_SCALE, "shift": "bias"},
    ),
    Table: Rule(
        lambda p: {"weight": p.w.shape}, lambda p, tensors: Table(tensors["weight"]), {"w": "weight"}
    ),
}
