"""A subject brings its tables, errors, addresses, thread and command; two lines outside its folders make it known."""

import argparse
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import psycopg2
import pytest
from fastapi import APIRouter

import app
from dashboard import server
from dashboard.api.scope import Asked, InScope
from dashboard.center.subject import Subject
from dashboard.doors import errors
from dashboard.subjects import SUBJECTS
from data.store import migrations
from data.store.connection import Store
from data.store.migrations import SchemaMismatch, check, migrate, subject_schemas
from data.store.openers import System
from geo.errors import CommandCenterError
from tests.integration.api.conftest import Served, until

ROOT = Path(__file__).resolve().parents[3]
CREATES: Final = "CREATE TABLE well (code text PRIMARY KEY, depth_m double precision NOT NULL CHECK (depth_m > 0));"


class WellUnknown(CommandCenterError):
    """No such well."""

    code = "well_unknown"


router = APIRouter(tags=["wells"])


@router.get("/wells/{code}")
def well(code: str, services: Asked, scope: InScope) -> dict[str, Any]:
    """One well."""
    with services.store.transaction(System("test")) as cursor:
        cursor.execute("SELECT depth_m FROM well WHERE code = %s", (code,))
        found = cursor.fetchone()
    if found is None:
        raise WellUnknown(f"there is no well {code!r}", code=code)
    return {"code": code, "depth_m": found[0]}


class Pump:
    """Runs while the server does."""

    def __init__(self) -> None:
        self.state = "made"

    def start(self) -> None:
        self.state = "started"

    def stop(self) -> None:
        assert threading.current_thread() is not threading.main_thread()
        self.state = "stopped"


def _commands(commands: Any) -> None:
    commands.add_parser("wells", help="wells").set_defaults(command=lambda _options, _settings: 17)


PUMP = Pump()
WELLS = Subject(
    name="wells",
    documents=(),
    errors={WellUnknown: 404},
    routers=(router,),
    threads=lambda _services: (PUMP,),
    commands=_commands,
)


@pytest.fixture
def schemas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    folder = tmp_path / "wells" / "schema"
    folder.mkdir(parents=True)
    (folder / "0001_wells.sql").write_text(CREATES, encoding="utf-8")
    found = {**subject_schemas(), **subject_schemas(tmp_path)}
    monkeypatch.setattr(migrations, "subject_schemas", lambda: found)
    return found


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SUBJECTS", (*SUBJECTS, WELLS))
    monkeypatch.setattr(app, "SUBJECTS", (*SUBJECTS, WELLS))
    monkeypatch.setattr(errors, "STATUS", dict(errors.STATUS))
    errors.declare(WELLS.errors)


@pytest.fixture
def wells(services: Any, schemas: dict[str, Path], known: None) -> Iterator[Served]:
    with closing(psycopg2.connect(services.store.url)) as session:
        migrate(session)
    running = Served(services).start()
    yield running
    if running.thread.is_alive():
        running.close()


def test_its_tables_are_a_track_that_check_asks_for(store: Store, schemas: dict[str, Path]) -> None:
    assert list(schemas) == [*subject_schemas_of_the_program(), "wells"]
    with closing(psycopg2.connect(store.url)) as session:
        with pytest.raises(SchemaMismatch, match="has no schema of wells yet") as caught:
            check(session)
        assert caught.value.values["track"] == "wells"
        migrate(session)
        check(session)
        (schemas["wells"] / "0001_wells.sql").write_text(CREATES + " -- changed", encoding="utf-8")
        with pytest.raises(SchemaMismatch, match="wells schema 0001_wells differs"):
            check(session)


def subject_schemas_of_the_program() -> list[str]:
    return sorted(path.parent.name for path in (ROOT / "data").glob("*/schema") if path.parent.name != "store")


def test_its_addresses_and_errors_are_like_all_others(wells: Served) -> None:
    with wells.services.store.transaction(System("test")) as cursor:
        cursor.execute("INSERT INTO well VALUES ('W1', 12.5)")
    assert wells.client.get("/api/v1/wells/W1").json() == {"code": "W1", "depth_m": 12.5}
    missing = wells.client.get("/api/v1/wells/W2")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "well_unknown")
    unknown = wells.client.get("/api/v1/wells/W1", params={"deep": 1})
    assert unknown.status_code == 422
    assert "deep" in unknown.json()["error"]["message"]
    assert "/api/v1/wells/{code}" in wells.client.get("/openapi.json").json()["paths"]


def test_its_thread_runs_as_long_as_the_server(wells: Served) -> None:
    until(lambda: PUMP.state == "started")
    wells.close()
    assert PUMP.state == "stopped"


def test_its_command_is_on_the_command_line(known: None) -> None:
    options = app.build_parser().parse_args(["wells"])
    assert options.command(argparse.Namespace(), None) == 17


def test_an_error_has_one_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "STATUS", dict(errors.STATUS))
    errors.declare({WellUnknown: 404})
    errors.declare({WellUnknown: 404})
    with pytest.raises(ValueError, match="WellUnknown has the status 404 already, not 422"):
        errors.declare({WellUnknown: 422})


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda one: one.name)
def test_each_subject_has_its_rooms_and_documents(subject: Subject) -> None:
    assert (ROOT / "dashboard" / "subjects" / subject.name).is_dir()
    assert (ROOT / "data" / subject.name).is_dir()
    assert [name for name in subject.documents if not (ROOT / "docs" / name).is_file()] == []
