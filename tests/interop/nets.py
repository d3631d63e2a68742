"""The networks whose PyTorch twins `make_files.py` makes: ours, and how theirs are called."""

import attrs
import numpy as np

import funnet as fn


@attrs.frozen(eq=False)
class Twin:
    """A network, an input for it, and which of PyTorch's modules is which of its own.

    `flattened`: its features are in another order than in PyTorch.
    """

    net: fn.Layer
    x: np.ndarray
    names: dict[str, str] | None = None
    flattened: bool = False


def draw(*shape: int) -> np.ndarray:
    """A Gaussian input, the same every time."""
    return fn.Key(11).child("foreign").generator().standard_normal(shape)


TWINS = {
    "mlp": Twin(fn.Sequential([fn.Linear(5), fn.Relu(), fn.Linear(5), fn.Tanh(), fn.Linear(2)]), draw(4, 5)),
    "image": Twin(
        fn.Sequential(
            [
                fn.Conv2d(4, 3, padding=1, bias=False),
                fn.BatchNorm(),
                fn.Relu(),
                fn.MaxPool2d(2),
                fn.Conv2d(4, 3, stride=2, groups=2),
                fn.GroupNorm(2),
                fn.ConvTranspose2d(3, 2, stride=2),
                fn.GlobalAvgPool(),
                fn.Linear(2),
            ]
        ),
        draw(2, 8, 8, 3),
    ),
    "text": Twin(
        fn.Sequential(
            {
                "letters": fn.Embedding(7, 4),
                "lstm": fn.LSTM(3),
                "gru": fn.GRU(3),
                "rnn": fn.RNN(3),
                "attention": fn.MultiHeadAttention(1),
                "norm": fn.LayerNorm(),
                "conv": fn.Conv1d(2, 2),
            }
        ),
        np.array([[0, 1, 2, 3, 4], [6, 5, 4, 2, 0]]),
        {"lstm": "lstm.l0", "gru": "gru.l0", "rnn": "rnn.l0"},
    ),
    "signal": Twin(
        fn.Sequential([fn.Conv1d(3, 2), fn.Tanh(), fn.Flatten(), fn.Linear(2)]), draw(3, 5, 2), None, True
    ),
    "flat": Twin(
        fn.Sequential(
            [
                fn.Sequential([fn.Conv2d(4, 2), fn.BatchNorm(), fn.Relu(), fn.MaxPool2d(2)]),
                fn.Sequential([fn.Flatten(), fn.Dropout(0.5), fn.BatchNorm(), fn.Relu(), fn.LayerNorm()]),
                fn.Linear(24),
                fn.Tanh(),
                fn.Linear(2),
            ]
        ),
        draw(5, 5, 7, 3),
        None,
        True,
    ),
    "layers": Twin(
        fn.Sequential([fn.Bidirectional(fn.LSTM(2)), fn.RMSNorm(), fn.Bidirectional(fn.LSTM(2))]),
        draw(3, 4, 3),
        {
            "0/forward": "first.l0",
            "0/backward": "first.l0_reverse",
            "2/forward": "second.l0",
            "2/backward": "second.l0_reverse",
        },
    ),
}
