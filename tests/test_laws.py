"""Every law over every row of the census, and over random nestings."""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, event, given, settings

import funnet as fn
from funnet.nn.layer import children
from funnet.testing import strategies
from funnet.testing.subject import gaussian
from tests import laws
from tests.cases import ROWS, Row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
def test_census(law, row):
    law(row)


def test_right_layers_raise_no_alarm():
    """10,000 draws of input, key and seed over the whole census at the deep profile, 200 otherwise."""
    verdicts = []
    for draw in range(10_000 if os.environ.get("FUNNET_PROFILE") == "deep" else 200):
        row = ROWS[draw % len(ROWS)]
        x = gaussian(row.x, np.random.default_rng(draw))
        verdicts.append(fn.testing.check_layer(row.net, x, key=fn.Key(draw), seed=draw).verdict)
    assert set(verdicts) <= {"ok", "inconclusive"}
    assert verdicts.count("inconclusive") <= 0.05 * len(verdicts)


def test_census_has_every_layer():
    def classes(net):
        return {type(net)}.union(*(classes(child) for child in children(net).values()))

    named = {cls for name in fn.__all__ if isinstance(cls := getattr(fn, name), type)}
    wanted = {cls for cls in named if issubclass(cls, fn.Layer) and cls is not fn.Layer}
    assert wanted <= set().union(*(classes(row.net) for row in ROWS))


@given(strategies.networks(), strategies.rows())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_nestings_have_proved_gradients(net, x):
    report = fn.testing.check_layer(net, x)
    event(report.verdict)
    assume(report.verdict != "inconclusive")


@given(strategies.networks(), strategies.rows())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_nestings_keep_the_other_laws(net, x):
    for law in set(laws.LAWS) - {laws.gradients_are_proved, laws.advance_renews_buffers}:
        law(Row("nest", net, x))


def test_few_nestings_are_inconclusive():
    verdicts = []

    @given(strategies.networks(), strategies.rows())
    @settings(max_examples=150, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    def collect(net, x):
        verdicts.append(fn.testing.check_layer(net, x).verdict)

    collect()
    assert verdicts.count("inconclusive") <= 0.05 * len(verdicts)
