"""Old forms work for one minor version, with a warning at the line of the caller; then they go."""

import ast
import copy
import inspect
import pickle
import subprocess
import sys
import types
from pathlib import Path

import attrs
import pytest
from packaging.version import Version

import funnet as fn
from funnet.core import checks
from funnet.core.deprecation import deprecated_argument, deprecated_name, keyword_only

HERE = Path(__file__)
GONE = r"version 9\.3\.0"


@keyword_only("stride", "pads", removed_in="9.3.0")
@attrs.frozen(cache_hash=True)
class Conv(fn.Layer):
    """Two arguments by position, two that were once."""

    width: int = attrs.field(validator=checks.positive_integer)
    kernel: object = attrs.field(converter=lambda sizes: tuple(sizes) if isinstance(sizes, list) else sizes)
    stride: int = attrs.field(default=1, kw_only=True, validator=checks.positive_integer)
    pads: object = attrs.field(default="valid", kw_only=True)
    training: bool = attrs.field(default=False, kw_only=True)

    def __call__(self, params, x):
        return x, ()

    def vjp(self, params, cache, dy):
        return (), dy


@deprecated_argument("momentum", "decay", removed_in="9.3.0")
@deprecated_argument("affine", None, removed_in="9.3.0")
@attrs.frozen
class Norm:
    decay: float = 0.9


@keyword_only("method", removed_in="9.3.0")
@deprecated_argument("loss", "f", removed_in="9.3.0")
def search(f, x, *, method="newton"):
    return f, x, method


def line() -> int:
    """The line of the caller."""
    return inspect.currentframe().f_back.f_lineno


@pytest.mark.parametrize(
    ("args", "named", "right", "advice"),
    [
        ((3, 16, 3), {}, {"stride": 3}, "stride=3,"),
        ((3, [2, 2], 3), {"pads": "same"}, {"stride": 3, "pads": "same"}, "stride=3,"),
        (
            (3, 16, 3, 1),
            {"training": True},
            {"stride": 3, "pads": 1, "training": True},
            "stride=3, pads=1,",
        ),
    ],
)
def test_what_once_stood_by_position_still_works_and_warns(args, named, right, advice):
    with pytest.warns(DeprecationWarning, match=GONE) as seen:
        found = Conv(*args, **named)
    where = line() - 1
    assert found == Conv(*args[:2], **right)
    (warning,) = seen
    assert (Path(warning.filename), warning.lineno) == (HERE, where)
    assert str(warning.message) == (
        f"Conv takes width, kernel by position; write {advice} "
        "which by position is an error from version 9.3.0 on"
    )


@pytest.mark.parametrize("named", [{}, {"stride": 2}, {"stride": 2, "pads": 1, "training": True}])
def test_the_new_form_does_not_warn(named):
    found = Conv(3, [2, 2], **named)
    assert (found.width, found.kernel) == (3, (2, 2))
    assert {name: getattr(found, name) for name in named} == named
    assert Conv(kernel=(2, 2), width=3, **named) == found


@pytest.mark.parametrize(
    ("args", "named", "message"),
    [
        ((3,), {}, "kernel"),
        ((3, 16, 3, 1, True), {}, "takes 3 positional arguments but 6 were given"),
        ((3, 16), {"strides": 1}, "strides"),
    ],
)
def test_what_never_was_right_is_an_error_without_a_warning(args, named, message):
    with pytest.raises(TypeError, match=message):
        Conv(*args, **named)


def test_twice_the_same_argument_is_an_error():
    with pytest.warns(DeprecationWarning, match=GONE), pytest.raises(TypeError, match="multiple values"):
        Conv(3, 16, 3, stride=3)


def test_values_are_checked_as_ever():
    with (
        pytest.warns(DeprecationWarning, match=GONE),
        pytest.raises(fn.ConfigError, match="Conv: expected stride"),
    ):
        Conv(3, 16, 0)


def test_a_long_value_is_cut():
    with pytest.warns(DeprecationWarning, match=r"pads='y{39}, which"):
        Conv(3, 16, 3, "y" * 1000)


def test_a_class_is_what_it_was():
    net = Conv(3, [2, 2], stride=2)
    assert (Conv.__name__, Conv.__qualname__, Conv.__module__, Conv.__doc__[:3]) == (
        "Conv",
        "Conv",
        __name__,
        "Two",
    )
    assert [field.name for field in attrs.fields(Conv)] == ["width", "kernel", "stride", "pads", "training"]
    assert str(inspect.signature(Conv)).startswith("(width: int, kernel, *, stride: int = 1, pads")
    assert (repr(net), str(net)) == (
        "Conv(width=3, kernel=(2, 2), stride=2, pads='valid', training=False)",
        "Conv(3, kernel=(2, 2), stride=2)",
    )
    assert fn.training(net) == Conv(3, (2, 2), stride=2, training=True) != net
    same = [
        attrs.evolve(attrs.evolve(net, stride=5), stride=2),
        pickle.loads(pickle.dumps(net)),
        copy.copy(net),
        copy.deepcopy(net),
        fn.from_data(fn.to_data(net, classes=[Conv]), classes=[Conv]),
    ]
    assert same == [net] * 5
    assert {hash(other) for other in same} == {hash(net)}
    assert "_attrs_cached_hash" in Conv.__slots__
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        net.width = 4


@pytest.mark.parametrize("name", ["width", "kernels"])
def test_only_keyword_only_arguments_can_be_named(name):
    with pytest.raises(TypeError, match=f"f: {name} are not all keyword-only, as stride are"):

        @keyword_only(name, removed_in="9.3.0")
        def f(width, *, stride):
            """Never made."""


def test_a_function_of_two_old_forms():
    with pytest.warns(DeprecationWarning, match=GONE) as seen:
        found = search(1, 2, "descent")
    where = line() - 1
    assert found == (1, 2, "descent")
    with pytest.warns(DeprecationWarning, match=GONE) as more:
        assert search(loss=1, x=2) == (1, 2, "newton")
    assert [(Path(w.filename), w.lineno) for w in (*seen, *more)] == [(HERE, where), (HERE, where + 4)]
    assert str(seen[0].message).startswith("search takes f, x by position; write method='descent', ")
    assert str(more[0].message) == "search: loss= is an error from version 9.3.0 on; write f="
    assert str(inspect.signature(search)) == "(f, x, *, method='newton')"


@pytest.mark.parametrize(
    ("named", "decay", "message"),
    [
        ({"momentum": 0.5}, 0.5, "Norm: momentum= is an error from version 9.3.0 on; write decay="),
        ({"affine": True}, 0.9, "Norm: affine= is an error from version 9.3.0 on; leave it out"),
    ],
)
def test_an_argument_with_a_new_name_or_none(named, decay, message):
    with pytest.warns(DeprecationWarning, match=GONE) as seen:
        assert Norm(**named) == Norm(decay)
    where = line() - 1
    assert [(Path(w.filename), w.lineno, str(w.message)) for w in seen] == [(HERE, where, message)]


def test_the_old_argument_beside_the_new_is_an_error():
    with pytest.raises(TypeError, match="unexpected keyword argument 'momentum'"):
        Norm(decay=0.9, momentum=0.9)


def test_a_name_that_moved(monkeypatch):
    toy = types.ModuleType("funnet.toy")
    toy.Linear, toy.deprecated_name, toy.inner = fn.Linear, deprecated_name, types.SimpleNamespace(sgd=fn.sgd)
    exec(
        "def __getattr__(name):\n"
        "    table = {'Dense': 'Linear', 'SGD': 'inner.sgd'}\n"
        "    if name in table:\n"
        "        return deprecated_name(__name__, name, table[name], removed_in='9.3.0')\n"
        "    raise AttributeError(name)",
        toy.__dict__,
    )
    monkeypatch.setitem(sys.modules, "funnet.toy", toy)
    with pytest.warns(DeprecationWarning, match=GONE) as seen:
        assert toy.Dense is fn.Linear
    with pytest.warns(DeprecationWarning, match=GONE) as imported:
        from funnet.toy import SGD
    where = line() - 1
    assert SGD is fn.sgd
    assert [(Path(w.filename), w.lineno) for w in seen] == [(HERE, where - 2)]
    assert {(Path(w.filename), w.lineno) for w in imported} == {(HERE, where)}
    assert str(seen[0].message) == (
        "funnet.toy.Dense is now funnet.toy.Linear; the old name goes in version 9.3.0"
    )
    assert not hasattr(toy, "Lineer")


def test_python_shows_the_warning_in_a_script(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from funnet.core.deprecation import keyword_only\n"
        "@keyword_only('stride', removed_in='9.3.0')\n"
        "def pool(window, *, stride=1): return window * stride\n"
        "print(pool(2, 3))\n"
    )
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert run.stdout == "6\n"
    assert f"{script}:4: DeprecationWarning: pool takes window by position; write stride=3" in run.stderr


def test_what_is_due_has_gone():
    """No old form stays beyond the version that was to remove it."""
    now = Version(fn.__version__)
    for path in Path(fn.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.keyword)
                and node.arg == "removed_in"
                and isinstance(node.value, ast.Constant)
            ):
                assert now < Version(node.value.value), f"{path}:{node.value.lineno}"
