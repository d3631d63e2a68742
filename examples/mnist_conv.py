"""Read MNIST's handwritten digits with two convolutions, better than 99.1 % of those never seen.

    python examples/mnist_conv.py

Each block is a 5×5 convolution, the maximum of each 2×2, batch normalisation and ReLU: the maximum comes
first, so that the rest works on a quarter of the numbers. The rate of Adam rises and falls in one cycle,
and every batch of training is moved at random by up to two pixels. Judged at the end of training on the
10,000 test images: 99.4 % after six epochs, a few minutes on one core. Saves learning curves, the filters
of the first layer and misread digits. MNIST is downloaded, or read from the folder that FUNNET_DATA names.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import attrs
import numpy as np
from matplotlib.figure import Figure

import funnet as fn


@attrs.frozen
class Shift(fn.Layer):
    """A batch of images (N, H, W, C) rolled at random by up to `reach` pixels each way, in training.

    dx is dy rolled back. The key of the next shift lives in a Buffer and `advance` renews it.
    """

    reach: int
    training: bool = attrs.field(default=False, kw_only=True)

    def init(self, key: fn.Key, x: np.ndarray) -> fn.Buffer:
        return fn.Buffer(key.child(0))

    def __call__(self, params: fn.Buffer, x: np.ndarray) -> tuple[np.ndarray, object]:
        if not self.training:
            return x, ()
        shift = tuple(params.value.generator().integers(-self.reach, self.reach + 1, 2).tolist())
        return np.roll(x, shift, axis=(1, 2)), shift

    def vjp(self, params: fn.Buffer, cache: object, dy: np.ndarray) -> tuple[fn.Buffer, np.ndarray]:
        return params, np.roll(dy, [-n for n in cache], axis=(1, 2)) if self.training else dy.copy()

    def advance(self, params: fn.Buffer, cache: object) -> fn.Buffer:
        return fn.Buffer(params.value.next()) if self.training else params


def block(width: int) -> fn.Layer:
    """A convolution and what follows it; batch normalisation brings its own bias."""
    return fn.Sequential([fn.Conv2d(width, 5, bias=False), fn.MaxPool2d(2), fn.BatchNorm(), fn.Relu()])


NET = fn.Sequential(
    {
        "shift": Shift(2),
        "block1": block(32),
        "block2": block(64),
        "flat": fn.Flatten(),
        "drop": fn.Dropout(0.4),
        "out": fn.Linear(10),
    }
)
LOSS = fn.SoftmaxCrossEntropy()
BATCH_SIZE = 64
RATE = 3e-3


def main(argv: list[str] | None = None) -> dict[str, float]:
    """Train, judge, draw; return the closing figures."""
    args = arguments(argv)
    (images, t), (test_images, t_test) = fn.data.mnist()
    x, x_test = fn.data.normalise(images[..., None], test_images[..., None], axis=None)

    steps = max(1, args.epochs * -(-len(x) // BATCH_SIZE))
    optimizer = fn.adam(fn.one_cycle(RATE, steps))
    state = fn.init(NET, optimizer, fn.Key(args.seed), x[:1])
    print(fn.summary(NET, state.params, x[:1]), end="\n\n")
    state, history = fn.fit(
        NET,
        LOSS,
        optimizer,
        state,
        (x, t),
        epochs=args.epochs,
        batch_size=BATCH_SIZE,
        validation={"test": (x_test, t_test)},
        metrics={"accuracy": fn.metrics.accuracy},
        progress=not args.quiet,
    )

    y = np.concatenate([NET(state.params, x_test[i : i + 500])[0] for i in range(0, len(x_test), 500)])
    draw(history, state.params, y, test_images, t_test, args.out)
    figures = {
        "training loss": history["loss"][-1],
        "test accuracy": history["test_accuracy"][-1],
        "misread digits": int((y.argmax(axis=-1) != t_test).sum()),
        "test digits": len(t_test),
        "parameters": fn.tree.count(state.params),
        "seconds of training": history["seconds"][-1],
    }
    for name, value in figures.items():
        print(f"{name:<20}{value:>12.6g}")
    print(f"pictures in {args.out}/")
    return figures


def draw(
    history: fn.History, params: object, y: np.ndarray, images: np.ndarray, labels: np.ndarray, out: Path
) -> None:
    """Save the pictures; there is no third if nothing was misread."""
    out.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    fn.plot.curves(history, ["loss", "test_loss"], label="cross entropy (nats)", axes=left)
    fn.plot.curves(history, ["test_accuracy"], label="accuracy", axes=right)
    figure.savefig(out / "mnist-conv-curves.png", dpi=150)

    filters = np.moveaxis(fn.tree.get(params, "block1/0/w")[:, :, 0], -1, 0)
    axes = fn.plot.image_grid(filters, [f"filter {i}" for i in range(len(filters))])
    axes.figure.savefig(out / "mnist-conv-filters.png", dpi=150)

    read = y.argmax(axis=-1)
    wrong = np.flatnonzero(read != labels)[:32]
    if len(wrong) > 0:
        titles = [f"read {read[i]}, is {labels[i]}" for i in wrong]
        axes = fn.plot.image_grid(images[wrong], titles)
        axes.figure.savefig(out / "mnist-conv-misread.png", dpi=150)


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=6, help="passes over the training images (6)")
    parser.add_argument("--seed", type=int, default=0, help="number of the random key (0)")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the pictures (out)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
