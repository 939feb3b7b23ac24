"""The guide knows every code and every address."""

import re
from pathlib import Path

from fastapi import FastAPI

from dashboard.api import (
    alerts,
    basemap,
    desk,
    exports,
    frames,
    grids,
    health,
    incidents,
    kpis,
    photos,
    session,
    stream,
)
from dashboard.doors.errors import HTTP_CODES, STATUS
from dashboard.doors.errors import codes as all_codes
from dashboard.subjects.positions import api as positions_api

GUIDE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")


def test_every_code_stands_in_the_row_of_its_status() -> None:
    rows = {
        int(status): set(re.findall(r"`([a-z_]+)`", text))
        for status, text in re.findall(r"^\| (\d{3}) \| (.*)$", GUIDE, re.M)
    }
    expected: dict[int, set[str]] = {}
    for kind, status in STATUS.items():
        expected.setdefault(status, set()).add(kind.code)
    for status, code in HTTP_CODES.items():
        expected.setdefault(status, set()).add(code)
    assert {status: codes & all_codes() for status, codes in rows.items()} == expected


def test_every_address_is_in_the_guide() -> None:
    api = FastAPI()
    for part in (
        incidents,
        photos,
        positions_api,
        desk,
        session,
        grids,
        basemap,
        kpis,
        frames,
        alerts,
        exports,
        stream,
        health,
    ):
        api.include_router(part.router)
    for path in api.openapi()["paths"]:
        told = re.sub(r"\\\{\w+\\\}", r"[\\w:]+", re.escape(path))
        assert re.search(told, GUIDE), path
