"""Teach a small transformer to write like Python's documentation, letter by letter.

    python examples/char_gpt.py

The text is `pydoc_data.topics`, which every Python carries; its last tenth is held out. A transformer and
an LSTM are trained on the same batches and print how they would go on with the text as they learn. They and
an interpolated 5-gram model of the same letters are judged by the bits they need for a held-out letter: the
mean of −log2 p of each letter, given those before it. Of the text of Python 3.11 that is 1.90 for the 5-gram
model, 1.68 for the transformer and 1.64 for the LSTM. Saves the curves of both networks.

Networks are pure functions, so the two halves of a batch run in two threads, without a lock.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from pydoc_data.topics import topics

import attrs
import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

import funnet as fn

LENGTH, BATCH, COMMON = 128, 8, 10
LOSS = fn.SoftmaxCrossEntropy()
SAMPLES, LOOKS = 4, 12


@attrs.frozen(eq=False)
class Text:
    """A text as numbers; `symbols` spells them, and its last stands for all letters that are rare."""

    codes: np.ndarray
    symbols: str
    held_out: int

    @classmethod
    def read(cls, letters: int | None) -> Text:
        """The topics in the order of their names, or the first so many letters of them.

        What is held out is cut to a whole number of half windows.
        """
        text = "\n\n".join(topics[name] for name in sorted(topics))[:letters]
        held_out = len(text) * 9 // 10
        text = text[: len(text) - (len(text) - held_out) % (LENGTH // 2)]
        counts = Counter(text[:held_out])
        symbols = "".join(sorted(letter for letter, count in counts.items() if count >= COMMON)) + "□"
        number = {letter: code for code, letter in enumerate(symbols)}
        codes = np.array([number.get(letter, len(symbols) - 1) for letter in text])
        return cls(codes, symbols, held_out)


def ngram_bits(text: Text, order: int) -> float:
    """Bits a held-out letter of an n-gram model interpolated after Witten and Bell (1991).

    p_n(a) = (N(context a) + D(context) p_n−1(a)) / (N(context) + D(context)) with the counts N of the
    training text and the number D of different letters after a context; p_0 is the same for all letters.
    """
    codes, first, size = text.codes, text.held_out, len(text.symbols)
    p = np.full(len(codes) - first, 1.0 / size)
    context = np.zeros_like(codes)
    for back in range(1, order + 1):
        contexts, where = np.unique(context, return_inverse=True)
        grams, one, which = np.unique(context * size + codes, return_index=True, return_inverse=True)
        n_gram = np.bincount(which[:first], minlength=len(grams))
        n_context = np.bincount(where[:first], minlength=len(contexts))
        different = np.bincount(where[one[n_gram > 0]], minlength=len(contexts))
        now, total, kinds = which[first:], n_context[where[first:]], different[where[first:]]
        p = np.where(total > 0, (n_gram[now] + kinds * p) / np.maximum(total + kinds, 1), p)
        context = context + size ** (back - 1) * np.concatenate([np.zeros(back, int), codes[:-back]])
    return float(-np.log2(p).mean())


def bits(net: fn.Layer, params: fn.tree.Tree, text: Text, every: int = 1) -> float:
    """Bits a held-out letter, each read after half a window at least; of every so manieth window alone."""
    half = LENGTH // 2
    starts = np.arange(text.held_out - half - 1, len(text.codes) - LENGTH, half)[::every]
    total = 0.0
    for some in np.array_split(starts, -(-len(starts) // 32)):
        x, target = windows(text.codes, some)
        y, _ = net(params, x)
        total += len(some) * float(LOSS(y[:, half:], target[:, half:])[0])
    return total / len(starts) / math.log(2)


def windows(codes: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(x, target): the letters from each start on, and the letters one further."""
    window = codes[starts[:, None] + np.arange(LENGTH + 1)]
    return window[:, :-1], window[:, 1:]


def write(net: fn.Layer, params: fn.tree.Tree, text: Text, key: fn.Key, count: int) -> str:
    """How the network would go on after the training text: letters drawn one by one, a little cooled down."""
    codes = list(text.codes[text.held_out - LENGTH : text.held_out])
    for u in key.generator().random(count):
        y, _ = net(params, np.array([codes[-LENGTH:]]))
        p = np.exp((y[0, -1] - y[0, -1].max()) / 0.8).cumsum()
        codes.append(int(np.searchsorted(p, u * p[-1])))
    return "".join(text.symbols[code] for code in codes[LENGTH:])


@attrs.frozen(eq=False)
class Step:
    """`train_step` with each half of the batch in a thread of its own."""

    net: fn.Layer
    optimizer: fn.Optimizer
    pool: ThreadPoolExecutor

    def __call__(
        self, state: fn.TrainState, x: np.ndarray, target: np.ndarray
    ) -> tuple[fn.TrainState, float]:
        def half(x: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray, fn.tree.Tree]:
            y, cache = self.net(state.params, x)
            value, dy = LOSS(y, target)
            return float(value), fn.tree.ravel(self.net.param_vjp(state.params, cache, dy)), cache

        (value, g, cache), (other, dg, _) = self.pool.map(
            half, np.array_split(x, 2), np.array_split(target, 2)
        )
        p = fn.tree.ravel(state.params)
        delta, opt_state = self.optimizer.update((g + dg) / 2, state.opt_state, p)
        params = fn.tree.unravel(self.net.advance(state.params, cache), p + delta)
        return fn.TrainState(params, opt_state, state.step + 1, state.key), (value + other) / 2


def train(
    name: str, net: fn.Layer, rate: float, text: Text, args: argparse.Namespace
) -> tuple[fn.TrainState, fn.History]:
    """The loop: batches from random places, now and then a look at the held-out text and a sample."""
    warm = max(1, args.steps // 20)
    schedule = fn.warmup(warm, fn.cosine(rate, max(1, args.steps - warm)), start=0.01)
    optimizer = fn.chain(fn.clip_by_norm(1.0), fn.adamw(schedule, b2=0.99, decay=0.1))
    key = fn.Key(args.seed)
    state = fn.init(net, optimizer, key, text.codes[None, :LENGTH])
    places = key.child("places").generator()
    history, recent = fn.History(), []
    looks = {args.steps * look // LOOKS for look in range(1, LOOKS + 1)}
    samples = {args.steps * sample // SAMPLES for sample in range(1, SAMPLES + 1)}
    with ThreadPoolExecutor(2) as pool:
        step = Step(fn.training(net), optimizer, pool)
        for done in tqdm(range(1, args.steps + 1), desc=name, disable=args.quiet, unit="step"):
            starts = places.integers(0, text.held_out - LENGTH, BATCH)
            state, value = step(state, *windows(text.codes, starts))
            recent.append(value / math.log(2))
            if done in looks:
                unseen = bits(net, state.params, text, every=8)
                history = history.append({"step": done, "trained": np.mean(recent), "held out": unseen})
                recent.clear()
            if done in samples:
                sample = write(net, state.params, text, key.child("sample"), args.sample)
                tqdm.write(f"--- {name} after {done} steps ---\n{sample}\n")
    return state, history


def main(argv: list[str] | None = None) -> dict[str, float]:
    """Count, train both networks, judge, draw; return the closing figures."""
    args = arguments(argv)
    text = Text.read(args.letters)
    size = len(text.symbols)
    nets = {
        "GPT": (fn.models.gpt(size, args.width, 4, args.depth, LENGTH, dropout=0.1, window=4), 3e-3),
        "LSTM": (fn.models.char_rnn(size, 2 * args.width, dropout=0.1), 5e-3),
    }
    figures = {
        "letters to learn from": float(text.held_out),
        "different symbols": float(size),
        "bits a letter, 5-gram": ngram_bits(text, 5),
    }
    histories = {}
    with threadpool_limits(1):
        for name, (net, rate) in nets.items():
            start = time.perf_counter()
            state, histories[name] = train(name, net, rate, text, args)
            figures[f"seconds of training, {name}"] = time.perf_counter() - start
            figures[f"parameters, {name}"] = float(fn.tree.count(state.params))
            figures[f"bits a letter, {name}"] = bits(net, state.params, text)
            figures[f"perplexity, {name}"] = 2 ** figures[f"bits a letter, {name}"]
    draw(histories, figures["bits a letter, 5-gram"], args.out)
    for name, value in figures.items():
        print(f"{name:<28}{value:>12.4f}" if value < 100 else f"{name:<28}{value:>12.0f}")
    print(f"picture in {args.out}/")
    return figures


def draw(histories: dict[str, fn.History], ngram: float, out: Path) -> None:
    """Save the curves: bits a letter, and the perplexity that goes with them."""
    out.mkdir(parents=True, exist_ok=True)
    columns = {"step": histories["GPT"]["step"]}
    for name, history in histories.items():
        columns |= {f"{name}, trained text": history["trained"], f"{name}, held out": history["held out"]}
    axes = fn.plot.curves(columns, list(columns)[1:], x="step", label="bits a letter")
    axes.axhline(ngram, color="black", linewidth=0.8, linestyle=":")
    where = {"xycoords": ("axes fraction", "data"), "ha": "right", "va": "bottom"}
    axes.annotate("5-gram, held out", (0.99, ngram), **where)
    perplexity = axes.secondary_yaxis("right", functions=(np.exp2, lambda p: np.log2(np.maximum(p, 1.0))))
    perplexity.set_ylabel("perplexity")
    axes.figure.savefig(out / "char-gpt-curves.png", dpi=150)


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=3000, help="steps of training of each network (3000)")
    parser.add_argument("--width", type=int, default=128, help="channels of the transformer (128)")
    parser.add_argument("--depth", type=int, default=3, help="blocks of the transformer (3)")
    parser.add_argument("--letters", type=int, help="so many letters of the text alone (all)")
    parser.add_argument("--sample", type=int, default=250, help="letters of a sample (250)")
    parser.add_argument("--seed", type=int, default=0, help="number of the random key (0)")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the picture (out)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
