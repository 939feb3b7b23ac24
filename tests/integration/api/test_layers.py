"""The layers of the map over HTTP: counted as the screen counts, in scope, live and past."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import h3
import pytest
import shapely
from shapely.geometry import shape

from data.access.actor import Actor
from data.city.cameras import Camera, save_cameras
from data.incidents.model import Report
from geo.display import display_shapes
from tests.integration.api.conftest import SOUTH, STEP, WEST
from tests.integration.api.test_frame import ended, followed

PLACES = [(0.5, 0.5), (0.52, 0.5), (1.5, 1.5), (3.5, 0.5), (3.5, 0.52), (3.52, 0.5)]


def report(served: Any, hours_ago: float, at: tuple[float, float], category: str = "garbage") -> int:
    """An incident so many hours ago, as the log learned of it then; `at` counts leaves from the south-west."""
    now = datetime.now(served.services.settings.zone)
    moment = now - timedelta(hours=hours_ago)
    place = {"lon": round(WEST + at[0] * STEP, 6), "lat": round(SOUTH + at[1] * STEP, 6)}
    made = Report("hotline", f"L-{hours_ago}-{at}-{category}", category, moment, title="第一件", **place)
    return int(served.services.desk.report_many([made], Actor.nobody("test"), now=moment)[0].id)


def layer(client: Any, name: str, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/api/v1/layers/{name}", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def counted(document: dict[str, Any]) -> dict[str, int]:
    return {one["id"]: one["properties"]["n"] for one in document["geojson"]["features"]}


def slow(places: list[tuple[float, float]], resolution: int) -> Counter[str]:
    return Counter(h3.latlng_to_cell(SOUTH + y * STEP, WEST + x * STEP, resolution) for x, y in places)


@pytest.fixture
def reported(manned: Any) -> Any:
    """Reports of the last hours at `PLACES`, and one of 40 days ago."""
    for number, at in enumerate(PLACES):
        report(manned, 2.0 + number, at)
    report(manned, 40 * 24.0, (2.5, 0.5))
    followed(manned)
    return manned


def test_hexes_of_the_city(reported: Any) -> None:
    answer = reported.client.get("/api/v1/layers/hexes")
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    assert counted(found) == dict(slow(PLACES, 8))
    assert (found["count"], found["outside"], found["missing"], found["resolution"]) == (6, 0, 0, 8)
    assert (found["within"], found["days"], found["known"]) == (None, 30, None)
    city = shapely.union_all(reported.services.edition.system.levels[0].geometry.to_numpy())
    for one in found["geojson"]["features"]:
        cell, n = shape(one["geometry"]), one["properties"]["n"]
        whole = shapely.Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(one["id"])])
        assert cell.symmetric_difference(whole & city).area < 5e-3 * whole.area
        assert found["breaks"][one["properties"]["c"]] <= n <= found["breaks"][one["properties"]["c"] + 1]
        corners = shapely.get_coordinates(cell)
        assert (corners == corners.round(5)).all()


def test_hexes_of_a_grid_of_more_days_and_of_a_category(reported: Any) -> None:
    report(reported, 5.5, (3.5, 1.5), "noise")
    followed(reported)
    inside = layer(reported.client, "hexes", within="1:T2")
    assert (inside["resolution"], counted(inside)) == (9, dict(slow([*PLACES[3:], (3.5, 1.5)], 9)))
    assert layer(reported.client, "hexes", days=60)["count"] == 8
    assert layer(reported.client, "hexes", category="noise")["count"] == 1
    assert layer(reported.client, "hexes", source="grid")["count"] == 0


def test_hexes_of_a_person_stay_in_their_grids(reported: Any) -> None:
    with reported.as_person("w3") as client:
        found = layer(client, "hexes")
        assert found["count"] == 3
        assert layer(client, "hexes", within="1:T1")["count"] == 0
        assert layer(client, "density")["weight"] == [3]


@pytest.mark.parametrize("known", ["now", "then"])
def test_hexes_of_a_past_moment(reported: Any, known: str) -> None:
    now = datetime.now(reported.services.settings.zone)
    # What happened later, and what is told later, is not on the picture of then.
    late = report(reported, 6.8, (3.5, 0.5))
    ended(reported, late, now - timedelta(hours=1), now - timedelta(hours=1))
    followed(reported)
    moment = (now - timedelta(hours=4.5)).isoformat()
    found = layer(reported.client, "hexes", moment=moment, known=known)
    assert counted(found) == dict(slow([*PLACES[3:], (3.5, 0.5)], 8))
    assert found["known"] == known
    assert datetime.fromisoformat(found["moment"]) == datetime.fromisoformat(moment).replace(microsecond=0)
    weights = layer(reported.client, "density", moment=moment, known=known)["weight"]
    assert sum(weights) == 4
    assert found == layer(reported.client, "hexes", moment=moment, known=known)


def test_nothing_of_the_future_nor_of_no_grid(reported: Any) -> None:
    ahead = (datetime.now(reported.services.settings.zone) + timedelta(hours=1)).isoformat()
    for name in ("hexes", "density"):
        for query in ({"moment": ahead}, {"within": "1:T9"}, {"days": 0}, {"days": 367}, {"known": "never"}):
            answer = reported.client.get(f"/api/v1/layers/{name}", params=query)
            assert answer.status_code == 422, (name, query)
            reported.error(answer)


def test_density_tells_no_place_of_a_report(reported: Any) -> None:
    found = layer(reported.client, "density")
    assert set(found) == {
        "moment", "known", "within", "days", "resolution", "breaks", "outside", "missing", "count", "lon", "lat",
        "weight",
    }  # fmt: skip
    cells = [h3.latlng_to_cell(lat, lon, 10) for lon, lat in zip(found["lon"], found["lat"], strict=True)]
    assert dict(zip(cells, found["weight"], strict=True)) == dict(slow(PLACES, 10))
    given = {(round(WEST + x * STEP, 5), round(SOUTH + y * STEP, 5)) for x, y in PLACES}
    assert not given & set(zip(found["lon"], found["lat"], strict=True))


def outlines(document: dict[str, Any]) -> dict[str, Any]:
    return {one["code"]: shape(one["geometry"]) for one in document["outlines"]}


def test_teams_of_the_city_and_squads_of_a_town(manned: Any) -> None:
    towns = display_shapes(manned.services.edition.system, 1)
    villages = display_shapes(manned.services.edition.system, 2)
    city = layer(manned.client, "teams")
    assert [(one["name"], one["kind"]) for one in city["outlines"]] == [
        ("澄江综合执法局", "town_team"), ("徐霞客综合执法局", "town_team"),
    ]  # fmt: skip
    assert all(one.equals(town) for one, town in zip(outlines(city).values(), towns, strict=True))
    assert all(shape(one["geometry"]).contains(shapely.Point(one["label"])) for one in city["outlines"])
    squads = outlines(layer(manned.client, "teams", within="1:T1"))
    assert list(squads) == ["T1-squad"]
    assert squads["T1-squad"].equals(villages[0])
    # A town without squads shows its team.
    assert list(outlines(layer(manned.client, "teams", within="1:T2"))) == ["T2-team"]
    # No more of an outline than who asks may see.
    leaves = display_shapes(manned.services.edition.system, 3)
    with manned.as_person("w0") as client:
        seen = outlines(layer(client, "teams"))
    assert list(seen) == ["T1-team"]
    assert seen["T1-team"].equals(leaves[0])


def test_teams_are_sent_once(manned: Any) -> None:
    first = manned.client.get("/api/v1/layers/teams")
    again = manned.client.get("/api/v1/layers/teams", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert manned.client.get("/api/v1/layers/teams", params={"detail": 4}).status_code == 422
    assert manned.client.get("/api/v1/layers/teams", params={"within": "1:T9"}).status_code == 422


def test_a_city_without_teams_has_no_outline(plain_served: Any) -> None:
    assert layer(plain_served.client, "teams")["outlines"] == []


def test_cameras_in_scope_and_as_of_a_moment(manned: Any) -> None:
    services = manned.services
    now = datetime.now(services.settings.zone)
    places = {"A": (0.5, 0.5), "B": (3.5, 0.5), "Z": (9.0, 9.0)}
    cameras = [
        Camera.at(code, f"路口{code}", WEST + x * STEP, SOUTH + y * STEP, "wgs84", f"rtsp://10.0.0.8/{code}")
        for code, (x, y) in places.items()
    ]
    save_cameras(services.store, cameras[:1], now - timedelta(days=2))
    save_cameras(services.store, cameras, now - timedelta(days=1))

    def codes(client: Any, **query: Any) -> list[str]:
        return [one["code"] for one in layer(client, "cameras", **query)["marks"]]

    assert codes(manned.client) == ["A", "B", "Z"]
    assert codes(manned.client, within="1:T2") == ["B"]
    assert codes(manned.client, moment=(now - timedelta(hours=36)).isoformat(), known="now") == ["A"]
    assert codes(manned.client, moment=(now - timedelta(days=3)).isoformat()) == []
    with manned.as_person("w0") as client:
        found = layer(client, "cameras")["marks"]
    first = cameras[0]
    assert found == [{"code": "A", "name": "路口A", "lon": first.lon, "lat": first.lat, "stream": "rtsp://10.0.0.8/A"}]
