"""Ready is what can write: disk and database."""

import os
from collections import namedtuple
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from dashboard.api.health import WriteCheck
from data import storage
from data.errors import DatabaseUnavailable, StorageFull
from data.storage import check_storage
from data.store import faults
from data.store.connection import Store
from data.store.health import check_writable
from tests.integration.api.conftest import Served

Free = namedtuple("Free", "f_bavail f_frsize f_files f_favail")


def test_a_disk_with_room_is_fine(tmp_path: Path) -> None:
    check_storage(tmp_path / "made" / "anew", 0.001)
    assert list((tmp_path / "made" / "anew").iterdir()) == []


@pytest.mark.parametrize(
    ("found", "values"),
    [
        (Free(49_999, 4000, 1000, 1000), {"free_mb": 200.0, "min_free_mb": 200}),
        (Free(0, 4096, 1000, 1000), {"free_mb": 0.0, "min_free_mb": 200}),
        (Free(1 << 30, 4096, 1000, 3), {"free_files": 3}),
    ],
)
def test_a_disk_that_is_nearly_full_is_said(
    found: Free, values: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.os, "statvfs", lambda _path: found)
    with pytest.raises(StorageFull) as caught:
        check_storage(tmp_path, 200)
    assert caught.value.values == {"path": str(tmp_path), **values}
    monkeypatch.setattr(storage.os, "statvfs", lambda _path: Free(50_000, 4000, 0, 0))
    check_storage(tmp_path, 200)


def test_what_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFull, match="nothing can be written under"):
        check_storage(tmp_path / "file", 0)

    def full(**_named: Any) -> Any:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(storage.tempfile, "TemporaryFile", full)
    with pytest.raises(StorageFull, match="No space left on device"):
        check_storage(tmp_path, 0)


def test_a_database_that_takes_writes(store: Store) -> None:
    check_writable(store)


def test_a_read_only_database_is_said(embedded_url: str) -> None:
    with psycopg2.connect(embedded_url) as connection, connection.cursor() as cursor:
        name = embedded_url.rpartition("/")[2].partition("?")[0]
        cursor.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    connection.close()
    with Store.connect(embedded_url, migrate=False) as opened, pytest.raises(DatabaseUnavailable, match="read-only"):
        check_writable(opened)


def test_the_databases_disk_is_named() -> None:
    class Full(psycopg2.OperationalError):
        pgcode = "53100"

    assert isinstance(faults.translated(Full("could not extend file"), False), StorageFull)


def test_readiness_follows_the_disk(
    plain_served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert plain_served.client.get("/readyz").status_code == 200
    monkeypatch.setattr(storage.os, "statvfs", lambda _path: Free(1, 4096, 0, 0))
    plain_served.until(lambda: plain_served.client.get("/readyz").status_code == 503)
    answer = plain_served.client.get("/readyz")
    error = plain_served.error(answer)
    assert error["code"] == "storage_full"
    assert error["values"]["path"] == str(plain_served.services.settings.home)
    assert "GRID_MIN_FREE_MB" in error["message"]
    assert answer.headers["retry-after"]
    assert plain_served.client.get("/healthz").status_code == 200
    monkeypatch.undo()
    plain_served.until(lambda: plain_served.client.get("/readyz").status_code == 200)


def test_many_who_ask_cost_one_look(plain_served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Any] = []
    monkeypatch.setattr("dashboard.api.health.check_writable", looks.append)
    check = WriteCheck(plain_served.services, every_s=3600)
    for _ in range(100):
        check.check()
    assert len(looks) == 1


def test_what_is_needed_is_a_setting(plain_served: Served) -> None:
    settings = replace(plain_served.services.settings, min_free_mb=1e12)
    check = WriteCheck(replace(plain_served.services, settings=settings))
    with pytest.raises(StorageFull):
        check.check()
