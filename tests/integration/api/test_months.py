"""Months of the server in a few seconds: what was looked at is let go. See `make soak`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.soak.fast_center import FastCenter, Held
from tests.soak.server_months import Months, findings

FIRST = Held(
    pictures=2_000, incidents=10_000, resident_bytes=400_000_000, mirror_bytes=860_000, objects=400_000,
    kinds={"builtins.dict": 90_000, "builtins.list": 60_000}, views=9, attached=0, files=20, threads=8,
    request_threads=4, tasks=4, channels=0, screens=0, walls=0,
)  # fmt: skip


@pytest.mark.timeout(300)
def test_pictures_and_screens_by_the_hundred_leave_nothing_behind(embedded_url: str, tmp_path: Path) -> None:
    center = FastCenter(tmp_path, embedded_url)
    try:
        months = Months(center, "garbage", seats=6, steady=40)
        first = months.run(80, 10)
        last = months.run(200, 10)
    finally:
        center.close()
    assert last.pictures >= first.pictures + 200
    assert first.incidents < last.incidents <= first.incidents + 10
    assert months.frames > 50
    assert months.steps > 20
    assert findings(first, last) == []


@pytest.mark.parametrize(
    ("later", "said"),
    [
        ({}, []),
        ({"views": 16, "objects": 420_000, "tasks": 3}, []),
        ({"resident_bytes": 439_999_999, "files": 28, "request_threads": 40, "threads": 7}, []),
        # What ten million incidents more need is theirs by right, and no more.
        ({"resident_bytes": 1_289_000_000, "mirror_bytes": 850_860_000, "incidents": 10_010_000}, []),
        ({"resident_bytes": 1_291_000_000, "mirror_bytes": 850_860_000, "incidents": 10_010_000}, ["memory grew"]),
        ({"resident_bytes": 441_000_000}, ["memory grew from 400,000,000 to 441,000,000 bytes"]),
        (
            {"objects": 440_000, "kinds": {"builtins.dict": 129_000, "builtins.list": 61_000}},
            ["objects grew from 400,000 to 440,000, most of them 39,000 of builtins.dict, 1,000 of builtins.list"],
        ),
        ({"files": 60}, ["open files grew from 20 to 60"]),
        ({"threads": 9}, ["threads grew from 8 to 9"]),
        ({"tasks": 5}, ["tasks grew from 4 to 5"]),
        ({"request_threads": 41}, ["41 threads for requests"]),
        ({"views": 17}, ["17 views of the mirror"]),
        ({"attached": 1}, ["1 objects of screens that left"]),
        (
            {"channels": 2, "screens": 3, "walls": 1},
            ["2 channels, although nobody looks", "3 screens,", "1 walls,"],
        ),
    ],
)
def test_what_is_left_behind_is_found(later: dict[str, Any], said: list[str]) -> None:
    found = findings(FIRST, replace(FIRST, **later))
    assert len(found) == len(said), found
    assert all(one.startswith(start) for one, start in zip(found, said, strict=True)), found
