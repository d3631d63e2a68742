"""Pytrees: the parameters of a network, seen as a tree or as one flat vector.

A tree is built of tuples, lists, dicts, attrs records and arrays. Every function here is pure, visits
dicts in the order of their sorted names, and, unless it says otherwise, never enters a `Buffer`.

Paths read "0/w" or "encoder/1/scale". Globs match whole paths: "*" stands for one name or a part of
one, "**" for any number of names, so "**/w" is every leaf called w.

    >>> import numpy as np
    >>> from funnet import tree
    >>> params = {"hidden": {"w": np.ones((2, 3)), "b": np.zeros(3)}}
    >>> tree.paths(params)
    ['hidden/b', 'hidden/w']
    >>> vector = tree.ravel(params)
    >>> tree.unravel(params, 2 * vector)["hidden"]["w"][0]
    array([2., 2., 2.])
"""

from funnet.core.containers import Array, Buffer, FrozenDict, Tree, freeze, record
from funnet.tree.by_path import get, mask, matching, select, set
from funnet.tree.compare import allclose, count, equal, fingerprint, nbytes, same_structure
from funnet.tree.traverse import cast, leaves, map, paths, ravel, unravel, walk

__all__ = [
    "Array",
    "Buffer",
    "FrozenDict",
    "Tree",
    "allclose",
    "cast",
    "count",
    "equal",
    "fingerprint",
    "freeze",
    "get",
    "leaves",
    "map",
    "mask",
    "matching",
    "nbytes",
    "paths",
    "ravel",
    "record",
    "same_structure",
    "select",
    "set",
    "unravel",
    "walk",
]
