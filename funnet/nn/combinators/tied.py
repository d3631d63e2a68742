"""One set of weights in two places."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from funnet import tree
from funnet.core import checks
from funnet.core.containers import Array, Buffer, Tree, describe, is_leaf, parts, rebuild
from funnet.core.key import Key
from funnet.errors import ConfigError, FunnetError, TreeError
from funnet.nn.combinators.children import check_layer, summed
from funnet.nn.layer import Layer, cotangents, output

_path = checks.hyperparameter("a path, as 'encoder/0/w'", lambda v: isinstance(v, str) and v != "")


@attrs.frozen(cache_hash=True)
class Tied(Layer):
    """The layer inside with the parameters at the path `source` at the path `target` too.

    What stands at `source`, a leaf or a whole subtree, does so in both places, with `transpose` each
    leaf's transpose at `target`. Its gradient is the sum of those of both places; params hold () at
    `target`. Several ties are nested: Tied(Tied(net, "a", "b"), "a", "c"). A Buffer in a tied subtree is
    renewed by what its layer saw at `source`.

    Raises TreeError in `init` if a path is not there, leads into a Buffer, or holds nothing to share,
    ShapeError or DtypeError if what stands at `source` does not fit at `target`.
    An embedding and the head behind it: Press & Wolf 2017, arXiv:1608.05859.

        >>> import funnet as fn, numpy as np
        >>> net = fn.Sequential({"code": fn.Linear(2), "decode": fn.Linear(3)})
        >>> net = fn.Tied(net, "code/w", "decode/w", transpose=True)
        >>> fn.tree.paths(net.init(fn.Key(0), np.ones((1, 3))))
        ['code/w', 'code/b', 'decode/b']
    """

    layer: Layer = attrs.field(validator=check_layer)
    source: str = attrs.field(validator=_path)
    target: str = attrs.field(validator=_path)
    transpose: bool = attrs.field(default=False, validator=checks.boolean)

    @target.validator
    def _check(self, _: object, target: str) -> None:
        a, b = f"{self.source}/", f"{target}/"
        if a.startswith(b) or b.startswith(a):
            got = f"{self.source!r} and {target!r}"
            raise ConfigError("source and target to be apart from each other", got, who="Tied")

    def init(self, key: Key, x: Tree) -> Tree:
        params = self.layer.init(key, x)
        shared, own = self._get(params, self.source), self._get(params, self.target)
        if not tree.leaves(shared):
            raise TreeError(f"parameters at {self.source}", describe(shared), who=self)
        try:
            tree.same_structure(own, self._turned(shared))
        except FunnetError as error:
            error.under(self.target)
            error.who = str(self)
            error.why = f"what stands at {self.source}{' transposed' if self.transpose else ''} must fit"
            raise
        return self._put(params, self.target, ())

    def __call__(self, params: Tree, x: Tree) -> tuple[Tree, Tree]:
        return output(self.layer, self.untied(params), x)

    def vjp(self, params: Tree, cache: Tree, dy: Tree) -> tuple[Tree, Tree]:
        dparams, dx = cotangents(self.layer, self.untied(params), cache, dy)
        return self._folded(dparams), dx

    def param_vjp(self, params: Tree, cache: Tree, dy: Tree) -> Tree:
        return self._folded(self.layer.param_vjp(self.untied(params), cache, dy))

    def advance(self, params: Tree, cache: Tree) -> Tree:
        old = self.untied(params)
        new = self.layer.advance(old, cache)
        return params if new is old else self._put(new, self.target, ())

    def untied(self, params: Tree) -> Tree:
        """The parameters of the layer inside: with views of what is shared at `target` too."""
        own = self._get(params, self.target)
        if type(own) is not tuple or own:
            raise TreeError(f"() at {self.target} of params", describe(own), who=self, why="it is tied")
        return self._put(params, self.target, self._turned(self._get(params, self.source)))

    def _folded(self, dparams: Tree) -> Tree:
        """The gradient of both places, at the source."""
        other = self._turned(self._get(dparams, self.target))
        total = summed(self._get(dparams, self.source), other)
        return self._put(self._put(dparams, self.source, total), self.target, ())

    def _turned(self, shared: Tree) -> Tree:
        """Views of the leaves, transposed if they are to be."""
        return tree.map(np.transpose if self.transpose else _view, shared)

    def _get(self, params: Tree, path: str) -> Tree:
        node = params
        for name in path.split("/"):
            node = self._children(node, path, name)[name]
        return node

    def _put(self, params: Tree, path: str, value: Tree) -> Tree:
        name, _, rest = path.partition("/")
        children = self._children(params, path, name)
        children[name] = self._put(children[name], rest, value) if rest else value
        return rebuild(params, list(children.values()))

    def _children(self, node: Tree, path: str, name: str) -> dict[str, Any]:
        inside = not isinstance(node, Buffer) and not is_leaf(node)
        children = {str(known): child for known, child in (parts(node) if inside else None) or ()}
        if name not in children:
            choice = ", ".join(children) or describe(node)
            raise TreeError(f"a path to parameters, {path!r}", f"{choice} where {name!r} should be", who=self)
        return children


def _view(leaf: Array) -> Array:
    return leaf.view()
