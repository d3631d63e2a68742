"""Hypothesis strategies for networks and for what goes into them. Needs hypothesis (extra [test]).

    @settings(deadline=None)  # how long an example takes depends on the network, and on the machine
    @given(networks().flatmap(lambda net: st.tuples(st.just(net), inputs_for(net))))
    def test_my_law(case):
        net, x = case

`networks` read rows (N, C), `sequence_networks` (N, T, C), `image_networks` (N, H, W, C), whatever the
lengths of the axes; `rows`, `sequences` and `images` draw such inputs. Numbers come from keys and are
standard normal, so that an example is small to print and no two entries tie; what shrinks is the network,
the shape and the key, and with `arrays(..., entries=True)` each entry. An example prints as code that makes
it again, after

    from funnet import *
    from funnet.testing.strategies import *
    from numpy import array, inf
"""

from funnet.testing.strategies.image_nets import image_networks
from funnet.testing.strategies.inputs import inputs_for, params_for, random_params
from funnet.testing.strategies.numbers import (
    arrays,
    images,
    indices,
    keys,
    labels,
    lengths,
    logits,
    masks,
    random_array,
    rows,
    sequences,
)
from funnet.testing.strategies.row_nets import layers, networks, square, square_vjp
from funnet.testing.strategies.sequence_nets import sequence_networks

__all__ = [
    "arrays",
    "image_networks",
    "images",
    "indices",
    "inputs_for",
    "keys",
    "labels",
    "layers",
    "lengths",
    "logits",
    "masks",
    "networks",
    "params_for",
    "random_array",
    "random_params",
    "rows",
    "sequence_networks",
    "sequences",
    "square",
    "square_vjp",
]
