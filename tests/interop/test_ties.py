"""Weights that Tied has once: sources have them twice or once, and they must be the same."""

import numpy as np
import pytest

import funnet as fn
from funnet import tree
from funnet.interop import from_sklearn, from_torch

X = fn.Key(3).generator().standard_normal((4, 5))
WORDS = np.array([[1, 4, 1, 0], [2, 2, 3, 1]])
CODER = fn.Sequential({"code": fn.Linear(3), "act": fn.Tanh(), "decode": fn.Linear(5)})
SQUARE = fn.Sequential([fn.Linear(5), fn.Tanh(), fn.Linear(5), fn.Linear(5)])
MODEL = fn.Sequential({"embed": fn.Embedding(6, 3), "mix": fn.GRU(3), "head": fn.Linear(6)})
NORMED = fn.Sequential([fn.LayerNorm(), fn.Linear(5), fn.LayerNorm(), fn.RMSNorm()])


def drawn(seed, *shape):
    return fn.Key(seed).generator().standard_normal(shape)


def linear(name, outputs, inputs, seed=0):
    return {f"{name}.weight": drawn(seed, outputs, inputs), f"{name}.bias": drawn(seed + 1, outputs)}


CODE = linear("code", 3, 5) | linear("decode", 5, 3, 7)
CODE["decode.weight"] = CODE["code.weight"].T.copy()
LANGUAGE = {
    "embed.weight": drawn(1, 6, 3),
    "mix.weight_ih_l0": drawn(2, 9, 3),
    "mix.weight_hh_l0": drawn(3, 9, 3),
    "mix.bias_ih_l0": drawn(4, 9),
    "mix.bias_hh_l0": drawn(5, 9),
    "head.weight": drawn(1, 6, 3),
    "head.bias": drawn(6, 6),
}
SAME = linear("0", 5, 5) | linear("2", 5, 5) | linear("3", 5, 5, 9)
NORMS = linear("1", 5, 5) | {
    "0.weight": drawn(2, 5),
    "0.bias": drawn(3, 5),
    "2.weight": drawn(2, 5),
    "2.bias": drawn(4, 5),
    "3.weight": drawn(2, 5),
}

CASES = {
    "a transpose": (CODER, [("code/w", "decode/w", True)], X, CODE, ["decode.weight"], {}),
    "an embedding": (
        MODEL,
        [("embed/w", "head/w", True)],
        WORDS,
        LANGUAGE,
        ["head.weight"],
        {"mix": "mix.l0"},
    ),
    "a whole layer": (SQUARE, [("0", "2", False)], X, SAME, ["2.weight", "2.bias"], {}),
    "a bias": (SQUARE, [("0/b", "2/b", False)], X, SAME, ["2.bias"], {}),
    "the scale of a norm": (
        NORMED,
        [("0/scale", "2/scale", False), ("0/scale", "3/scale", False)],
        X,
        NORMS,
        ["2.weight", "3.weight"],
        {},
    ),
}


def tied(net, ties):
    for source, target, transpose in ties:
        net = fn.Tied(net, source, target, transpose)
    return net


def loaded(own, example, state, names, **options):
    like = tree.cast(own.init(fn.Key(0), example), "f8")
    params = from_torch(state, like, names=names, **options)
    tree.same_structure(params, like)
    return params


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("twice", [True, False])
@pytest.mark.parametrize("told", [True, False])
def test_a_tied_network_computes_what_the_free_one_does(case, twice, told):
    free, ties, x, state, second, names = CASES[case]
    if case in ("a whole layer", "a bias") and not told:
        return  # () is then no parameters at all
    net = tied(free, ties)
    if case == "a bias":
        state = state | {"2.weight": drawn(8, 5, 5)}
    source = state if twice else {name: array for name, array in state.items() if name not in second}
    params = loaded(net, x, source, names, **({"net": net} if told else {}))
    wanted = loaded(free, x, state, names)
    np.testing.assert_array_equal(net(params, x)[0], free(wanted, x)[0])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("told", [True, False])
def test_what_differs_in_the_source_is_refused(case, told):
    free, ties, x, state, second, names = CASES[case]
    if case in ("a whole layer", "a bias") and not told:
        return
    net = tied(free, ties)
    odd = state[second[0]].copy()
    odd.flat[-1] += 1e-9
    with pytest.raises(fn.CheckpointError) as caught:
        loaded(net, x, {**state, second[0]: odd}, names, **({"net": net} if told else {}))
    fix = "load them into the network without its Tied" if told else "give net=net"
    assert str(caught.value) == (
        f"from_torch: expected {second[0]} to be what it is tied to, got other numbers; {fix}"
    )


def test_ties_inside_other_layers():
    free = fn.Sequential([fn.Frozen(CODER), fn.Residual(fn.Repeat(CODER, 2))])
    net = fn.Sequential(
        [
            fn.Frozen(tied(CODER, [("code/w", "decode/w", True)])),
            fn.Residual(fn.Repeat(tied(CODER, [("code/w", "decode/w", True)]), 2)),
        ]
    )
    state = {
        f"{place}.{name}": array + index
        for index, place in enumerate(("0", "1.0", "1.1"))
        for name, array in CODE.items()
    }
    params = loaded(net, X, state, {}, net=net)
    np.testing.assert_array_equal(net(params, X)[0], free(loaded(free, X, state, {}), X)[0])


def test_a_source_without_either_lacks_it():
    net = tied(CODER, [("code/w", "decode/w", True)])
    state = {name: array for name, array in CODE.items() if not name.endswith("weight")}
    for options in ({}, {"net": net}):
        with pytest.raises(fn.CheckpointError, match=r"a file that lacks code.weight; say"):
            loaded(net, X, state, {"code": "code", "decode": "decode"}, **options)


def test_ties_of_what_has_no_rule_are_our_error():
    net = fn.Tied(fn.Sequential([fn.GRU(3), fn.GRU(3)]), "0/u", "1/u")
    x = drawn(0, 2, 4, 3)
    shapes = {"weight_ih_l0": (9, 3), "weight_hh_l0": (9, 3), "bias_ih_l0": (9,), "bias_hh_l0": (9,)}
    state = {f"{n}.{piece}": drawn(1, *shape) for n in ("a", "b") for piece, shape in shapes.items()}
    names = {"0": "a.l0", "1": "b.l0"}
    with pytest.raises(fn.CheckpointError, match=r"1 \(no rule for it\)"):
        loaded(net, x, state, {"0": "a.l0"})
    free = net.layer
    with pytest.raises(fn.CheckpointError, match=r"from_torch: expected b.l0 to be what it is tied to, got"):
        loaded(net, x, state | {"b.weight_hh_l0": drawn(2, 9, 3)}, names, net=net)
    params = loaded(net, x, state, names, net=net)
    np.testing.assert_array_equal(net(params, x)[0], free(loaded(free, x, state, names), x)[0])


def test_no_ties_beside_flattened_features():
    x = drawn(0, 2, 4, 4, 3)
    free = fn.Sequential([fn.Conv2d(2, 2), fn.Flatten(), fn.Linear(18), fn.Linear(18)])
    net = tied(free, [("2/w", "3/w", False)])
    state = {"0.weight": drawn(1, 2, 3, 2, 2), "0.bias": drawn(2, 2)}
    state |= linear("2", 18, 18) | linear("3", 18, 18)
    with pytest.raises(fn.CheckpointError) as caught:
        loaded(net, x, state, {}, net=net, x=x)
    assert str(caught.value) == (
        "from_torch: expected no ties beside features to be permuted, got a Tied beside 2; "
        "write Flatten(order='channels_first')"
    )


class Perceptron:
    """What scikit-learn fits."""

    def __init__(self, second):
        self.coefs_ = [CODE["code.weight"].T, second]
        self.intercepts_ = [CODE["code.bias"], CODE["decode.bias"]]


def test_a_tied_perceptron_of_scikit_learn():
    net = tied(CODER, [("code/w", "decode/w", True)])
    like = tree.cast(net.init(fn.Key(0), X), "f8")
    params = from_sklearn(Perceptron(CODE["code.weight"]), like)
    tree.same_structure(params, like)
    assert tree.equal(params, loaded(net, X, CODE, {}))
    for second in (CODE["code.weight"] + 1e-9, CODE["code.weight"][:, :4]):
        with pytest.raises(fn.CheckpointError, match=r"^from_sklearn: expected "):
            from_sklearn(Perceptron(second), like)
