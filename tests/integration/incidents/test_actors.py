"""Who did something: an id beside the name in every new event, and a log of the days before that stays as it was."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2
import pytest

from data.access.actor import Actor
from data.access.scope import Holder, Role, Scope
from data.attention.tables import read_alerts
from data.calendar.work_calendar import WorkCalendar
from data.errors import IncidentUnknown
from data.incidents.audit import rebuild, verify
from data.incidents.desk import IncidentDesk
from data.incidents.history import lives
from data.incidents.model import Report, Step
from data.incidents.photos import attach, photo_of, verify_photos
from data.registers.tables import list_versions
from data.store.connection import Store
from data.store.migrations import SCHEMA, migrate
from data.store.openers import System
from geo.grids import GridSystem
from geo.index import GridIndex

MakeReport = Callable[..., Report]
Query = Callable[..., list[tuple[Any, ...]]]

OLD_LOG = Path(__file__).with_name("log_of_names.sql")
OLD_EVENTS = 29
LAST_WITHOUT_IDS = "0015"
ROWS = (
    "SELECT seq, incident_id, n, kind, at, recorded_at, actor, detail::text, prev_hash, hash FROM event "
    "WHERE seq <= 29 ORDER BY seq"
)
FRAME = b"\xff\xc0\x00\x0b\x08\x01\xe0\x02\x80\x01\x01\x11\x00"
PHOTO = b"\xff\xd8" + FRAME + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x12\xff\xd9"


@pytest.fixture
def old_url(empty_url: str, tmp_path: Path) -> str:
    """URL of a database that the program left behind before actors had ids, on each server in turn."""
    folder = tmp_path / "schema"
    folder.mkdir()
    for path in SCHEMA.glob("*.sql"):
        if path.name[:4] <= LAST_WITHOUT_IDS:
            shutil.copy(path, folder)
    session = psycopg2.connect(empty_url)
    try:
        migrate(session, folder, {})
        with session.cursor() as cursor:
            cursor.execute(OLD_LOG.read_text("utf-8"))
        session.commit()
    finally:
        session.close()
    return empty_url


@pytest.fixture
def store(old_url: str) -> Iterator[Store]:
    """A store on that database, brought up to date."""
    with Store.connect(old_url, migrate=True) as opened:
        yield opened


@pytest.fixture
def desk(store: Store, system: GridSystem, grid_index: GridIndex) -> IncidentDesk:
    """A desk on the edition of the old log."""
    return IncidentDesk(store, system, 1, grid_index, WorkCalendar.load("jiangyin"), ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def tamper(query: Query) -> Query:
    """What a superuser can do: change the log behind its triggers and checks."""

    def run(statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        query("ALTER TABLE event DISABLE TRIGGER USER")
        query("ALTER TABLE event DROP CONSTRAINT IF EXISTS event_actor_id")
        return query(statement, values)

    return run


def person(person_id: str, name: str, lo: int = 0, hi: int = 8, role: Role = "dispatcher") -> Scope:
    return Scope.of([(lo, hi)], role, Holder.person(person_id, name))


def go_on(desk: IncidentDesk, make_report: MakeReport) -> int:
    """Events of the new kind: one on an old incident, and a new incident of two; the id of the new one."""
    scope = person("P1", "王芳")
    desk.take(2, Step("noted", datetime.now(UTC), scope.actor(), {"note": "续"}), scope)
    [receipt] = desk.report_many([make_report(6)], Actor.nobody("api"))
    desk.take(receipt.id, Step("verified", datetime.now(UTC), scope.actor()), scope)
    return receipt.id


def test_a_log_of_the_days_before_keeps_every_byte_and_verifies(old_url: str) -> None:
    session = psycopg2.connect(old_url)
    try:
        with session.cursor() as cursor:
            cursor.execute(ROWS)
            before = cursor.fetchall()
    finally:
        session.close()
    with Store.connect(old_url, migrate=True) as store:
        with store.transaction(System("test")) as cursor:
            cursor.execute(ROWS)
            assert cursor.fetchall() == before
            cursor.execute("SELECT count(*), count(actor_id) FROM event")
            assert cursor.fetchone() == (OLD_EVENTS, 0)
        report = verify(store)
        assert (report.findings, report.events, report.incidents) == ((), OLD_EVENTS, 5)
        assert rebuild(store).equal
        assert verify_photos(store) == (1, [])
        assert lives(store, [1, 4], datetime.now(UTC), "then", OLD_EVENTS)[1][0].actor == "钱值班 P2"
        [alert] = read_alerts(store, datetime(2026, 1, 1, tzinfo=UTC), 5)
        assert (alert.acknowledged_by, alert.acknowledged_by_id) == ("王芳 P1", None)
        [version] = list_versions(store)
        assert (version.imported_by, version.imported_by_id) == ("root", None)


def test_a_log_that_goes_on_with_ids_verifies(
    store: Store, desk: IncidentDesk, make_report: MakeReport, city: Scope
) -> None:
    new = go_on(desk, make_report)
    assert [(event.actor, event.actor_id) for event in desk.events(2, city)][-2:] == [
        ("王芳 P1", None), ("王芳 P1", "person:P1"),
    ]  # fmt: skip
    assert [(event.actor, event.actor_id) for event in desk.events(new, city)] == [
        ("api", "nobody"), ("王芳 P1", "person:P1"),
    ]  # fmt: skip
    report = verify(store)
    assert (report.findings, report.events, report.incidents) == ((), OLD_EVENTS + 3, 6)
    assert rebuild(store).equal


@pytest.mark.parametrize(
    ("change", "seq"),
    [
        ("actor = 'x'", OLD_EVENTS + 1),
        ("actor_id = 'person:P2'", OLD_EVENTS + 1),
        ("actor_id = NULL", OLD_EVENTS + 1),
        ("actor_id = ''", OLD_EVENTS + 1),
        ("actor = actor_id, actor_id = actor", OLD_EVENTS + 1),
        ("actor_id = 'person:P1'", 2),
        ("actor_id = ''", 2),
        ("actor = 'person:P1'", 2),
    ],
)
def test_another_id_or_name_is_found_on_both_sides_of_the_change(
    store: Store, desk: IncidentDesk, make_report: MakeReport, tamper: Query, change: str, seq: int
) -> None:
    go_on(desk, make_report)
    [(incident_id, n)] = tamper(f"UPDATE event SET {change} WHERE seq = %s RETURNING incident_id, n", (seq,))
    assert [(one.kind, one.incident_id, one.n) for one in verify(store).findings] == [("altered", incident_id, n)]


@pytest.mark.parametrize("table", ["event", "photo"])
@pytest.mark.parametrize("actor_id", ["NULL", "''"])
def test_nothing_new_comes_in_without_an_id(query: Query, table: str, actor_id: str) -> None:
    names = [
        name
        for (name,) in query(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name NOT IN "
            "('seq', 'incident_id', 'actor_id')", (table,),
        )
    ]  # fmt: skip
    keys = {"event": ("seq, incident_id", "999, 999"), "photo": ("incident_id", "999")}[table]
    with pytest.raises(psycopg2.errors.CheckViolation, match=f"{table}_actor_id"):
        query(f"INSERT INTO {table} ({keys[0]}, actor_id, {', '.join(names)}) "
              f"SELECT {keys[1]}, {actor_id}, {', '.join(names)} FROM {table} LIMIT 1")  # fmt: skip


def test_a_step_is_of_who_acts_in_its_scope(store: Store, desk: IncidentDesk, city: Scope) -> None:
    scope = person("P1", "王芳")
    for actor, inside in ((Actor.person("P2", "钱"), scope), (Actor.nobody("王芳 P1"), scope), (scope.actor(), city)):
        with pytest.raises(ValueError, match="the step's actor is"):
            desk.take(2, Step("noted", datetime.now(UTC), actor, {"note": "n"}), inside)
    assert verify(store).events == OLD_EVENTS


def test_no_right_follows_from_a_name(store: Store, desk: IncidentDesk, make_report: MakeReport) -> None:
    """Who reported across the border may add a photo: known by the id, not by what is shown."""
    reporter, namesake = (person(id_, name, 0, 1, "grid_worker") for id_, name in (("B C", "A"), ("C", "A B")))
    assert reporter.actor().name == namesake.actor().name
    [receipt] = desk.report_many([make_report(6)], reporter.actor())
    with pytest.raises(IncidentUnknown):
        attach(desk, store, receipt.id, PHOTO, "image/jpeg", scope=namesake, actor=namesake.actor())
    done = attach(desk, store, receipt.id, PHOTO, "image/jpeg", scope=reporter, actor=reporter.actor())
    kept = photo_of(desk, store, receipt.id, done.sha256, scope=reporter)
    assert (kept.actor, kept.actor_id) == ("A B C", "person:B C")
    with pytest.raises(IncidentUnknown):
        photo_of(desk, store, receipt.id, done.sha256, scope=namesake)


def test_a_name_in_an_old_report_gives_no_right(store: Store, desk: IncidentDesk, city: Scope) -> None:
    assert desk.events(4, city)[0].actor == "钱值班 P2"
    scope = person("P2", "钱值班", 0, 1, "grid_worker")
    assert scope.actor().name == "钱值班 P2"
    with pytest.raises(IncidentUnknown):
        attach(desk, store, 4, PHOTO, "image/jpeg", scope=scope, actor=scope.actor())


def test_who_loads_a_history_is_named_in_the_first_event(
    desk: IncidentDesk, make_report: MakeReport, city: Scope
) -> None:
    report = make_report(7)
    step = Step("verified", report.reported_at, Actor.source("hotline"))
    assert desk.load_history([[(report, [step])]], Actor.system("import")) == 1
    [state] = desk.newest(city, limit=1, source=report.source, source_id=report.source_id)
    first, second = desk.events(state.id, city)
    assert (first.actor, first.actor_id) == ("import", "system:import")
    assert {name: first.detail["loaded"][name] for name in ("by", "by_id")} == {
        "by": "import",
        "by_id": "system:import",
    }
    assert (second.actor, second.actor_id) == ("feed:hotline", "source:hotline")
