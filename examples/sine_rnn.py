"""Teach a recurrent network to predict cos from sin, and let it go on where it was never trained.

    python examples/sine_rnn.py

At each step the network reads sin(t) and must say cos(t), which depends on whether the sine rises or falls:
only the past tells. It is trained on windows of one stretch of time. Then it reads that stretch in one
piece, keeps its state, and is judged on the stretch that follows. Saves two pictures: prediction against
truth around the border, and the error, window by window, over all of
the time.
"""

from __future__ import annotations

import argparse
import functools
from pathlib import Path

import attrs
import numpy as np
from tqdm import trange

import funnet as fn

NET = fn.Sequential({"rnn": fn.RNN(32), "out": fn.Linear(1)})
WINDOWS, LENGTH, STEP, WARM_UP = 24, 50, 0.1, 10


@attrs.frozen
class AfterWarmUp(fn.losses.Loss):
    """The mean squared error from step `first` on; before it no network can know the phase."""

    first: int

    def __call__(self, y: np.ndarray, target: np.ndarray) -> tuple[np.floating, np.ndarray]:
        value, tail = fn.MeanSquaredError()(y[:, self.first :], target[:, self.first :])
        dy = np.zeros_like(y)
        dy[:, self.first :] = tail
        return value, dy


def falling_rate(step: int, steps: int) -> float:
    """From 1e-2 to 0 along half a cosine."""
    return 5e-3 * (1.0 + float(np.cos(np.pi * step / steps)))


def predict(params: fn.tree.Tree, x: np.ndarray, state: fn.tree.Tree) -> tuple[np.ndarray, fn.tree.Tree]:
    """(prediction, state after the last step): whoever passes a state gets one back."""
    (h, state), _ = NET.layers["rnn"](params["rnn"], (x, state))
    y, _ = NET.layers["out"](params["out"], h)
    return y, state


def main(argv: list[str] | None = None) -> dict[str, float]:
    """Train on one stretch, judge on the next, draw; return the closing figures."""
    args = arguments(argv)
    x, target = fn.data.sine_sequences(WINDOWS, LENGTH, STEP)
    border = WINDOWS * LENGTH * STEP
    x_later, target_later = fn.data.sine_sequences(WINDOWS, LENGTH, STEP, start=border)

    optimizer = fn.chain(fn.clip_by_norm(1.0), fn.adam(functools.partial(falling_rate, steps=args.steps)))
    loss = AfterWarmUp(WARM_UP)
    state = fn.init(NET, optimizer, fn.Key(args.seed), x[:1])
    losses = []
    for _ in trange(args.steps, disable=args.quiet, unit="step"):
        state, value = fn.train_step(NET, loss, optimizer, state, x, target)
        losses.append(float(value))

    y, h = predict(state.params, x.reshape(1, -1, 1), ())
    y_later, _ = predict(state.params, x_later.reshape(1, -1, 1), h)
    seen, unseen = (np.square(a.ravel() - b.ravel()) for a, b in ((y, target), (y_later, target_later)))
    figures = {
        "parameters": fn.tree.count(state.params),
        "first loss": losses[0],
        "last loss": losses[-1],
        "error, trained stretch": float(seen[WARM_UP:].mean()),
        "error, unseen stretch": float(unseen.mean()),
        "largest miss, unseen": float(np.sqrt(unseen.max())),
    }
    time = np.arange(2 * WINDOWS * LENGTH) * STEP
    draw(
        time,
        np.concatenate([target, target_later]).ravel(),
        np.concatenate([y, y_later], axis=1).ravel(),
        args.out,
    )
    for name, value in figures.items():
        print(f"{name:<24}{value:>12.4g}")
    print(f"pictures in {args.out}/")
    return figures


def draw(time: np.ndarray, truth: np.ndarray, prediction: np.ndarray, out: Path) -> None:
    """Save the two pictures."""
    out.mkdir(parents=True, exist_ok=True)
    border = len(time) // 2
    near = slice(border - 150, border + 150)
    axes = fn.plot.series(truth[near], prediction[near], time=time[near])
    axes.axvline(time[border], color="black", linewidth=0.8, linestyle=":")
    axes.set_title("left of the dotted line trained, right of it never seen")
    axes.figure.savefig(out / "sine-series.png", dpi=150)

    windows = np.square(truth - prediction).reshape(-1, LENGTH)
    columns = {"time": time[::LENGTH], "mean": windows.mean(axis=1), "largest": windows.max(axis=1)}
    label = f"squared error in {LENGTH * STEP:g} units of time"
    axes = fn.plot.curves(columns, ["mean", "largest"], x="time", label=label)
    axes.set_yscale("log")
    axes.axvline(time[border], color="black", linewidth=0.8, linestyle=":")
    axes.figure.savefig(out / "sine-error.png", dpi=150)


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=3000, help="steps of training (3000)")
    parser.add_argument("--seed", type=int, default=0, help="number of the random key (0)")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the pictures (out)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
