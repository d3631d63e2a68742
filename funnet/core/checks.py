"""What functions expect of their arguments, checked before anything is computed.

Every check takes first who asks, as the name in the error.
"""

from __future__ import annotations

import inspect
import math
import os
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

import attrs
import numpy as np

from funnet.core import cached
from funnet.core.arrays import conversion, is_array, shown
from funnet.core.containers import Array, Tree, describe
from funnet.core.key import Key
from funnet.errors import ConfigError, DataError, DtypeError, ShapeError, TreeError

_Record = TypeVar("_Record")

_HUGE = 2**63
_MEMORY = 2**40  # bytes


def array(who: object, x: Tree, name: str = "x") -> Array:
    """`x` if it is a NumPy array with at least one entry and a batch axis."""
    made = plain(who, x, name)
    if made.size == 0:
        raise ShapeError(f"{name} with at least one entry", f"shape {made.shape}", who=who)
    if made.ndim == 0:
        raise ShapeError(f"{name} with a batch axis", "a single number", who=who)
    return made


def plain(who: object, x: Tree, name: str, what: str = "a NumPy array") -> Array:
    """`x` if it is an array of NumPy's own, so that arithmetic with it means what it says.

    Raises DtypeError otherwise, as for a masked array, a matrix, or an array of another library.
    """
    if not is_array(x):
        raise not_array(who, x, name, what)
    made: Array = x
    return made


def not_array(who: object, x: Tree, name: str, what: str = "a NumPy array") -> DtypeError:
    """The error for what should be an array of NumPy's own, with the code that makes one if it is known."""
    if isinstance(x, np.ndarray) and not is_array(x):
        what = what.replace("a NumPy", "a plain NumPy", 1)
    return DtypeError(f"{name} to be {what}", describe(x), who=who, fix=converted(x, name))


def converted(x: Tree, name: str) -> str:
    """The fix for an array of another library, or of a subclass."""
    if isinstance(x, np.ma.MaskedArray) and name == "target":
        return "give its data and weights, as Weighted(target.data, ~np.ma.getmaskarray(target))"
    code = "" if is_array(x) else conversion(x, name)
    return f"convert it with {code}" if code else ""


def converts(x: Array, kind: type) -> bool:
    """Whether the entries of an array can be made numbers of a kind: strings and objects may be anything."""
    try:
        x.astype(kind)
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def floating(who: object, x: Tree, name: str = "x") -> Array:
    """`x` if it is an array as `array` checks it, of floats."""
    if type(x) is not np.ndarray or not x.size or not x.ndim:
        array(who, x, name)
    if x.dtype.kind not in "fc":
        fix = f"convert it with {name}.astype(np.float32)" if converts(x, np.float32) else ""
        raise DtypeError(f"{name} of floats", f"dtype {x.dtype}", who=who, fix=fix)
    made: Array = x
    return made


def width(who: object, x: Tree, w: Array, name: str) -> Array:
    """`x` (N, ..., I) if it is an array of floats that fits a weight w (I, ...): its last axis and dtype."""
    size = len(w)
    if type(x) is np.ndarray and x.ndim > 1 and x.shape[-1] == size and x.dtype == w.dtype and x.size:
        made: Array = x
        return made
    x = floating(who, x)
    if x.ndim < 2 or x.shape[-1] != size:
        batch = x.shape == (size,)
        fix = f"add one with x[None], of shape {(1, size)}" if batch else ""
        expected = f"x with {'a batch axis and ' if batch else ''}last axis {size}"
        raise ShapeError(expected, f"x of shape {x.shape}", who=who, why=f"{name} is {w.shape}", fix=fix)
    same_dtype(who, x, w, name)
    return np.asarray(x)


def same_dtype(who: object, x: Array, w: Array, name: str) -> None:
    """Raise unless x has the dtype of the weight w."""
    if x.dtype != w.dtype:
        fix = f"convert x with x.astype(np.{w.dtype})"
        raise DtypeError(f"x of {w.dtype}", f"x of {x.dtype}", who=who, why=f"as {name}", fix=fix)


def axes(who: object, x: Tree, shape: tuple[int | None, ...], name: str) -> None:
    """Raise unless `x` is an array of this shape, in which None stands for any length."""
    if not is_array(x):
        raise TreeError(f"{name} to be an array", describe(x), who=who, fix=converted(x, name))
    if x.shape == shape or (shape[:1] == (None,) and x.ndim == len(shape) and x.shape[1:] == shape[1:]):
        return
    if x.ndim != len(shape) or any(n not in (None, m) for n, m in zip(shape, x.shape, strict=True)):
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        raise ShapeError(f"{name} of shape ({wanted})", f"shape {x.shape}", who=who)


def rank(who: object, x: Array, least: int, axes: str, name: str = "x") -> None:
    """Raise unless `x` has at least `least` axes, which `axes` names."""
    if x.ndim < least:
        raise ShapeError(f"{name} with axes {axes}", f"{name} of shape {x.shape}", who=who)


def like(who: object, dy: Tree, y: Array, name: str = "dy") -> Array:
    """`dy` if it has the shape and dtype of y, which stands in a cache or is an array for sure."""
    if type(dy) is type(y) is np.ndarray and dy.shape == y.shape and dy.dtype == y.dtype:
        made: Array = dy
        return made
    if not is_array(y):
        raise cached.foreign(who, y)
    return shaped(who, dy, y.shape, y.dtype, name)


def shaped(
    who: object, dy: Tree, shape: tuple[int, ...], dtype: np.dtype[Any] | None = None, name: str = "dy"
) -> Array:
    """`dy` if it is an array of this shape, and of this dtype if one is given."""
    if type(dy) is np.ndarray and dy.shape == shape and (dtype is None or dy.dtype == dtype):
        found: Array = dy
        return found
    made = plain(who, dy, name)
    if made.shape != shape:
        raise ShapeError(f"{name} of shape {shape}", f"shape {made.shape}", who=who)
    if dtype is not None and made.dtype != dtype:
        raise DtypeError(f"{name} of dtype {dtype}", f"dtype {made.dtype}", who=who)
    return made


def unmasked(who: object, logits: Array) -> None:
    """Raise DataError if every class of a row is masked with −inf."""
    if logits.item(logits.argmin()).real > -np.inf:
        return
    masked = (logits == -np.inf).all(axis=-1)
    if masked.any():
        row = tuple(int(i) for i in np.argwhere(masked)[0])
        raise DataError("a class that is not masked in every row", f"nothing but -inf in row {row}", who=who)


def params(who: object, tree: Tree, kind: type[_Record]) -> _Record:
    """The parameters of a layer, if they are the record it made in `init`."""
    if not isinstance(tree, kind):
        raise TreeError(f"params to be its {kind.__name__} record", describe(tree), who=who)
    return tree


def pair(who: object, value: Tree, what: str, why: str = "") -> tuple[Tree, Tree]:
    """`value` if it has two parts."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TreeError(what, describe(value), who=who, why=why)
    first, second = value
    return first, second


def both(who: object, made: Tree, names: str, what: str = "") -> tuple[Any, Any]:
    """What a function made, if it is the tuple of two things that it must return, which go by these names."""
    if type(made) is tuple and len(made) == 2:
        return made
    if not isinstance(made, tuple) or len(made) != 2:
        fix = f"return both, as `return {names}`"
        expected = f"{what and f'its {what} to give '}the pair ({names})"
        raise TreeError(expected, describe(made), who=who, fix=fix)
    first, second = made
    return first, second


def instance(who: object, name: str, value: object, kind: type) -> None:
    """Raise DtypeError unless the value is one of a class."""
    if not isinstance(value, kind):
        fix = f"give an instance, as {name}={value.__name__}(...)" if isinstance(value, type) else ""
        raise DtypeError(f"{name} to be an instance of {kind.__name__}", describe(value), who=who, fix=fix)


def key(who: object, value: Any) -> Key:
    """`value` if it is a Key."""
    if not isinstance(value, Key):
        raise DtypeError("key to be a Key", describe(value), who=who, fix="make one with Key(seed)")
    return value


def count(who: object, name: str, value: Any, least: int = 1) -> int:
    """`value` if it is an integer of at least so much, that fits into 64 bits."""
    if not is_integer(value) or not least <= value < _HUGE:
        what = "a positive integer" if least == 1 else f"an integer of at least {least}"
        raise ConfigError(f"{name} to be {what}", repr(value), who=who)
    return int(value)


def true_or_false(who: object, name: str, value: object) -> bool:
    """`value` if it is True or False."""
    if not isinstance(value, bool | np.bool_):
        raise ConfigError(f"{name} to be True or False", repr(value), who=who)
    return bool(value)


def dtype(who: object, value: Any, kinds: str = "f") -> np.dtype[Any]:
    """The dtype that is meant, if it is one of these kinds."""
    what = "a dtype of floats" if kinds in ("f", "fc") else "a dtype of numbers"
    try:
        if not isinstance(value, str | type | np.dtype):
            raise TypeError
        made = np.dtype(value)
    except (TypeError, ValueError, SyntaxError):
        raise DtypeError(what, describe(value), who=who, fix="as np.float32") from None
    if made.kind not in kinds:
        raise DtypeError(what, f"{made}", who=who)
    found: np.dtype[Any] = made
    return found


def listed(who: object, name: str, values: Any, what: str) -> tuple[Any, ...]:
    """The values as a tuple. Raises ConfigError for what cannot be iterated."""
    try:
        return tuple(values)
    except TypeError:
        raise ConfigError(f"{name} to be {what}", describe(values), who=who) from None


def fits(who: object, *factors: int) -> None:
    """Raise ConfigError unless so many bytes, a product, could fit into memory."""
    if math.prod(factors) >= _MEMORY:
        raise ConfigError("an array that fits into memory", f"{shown(math.prod(factors))} bytes", who=who)


def path(who: object, value: object, name: str = "path") -> Path:
    """`value` as a Path, if it is a string or an os.PathLike of one."""
    if not isinstance(value, str | os.PathLike) or not isinstance(os.fspath(value), str):
        raise DtypeError(f"{name} to be a string or a Path", shown(value), who=who)
    return Path(os.fspath(value))


def callable_(who: object, name: str, value: object) -> None:
    """Raise DtypeError unless the value can be called for what it does: a class makes an instance first."""
    if not callable(value) or isinstance(value, type):
        fix = f"give an instance, as {name}={value.__name__}(...)" if isinstance(value, type) else ""
        raise DtypeError(f"{name} to be a function", describe(value), who=who, fix=fix)


def no_bias(who: object, b: Tree, name: str = "params.b") -> None:
    """Raise unless `b` is the `()` of a layer without a bias."""
    if type(b) is not tuple or b:
        raise TreeError(f"{name} to be (), for it has no bias", describe(b), who=who)


def no_params(who: object, tree: Tree) -> None:
    """Raise unless `tree` is the `()` of a layer without parameters."""
    if type(tree) is not tuple or tree:
        raise TreeError("params to be (), for it has none", describe(tree), who=who)


Validator = Callable[[Any, Any, Any], None]


def hyperparameter(what: str, holds: Callable[[Any], bool]) -> Validator:
    """An attrs validator: ConfigError unless the field's value `holds`."""

    def check(instance: Any, attribute: Any, value: Any) -> None:
        if not holds(value):
            raise ConfigError(f"{attribute.alias} to be {what}", shown(value), who=type(instance).__name__)

    return check


def is_integer(value: object) -> bool:
    """Whether `value` is an integer and no bool."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Whether `value` is a finite real number and no bool."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond all floats
        return False


def number(value: float) -> float:
    """A converter of fields: NumPy's scalars become Python's, which do not promote float32 to float64."""
    plain: float = value.item() if isinstance(value, np.generic) else value
    return plain


positive_integer = attrs.validators.and_(
    hyperparameter("a positive integer", lambda v: is_integer(v) and v > 0),
    hyperparameter("an integer below 2**63", lambda v: v < _HUGE),
)
positive = hyperparameter("a positive number", lambda v: is_number(v) and v > 0)
not_negative = hyperparameter("a number of at least 0", lambda v: is_number(v) and v >= 0)
fraction = hyperparameter("a number in [0, 1)", lambda v: is_number(v) and 0 <= v < 1)
boolean = hyperparameter("True or False", lambda v: isinstance(v, bool | np.bool_))
function = hyperparameter("a function", callable)


def takes(*names: str) -> Validator:
    """An attrs validator: ConfigError unless the field's value is a function that takes so many arguments."""

    def holds(value: Any) -> bool:
        if not callable(value) or isinstance(value, type):
            return False
        try:
            inspect.signature(value).bind(*names)
        except TypeError:
            return False
        except ValueError:  # one written in C, that does not say
            return True
        return True

    return hyperparameter(f"a function of ({', '.join(names)})", holds)


initializer = attrs.validators.and_(function, takes("key", "shape", "dtype"))


def one_of(*choices: object) -> Validator:
    """An attrs validator: ConfigError unless the field's value is one of the choices."""

    def among(value: object) -> bool:
        return isinstance(value, Hashable) and value in choices

    return hyperparameter(f"one of {', '.join(map(repr, choices))}", among)


def where_field(default: Any = attrs.NOTHING) -> Any:
    """A field for a glob over the paths of the parameters (see `tree`)."""
    validator = hyperparameter("a glob, as a string", lambda v: isinstance(v, str))
    return attrs.field(default=default, validator=validator)
