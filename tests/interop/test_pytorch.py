"""PyTorch's weights: equal outputs, modules that find each other, and reports of what does not fit."""

import json
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

import funnet as fn
from funnet import tree
from funnet.nn.layer import rewrite
from tests.interop.nets import TWINS

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


def rewritten(net):
    """The network with every Flatten in PyTorch's order."""

    def turned(layer, _):
        return fn.Flatten(order="channels_first") if layer == fn.Flatten() else layer

    return rewrite(net, turned)


WAYS = {
    "by itself": lambda net, x: (net, {}),
    "with the network": lambda net, x: (net, {"net": net, "x": x[:1]}),
    "rewritten": lambda net, x: (rewritten(net), {}),
    "rewritten, with the network": lambda net, x: (rewritten(net), {"net": rewritten(net), "x": x}),
}


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize("way", WAYS)
def test_outputs_equal_those_of_pytorch(name, way):
    twin = TWINS[name]
    if twin.flattened and way == "by itself":
        return
    net, options = WAYS[way](twin.net, twin.x)
    like = tree.cast(net.init(fn.Key(0), twin.x), "f8")
    params = fn.interop.from_torch(FILES / f"{name}.safetensors", like, names=twin.names, **options)
    tree.same_structure(params, like)
    y, _ = net(params, twin.x)
    wanted = safetensors.numpy.load_file(FILES / f"{name}_y.safetensors")["y"]
    np.testing.assert_allclose(y, wanted, rtol=1e-12, atol=1e-14)
    assert all(not leaf.flags.writeable for leaf in tree.leaves(params))


STATE = weights(("a.2", (3, 4)), ("a.10", (3, 3)), ("b", (2, 3)))
STATE.pop("b.bias")


def test_a_mapping_is_matched_by_shape():
    params = fn.interop.from_torch(STATE, PARAMS)
    assert np.array_equal(params[0].w, STATE["a.2.weight"].T)
    assert np.array_equal(params[2].b, STATE["a.10.bias"])
    assert np.array_equal(params[3].w, STATE["b.weight"].T)
    assert params[3].b == ()


def test_nothing_is_shared_with_what_is_given():
    given = {name: array.copy() for name, array in STATE.items()}
    params = fn.interop.from_torch(given, PARAMS)
    for array in given.values():
        array += 1
    assert tree.equal(params, fn.interop.from_torch(STATE, PARAMS))


def test_the_dtype_is_that_of_the_parameters():
    params = fn.interop.from_torch(STATE, tree.cast(PARAMS, "f4"))
    assert {leaf.dtype.str for leaf in tree.leaves(params)} == {"<f4"}


SAME = fn.Sequential([fn.Linear(4), fn.Linear(4), fn.Linear(4)])


def same(*names):
    return weights(*((name, (4, 4)) for name in names))


def order(state, **options):
    """Which module went where."""
    params = fn.interop.from_torch(state, SAME.init(fn.Key(0), X), **options)
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
    params = fn.interop.from_torch(state, net.init(fn.Key(0), X))
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
        fn.interop.from_torch(state, PARAMS, names=names)
    assert str(caught.value) == (
        f"from_torch: expected the weights of the parameters, got a file that {words}; "
        "say which module is which with names={path: name}"
    )


def test_parameters_without_a_rule_are_said():
    with pytest.raises(fn.CheckpointError, match=r"lacks 0/scale \(no rule for it\)"):
        fn.interop.from_torch(weights(("1", (3, 4))), ({"scale": X}, PARAMS[0]))


def test_what_is_no_weight_stays():
    net = fn.Sequential([fn.Frozen(fn.Linear(3)), fn.Dropout(0.5), fn.BatchNorm()])
    like = net.init(fn.Key(0), X)
    norm = {f"norm.{name}": np.arange(3.0) for name in ("weight", "bias", "running_mean", "running_var")}
    state = weights(("fc", (3, 4)), **norm, **{"norm.num_batches_tracked": np.array(7)})
    params = fn.interop.from_torch(state, like)
    assert params[1].value == like[1].value
    assert np.array_equal(params[0].value.w, state["fc.weight"].T)
    assert np.array_equal(params[2].moments.value.variance, np.arange(3.0))


def test_files_that_cannot_be_read(tmp_path):
    path = tmp_path / "net.safetensors"
    with pytest.raises(fn.CheckpointError, match="expected a file, got none at this path"):
        fn.interop.from_torch(path, PARAMS)
    safetensors.numpy.save_file(STATE, path)
    assert tree.equal(fn.interop.from_torch(str(path), PARAMS), fn.interop.from_torch(STATE, PARAMS))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(fn.CheckpointError, match=r"a file in the safetensors format \(damaged or foreign\)"):
        fn.interop.from_torch(path, PARAMS)


class Tensor:
    """As PyTorch has them: no array while a gradient is asked for, and none of bfloat16."""

    def __init__(self, numbers, dtype=None, tracked=True):
        self.numbers, self.tracked = numbers, tracked
        self.dtype = dtype or f"torch.{numbers.dtype}"
        self.shape = numbers.shape

    def detach(self):
        return Tensor(self.numbers, self.dtype, tracked=False)

    def cpu(self):
        return self

    def float(self):
        return Tensor(self.numbers.astype("f4"), tracked=self.tracked)

    def __array__(self, dtype=None, copy=None):
        if self.tracked:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        if self.dtype == "torch.bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.numbers


def test_tensors_that_require_a_gradient_are_read():
    state = {name: Tensor(array) for name, array in STATE.items()}
    assert tree.equal(fn.interop.from_torch(state, PARAMS), fn.interop.from_torch(STATE, PARAMS))


def test_tensors_of_bfloat16_are_read():
    state = {name: Tensor(array, "torch.bfloat16") for name, array in STATE.items()}
    params = fn.interop.from_torch(state, tree.cast(PARAMS, "f4"))
    assert tree.equal(params, tree.cast(fn.interop.from_torch(STATE, PARAMS), "f4"))


def test_files_of_bfloat16_are_read(tmp_path):
    """1, −2.5, the largest, the least subnormal, an infinity: their bits and what they mean."""
    bits = np.array([0x3F80, 0xC020, 0x7F7F, 0x0001, 0x7F80, 0x3E20], "<u2")
    outlines = {
        "fc.weight": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [8, 20]},
        "fc.bias": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
    }
    header = json.dumps(outlines).encode()
    bias = np.array([1, 2], "<f4").tobytes()
    path = tmp_path / "net.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bias + bits.tobytes())
    like = fn.Linear(2).init(fn.Key(0), np.ones((1, 3), "f4"))
    params = fn.interop.from_torch(path, like)
    assert params.w.T.ravel().tolist() == [1.0, -2.5, (2 - 2**-7) * 2.0**127, 2.0**-133, np.inf, 0.15625]
    assert params.b.tolist() == [1, 2]
    path.write_bytes(path.read_bytes().replace(b'"BF16"', b'"F8XX"'))
    with pytest.raises(fn.CheckpointError, match="a file in the safetensors format"):
        fn.interop.from_torch(path, like)


@pytest.mark.parametrize(
    "odd", [np.int8, np.int64, np.uint16, bool, np.complex64, object, "U8", "S8", "datetime64[s]"]
)
def test_tensors_of_what_is_no_float_are_refused_by_name(odd):
    weight = np.zeros((3, 4)).astype(odd)
    with pytest.raises(fn.DtypeError) as caught:
        fn.interop.from_torch({**STATE, "a.2.weight": weight}, PARAMS)
    assert str(caught.value) == f"from_torch: expected a.2.weight of floats, got dtype {weight.dtype}"


def test_tensors_that_numpy_cannot_hold_are_refused_by_name():
    class Sparse(Tensor):
        def detach(self):
            return self

    state = {**STATE, "a.2.weight": Sparse(STATE["a.2.weight"])}
    with pytest.raises(fn.DtypeError, match=r"expected a.2.weight as NumPy can hold it \(Can't call numpy"):
        fn.interop.from_torch(state, PARAMS)
    masked = np.ma.masked_array(STATE["a.2.weight"])
    with pytest.raises(fn.DtypeError, match=r"expected a.2.weight to be a plain NumPy array, got a MaskedAr"):
        fn.interop.from_torch({**STATE, "a.2.weight": masked}, PARAMS)
    with pytest.raises(fn.DtypeError, match="from_torch: expected names as strings, got 1"):
        fn.interop.from_torch({1: masked}, PARAMS)


@pytest.mark.parametrize(
    ("dtype", "large"), [("f4", 1e300), ("f4", -1e39), ("f2", 1e5), ("f4", np.float32(3e38))]
)
def test_numbers_too_large_for_the_dtype_are_refused(dtype, large):
    like = tree.cast(fn.GRU(2).init(fn.Key(0), np.ones((1, 2, 3))), dtype)
    state = {"w_ih": (6, 3), "w_hh": (6, 2), "b_ih": (6,), "b_hh": (6,)}
    state = {
        f"gru.{name.replace('w', 'weight').replace('b_', 'bias_')}_l0": np.full(shape, 0.5, type(large))
        for name, shape in state.items()
    }
    params = fn.interop.from_torch(state, like)
    assert np.isfinite(params.w).all()
    for name in ("gru.bias_ih_l0", "gru.bias_hh_l0"):
        state[name][0] = large
    with pytest.raises(fn.CheckpointError) as caught:
        fn.interop.from_torch(state, like)
    assert str(caught.value) == (
        f"from_torch: expected gru.l0 in numbers that {np.dtype(dtype)} can hold, got larger ones; "
        "cast the parameters to float64 with tree.cast"
    )


def test_numbers_that_are_not_finite_stay_as_they_are():
    weight = STATE["a.2.weight"].copy()
    weight[0, 0], weight[1, 1] = np.nan, -np.inf
    params = fn.interop.from_torch({**STATE, "a.2.weight": weight}, tree.cast(PARAMS, "f4"))
    assert np.array_equal(params[0].w, weight.T.astype("f4"), equal_nan=True)


def test_a_module_is_told_of_its_state_dict():
    class Module:
        def state_dict(self):
            return STATE

    with pytest.raises(
        fn.DtypeError, match=r"expected a mapping of names to tensors, got .*; give its state_d"
    ):
        fn.interop.from_torch(Module(), PARAMS)


def test_numbers_in_names_have_any_number_of_digits():
    x, digits = np.ones((1, 2), np.float32), "1" * 4400
    net = fn.Sequential([fn.Linear(2), fn.Linear(2), fn.Linear(2)])
    weights = {"layer9": 1.0, f"layer0010{digits}": 2.0, f"layer11{digits}": 3.0}
    state_dict = {}
    for name in reversed(weights):
        state_dict |= {f"{name}.weight": np.full((2, 2), weights[name]), f"{name}.bias": np.zeros(2)}
    params = fn.interop.from_torch(state_dict, net.init(fn.Key(0), x))
    assert [layer.w[0, 0] for layer in params] == [1.0, 2.0, 3.0]
