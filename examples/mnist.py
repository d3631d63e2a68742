"""Read MNIST's handwritten digits, with the net of a tutorial or with a modern one.

    python examples/mnist.py
    python examples/mnist.py --net modern

`--net tutorial` is 784-16-16-10 with ReLU, ReLU and sigmoid, squared error and plain gradient descent, with
which a tutorial reached 93 % after 30 epochs and 95 % after 500. `--net modern` has two layers of 512 with
batch normalisation, dropout and label smoothing, and moves each training image by up to two pixels.
Judged at the end of training on the 10,000 test images. Saves learning curves, the confusion matrix and
misread digits. MNIST is downloaded, or read from the folder that FUNNET_DATA names.
"""

from __future__ import annotations

import argparse
import functools
import math
from pathlib import Path

import attrs
import numpy as np

import funnet as fn


@attrs.frozen
class Shift(fn.Layer):
    """Each image rolled at random by up to `reach` pixels down and right, in training; x, y (N, H, W).

    dx is dy rolled back. The key of the next shifts lives in a Buffer and `advance` renews it.
    """

    reach: int
    training: bool = attrs.field(default=False, kw_only=True)

    def init(self, key: fn.Key, x: np.ndarray) -> fn.Buffer:
        return fn.Buffer(key.child(0))

    def __call__(self, params: fn.Buffer, x: np.ndarray) -> tuple[np.ndarray, object]:
        if not self.training:
            return x, ()
        offsets = params.value.generator().integers(-self.reach, self.reach + 1, (2, len(x)))
        return rolled(x, *offsets), offsets

    def vjp(self, params: fn.Buffer, cache: object, dy: np.ndarray) -> tuple[fn.Buffer, np.ndarray]:
        return params, rolled(dy, *-cache) if self.training else dy.copy()

    def advance(self, params: fn.Buffer, cache: object) -> fn.Buffer:
        return fn.Buffer(params.value.next()) if self.training else params


def rolled(x: np.ndarray, down: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Images (N, H, W), each rolled by its own numbers of pixels (N,)."""
    count, height, width = x.shape
    rows = (np.arange(height) - down[:, None]) % height
    columns = (np.arange(width) - right[:, None]) % width
    return x[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]


@attrs.frozen
class Recipe:
    """A net and how it is trained; `rate` maps the part of training that is done to a learning rate."""

    net: fn.Layer
    loss: fn.losses.Loss
    optimizer: type[fn.Optimizer]
    rate: object
    batch_size: int
    epochs: int
    one_hot: bool


glorot, he = fn.initializers.glorot_normal, fn.initializers.he_normal()
TUTORIAL = Recipe(
    fn.Sequential(
        [
            fn.Flatten(),
            fn.Linear(16, w_init=glorot()),
            fn.Relu(),
            fn.Linear(16, w_init=glorot()),
            fn.Relu(),
            fn.Linear(10, w_init=glorot(0.3)),
            fn.Sigmoid(),
        ]
    ),
    fn.SquaredError(),
    fn.sgd,
    lambda part: 0.5 * (1 - part),
    batch_size=32,
    epochs=30,
    one_hot=True,
)


def block() -> list[fn.Layer]:
    """A layer of the modern net."""
    return [fn.Linear(512, bias=False, w_init=he), fn.BatchNorm(), fn.Relu(), fn.Dropout(0.2)]


MODERN = Recipe(
    fn.Sequential([Shift(2), fn.Flatten(), *block(), *block(), fn.Linear(10)]),
    fn.SoftmaxCrossEntropy(label_smoothing=0.1),
    fn.adam,
    lambda part: 4e-3 * min(1, 10 * part + 1e-3) * 0.5 * (1 + math.cos(math.pi * part)),
    batch_size=128,
    epochs=30,
    one_hot=False,
)
RECIPES = {"tutorial": TUTORIAL, "modern": MODERN}


def main(argv: list[str] | None = None) -> dict[str, float]:
    """Train, judge, draw; return the closing figures."""
    args = arguments(argv)
    recipe = RECIPES[args.net]
    epochs = recipe.epochs if args.epochs is None else args.epochs
    (images, labels), (test_images, test_labels) = fn.data.mnist()
    x, x_test = fn.data.normalise(images, test_images, axis=None)
    t, t_test = labels, test_labels
    if recipe.one_hot:
        t, t_test = fn.data.one_hot(labels, 10), fn.data.one_hot(test_labels, 10)

    steps = max(1, epochs * -(-len(x) // recipe.batch_size))
    optimizer = recipe.optimizer(functools.partial(rate_at, recipe=recipe, steps=steps))
    state = fn.init(recipe.net, optimizer, fn.Key(args.seed), x[:1])
    print(fn.summary(recipe.net, state.params, x[:1]), end="\n\n")
    state, history = fn.fit(
        recipe.net,
        recipe.loss,
        optimizer,
        state,
        (x, t),
        epochs=epochs,
        batch_size=recipe.batch_size,
        validation={"test": (x_test, t_test)},
        metrics={"accuracy": fn.metrics.accuracy},
        progress=not args.quiet,
    )
    y = np.concatenate(
        [recipe.net(state.params, x_test[i : i + 1000])[0] for i in range(0, len(x_test), 1000)]
    )
    draw(history, y, test_images, test_labels, args.out, args.net)
    figures = {
        "training loss": history["loss"][-1],
        "test accuracy": history["test_accuracy"][-1],
        "misread digits": int((y.argmax(axis=-1) != test_labels).sum()),
        "test digits": len(test_labels),
        "parameters": fn.tree.count(state.params),
        "seconds of training": history["seconds"][-1],
    }
    for name, value in figures.items():
        print(f"{name:<20}{value:>12.6g}")
    print(f"pictures in {args.out}/")
    return figures


def rate_at(step: int, recipe: Recipe, steps: int) -> float:
    """The learning rate at a step of so many."""
    return recipe.rate(step / steps)


def draw(
    history: fn.History, y: np.ndarray, images: np.ndarray, labels: np.ndarray, out: Path, name: str
) -> None:
    """Save the three pictures."""
    out.mkdir(parents=True, exist_ok=True)
    axes = fn.plot.curves(history, ["test_accuracy"], label="accuracy")
    axes.figure.savefig(out / f"mnist-{name}-curves.png", dpi=150)

    axes = fn.plot.confusion_matrix(fn.metrics.confusion_matrix(y, labels))
    axes.figure.savefig(out / f"mnist-{name}-confusion.png", dpi=150)

    read = y.argmax(axis=-1)
    wrong = np.flatnonzero(read != labels)[:30]
    if len(wrong):
        titles = [f"read {read[i]}, is {labels[i]}" for i in wrong]
        axes = fn.plot.image_grid(images[wrong], titles)
        axes.figure.savefig(out / f"mnist-{name}-misread.png", dpi=150)


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--net", choices=RECIPES, default="tutorial", help="which net (tutorial)")
    parser.add_argument("--epochs", type=int, help="passes over the training images (30)")
    parser.add_argument("--seed", type=int, default=0, help="number of the random key (0)")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the pictures (out)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
