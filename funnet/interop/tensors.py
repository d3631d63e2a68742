"""PyTorch's tensors as arrays, by module."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from funnet.core import checks
from funnet.core.arrays import is_array, shown
from funnet.core.containers import Array
from funnet.errors import DtypeError
from funnet.io.safetensors_file import tensors
from funnet.io.store import opened

Source = str | os.PathLike[str] | Mapping[str, Any]

_WHO = "from_torch"
_RECURRENT = re.compile(r"(weight|bias)_(ih|hh)_(l\d+(?:_reverse)?)")


def modules(source: Source) -> dict[str, dict[str, Array]]:
    """{module: {piece: array}}."""
    found: dict[str, dict[str, Array]] = {}
    for whole, array in _arrays(source).items():
        name, _, piece = whole.rpartition(".")
        if recurrent := _RECURRENT.fullmatch(piece):
            piece, name = f"{recurrent[1]}_{recurrent[2]}", joined(name, recurrent[3])
        if piece != "num_batches_tracked":
            found.setdefault(name, {})[piece] = array
    for name in list(found):
        owner, _, last = name.rpartition(".")
        if last == "out_proj" and "in_proj_weight" in found.get(owner, {}):  # a part of an attention
            found[owner] |= {f"out_proj.{piece}": array for piece, array in found.pop(name).items()}
    return found


def joined(name: str, piece: str) -> str:
    """The name of a tensor."""
    return f"{name}.{piece}" if name else piece


def _arrays(source: Source) -> dict[str, Array]:
    if isinstance(source, Mapping):
        return {name: _array(name, value) for name, value in source.items()}
    if callable(getattr(source, "state_dict", None)):
        fix = "give its state_dict()"
        raise DtypeError("a mapping of names to tensors", shown(source), who=_WHO, fix=fix)
    with opened(source, tensors, "a file in the safetensors format") as file:
        return {name: file.read(name) for name in file.outlines}


def _array(name: object, value: Any) -> Array:
    """The array of a tensor, without its gradient; bfloat16, which NumPy does not have, as float32."""
    if not isinstance(name, str):
        raise DtypeError("names as strings", shown(name), who=_WHO)
    if isinstance(value, np.ndarray) and not is_array(value):
        raise checks.not_array(_WHO, value, name)
    try:
        if callable(getattr(value, "detach", None)):
            value = value.detach().cpu()
            value = value.float() if str(value.dtype) == "torch.bfloat16" else value
        array = np.asarray(value)
        return array.astype(np.float32) if array.dtype.name == "bfloat16" else array
    except Exception as error:  # a tensor may be of any layout or dtype
        raise DtypeError(f"{name} as NumPy can hold it", shown(value), who=_WHO, why=str(error)) from error
