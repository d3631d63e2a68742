"""Arrays of NumPy's own, arrays of others, and how both are told of in errors."""

from __future__ import annotations

from typing import Any

import numpy as np

_LONGEST = 80  # characters of a value in an error message
_FEW = 8  # entries of an array that are shown themselves
_CONVERSIONS = {  # methods by which arrays of PyTorch, SciPy (sparse) and pandas are known
    "detach": "detach().cpu().numpy()",
    "toarray": "toarray()",
    "to_numpy": "to_numpy()",
}


def is_array(value: object) -> bool:
    """Whether a value is an array of NumPy's own: a memory map is one, a subclass with other rules is not."""
    return type(value) is np.ndarray or type(value) is np.memmap


def outlined(array: Any) -> str:
    """The dtype and the shape of an array, and its class if it is a subclass."""
    text = f"{array.dtype}{list(array.shape)}"
    return text if is_array(array) or isinstance(array, np.generic) else f"a {type(array).__name__} of {text}"


def shown(value: Any) -> str:
    """The repr of a value, cut to a short line; long arrays, and those of other libraries, by shape."""
    own = isinstance(value, np.ndarray | np.generic)
    if own and value.size > _FEW:
        return outlined(value)
    kind = type(value)
    whole = f"a {kind.__module__.partition('.')[0]}.{kind.__name__}"
    try:
        if not own and (shape := foreign_shape(value)) is not None:
            dtype = getattr(value, "dtype", None)
            return f"{whole} of shape {shape}{'' if dtype is None else f' and dtype {dtype}'}"[:_LONGEST]
        if isinstance(value, int) and value.bit_length() > _LONGEST * 4:
            return f"an integer of {value.bit_length()} bits"
        text = " ".join(repr(value).split())
    except Exception:  # a class may raise anything when it is asked what it is
        return whole
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def foreign_shape(value: Any) -> tuple[int, ...] | None:
    """The shape of an array of another library; `None` for what has none."""
    try:
        return tuple(int(length) for length in value.shape)
    except Exception:  # a class may raise anything when it is asked for an attribute
        return None


def conversion(value: object, name: str) -> str:
    """The code that makes a NumPy array of the foreign array called `name`; "" if none is known."""
    if isinstance(value, np.ma.MaskedArray):
        return f"{name}.filled(0)"
    if isinstance(value, np.generic) or foreign_shape(value) is None:
        return ""
    for method, code in _CONVERSIONS.items():
        if callable(getattr(value, method, None)):
            return f"{name}.{code}"
    return f"np.asarray({name})"
