"""The text example trains both of its networks; its 5-gram model and its figures are those it speaks of."""

import math

import numpy as np
import pytest

import funnet as fn
from tests.examples.running import load, pictures, run


def test_it_learns_writes_and_draws(tmp_path, capsys):
    argv = [
        "--quiet",
        "--steps",
        "24",
        "--width",
        "16",
        "--depth",
        "1",
        "--letters",
        "12000",
        "--sample",
        "20",
    ]
    figures, printed = run("char_gpt", argv, tmp_path, capsys)
    assert figures["letters to learn from"] == 10800
    for name in ("GPT", "LSTM"):
        assert 1 < figures[f"bits a letter, {name}"] < math.log2(figures["different symbols"])
        assert printed.out.count(f"--- {name} after") == 4
    assert printed.err == ""
    assert pictures(tmp_path) == {"char-gpt-curves.png"}


def test_the_whole_text_is_held_out_by_position_and_spelled_by_common_letters():
    example = load("char_gpt")
    text = example.Text.read(None)
    assert len(text.codes) - text.held_out == pytest.approx(text.held_out / 9, rel=2e-3)
    assert (len(text.codes) - text.held_out) % (example.LENGTH // 2) == 0
    assert text.codes.max() == len(text.symbols) - 1
    training = "".join(text.symbols[code] for code in text.codes[: text.held_out])
    assert training.startswith('The "assert" statement')
    counts = np.bincount(text.codes[: text.held_out])
    assert counts[:-1].min() >= example.COMMON
    assert counts[-1] < 0.001 * text.held_out


def slow_ngram(text, order):
    """Bits a letter, letter by letter, with a dictionary of lists for the counts."""
    after = {}
    codes = list(text.codes)
    for i in range(text.held_out):
        for back in range(min(order, i + 1)):
            after.setdefault(tuple(codes[i - back : i]), []).append(codes[i])
    total = 0.0
    for i in range(text.held_out, len(codes)):
        p = 1 / len(text.symbols)
        for back in range(order):
            seen = after.get(tuple(codes[i - back : i]), [])
            if seen:
                kinds = len(set(seen))
                p = (seen.count(codes[i]) + kinds * p) / (len(seen) + kinds)
        total -= math.log2(p)
    return total / (len(codes) - text.held_out)


@pytest.mark.parametrize("order", [1, 2, 5])
def test_the_ngram_model_against_dictionaries(order):
    example = load("char_gpt")
    text = example.Text.read(3000)
    assert example.ngram_bits(text, order) == pytest.approx(slow_ngram(text, order), rel=1e-3)


def test_bits_of_a_uniform_guess_and_of_an_oracle():
    example = load("char_gpt")
    text = example.Text.read(5000)
    size = len(text.symbols)
    uniform = fn.Lambda(lambda p, x: (np.zeros((*x.shape, size)), ()), lambda p, c, dy: ((), dy))
    assert example.bits(uniform, (), text) == pytest.approx(math.log2(size), rel=1e-12)
    seen = []

    def knowing(_, x):
        """Certain of the letter that comes next, as a reader of the whole text is."""
        spelled = text.codes.astype("u1").tobytes()
        y = np.zeros((*x.shape, size))
        for n, window in enumerate(x):
            start = spelled.index(window.astype("u1").tobytes())
            seen.extend(range(start + 65, start + 129))
            y[n, np.arange(128), text.codes[start + 1 : start + 129]] = 50
        return y, ()

    oracle = fn.Lambda(knowing, lambda p, c, dy: ((), dy))
    assert example.bits(oracle, (), text) < 1e-12
    assert seen == list(range(text.held_out, len(text.codes)))
    x, target = example.windows(text.codes, np.array([7, 300]))
    assert x.shape == (2, example.LENGTH)
    assert np.array_equal(x[:, 1:], target[:, :-1])
    assert np.array_equal(target[1], text.codes[301 : 301 + example.LENGTH])


def test_two_threads_take_the_step_of_one():
    example = load("char_gpt")
    text = example.Text.read(5000)
    net = fn.models.gpt(len(text.symbols), 8, 2, 1, example.LENGTH)
    optimizer = fn.sgd(0.1)
    state = fn.init(net, optimizer, fn.Key(0), text.codes[None, : example.LENGTH])
    x, target = example.windows(text.codes, np.arange(0, 800, 100))
    with example.ThreadPoolExecutor(2) as pool:
        new, value = example.Step(net, optimizer, pool)(state, x, target)
    expected, loss = fn.train_step(net, example.LOSS, optimizer, state, x, target)
    assert value == pytest.approx(float(loss), rel=1e-5)
    assert fn.tree.allclose(new.params, expected.params, rtol=1e-4, atol=1e-6)
    assert new.step == 1
