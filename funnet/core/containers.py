"""What trees are made of: tuples, lists, dicts, `FrozenDict`, attrs records, `Buffer`, arrays.

Anything else in a tree (a number, a string, `None`) is carried along unchanged.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn, TypeVar, dataclass_transform

import attrs
import numpy as np
import numpy.typing as npt

from funnet.core.arrays import conversion, is_array, outlined, shown
from funnet.errors import DtypeError, FunnetError, TreeError

Array = npt.NDArray[Any]
Tree = Any

_ARRAYS = (np.ndarray, np.generic)
_Class = TypeVar("_Class", bound=type)


class FrozenDict(Mapping[str, Any]):
    """A mapping that cannot be changed, in the order of its making.

    Names are printable, non-empty strings without "/", which separates the names in a path.
    """

    __slots__ = ("_items",)
    _items: dict[str, Any]

    def __init__(self, items: Mapping[str, Any]) -> None:
        if not isinstance(items, Mapping):
            raise TreeError("a mapping", describe(items), who="FrozenDict")
        for name in items:
            check_name(name)
        object.__setattr__(self, "_items", dict(items))

    def __setattr__(self, name: str, _: object) -> NoReturn:
        raise AttributeError(f"a FrozenDict cannot be changed, not even its {name}; make a new one")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a FrozenDict cannot be changed, not even its {name}; make a new one")

    def __getitem__(self, name: str) -> Any:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return _remake, (FrozenDict, [self._items])

    def __repr__(self) -> str:
        return f"FrozenDict({self._items!r})"


def check_name(name: object) -> None:
    """Raise TreeError unless `name` can stand in a path."""
    if not isinstance(name, str) or not name or "/" in name or not name.isprintable():
        raise TreeError("names that are printable, non-empty strings without '/'", repr(name))


def describe(node: Tree) -> str:
    """`node` in a few words: arrays by dtype and shape, containers by type and size, all else as `shown`."""
    if is_leaf(node):
        return outlined(node)
    if isinstance(node, tuple | list | Mapping):
        return f"a {type(node).__name__} of {len(node)}"
    if attrs.has(type(node)):
        return f"a {type(node).__name__} record"
    return shown(node)


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(attrs.field,))
def record(cls: _Class) -> _Class:
    """Class decorator: a frozen attrs record that holds arrays.

    Its arrays are read-only again after it was copied or unpickled. They print as <dtype[shape]>, which is
    no code and is not mistaken for it. Records do not compare by `==`,
    which NumPy arrays make meaningless: use `tree.equal`.
    """

    def __reduce__(self: Any) -> tuple[Any, ...]:
        return _remake, (type(self), [value for _, value in parts(self) or ()])

    def __repr__(self: Any) -> str:
        shown = (f"{name}={f'<{describe(v)}>' if is_leaf(v) else repr(v)}" for name, v in parts(self) or ())
        return f"{type(self).__name__}({', '.join(shown)})"

    if not isinstance(cls, type):
        raise DtypeError("a class", describe(cls), who="record")
    kind: Any = cls
    try:
        kind.__reduce__, kind.__repr__ = __reduce__, __repr__
        return attrs.frozen(cls, eq=False, repr=False)
    except (TypeError, ValueError) as error:
        raise DtypeError("a class of fields alone", cls.__name__, who="record", why=str(error)) from error


def is_leaf(node: Tree) -> bool:
    """Whether `node` is an array, or a NumPy scalar as `np.sum` returns it."""
    return type(node) is np.ndarray or isinstance(node, _ARRAYS)


@attrs.frozen
class Anatomy:
    """How to take a record of some class apart, and how to make one."""

    names: tuple[str, ...]
    values: Callable[[Any], tuple[Any, ...]]
    make: Callable[..., Any]


@functools.lru_cache(maxsize=1024)
def anatomy(kind: Any) -> Anatomy | None:
    """That of an attrs class; `None` for any other class."""
    if not attrs.has(kind):
        return None
    fields = [field for field in attrs.fields(kind) if field.init]
    names = tuple(field.name for field in fields)
    arguments = tuple(field.alias or field.name for field in fields)

    def make_by_name(*values: Any) -> Any:
        return kind(**dict(zip(arguments, values, strict=True)))

    by_name = any(field.kw_only for field in fields)
    return Anatomy(names, _getter(names), make_by_name if by_name else kind)


def _getter(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """A function from a record to the values of its fields."""
    if len(names) > 1:
        return operator.attrgetter(*names)
    return lambda node: tuple(getattr(node, name) for name in names)


def values(node: Tree) -> Sequence[Any] | None:
    """The children of a container in the order of `parts`; `None` for what is no container."""
    kind: Any = type(node)
    take = _opener(kind)
    return None if take is None else take(node)


@functools.lru_cache(maxsize=1024)
def _opener(kind: Any) -> Callable[[Any], Sequence[Any]] | None:
    """What takes the children out of a container of this class; `None` for any other class."""
    if kind is tuple or kind is list:
        return lambda node: node
    known = anatomy(kind)
    if known is not None:
        return known.values
    if issubclass(kind, dict | FrozenDict | tuple | list):
        return lambda node: [child for _, child in parts(node) or ()]
    return None


def parts(node: Tree) -> list[tuple[Any, Any]] | None:
    """The named children of a container, dicts by sorted name; `None` for what is no container."""
    kind: Any = type(node)
    if kind is tuple or kind is list:
        return list(enumerate(node))
    known = anatomy(kind)
    if known is not None:
        return list(zip(known.names, known.values(node), strict=True))
    if isinstance(node, dict | FrozenDict):
        try:
            return sorted(node.items())
        except TypeError:  # names of several types
            raise TreeError("names that are all strings", repr(list(node))) from None
    if isinstance(node, tuple | list):
        return list(enumerate(node))
    return None


def rebuild(node: Tree, values: list[Any]) -> Tree:
    """A container like `node` that holds `values`, in the order of `parts(node)`."""
    kind: Any = type(node)
    if kind is tuple or kind is list:
        return kind(values)
    known = anatomy(kind)
    if known is not None:
        return known.make(*values)
    if isinstance(node, dict | FrozenDict):
        made = dict(zip(sorted(node), values, strict=True))
        return kind({name: made[name] for name in node})
    make = getattr(kind, "_make", kind)  # a named tuple is made by its `_make`
    return make(values)


def freeze(node: Tree) -> Tree:
    """`node` with every array read-only, those in Buffers too.

    An array is copied if its memory can be written to, be it through another array: whoever made it may
    still do so. Raises DtypeError, with the path, for an array of a subclass with rules of its own.
    """
    if isinstance(node, np.ndarray):
        if not is_array(node):
            fix = f"convert it with {conversion(node, 'array')}"
            raise DtypeError("a plain NumPy array", describe(node), fix=fix)
        return node if _is_settled(node) else read_only(np.array(node, order="C"))
    children = parts(node)
    if not children:
        return node
    values = []
    for name, child in children:
        try:
            values.append(freeze(child))
        except FunnetError as error:
            raise error.under(name) from None
    if all(new is old for new, (_, old) in zip(values, children, strict=True)):
        return node
    return rebuild(node, values)


def _is_settled(array: Array) -> bool:
    """Whether nothing can write to the memory of an array: all that it is a view of is read-only."""
    owner: object = array
    while isinstance(owner, np.ndarray) and not owner.flags.writeable:
        if owner.flags.owndata:
            return True
        owner = owner.base
    return isinstance(owner, bytes)


def read_only(array: Array) -> Array:
    """An array just made, marked read-only in place."""
    array.setflags(write=False)
    return array


def outline(array: Array) -> Array:
    """An array without rows that remembers the other axes and the dtype of `array`."""
    return np.empty((0, *array.shape[1:]), array.dtype)


def _remake(kind: type, values: list[Any]) -> Any:
    """Copies and unpickled containers are made here, so that their arrays are read-only again."""
    known = anatomy(kind)
    return freeze(kind(*values) if known is None else known.make(*values))


def has_buffer(node: Tree) -> bool:
    """Whether there is a Buffer in a tree."""
    if isinstance(node, Buffer):
        return True
    return not is_leaf(node) and any(has_buffer(child) for child in values(node) or ())


@record
class Buffer:
    """A part of a tree that is carried along and has no gradient.

    In parameters: running moments, a dropout key, the weights of a frozen layer. In inputs: lengths.
    `tree.map` and `tree.ravel` never enter it; a gradient holds the same Buffer as its parameters.
    """

    value: Any = attrs.field(converter=freeze)
