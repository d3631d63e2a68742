"""The laws: functions of a census row that raise where it breaks one."""

import pickle
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import numpy as np

import funnet as fn
from funnet import tree
from funnet.core.containers import Buffer, Tree, is_leaf, parts
from funnet.nn.layer import children
from funnet.testing.subject import gaussian
from tests.cases import Row

Law = Callable[[Row], None]


def _point(row: Row, net: fn.Layer, dtype: str = "float64") -> tuple[Tree, Tree, Tree]:
    """params, x and dy for the network; init sees float32, as what reads integers makes nothing else."""
    params = tree.freeze(tree.cast(net.init(fn.Key(3), tree.cast(row.x, "float32")), dtype))
    x = tree.cast(row.x, dtype)
    y, _ = net(params, x)
    return params, x, gaussian(y, fn.Key(5).generator())


def _modes(row: Row) -> Iterator[fn.Layer]:
    yield fn.inference(row.net)
    yield fn.training(row.net)


def gradients_are_proved(row: Row) -> None:
    """Adjoint of the Jacobian; pure, repeatable, linear in dy; shapes and dtypes kept."""
    report = fn.testing.check_layer(row.net, row.x)
    assert report.verdict == "ok", str(report)


def dtypes_are_kept(row: Row) -> None:
    """Outputs, cache, gradients and advanced parameters have the dtype of the input."""
    for net in _modes(row):
        for dtype in ("float32", "float64"):
            params, x, dy = _point(row, net, dtype)
            y, cache = net(params, x)
            results = (params, y, cache, net.vjp(params, cache, dy), net.advance(params, cache))
            for path, leaf in tree.walk(results, buffers=True):
                if is_leaf(leaf) and leaf.dtype.kind == "f":
                    assert leaf.dtype == dtype, (path, leaf.dtype)


def values_pickle(row: Row) -> None:
    """A network and its parameters come back from a pickle as they were, arrays read-only."""
    net = pickle.loads(pickle.dumps(row.net))
    assert net == row.net
    assert hash(net) == hash(row.net)
    params, x, _ = _point(row, row.net)
    again = pickle.loads(pickle.dumps((params,)))[0]
    assert tree.equal(params, again)
    assert tree.equal(net(again, x), row.net(params, x))


def modes_reach_every_layer(row: Row) -> None:
    """`training` and `inference` set every layer and undo each other."""
    for mode, net in ((False, fn.inference(row.net)), (True, fn.training(row.net))):
        assert all(layer.training == mode for layer in _all_layers(net) if _has_mode(layer))
        assert type(net) is type(row.net)
    assert fn.inference(fn.training(row.net)) == fn.inference(row.net)
    assert fn.training(fn.inference(row.net)) == fn.training(row.net)
    a, b = (net.init(fn.Key(1), row.x) for net in _modes(row))
    assert tree.equal(a, b)


def _all_layers(net: fn.Layer) -> Iterator[fn.Layer]:
    yield net
    for child in children(net).values():
        yield from _all_layers(child)


def _has_mode(layer: fn.Layer) -> bool:
    return "training" in {field.name for field in attrs.fields(type(layer))}


def advance_renews_buffers(row: Row) -> None:
    """In training `advance` renews exactly the Buffers of layers with state; in inference nothing."""
    for net in _modes(row):
        params, x, _ = _point(row, net)
        _, cache = net(params, x)
        new = net.advance(params, cache)
        assert all(map(tree.equal, tree.leaves(params), tree.leaves(new)))
        moved = tuple(
            path for path, value in _buffers(params) if not tree.equal(value, dict(_buffers(new))[path])
        )
        assert moved == (row.renewed if net == fn.training(row.net) != fn.inference(row.net) else ())


def _buffers(node: Tree, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Tree]]:
    if isinstance(node, Buffer):
        yield "/".join(path), node.value
    elif not is_leaf(node):
        for name, child in parts(node) or ():
            yield from _buffers(child, (*path, str(name)))


def batches_add_up(row: Row) -> None:
    """The gradient of a batch is the sum of the gradients of its examples."""
    if not row.rowwise:
        return
    net = fn.inference(row.net)
    params, x, dy = _point(row, net)
    y, cache = net(params, x)
    whole, dx = net.vjp(params, cache, dy)
    parts_ = []
    for i in range(len(tree.leaves(x)[0])):
        xi, dyi, yi, dxi = (tree.map(lambda leaf, i=i: leaf[i : i + 1], t) for t in (x, dy, y, dx))
        one, cache = net(params, xi)
        assert tree.allclose(one, yi, rtol=1e-10, atol=1e-12)
        dparams, got = net.vjp(params, cache, dyi)
        assert tree.allclose(got, dxi, rtol=1e-10, atol=1e-12)
        parts_.append(tree.ravel(dparams))
    assert np.allclose(tree.ravel(whole), sum(parts_), rtol=1e-10, atol=1e-12)


def saving_is_the_identity(row: Row) -> None:
    """Parameters come back from a file to the last bit."""
    params, _, _ = _point(row, row.net)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "params.npz"
        fn.save(path, params)
        assert tree.equal(fn.load(path, like=params), params)


def the_vector_is_the_tree(row: Row) -> None:
    """`ravel` and `unravel` are inverse to each other."""
    params, _, _ = _point(row, row.net)
    vector = tree.ravel(params)
    assert tree.equal(tree.unravel(params, vector), params)
    moved = vector + 1
    assert tree.ravel(tree.unravel(params, moved)).tobytes() == moved.tobytes()


def training_is_pure_and_resumes(row: Row) -> None:
    """Steps leave the old state as it was; two steps, save, load, two steps are four steps, bit for bit."""
    optimizer, loss = fn.adam(1e-2), _half_squares
    start = fn.init(row.net, optimizer, fn.Key(2), row.x)
    before = tree.fingerprint(start)

    def steps(state: fn.TrainState, count: int) -> fn.TrainState:
        for _ in range(count):
            state, _ = fn.train_step(row.net, loss, optimizer, state, row.x, ())
        return state

    through = steps(start, 4)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.npz"
        fn.save(path, steps(start, 2))
        resumed = steps(fn.load(path, like=start), 2)
    assert tree.fingerprint(start) == before
    assert tree.fingerprint(resumed) == tree.fingerprint(through)
    assert through.step == 4


def _half_squares(y: Tree, target: Tree) -> tuple[float, Tree]:
    return 0.5 * sum(float(np.square(leaf).sum()) for leaf in tree.leaves(y)), tree.map(np.copy, y)


def sequential_is_associative(row: Row) -> None:
    """Brackets and the empty Sequential change no value and no gradient."""
    net, unit = row.net, fn.Sequential([])
    params, x, dy = _point(row, net)
    y, cache = net(params, x)
    dparams, dx = net.vjp(params, cache, dy)
    for nested, wrap in (
        (fn.Sequential([net]), lambda p: (p,)),
        (fn.Sequential([unit, net]), lambda p: ((), p)),
        (fn.Sequential([net, unit]), lambda p: (p, ())),
        (fn.Sequential([fn.Sequential([unit]), fn.Sequential([net, unit])]), lambda p: (((),), (p, ()))),
    ):
        own = wrap(params)
        again, cache = nested(own, x)
        assert tree.equal(again, y)
        got = nested.vjp(own, cache, dy)
        assert tree.equal(got, (wrap(dparams), dx))
        assert tree.equal(nested.param_vjp(own, cache, dy), got[0])


def no_global_randomness(row: Row) -> None:
    """Nothing draws from, or reseeds, NumPy's global generator."""
    before = np.random.get_state()
    for net in _modes(row):
        params, x, dy = _point(row, net)
        _, cache = net(params, x)
        net.vjp(params, cache, dy)
        net.advance(params, cache)
    after = np.random.get_state()
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


LAWS: tuple[Law, ...] = (
    gradients_are_proved,
    dtypes_are_kept,
    values_pickle,
    modes_reach_every_layer,
    advance_renews_buffers,
    batches_add_up,
    saving_is_the_identity,
    the_vector_is_the_tree,
    training_is_pure_and_resumes,
    sequential_is_associative,
    no_global_randomness,
)
