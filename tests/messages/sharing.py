"""Repeated, shared and recomputed layers."""

import funnet as fn
from funnet.errors import ConfigError, ShapeError, TreeError
from tests.messages.inputs import ROWS, Mistake, back, draw, init, run

LAYERS = fn.Linear(3), fn.Tanh()

SHARING: list[Mistake] = [
    *(
        (
            lambda k=kind: k(*LAYERS),
            ConfigError,
            f"{kind.__name__}: … expected layers and no more, got 2 arguments; put them in a list",
        )
        for kind in (fn.Sequential, fn.Parallel, fn.Branch)
    ),
    *(
        (
            lambda k=kind: k(*LAYERS),
            ConfigError,
            f"{kind.__name__}: … {words} and no more, got 2 arguments; a chain",
        )
        for kind, words in ((fn.Residual, "layer"), (fn.Frozen, "layer"), (fn.Remat, "layer"))
    ),
    *(
        (
            lambda k=kind: k([*LAYERS]),
            ConfigError,
            f"{kind.__name__}: … expected layer to be a layer, got [Linear",
        )
        for kind in (fn.Residual, fn.Frozen, fn.Remat, fn.Reverse, fn.TimeDistributed)
    ),
    (
        lambda: fn.Residual((fn.Tanh(),)),
        ConfigError,
        "Residual: … (Tanh(),); make one of them, as Sequential(",
    ),
    (lambda: fn.Concat(*LAYERS), ConfigError, "Concat: … no argument, got 2 arguments; a chain of layers is"),
    (lambda: fn.Add([*LAYERS]), ConfigError, "Add: … no argument, got [Linear("),
    (lambda: fn.Relu(fn.Linear(3)), ConfigError, "Relu: … expected no argument, got Linear(3); a chain of"),
    (lambda: fn.Sequential(fn.Linear(3)), ConfigError, "layers: … got Linear(3); put it in a list"),
    (lambda: fn.Repeat(fn.Linear(3), 0), ConfigError, "Repeat: … times to be a positive integer, got 0"),
    (lambda: fn.Repeat(fn.Linear(3), 2.0), ConfigError, "Repeat: … times to be a positive integer, got 2.0"),
    (lambda: fn.Repeat(2, fn.Linear(3)), ConfigError, "Repeat: … expected layer to be a layer, got 2"),
    (
        lambda: fn.Repeat(fn.Linear(3), 2, shared="yes"),
        ConfigError,
        "Repeat: … to be True or False, got 'yes'",
    ),
    (
        lambda: run(fn.Repeat(fn.Linear(3), 2, shared=True), draw(4, 6), draw(4, 6)),
        ShapeError,
        "Linear(3): … (6, 3)), got x of shape (4, 3)",
    ),
    (
        lambda: run(fn.Repeat(fn.Linear(3), 2), draw(4, 6), draw(4, 5)),
        ShapeError,
        "0/Linear(3): … (6, 3)), got x of shape (4, 5)",
    ),
    (
        lambda: fn.Repeat(fn.Linear(3), 2)(init(fn.Repeat(fn.Linear(3), 3), ROWS), ROWS),
        TreeError,
        "Repeat( … a tuple of 2, got a tuple of 3",
    ),
    (
        lambda: fn.Repeat(fn.Linear(3), 2, shared=True)(init(fn.Repeat(fn.Linear(3), 2), ROWS), ROWS),
        TreeError,
        "Linear(3): … record, got a tuple of 2",
    ),
    (
        lambda: back(fn.Repeat(fn.Linear(3), 2), ROWS, draw(4, 2)),
        ShapeError,
        "1/Linear(3): … shape (4, 3), got shape (4, 2)",
    ),
    (lambda: fn.Tied(fn.Linear(3), "w", "w"), ConfigError, "Tied: … apart from each other, got 'w' and 'w'"),
    (lambda: fn.Tied(fn.Linear(3), "", "w"), ConfigError, "Tied: … to be a path, as 'encoder/0/w', got ''"),
    (
        lambda: fn.Tied(fn.Repeat(fn.Linear(3), 2), "0", "0/w"),
        ConfigError,
        "Tied: … each other, got '0' and '0/w'",
    ),
    (
        lambda: init(fn.Tied(fn.Repeat(fn.Linear(3), 2), "0/w", "1/b"), ROWS),
        ShapeError,
        "1/b/Tied( … must fit), got shape (3, 3)",
    ),
    (
        lambda: init(fn.Tied(fn.Repeat(fn.Linear(3), 2), "0/w", "2/w"), ROWS),
        TreeError,
        "Tied( … got 0, 1 where '2' should be",
    ),
    (
        lambda: init(fn.Tied(fn.Repeat(fn.Linear(3), 2), "0/weight", "1/w"), ROWS),
        TreeError,
        "Tied( … got w, b where 'weight' should be",
    ),
    (
        lambda: init(fn.Tied(fn.Repeat(fn.Linear(3), 2), "0/w/0", "1/w"), ROWS),
        TreeError,
        "Tied( … got float32[3, 3] where '0' should be",
    ),
    (
        lambda: init(fn.Tied(fn.Sequential([fn.Linear(3), fn.Tanh(), fn.Linear(3)]), "1", "2"), ROWS),
        TreeError,
        "Tied( … at 1, got a tuple of 0",
    ),
    (
        lambda: init(fn.Tied(fn.Sequential([fn.Linear(3), fn.Tanh(), fn.Linear(3)]), "0", "1"), ROWS),
        TreeError,
        "1/Tied( … must fit), got a Affine record",
    ),
    (
        lambda: init(
            fn.Tied(fn.Sequential([fn.Dropout(0.5), fn.Linear(3), fn.Linear(3)]), "0/value", "2/w"), ROWS
        ),
        TreeError,
        "Tied( … got a Buffer record where 'value' should be",
    ),
    (
        lambda: init(fn.Tied(fn.Sequential([fn.Linear(2), fn.Linear(6)]), "0/w", "1/w"), draw(4, 6)),
        ShapeError,
        "1/w/Tied( … must fit), got shape (6, 2)",
    ),
    (
        lambda: fn.Tied(fn.Repeat(fn.Linear(3), 2), "0/w", "1/w")(
            init(fn.Repeat(fn.Linear(3), 2), ROWS), ROWS
        ),
        TreeError,
        "Tied( … is tied), got float32[3, 3]",
    ),
    (
        lambda: run(fn.Remat(fn.Linear(3)), ROWS, draw(4, 2)),
        ShapeError,
        "Linear(3): … (3, 3)), got x of shape (4, 2)",
    ),
    (
        lambda: fn.Repeat(fn.Linear(3, bias=False), 1)(init(fn.Repeat(fn.Linear(3), 1), ROWS), ROWS),
        TreeError,
        "0/Linear(3, bias=False): … it has no bias, got float32[3]",
    ),
]
