"""The laws of a `Padded` over every row of the census that has one, and over random nestings."""

import pytest
from hypothesis import HealthCheck, given, settings

import funnet as fn
from funnet.testing import strategies
from tests import padding
from tests.cases import ROWS, Row

ZEROS = fn.TimeDistributed(fn.Linear(3))  # behind the ends
PADDED = [row for row in ROWS if any(padding.padded_in(row.x))]


@pytest.mark.parametrize("row", PADDED, ids=lambda row: row.name)
@pytest.mark.parametrize("law", padding.LAWS, ids=lambda law: law.__name__)
def test_census(law, row):
    law(row)


def test_there_are_rows():
    assert len(PADDED) >= 10


@given(strategies.sequence_networks(padded=True), strategies.sequences(padded=True))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_nestings(net, x):
    net = fn.Sequential([ZEROS, net])
    for law in padding.LAWS:
        law(Row("nest", net, x))
