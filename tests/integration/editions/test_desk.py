"""The desk of a new edition, on incidents that were placed in the old one."""

import pytest

from data.access.actor import Actor
from data.access.scope import Scope
from data.errors import IncidentUnknown
from data.incidents.audit import rebuild, verify
from data.incidents.columns import incident_columns
from data.incidents.desk import IncidentDesk
from data.incidents.model import Step
from data.store.connection import Store
from geo.grids import GridSystem
from tests.integration.editions.conftest import reports
from tests.unit.stats.cities import NOON


def test_lists_and_rights_go_by_the_edition_of_the_desk(
    store: Store, old_desk: IncidentDesk, new_desk: IncidentDesk, new_id: int, new_system: GridSystem
) -> None:
    old_desk.report_many(reports(120, seed=1), Actor.nobody("test"), now=NOON)
    new_desk.report_many(reports(40, seed=2, prefix="Q"), Actor.nobody("test"), now=NOON)
    _, columns = incident_columns(store, edition_id=new_id)
    leaf_of = dict(zip(columns["id"].tolist(), columns["leaf"].tolist(), strict=True))
    city = Scope.city(len(new_system.leaves))
    for lo, hi in ((0, 3), (2, 7), (7, 12), (5, 5)):
        scope = city.narrowed(lo, hi)
        expected = {one for one, leaf in leaf_of.items() if lo <= leaf < hi}
        listed = new_desk.newest(scope, limit=1000)
        assert {state.id for state in listed} == expected
        assert all(state.leaf == leaf_of[state.id] and state.edition_id == new_id for state in listed)
        firsts = new_desk.newest(scope, limit=3)
        assert [state.id for state in firsts] == [state.id for state in listed[:3]]
        for one in leaf_of:
            if one in expected:
                assert new_desk.get(one, scope).leaf == leaf_of[one]
            else:
                with pytest.raises(IncidentUnknown):
                    new_desk.get(one, scope)
    assert {state.id for state in new_desk.newest(city, limit=1000)} == set(leaf_of)


def test_a_step_leaves_the_state_in_the_edition_it_was_placed_in(
    store: Store, old_desk: IncidentDesk, new_desk: IncidentDesk, old_id: int, new_id: int, new_system: GridSystem
) -> None:
    receipt = old_desk.report_many(reports(12, seed=3), Actor.nobody("test"), now=NOON)[1]
    city = Scope.city(len(new_system.leaves))
    shown = new_desk.take(receipt.id, Step("verified", NOON, Actor.nobody("核实员")), city, now=NOON)
    assert (shown.stage, shown.edition_id) == ("verified", new_id)
    kept = old_desk.get(receipt.id, city)
    assert (kept.stage, kept.edition_id, kept.leaf) == ("verified", old_id, receipt.leaf)
    assert verify(store).ok
    assert rebuild(store).equal
