"""Press handwritten digits into two numbers and draw them again.

    python examples/autoencoder.py                  # 8×8 scans that come with scikit-learn
    python examples/autoencoder.py --data mnist     # 28×28 images
    python examples/autoencoder.py --noise 0.5      # half of the pixels wiped out before it looks at them
    python examples/autoencoder.py --tied           # the decoder's weights are the encoder's, transposed

An autoencoder learns to give back what it is given, through a layer of two units. It is never told which
digit it sees. With noise it learns to restore what was wiped out (Vincent et al. 2008).

Prints how far the digits it gives back are from the true ones, beside what the best plane can do (two
principal components), and how many classes are read off from the neighbours in the plane. Saves four
pictures: the plane of codes, digits beside what became of them, walks from one digit to another, and a map
of the plane.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

import funnet as fn

Map = Callable[[np.ndarray], np.ndarray]
LOSS = fn.BinaryCrossEntropy()
BATCH = 32
WALKS = ((0, 1), (2, 7), (3, 8), (4, 9))
WIDTHS = {"digits": (128, 64), "mnist": (256, 64)}
EPOCHS = {"digits": 120, "mnist": 10}


def autoencoder(pixels: int, widths: tuple[int, int], noise: float, tied: bool) -> fn.Layer:
    """From pixels through two numbers back to the logits of pixels."""
    wide, narrow = widths
    net: fn.Layer = fn.Sequential(
        {
            "noise": fn.Dropout(noise),
            "encoder": fn.Sequential(
                [fn.Linear(wide), fn.Gelu(), fn.Linear(narrow), fn.Gelu(), fn.Linear(2), fn.BatchNorm()]
            ),
            "decoder": fn.Sequential(
                [fn.Linear(narrow), fn.Gelu(), fn.Linear(wide), fn.Gelu(), fn.Linear(pixels)]
            ),
        }
    )
    for here, there in ((0, 4), (2, 2), (4, 0)) if tied else ():
        net = fn.Tied(net, f"encoder/{here}/w", f"decoder/{there}/w", transpose=True)
    return net


def main(argv: list[str] | None = None) -> dict[str, float]:
    """Train, judge, draw; return the closing figures."""
    args = arguments(argv)
    x, labels, x_test, t_test, side = DATA[args.data]()
    net = autoencoder(x.shape[1], WIDTHS[args.data], args.noise, args.tied)
    epochs = EPOCHS[args.data] if args.epochs is None else args.epochs
    steps = epochs * -(-len(x) // BATCH)
    optimizer = fn.adam(fn.cosine(2e-3, max(1, steps)))
    state = fn.init(net, optimizer, fn.Key(args.seed), x[:1])
    print(fn.summary(net, state.params, x[:1]), end="\n\n")
    state, history = fn.fit(
        net,
        LOSS,
        optimizer,
        state,
        (x, x),
        epochs=epochs,
        batch_size=BATCH,
        validation={"test": (x_test, x_test)},
        progress=not args.quiet,
    )

    encode, decode = halves(net, state.params)
    codes, test_codes = encode(x), encode(x_test)
    seen = damaged(x_test, args.noise, args.seed)
    drawn = decode(encode(seen))
    plane = PCA(2).fit(x)
    flat = plane.inverse_transform(plane.transform(seen))
    readers = [
        KNeighborsClassifier(10).fit(codes, labels),
        KNeighborsClassifier(10).fit(plane.transform(x), labels),
    ]
    figures = {
        "training loss": history["loss"][-1],
        "test loss": history["test_loss"][-1],
        "error a pixel": rms(drawn - x_test),
        "error a pixel, best plane": rms(flat - x_test),
        "read from neighbours": readers[0].score(test_codes, t_test),
        "read from neighbours, best plane": readers[1].score(plane.transform(x_test), t_test),
        "parameters": fn.tree.count(state.params),
        "seconds of training": history["seconds"][-1],
    }
    for name, value in figures.items():
        print(f"{name:<34}{value:>10.5g}")
    draw_codes(test_codes, t_test, args.out)
    draw_pairs([x_test, seen, drawn] if args.noise else [x_test, drawn], t_test, side, args.out)
    surest = readers[0].predict_proba(test_codes).argmax(axis=0)  # of each class
    draw_walks(decode, test_codes[surest], side, args.out)
    draw_map(decode, codes, side, args.out)
    print(f"pictures in {args.out}/")
    return figures


def halves(net: fn.Layer, params: fn.tree.Tree) -> tuple[Map, Map]:
    """(pixels to codes, codes to pixels) of a trained network."""
    while isinstance(net, fn.Tied):
        net, params = net.layer, net.untied(params)
    encoder, decoder = net.layers["encoder"], net.layers["decoder"]

    def encode(x: np.ndarray) -> np.ndarray:
        return encoder(params["encoder"], x)[0]

    def decode(codes: np.ndarray) -> np.ndarray:
        return fn.Sigmoid()((), decoder(params["decoder"], codes)[0])[0]

    return encode, decode


def damaged(x: np.ndarray, noise: float, seed: int) -> np.ndarray:
    """The images with a fraction of their pixels wiped out, as Dropout does it in training."""
    kept = fn.Key(seed).child("damage").generator().random(x.shape) >= noise
    return np.where(kept, x / np.float32(1 - noise), np.float32(0))


def rms(error: np.ndarray) -> float:
    """The root of the mean square."""
    return float(np.sqrt(np.square(error).mean()))


def draw_codes(codes: np.ndarray, labels: np.ndarray, out: Path) -> None:
    """Where each test image stands in the plane: its digit, in the colour of its class."""
    out.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(7, 6), layout="constrained")
    axes = figure.subplots()
    for digit in range(10):
        u, v = codes[labels == digit][:200].T
        axes.scatter(u, v, s=35, marker=f"${digit}$", color=f"C{digit}", linewidth=0.3)
    axes.set(xlabel="first code", ylabel="second code", title="test digits, as two numbers each")
    figure.savefig(out / "autoencoder-codes.png", dpi=150)


def draw_pairs(rows: list[np.ndarray], labels: np.ndarray, side: int, out: Path) -> None:
    """Test images, what the network saw of them if that was less, and what it drew."""
    chosen = [int(np.flatnonzero(labels == digit)[0]) for digit in range(8)]
    images = np.concatenate([row[chosen] for row in rows]).clip(0, 1)
    names = ["given", "seen", "drawn"] if len(rows) == 3 else ["given", "drawn"]
    axes = fn.plot.image_grid(images.reshape(-1, side, side), [name for name in names for _ in chosen])
    axes.figure.savefig(out / "autoencoder-drawn.png", dpi=150)


def draw_walks(decode: Map, ends: np.ndarray, side: int, out: Path) -> None:
    """Eight steps on a straight line from the code of one digit to that of another."""
    share = np.linspace(0, 1, 8, dtype=ends.dtype)[:, None]
    walks = [(1 - share) * ends[a] + share * ends[b] for a, b in WALKS]
    titles = [{0: f"from {a}", 7: f"to {b}"}.get(step, "") for a, b in WALKS for step in range(8)]
    axes = fn.plot.image_grid(decode(np.concatenate(walks)).reshape(-1, side, side), titles)
    axes.figure.savefig(out / "autoencoder-walks.png", dpi=150)


def draw_map(decode: Map, codes: np.ndarray, side: int, out: Path, cells: int = 15) -> None:
    """What the decoder draws at the points of a grid over the part of the plane where most codes are."""
    low, high = np.quantile(codes, [0.02, 0.98], axis=0).astype(codes.dtype)
    u, v = np.linspace(low, high, cells).T
    images = decode(np.stack(np.meshgrid(u, v[::-1]), axis=-1).reshape(-1, 2))
    tiles = np.pad(images.reshape(cells, cells, side, side), [(0, 0), (0, 0), (1, 1), (1, 1)])
    sheet = tiles.swapaxes(1, 2).reshape(cells * (side + 2), -1)
    figure = Figure(figsize=(7, 7), layout="constrained")
    axes = figure.subplots()
    axes.imshow(sheet, cmap="gray_r", extent=(low[0], high[0], low[1], high[1]), aspect="auto")
    axes.set(xlabel="first code", ylabel="second code", title="what the decoder draws across the plane")
    figure.savefig(out / "autoencoder-map.png", dpi=150)


def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    """(x, labels, x_test, labels_test, side) of the scans, pixels from 0 to 1."""
    pixels, labels = load_digits(return_X_y=True)
    ink = (pixels / 16).astype(np.float32)
    x, x_test, t, t_test = train_test_split(ink, labels, test_size=0.25, stratify=labels, random_state=0)
    return x, t, x_test, t_test, 8


def mnist() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    """(x, labels, x_test, labels_test, side) of MNIST, pixels from 0 to 1."""
    (images, labels), (test_images, test_labels) = fn.data.mnist()
    x, x_test = (np.float32(part.reshape(len(part), -1)) / 255 for part in (images, test_images))
    return x, labels, x_test, test_labels, images.shape[1]


DATA = {"digits": digits, "mnist": mnist}


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=DATA, default="digits", help="which images (digits)")
    parser.add_argument("--noise", type=float, default=0.0, help="fraction of pixels wiped out (0)")
    parser.add_argument("--tied", action="store_true", help="share weights between encoder and decoder")
    parser.add_argument("--epochs", type=int, help="passes over the training images (120, MNIST 10)")
    parser.add_argument("--seed", type=int, default=0, help="number of the random key (0)")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the pictures (out)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
