"""PyTorch's weights: equal outputs, modules that find each other, and reports of what does not fit."""

from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

import funnet as fn
from funnet import tree
from tests.foreign.nets import TWINS

FILES = Path(__file__).with_name("files")
X = np.ones((2, 4))
NET = fn.Sequential([fn.Linear(3), fn.Relu(), fn.Linear(3), fn.Linear(2, bias=False)])
PARAMS = NET.init(fn.Key(0), X)


def weights(*shapes, **more):
    """A state_dict of Linears, {name: (O, I)}, with numbers that are all different."""
    made, start = {}, 0
    for name, (outputs, inputs) in shapes:
        numbers = np.arange(start, start + outputs * inputs + outputs) / 8
        start += numbers.size
        made[f"{name}.weight"] = numbers[outputs:].reshape(outputs, inputs)
        made[f"{name}.bias"] = numbers[:outputs]
    return {**made, **more}


@pytest.mark.parametrize("name", TWINS)
def test_outputs_equal_those_of_pytorch(name):
    twin = TWINS[name]
    like = tree.cast(twin.net.init(fn.Key(0), twin.x), "f8")
    params = fn.foreign.from_torch(FILES / f"{name}.safetensors", like, names=twin.names)
    tree.same_structure(params, like)
    y, _ = twin.net(params, twin.x)
    wanted = safetensors.numpy.load_file(FILES / f"{name}_y.safetensors")["y"]
    np.testing.assert_allclose(y, wanted, rtol=1e-12, atol=1e-14)
    assert all(not leaf.flags.writeable for leaf in tree.leaves(params))


STATE = weights(("a.2", (3, 4)), ("a.10", (3, 3)), ("b", (2, 3)))
STATE.pop("b.bias")


def test_a_mapping_is_matched_by_shape():
    params = fn.foreign.from_torch(STATE, PARAMS)
    assert np.array_equal(params[0].w, STATE["a.2.weight"].T)
    assert np.array_equal(params[2].b, STATE["a.10.bias"])
    assert np.array_equal(params[3].w, STATE["b.weight"].T)
    assert params[3].b == ()


def test_nothing_is_shared_with_what_is_given():
    given = {name: array.copy() for name, array in STATE.items()}
    params = fn.foreign.from_torch(given, PARAMS)
    for array in given.values():
        array += 1
    assert tree.equal(params, fn.foreign.from_torch(STATE, PARAMS))


def test_the_dtype_is_that_of_the_parameters():
    params = fn.foreign.from_torch(STATE, tree.cast(PARAMS, "f4"))
    assert {leaf.dtype.str for leaf in tree.leaves(params)} == {"<f4"}


SAME = fn.Sequential([fn.Linear(4), fn.Linear(4), fn.Linear(4)])


def same(*names):
    return weights(*((name, (4, 4)) for name in names))


def order(state, **options):
    """Which module went where."""
    params = fn.foreign.from_torch(state, SAME.init(fn.Key(0), X), **options)
    biases = {name.removesuffix(".bias"): array for name, array in state.items() if name.endswith(".bias")}
    return [next(name for name, b in biases.items() if np.array_equal(b, p.b)) for p in params]


def test_modules_of_one_shape_go_by_number():
    assert order(same("fc10", "fc2", "fc1")) == ["fc1", "fc2", "fc10"]
    assert order(same("0", "2", "4")) == ["0", "2", "4"]
    assert order(same("block.1.fc.0", "block.0.fc.1", "block.0.fc.0")) == [
        "block.0.fc.0",
        "block.0.fc.1",
        "block.1.fc.0",
    ]


def test_modules_that_are_called_alike_are_the_same():
    net = fn.Sequential({"q": fn.Linear(4), "k": fn.Sequential({"v": fn.Linear(4)})})
    state = same("k.v", "q")
    params = fn.foreign.from_torch(state, net.init(fn.Key(0), X))
    assert np.array_equal(params["q"].b, state["q.bias"])
    assert np.array_equal(params["k"]["v"].b, state["k.v.bias"])


def test_names_tell_modules_and_branches():
    assert order(same("a", "b", "c"), names={"0": "c", "1": "a", "2": "b"}) == ["c", "a", "b"]
    assert order(same("m.0", "m.1", "m.2"), names={"": "m"}) == ["m.0", "m.1", "m.2"]
    assert order(same("z", "y.1", "y.2"), names={"": "y", "0": "z"}) == ["z", "y.1", "y.2"]
    assert order(same("a", "fc2", "fc1"), names={"1": "a"}) == ["fc1", "a", "fc2"]


def test_names_that_leave_a_choice():
    with pytest.raises(fn.CheckpointError) as caught:
        order(same("query", "key", "value"))
    assert str(caught.value) == (
        "from_torch: expected one way to pair modules of one shape, got 0, 1, 2 here and query, key, value "
        "there; say which is which with names={path: name}"
    )


def test_a_path_that_is_not_there():
    with pytest.raises(fn.ConfigError) as caught:
        order(same("a", "b", "c"), names={"3": "a"})
    assert str(caught.value) == "from_torch: expected names for paths of modules (they are 0, 1, 2), got '3'"


@pytest.mark.parametrize(
    ("state", "names", "words"),
    [
        (weights(("0", (3, 4))), {"0": "0"}, "lacks 2 (weight), 2 (bias), 3 (weight)"),
        ({**STATE, "c.weight": X}, None, "has besides c.weight"),
        ({**STATE, "b.bias": X[0]}, None, "lacks 3 (weight) and has besides b.weight, b.bias"),
        ({**STATE, "b.weight": X}, {"3": "b"}, "has b.weight as (2, 4), not (2, 3)"),
        (STATE, {"3": "z"}, "lacks z.weight and has besides b.weight"),
    ],
)
def test_what_does_not_fit_is_said(state, names, words):
    with pytest.raises(fn.CheckpointError) as caught:
        fn.foreign.from_torch(state, PARAMS, names=names)
    assert str(caught.value) == (
        f"from_torch: expected the weights of the parameters, got a file that {words}; "
        "say which module is which with names={path: name}"
    )


def test_parameters_without_a_rule_are_said():
    with pytest.raises(fn.CheckpointError, match=r"lacks 0/scale \(no rule for it\)"):
        fn.foreign.from_torch(weights(("1", (3, 4))), ({"scale": X}, PARAMS[0]))


def test_what_is_no_weight_stays():
    net = fn.Sequential([fn.Frozen(fn.Linear(3)), fn.Dropout(0.5), fn.BatchNorm()])
    like = net.init(fn.Key(0), X)
    norm = {f"norm.{name}": np.arange(3.0) for name in ("weight", "bias", "running_mean", "running_var")}
    state = weights(("fc", (3, 4)), **norm, **{"norm.num_batches_tracked": np.array(7)})
    params = fn.foreign.from_torch(state, like)
    assert params[1].value == like[1].value
    assert np.array_equal(params[0].value.w, state["fc.weight"].T)
    assert np.array_equal(params[2].moments.value.variance, np.arange(3.0))


def test_files_that_cannot_be_read(tmp_path):
    path = tmp_path / "net.safetensors"
    with pytest.raises(fn.CheckpointError, match="expected a file, got none at this path"):
        fn.foreign.from_torch(path, PARAMS)
    safetensors.numpy.save_file(STATE, path)
    assert tree.equal(fn.foreign.from_torch(str(path), PARAMS), fn.foreign.from_torch(STATE, PARAMS))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(fn.CheckpointError, match=r"a file in the safetensors format \(damaged or foreign\)"):
        fn.foreign.from_torch(path, PARAMS)
