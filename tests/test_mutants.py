"""Each fault breaks a law over the rows of the census that it names."""

import pytest

import funnet as fn
from funnet.core.memo import Memo
from funnet.nn import layer
from tests import laws, padding
from tests.cases import BY_NAME
from tests.mutants import FAULTS


@pytest.fixture(autouse=True)
def _networks_are_not_remembered(monkeypatch):
    monkeypatch.setattr(layer, "_with_mode", Memo(layer._switched))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.called)
def test_is_caught(monkeypatch, fault):
    monkeypatch.setattr(fault.target, fault.name, fault.broken)
    with pytest.raises((AssertionError, ValueError, fn.FunnetError)):
        hold_all_laws(fault.rows)


def hold_all_laws(rows):
    for row in (BY_NAME[name] for name in rows):
        for law in (*laws.LAWS, *(padding.LAWS if any(padding.padded_in(row.x)) else ())):
            law(row)


@pytest.mark.parametrize("row", sorted({row for fault in FAULTS for row in fault.rows}))
def test_the_row_holds_without_faults(row):
    hold_all_laws([row])


def test_there_are_enough():
    assert len(FAULTS) >= 80
    assert len({fault.called for fault in FAULTS}) == len(FAULTS)
