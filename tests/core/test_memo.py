"""What is remembered goes with what it is of, and is never of another."""

import threading
import weakref

import attrs
import numpy as np

import funnet as fn
from funnet.core import memo
from funnet.core.memo import Memo
from funnet.nn import layer


@attrs.frozen
class Word:
    text: str


def doubled(word, mode):
    return Word(word.text * 2) if mode else word


def test_it_is_made_once_for_a_value():
    calls = []
    known = Memo(lambda word, mode: calls.append((word, mode)) or doubled(word, mode))
    word, same = Word("a"), Word("a")
    assert known(word, True) is known(word, True)
    assert known(word, False) is known(word, False) is word
    assert calls == [(word, True), (word, False)]
    assert known(same, True) == known(word, True)
    assert known(same, False) is same


def test_what_may_change_is_made_anew():
    assert Memo(lambda items, mode: len(items) + mode)([1, 2], True) == 3

    @attrs.define
    class Loose:
        size: int

    known, loose = Memo(lambda loose, mode: loose.size), Loose(1)
    assert known(loose, True) == 1
    loose.size = 2
    assert known(loose, True) == 2
    assert len(known) == 0


def test_it_goes_with_its_value():
    known = Memo(doubled)
    word = Word("a")
    made = weakref.ref(known(word, True))
    assert known(word, False) is word
    assert made() is not None
    del word
    assert made() is None
    assert len(known) == 0


def test_there_is_an_end(monkeypatch):
    monkeypatch.setattr(memo, "_MOST", 4)
    known, words = Memo(doubled), [Word(str(i)) for i in range(10)]
    for _ in range(2):
        assert [known(word, True).text for word in words] == [f"{i}{i}" for i in range(10)]
        assert len(known) <= 4


def test_from_many_threads():
    known, errors = Memo(doubled), []

    def ask(name):
        try:
            for i in range(2000):
                text = f"{name}{i % 7}"
                assert known(Word(text), True).text == text * 2
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(known) == 0


def test_a_net_that_nobody_holds_is_freed_with_all_that_it_closes_over():
    def made():
        big = np.zeros(2**20)
        net = fn.Sequential(
            [fn.Dropout(0.5), fn.Lambda(lambda p, x: (x + big[0], ()), lambda p, c, dy: (p, dy))]
        )
        x = np.ones((2, 3))
        state = fn.init(net, fn.sgd(0.1), fn.Key(0), x)
        fn.train_step(fn.training(net), fn.SquaredError(), fn.sgd(0.1), state, x, x)
        fn.fit(
            net, fn.SquaredError(), fn.sgd(0.1), state, (x, x), epochs=1, validation=(x, x), progress=False
        )
        assert fn.inference(fn.training(net)) == net
        return weakref.ref(big), weakref.ref(net)

    before = len(layer._with_mode)
    big, net = made()
    assert net() is None
    assert big() is None
    assert len(layer._with_mode) <= before
