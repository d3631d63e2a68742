"""Early stopping on columns with NaN and infinity in them."""

import numpy as np
import pytest

import funnet as fn

NAN, INF = np.nan, np.inf


def history(values):
    rows = fn.History()
    for value in values:
        rows = rows.append({"a": value})
    return rows


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([NAN], None, None),
        ([NAN, NAN, NAN], None, None),
        ([NAN, INF], 1, 1),
        ([NAN, -INF, NAN], 1, 1),
        ([INF, NAN, 2.0, 3.0, 2.0], 2, 0),
        ([NAN, 1.0, 1.0], 1, 1),
    ],
)
def test_the_best_row(values, low, high):
    assert fn.EarlyStopping(1, "a").best(history(values)) == low
    assert fn.EarlyStopping(1, "a", larger=True).best(history(values)) == high


def test_without_a_best_row_training_goes_on():
    assert not fn.EarlyStopping(1, "a").stops(history([NAN] * 9))
    assert fn.EarlyStopping(2, "a").stops(history([NAN, 1.0, NAN, NAN]))
    assert not fn.EarlyStopping(3, "a").stops(history([NAN, 1.0, NAN, NAN]))
    assert not fn.EarlyStopping(1, "a").stops(fn.History())
    with pytest.raises(fn.ConfigError, match="column to be the name of a column, got 3"):
        fn.EarlyStopping(1, 3)


def test_fit_has_no_best_state_of_a_column_of_nan():
    x, net, still = np.ones((4, 2)), fn.Linear(1), fn.sgd(0.1)
    state, rows = fn.fit(
        net,
        fn.MeanSquaredError(),
        still,
        fn.init(net, still, fn.Key(0), x),
        (x, x[:, :1]),
        epochs=5,
        validation=(x, x[:, :1]),
        metrics={"m": lambda y, target: NAN},
        early_stopping=fn.EarlyStopping(1, "validation_m"),
        progress=False,
    )
    assert len(rows) == 5
    assert rows.best_state is None
    assert state.step == 5


def test_a_column_that_will_not_be_there_is_an_error_before_the_first_step():
    x, net, still = np.ones((4, 2)), fn.Linear(1), fn.sgd(0.1)
    state = fn.init(net, still, fn.Key(0), x)
    with pytest.raises(fn.TreeError, match="one of the columns epoch, step, loss, seconds, got") as caught:
        fn.fit(
            net,
            fn.MeanSquaredError(),
            still,
            state,
            (x, x[:, :1]),
            epochs=5,
            early_stopping=fn.EarlyStopping(1),
            progress=False,
        )
    assert caught.value.state is state


def test_a_column_that_earlier_epochs_did_not_have(tmp_path):
    x, net, still = np.ones((4, 2)), fn.Linear(1), fn.sgd(0.0)

    def fit(**options):
        state = fn.init(net, still, fn.Key(0), x)
        options = {"checkpoint": tmp_path / "run.npz", "resume": True, "progress": False, **options}
        return fn.fit(net, fn.MeanSquaredError(), still, state, (x, x[:, :1]), **options)

    fit(epochs=3)
    _, history = fit(epochs=9, validation=(x, x[:, :1]), early_stopping=fn.EarlyStopping(2))
    assert len(history) == 6
    assert history.best_state.step == 4
