"""Read handwritten digits: train a small network on 1,347 scans, then read 450 it has never seen.

    python examples/digits.py

The scans are 8×8 pixels and come with scikit-learn (UCI, E. Alpaydin & C. Kaynak 1998), so that nothing is
downloaded. Prints the final test accuracy and saves three pictures: learning curves, confusion matrix, and
the digits that were misread.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import funnet as fn

NET = fn.Sequential(
    {
        "hidden1": fn.Linear(128),
        "relu1": fn.Relu(),
        "drop": fn.Dropout(0.3),
        "hidden2": fn.Linear(64),
        "relu2": fn.Relu(),
        "out": fn.Linear(10),
    }
)
LOSS = fn.SoftmaxCrossEntropy(label_smoothing=0.1)


def main(argv: list[str] | None = None) -> dict[str, float]:
    """Train, judge, draw; return the closing figures."""
    args = arguments(argv)
    pixels, labels = load_digits(return_X_y=True)
    x, x_test, t, t_test = train_test_split(
        pixels.astype(np.float32), labels, test_size=0.25, stratify=labels, random_state=0
    )
    mean, std = x.mean(), x.std()  # of the training scans alone
    x, x_test = (x - mean) / std, (x_test - mean) / std

    optimizer = fn.adam(1e-3)
    state = fn.init(NET, optimizer, fn.Key(args.seed), x[:1])
    print(fn.summary(NET, state.params, x[:1]), end="\n\n")
    state, history = fn.fit(
        NET,
        LOSS,
        optimizer,
        state,
        (x, t),
        epochs=args.epochs,
        validation={"train": (x, t), "test": (x_test, t_test)},
        metrics={"accuracy": fn.metrics.accuracy},
        progress=not args.quiet,
    )

    y, _ = NET(state.params, x_test)
    draw(history, y, x_test, t_test, args.out)
    figures = {
        "training accuracy": history["train_accuracy"][-1],
        "test accuracy": history["test_accuracy"][-1],
        "misread digits": int((y.argmax(axis=-1) != t_test).sum()),
        "test digits": len(t_test),
        "parameters": fn.tree.count(state.params),
        "seconds of training": history["seconds"][-1],
    }
    for name, value in figures.items():
        print(f"{name:<20}{value:>10.5g}")
    print(f"pictures in {args.out}/")
    return figures


def draw(history: fn.History, y: np.ndarray, x_test: np.ndarray, t_test: np.ndarray, out: Path) -> None:
    """Save the pictures; there is no third if nothing was misread."""
    out.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    fn.plot.curves(history, ["train_loss", "test_loss"], label="smoothed cross entropy (nats)", axes=left)
    fn.plot.curves(history, ["train_accuracy", "test_accuracy"], label="accuracy", axes=right)
    figure.savefig(out / "digits-curves.png", dpi=150)

    axes = fn.plot.confusion_matrix(fn.metrics.confusion_matrix(y, t_test))
    axes.figure.savefig(out / "digits-confusion.png", dpi=150)

    read = y.argmax(axis=-1)
    wrong = np.flatnonzero(read != t_test)[:32]
    if len(wrong) > 0:
        titles = [f"read {read[i]}, is {t_test[i]}" for i in wrong]
        axes = fn.plot.image_grid(x_test[wrong].reshape(-1, 8, 8), titles)
        axes.figure.savefig(out / "digits-misread.png", dpi=150)


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=100, help="passes over the training scans (100)")
    parser.add_argument("--seed", type=int, default=0, help="number of the random key (0)")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the pictures (out)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
