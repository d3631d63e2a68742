"""Values as plain data, to be written as JSON: networks, losses, penalties, optimizers, schedules.

A value of a class becomes {"class": its name, field: value, ...}, a tuple a list; numbers, strings, True,
False and None stand for themselves. Names are looked up in funnet's own classes and in those the caller
gives, and nowhere else: reading data imports nothing and runs nothing but constructors.

    >>> import funnet as fn
    >>> data = to_data(fn.momentum(0.1))
    >>> data
    {'class': 'momentum', 'rate': 0.1, 'momentum': 0.9}
    >>> from_data(data)
    momentum(rate=0.1, momentum=0.9)
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np

from funnet import losses, optim
from funnet.core import checks, key
from funnet.core.containers import FrozenDict, describe
from funnet.errors import ConfigError, DataError, DtypeError, FunnetError, at
from funnet.losses import penalties
from funnet.nn import combinators, initializers, layers

Classes = Iterable[type]
Known = Mapping[str, type]

_MODULES = (combinators, initializers, key, layers, losses, optim, penalties)


def to_data(value: object, *, classes: Classes = ()) -> Any:
    """`value` as dicts, lists, numbers and strings, every field of every class in it written out.

    `classes` are attrs classes of your own that occur in it. A FrozenDict is written as a list of pairs,
    so that its order survives.
    Raises DtypeError, with the path, for what has no name, such as a function or an array, or is a number
    that JSON cannot hold.
    """
    return _written(value, _known(classes))


def from_data(data: Any, *, classes: Classes = ()) -> Any:
    """The value that `to_data` wrote, equal to it; a field that is missing has its default.

    Raises DataError, with the path, for a class or field that is not known, and for data of any other
    form; ConfigError for a hyperparameter outside its range.
    """
    try:
        return _read(data, _known(classes))
    except RecursionError:
        raise DataError("data as to_data writes it", "endless nesting", who="from_data") from None


def classes_in(value: object) -> set[type]:
    """The attrs classes of `value` and of all that its fields hold."""
    if isinstance(value, tuple | FrozenDict):
        inside = value.values() if isinstance(value, FrozenDict) else value
        return set().union(*map(classes_in, inside))
    kind: Any = type(value)
    if not attrs.has(kind):
        return set()
    return {kind}.union(*(classes_in(getattr(value, name)) for name in _fields(kind).values()))


@functools.cache
def _own() -> Known:
    """Funnet's classes of values by name."""
    found = {}
    for module in _MODULES:
        for name in dir(module):
            kind = getattr(module, name)
            if isinstance(kind, type) and attrs.has(kind):
                found[kind.__name__] = kind
    return MappingProxyType(found)


def _known(classes: Classes) -> Known:
    own = _own()
    given: dict[str, type] = {}
    for kind in checks.listed("classes", "classes", classes, "a list of classes"):
        if not isinstance(kind, type) or not attrs.has(kind):
            raise ConfigError("attrs classes", repr(kind), who="classes")
        if {**own, **given}.get(kind.__name__, kind) is not kind:
            raise ConfigError("classes with names of their own", f"a second {kind.__name__}", who="classes")
        given[kind.__name__] = kind
    return {**own, **given}


def _written(value: object, known: Known) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str) or _is_finite(value):
        return value
    if type(value) is tuple:
        return [at(index, _written, child, known) for index, child in enumerate(value)]
    if isinstance(value, FrozenDict):
        pairs = [[name, at(name, _written, child, known)] for name, child in value.items()]
        return {"class": "FrozenDict", "items": pairs}
    kind: Any = type(value)
    if known.get(kind.__name__) is not kind:
        fix = "pass its class in classes=(...)" if attrs.has(kind) else "write an attrs class in its place"
        got = "a function" if callable(value) and not attrs.has(kind) else describe(value)
        raise DtypeError("a value that can be written by name", got, fix=fix)
    fields = {name: at(name, _written, getattr(value, own), known) for name, own in _fields(kind).items()}
    return {"class": type(value).__name__, **fields}


def _is_finite(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _fields(kind: Any) -> dict[str, str]:
    """The arguments of an attrs class, and the fields that hold them."""
    return {field.alias: field.name for field in attrs.fields(kind) if field.init}


def _read(data: Any, known: Known) -> Any:
    if data is None or isinstance(data, bool | int | str) or _is_finite(data):
        return data
    if isinstance(data, list):
        return tuple(at(index, _read, child, known) for index, child in enumerate(data))
    if not isinstance(data, dict) or not isinstance(data.get("class"), str):
        raise DataError("a number, a string, a list, or a dict with a class", describe(data))
    name, given = data["class"], {field: value for field, value in data.items() if field != "class"}
    if name == "FrozenDict":
        return _read_mapping(given.get("items"), known)
    if name not in known:
        fix = "pass the class in classes=(...) if it is yours"
        raise DataError("the name of a class of funnet", repr(name), who="class", fix=fix)
    kind = known[name]
    odd = sorted(map(repr, given.keys() - _fields(kind).keys()))
    if odd:
        raise DataError(f"fields of {name}", ", ".join(odd), why=f"it has {', '.join(_fields(kind))}")
    return _made(kind, {field: at(field, _read, value, known) for field, value in given.items()})


def _read_mapping(items: Any, known: Known) -> FrozenDict:
    if not isinstance(items, list) or any(
        not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str) for pair in items
    ):
        raise DataError("a list of pairs of a name and a value", describe(items), who="items")
    return FrozenDict({name: at(name, _read, value, known) for name, value in items})


def _made(kind: type, fields: dict[str, Any]) -> Any:
    try:
        return kind(**fields)
    except FunnetError:
        raise
    except Exception as error:  # a constructor may raise anything at values it never saw
        raise DataError(f"fields that make a {kind.__name__}", str(error), who=kind.__name__) from error
