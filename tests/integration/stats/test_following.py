import threading
import time
from collections.abc import Callable
from datetime import date, datetime

import numpy as np
import pytest

from data.access.actor import Actor
from data.city.editions import save_edition
from data.incidents.columns import MISSING, incident_columns
from data.incidents.desk import IncidentDesk
from data.incidents.model import Report, State, Step
from data.stats.mirror.follower import MirrorFollower
from data.stats.mirror.mirror import DTYPES, Mirror, MirrorView
from data.store.connection import Store
from data.store.openers import System
from geo.grids import GridSystem
from tests.unit.stats import slow
from tests.unit.stats.cities import CITY, LEAVES

MakeReport = Callable[..., Report]
Life = Callable[[datetime, int], list[Step]]


def everything(desk: IncidentDesk, count: int) -> list[State]:
    return [desk.get(incident_id, CITY) for incident_id in range(1, count + 1)]


def same(left: MirrorView, right: MirrorView) -> bool:
    return all(
        np.array_equal(left[name], right[name], equal_nan=left[name].dtype.kind == "f")
        for name in DTYPES
        if name not in ("category", "source")
    ) and [left.categories[code] for code in left["category"]] == [right.categories[code] for code in right["category"]]


def mirrored(states: list[State]) -> MirrorView:
    mirror = Mirror(LEAVES)
    mirror.apply(max((one.seq for one in states), default=0), slow.columns_of(states))
    return mirror.view()


@pytest.fixture
def loaded(desk: IncidentDesk, make_report: MakeReport, life: Life) -> IncidentDesk:
    """24 incidents, each one step further than the one before."""
    batch = [(report := make_report(-1 if i % 7 == 0 else None), life(report.reported_at, i % 11)) for i in range(24)]
    desk.load_history([batch])
    return desk


def test_columns_say_what_the_desk_says(store: Store, loaded: IncidentDesk):
    last_seq, columns = incident_columns(store)
    expected = slow.columns_of(everything(loaded, 24))
    assert set(columns) == set(expected)
    assert last_seq == expected["seq"].max()
    for name, values in expected.items():
        assert columns[name].dtype == values.dtype, name
        np.testing.assert_array_equal(columns[name], values, err_msg=name)


def test_only_what_came_after_and_no_more_than_asked(store: Store, loaded: IncidentDesk):
    _, every = incident_columns(store)
    after = int(every["seq"][9])
    assert incident_columns(store, after)[1]["id"].tolist() == every["id"][10:].tolist()
    last_seq, some = incident_columns(store, after, limit=5)
    assert some["id"].tolist() == every["id"][10:15].tolist()
    assert last_seq == every["seq"][14]


def test_nothing_new_is_empty_columns_of_the_same_types(store: Store, loaded: IncidentDesk):
    last_seq, every = incident_columns(store)
    again, nothing = incident_columns(store, last_seq)
    assert again == last_seq
    assert {name: (len(column), column.dtype) for name, column in nothing.items()} == {
        name: (0, column.dtype) for name, column in every.items()
    }


def test_texts_come_through_whole(store: Store, desk: IncidentDesk, make_report: MakeReport):
    texts = ['a,b"c', "line\nline", "中文，网格", "\\N", "NULL", "", "\t"]
    desk.report_many([make_report(category=text) for text in texts], Actor.nobody("test"))
    assert incident_columns(store)[1]["category"].tolist() == texts


def test_times_beyond_four_bytes_are_far_and_not_missing(store: Store, loaded: IncidentDesk):
    with store.transaction(System("test")) as cursor:
        cursor.execute("UPDATE incident SET reported_at = '1900-01-01', due_at = '2100-01-01', claimed_at = NULL")
    columns = incident_columns(store)[1]
    assert set(columns["reported_at"]) == {-MISSING}
    assert set(columns["due_at"]) == {MISSING - 1}
    assert set(columns["claimed_at"]) == {MISSING}


def test_incidents_of_another_edition_have_their_leaf_in_the_one_asked_for(
    store: Store, loaded: IncidentDesk, system: GridSystem, edition_id: int
):
    # The same grids in reverse order of their codes: leaf i is leaf 11 - i.
    turned = [layer.drop(columns=["lo", "hi", "area_m2"]) for layer in system.levels]
    turned[2]["code"] = [f"K{LEAVES - i:02}" for i in range(LEAVES)]
    turned[1]["code"] = [f"V{6 - i}" for i in range(6)]
    turned[2]["parent"] = [f"V{6 - i // 2}" for i in range(LEAVES)]
    turned[0]["code"] = [f"T{3 - i}" for i in range(3)]
    turned[1]["parent"] = [f"T{3 - i // 2}" for i in range(6)]
    newer = save_edition(store, GridSystem.build(turned), city="小城", name="2027", holds_from=date(2027, 1, 1))
    stored = incident_columns(store)[1]["leaf"]
    expected = [leaf if leaf < 0 else LEAVES - 1 - leaf for leaf in stored.tolist()]
    assert incident_columns(store, edition_id=newer)[1]["leaf"].tolist() == expected
    assert incident_columns(store, edition_id=edition_id)[1]["leaf"].tolist() == stored.tolist()
    mirror = Mirror(LEAVES, newer)
    mirror.refresh(store)
    assert mirror.view()["leaf"].tolist() == expected


def test_a_mirror_that_follows_equals_one_filled_at_once(
    store: Store, desk: IncidentDesk, make_report: MakeReport, life: Life
):
    follows = Mirror(LEAVES)
    reports = [make_report() for _ in range(6)]
    receipts = desk.report_many(reports, Actor.nobody("test"))
    assert follows.refresh(store) == 6
    early = follows.view()
    for report, receipt in zip(reports, receipts, strict=True):
        for step in life(report.reported_at, receipt.id):
            desk.take(receipt.id, step, CITY)
        follows.refresh(store)
    assert follows.refresh(store) == 0
    assert (early["stage"] == 0).all()
    assert same(follows.view(), mirrored(everything(desk, 6)))


def until(holds: Callable[[], bool], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, f"it did not come about within {timeout_s} s"
        time.sleep(0.02)


def test_the_follower_hears_of_a_report_at_once(store: Store, desk: IncidentDesk, make_report: MakeReport):
    mirror, heard = Mirror(LEAVES), []
    # It would look by itself only after the test has given up.
    follower = MirrorFollower(store, mirror, heard.append, poll_s=60)
    follower.start()
    try:
        until(lambda: follower.healthy_at is not None)
        # The first may still fall to the look it takes after it began to listen; the second can only be heard.
        for count in (1, 2):
            desk.report_many([make_report()], Actor.nobody("test"))
            until(lambda: len(mirror.view()) == count)  # noqa: B023  # asked within the round
        assert heard != []
    finally:
        store.close()  # wakes it
        follower.stop()
    assert not follower.alive


def test_nothing_is_missed_while_many_write(store: Store, desk: IncidentDesk, make_report: MakeReport, life: Life):
    mirror = Mirror(LEAVES)
    follower = MirrorFollower(store, mirror, lambda _: None, poll_s=0.2)
    reports = [[make_report() for _ in range(12)] for _ in range(3)]

    def write(mine: list[Report]) -> None:
        for report in mine:
            (receipt,) = desk.report_many([report], Actor.nobody("test"))
            for step in life(report.reported_at, receipt.id % 5):
                desk.take(receipt.id, step, CITY)

    follower.start()
    try:
        writers = [threading.Thread(target=write, args=(mine,)) for mine in reports]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        with store.transaction(System("test")) as cursor:
            cursor.execute("SELECT max(seq) FROM event")
            ((last_seq,),) = cursor.fetchall()
        until(lambda: mirror.seq == last_seq)
    finally:
        follower.stop()
    assert same(mirror.view(), mirrored(everything(desk, 36)))


def test_the_follower_survives_the_loss_of_its_connections(store: Store, desk: IncidentDesk, make_report: MakeReport):
    mirror = Mirror(LEAVES)
    follower = MirrorFollower(store, mirror, lambda _: None, poll_s=0.2)
    follower.start()
    try:
        until(lambda: follower.healthy_at is not None)
        with store.transaction(System("test")) as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        desk.report_many([make_report()], Actor.nobody("test"))
        until(lambda: len(mirror.view()) == 1)
        assert follower.alive
    finally:
        follower.stop()
