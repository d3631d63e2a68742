"""The shape of the house: imports run one way, the core stays small, the public names are the agreed ones."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import funnet as fn

ROOT = Path(fn.__file__).parent

# A package may import from the packages before its own, and from itself.
ORDER = ["errors", "version", "core", "tree", "ops", "nn", "losses", "optim"]
ORDER += ["grad", "io", "program", "plot", "train", "interop", "data", "testing"]
LEVEL = {name: level for level, name in enumerate(ORDER)}
FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def module(path: Path) -> tuple[str, ...]:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


NAMES = {".".join(module(path)) for path in FILES}


def imports(path: Path) -> set[str]:
    """The funnet modules a file imports, by dotted name without `funnet.`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "funnet":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("funnet."):
            found |= {_source(node.module.removeprefix("funnet."), alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            assert not any(alias.name.startswith("funnet") for alias in node.names), path
    return found


def _source(package: str, name: str) -> str:
    """The module that `from funnet.package import name` loads for its name."""
    whole = f"{package}.{name}"
    return whole if whole in NAMES else package


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_run_one_way(path):
    home = module(path)[0]
    for name in imports(path):
        source = name.partition(".")[0]
        assert source == home or LEVEL[source] < LEVEL[home], f"{home} imports {name}"


def test_there_are_no_circles():
    graph = {".".join(module(path)): imports(path) for path in FILES}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name in graph and name not in done:
            for other in graph[name]:
                visit(other, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_the_order_names_every_package():
    assert set(LEVEL) == {module(path)[0] for path in FILES}


def test_importing_funnet_loads_numpy_and_attrs_only():
    code = "import numpy, sys; old = set(sys.modules); import funnet; print(*(set(sys.modules) - old))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in run.stdout.split()} - {"funnet"}
    assert loaded <= set(sys.stdlib_module_names) | {"numpy", "attr", "attrs"}, loaded
    assert not {"funnet.testing", "funnet.plot", "funnet.data"} & set(run.stdout.split())


def test_no_class_inherits_from_a_concrete_layer():
    for name in fn.__all__:
        cls = getattr(fn, name)
        if isinstance(cls, type) and issubclass(cls, fn.Layer) and cls is not fn.Layer:
            assert cls.__bases__ == (fn.Layer,), cls


def test_no_super_and_no_hasattr():
    for path in FILES:
        names = {
            n.id for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Name)
        }
        assert not names & {"super", "hasattr"} or path.name in ("errors.py", "report.py"), path


def test_all_is_sorted_and_real():
    assert len(set(fn.__all__)) == len(fn.__all__)
    assert all(getattr(fn, name) is not None for name in fn.__all__)


@pytest.mark.parametrize(
    ("name", "module"),
    [("data", "data"), ("metrics", "losses.metrics"), ("models", "nn.models"), ("testing", "testing")],
)
def test_modules_are_attributes(name, module):
    assert getattr(fn, name).__name__ == f"funnet.{module}"


def test_a_name_of_another_library_is_told_ours():
    with pytest.raises(AttributeError, match=r"got 'Dense'; use fn\.Linear\(width\)"):
        getattr(fn, "Den" + "se")


def test_an_old_name_of_a_module_works_for_one_version_and_warns():
    with pytest.warns(DeprecationWarning, match=r"funnet\.foreign is now funnet\.interop"):
        assert getattr(fn, "for" + "eign") is fn.interop


def test_each_public_name_is_listed_once():
    """The table of a package is what its own `dir` shows, and nothing else."""
    for package in (fn, fn.losses):
        assert dir(package) == sorted(package.__all__)


def test_unknown_attribute():
    with pytest.raises(AttributeError, match="no attribute 'Lineer'"):
        getattr(fn, "Line" + "er")


def test_what_is_loaded_later_is_there_all_the_same():
    code = (
        "import sys, funnet; assert not {'funnet.optim', 'funnet.io'} & set(sys.modules)\n"
        "assert set(funnet.__all__) <= set(dir(funnet)); print(funnet.adam(0.1)); from funnet import *\n"
        "print(fit.__name__, save.__name__, momentum(0.1))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "fit save momentum(rate=0.1" in run.stdout
