"""The shapes of a level for the screen: by detail, cached, compressed."""

from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_first_detail_is_the_default(plain_served: Any, level: int) -> None:
    client = plain_served.client
    answers = [client.get("/api/v1/grids/geometry", params={"level": level, **more})
               for more in ({}, {"detail": 1}, {"detail": 2}, {"detail": 3})]  # fmt: skip
    assert [answer.status_code for answer in answers] == [200] * 4
    assert answers[0].content == answers[1].content
    assert answers[0].headers["etag"] == answers[1].headers["etag"]
    codes = [[feature["id"] for feature in answer.json()["features"]] for answer in answers]
    assert codes[0] == codes[2] == codes[3]


@pytest.mark.parametrize("detail", ["0", "4", "-1", "x", "1.5"])
def test_a_detail_there_is_not_is_refused(plain_served: Any, detail: str) -> None:
    answer = plain_served.client.get("/api/v1/grids/geometry", params={"level": 1, "detail": detail})
    assert answer.status_code == 422
    assert plain_served.error(answer)["code"] in ("query_invalid", "request_invalid")


def test_details_are_kept_apart_on_disk(plain_services: Any, tmp_path: Path) -> None:
    from dashboard.map.shapes import Shapes

    shapes = Shapes(plain_services.edition, tmp_path)
    made = [shapes.geometry(2, detail) for detail in (1, 2, 3)]
    assert len(list(tmp_path.iterdir())) == 3
    assert [Shapes(plain_services.edition, tmp_path).geometry(2, detail) for detail in (1, 2, 3)] == made
