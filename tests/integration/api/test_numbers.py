"""Grids, KPIs, health: what the server tells about itself and the city."""

import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

Report = Callable[..., dict[str, Any]]


def test_grids_stand_in_depth_first_order(plain_served: Any) -> None:
    answer = plain_served.client.get("/api/v1/grids").json()
    assert {name: value for name, value in answer.items() if name != "grids"} == {
        "edition": "2026", "city": "小城", "demo": True, "level": None, "depth": 3,
        "level_names": list(plain_served.services.edition.level_names),
    }  # fmt: skip
    grids = answer["grids"]
    by_id = {grid["id"]: grid for grid in grids}
    assert len(grids) == len(by_id) == 2 + 4 + 8
    for grid in grids:
        if grid["parent"] is None:
            assert grid["level"] == 1
        else:
            parent = by_id[grid["parent"]]
            assert parent["lo"] <= grid["lo"] < grid["hi"] <= parent["hi"]
        west, south, east, north = grid["bbox"]
        assert west < grid["label"][0] < east
        assert south < grid["label"][1] < north
    for level in (1, 2, 3):
        only = plain_served.client.get("/api/v1/grids", params={"level": level}).json()
        assert only["grids"] == [grid for grid in grids if grid["level"] == level]
        assert [grid["ordinal"] for grid in only["grids"]] == list(range(len(only["grids"])))
        assert [grid["lo"] for grid in only["grids"]] == sorted(grid["lo"] for grid in only["grids"])


def test_geometry_is_compressed_and_sent_once(plain_served: Any) -> None:
    client = plain_served.client
    first = client.get("/api/v1/grids/geometry", params={"level": 3})
    assert first.headers["content-type"] == "application/geo+json"
    assert (first.headers["content-encoding"], first.headers["cache-control"]) == ("gzip", "no-cache")
    etag = first.headers["etag"]
    for mark in (etag, f'"other", {etag}', "*", etag.removeprefix("W/")):
        again = client.get("/api/v1/grids/geometry", params={"level": 3}, headers={"If-None-Match": mark})
        assert (again.status_code, again.content) == (304, b"")
    other = client.get("/api/v1/grids/geometry", params={"level": 2}, headers={"If-None-Match": etag})
    assert other.status_code == 200
    plain = client.get("/api/v1/grids/geometry", params={"level": 3}, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == first.json()


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[: len(raw) // 2], lambda raw: raw[:0], lambda raw: b"no gzip" + raw]
)
def test_geometry_kept_on_disk_is_used_and_made_anew_when_damaged(
    plain_services: Any, damage: Callable[[bytes], bytes], tmp_path: Any
) -> None:
    from dashboard.map.shapes import Shapes

    made = Shapes(plain_services.edition, tmp_path).geometry(2)
    (kept,) = tmp_path.iterdir()
    assert kept.read_bytes() == made.compressed
    kept.write_bytes(gzip.compress(b"{}"))
    assert gzip.decompress(Shapes(plain_services.edition, tmp_path).geometry(2).compressed) == b"{}"
    kept.write_bytes(damage(made.compressed))
    assert Shapes(plain_services.edition, tmp_path).geometry(2) == made
    assert kept.read_bytes() == made.compressed


@pytest.mark.parametrize("path", ["/api/v1/grids", "/api/v1/grids/geometry", "/api/v1/kpis"])
@pytest.mark.parametrize("level", ["0", "4", "-1", "x", "9" * 400])
def test_a_level_there_is_not_is_refused(plain_served: Any, path: str, level: str) -> None:
    answer = plain_served.client.get(path, params={"level": level})
    assert answer.status_code == 422
    assert plain_served.error(answer)["code"] in ("query_invalid", "request_invalid")


def test_key_figures_add_up_over_levels(served: Any, a_report: Report) -> None:
    reports = [a_report(lon=120.205 + 0.01 * (number % 4), lat=31.805 + 0.01 * (number % 2)) for number in range(40)]
    served.post_lines(*reports, a_report(lon=..., lat=...))
    served.followed(41)
    for level in (1, 2, 3):
        answer = served.client.get("/api/v1/kpis", params={"level": level}).json()
        assert sum(row["measures"]["reported"] for row in answer["rows"]) == 40
        assert (answer["total"]["measures"]["reported"], answer["unlocated"]["reported"]) == (41, 1)
        assert answer["seq"] == 41
    town = served.client.get("/api/v1/kpis", params={"level": 3, "within": "1:T1"}).json()
    assert {row["id"] for row in town["rows"]} == {f"3:L{column}{row}" for column in (0, 1) for row in (0, 1)}
    assert town["total"]["kpis"]["reported"]["value"] == sum(row["kpis"]["reported"]["value"] for row in town["rows"])
    # Nothing was closed: no rate is 0 %, there is none.
    assert answer["total"]["kpis"]["service_share"] == {"value": None, "numerator": 0, "denominator": 0}
    assert {one["key"] for one in answer["definitions"]} == set(answer["total"]["kpis"])


def test_key_figures_of_a_span(served: Any, a_report: Report) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    # Half an hour beside the whole days, so that no bound below falls on a report.
    moments = [now - timedelta(days=days) + timedelta(minutes=30) for days in range(1, 61)]
    served.post_lines(*[a_report(reported_at=moment.isoformat()) for moment in moments])
    served.followed(60)

    def reported(**query: Any) -> int:
        answer = served.client.get("/api/v1/kpis", params=query)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["total"]["measures"]["reported"])

    assert reported() == 30
    assert reported(since=(now - timedelta(days=10, hours=1)).isoformat()) == 10
    # A plus sign that nobody escaped, and a local time without any offset.
    local = (now - timedelta(days=10, hours=1)).astimezone(served.services.settings.zone)
    raw = served.client.get(f"/api/v1/kpis?since={local.isoformat()}").json()["total"]["measures"]["reported"]
    # A bare day begins at midnight of the city.
    today = datetime.now(served.services.settings.zone)
    last_midnight = today.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=5)
    assert reported(since=str(last_midnight.date())) == sum(moment >= last_midnight for moment in moments)
    assert (raw, reported(since=local.replace(tzinfo=None).isoformat())) == (10, 10)
    earlier = {
        "since": (now - timedelta(days=60, hours=1)).isoformat(),
        "until": (now - timedelta(days=39)).isoformat(),
    }
    assert reported(**earlier) == 21
    assert reported(**earlier, moment=(now - timedelta(days=50, hours=1)).isoformat()) == 10


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "query_invalid"),
        ({"since": "soon"}, "request_invalid"),
        ({"since": "2026-02-01T00:00:00.5Z"}, "query_invalid"),
        ({"since": "2026-02-01T00:00:00.0000001Z"}, "request_invalid"),
        ({"until": "0001-01-01T00:00:00"}, "query_invalid"),
        ({"until": "9999-12-31T23:59:59+14:00"}, "query_invalid"),
        ({"within": "1:nowhere"}, "grid_unknown"),
        ({"format": "xlsx"}, "request_invalid"),
    ],
)
def test_a_question_without_meaning_is_refused(plain_served: Any, query: dict[str, Any], code: str) -> None:
    answer = plain_served.client.get("/api/v1/kpis", params=query)
    assert (answer.status_code, plain_served.error(answer)["code"]) == (422, code)


def test_key_figures_as_a_table(served: Any, a_report: Report) -> None:
    served.post_lines(a_report())
    served.followed(1)
    # Until now would count what came in within this very second in the later answer only.
    asked = {"level": 2, "until": (datetime.now(UTC) + timedelta(minutes=1)).isoformat(timespec="seconds")}
    answer = served.client.get("/api/v1/kpis", params=asked | {"format": "csv"})
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    same = served.client.get("/api/v1/kpis", params=asked).json()["rows"]
    assert [row["id"] for row in rows] == [row["id"] for row in same]
    assert [int(row["n_reported"]) for row in rows] == [row["measures"]["reported"] for row in same]
    assert rows[0]["service_share"] == ""


def test_key_figures_by_source_and_the_incidents_behind_them(served: Any, a_report: Report) -> None:
    sources = ["grid", "hotline", "hotline"] * 4
    receipts = [served.post_lines(a_report(source=source)) for source in sources]
    assert len(receipts) == 12
    served.followed(12)
    client = served.client
    answer = client.get("/api/v1/kpis", params={"by": "source"}).json()
    assert [(row["code"], row["measures"]["reported"]) for row in answer["rows"]] == [("grid", 4), ("hotline", 8)]
    asked = {"of": "reported", "source": "hotline", "limit": 5}
    first = client.get("/api/v1/kpis/cases", params=asked).json()
    assert (first["count"], len(first["ids"])) == (8, 5)
    rest = client.get("/api/v1/kpis/cases", params=asked | {"after": first["next_after"]}).json()
    assert (rest["count"], len(rest["ids"]), rest["next_after"]) == (8, 3, None)
    for number in first["ids"] + rest["ids"]:
        assert client.get(f"/api/v1/incidents/{number}").json()["source"] == "hotline"
    table = client.get("/api/v1/kpis", params={"by": "source", "format": "csv"}).content.decode("utf-8-sig")
    assert [row["n_reported"] for row in csv.DictReader(io.StringIO(table))] == ["4", "8"]


def test_league_tables_and_definitions(served: Any, a_report: Report) -> None:
    served.post_lines(*[a_report() for _ in range(12)])
    served.followed(12)
    client = served.client
    table = client.get("/api/v1/kpis/league", params={"kpi": "closing_rate", "level": 1}).json()
    ranked = [row for row in table["rows"] if row["rank"]]
    assert [(row["value"], row["sample"], row["words"]["rank"]) for row in ranked] == [(0.0, 12, "第 1 名")]
    english = client.get("/api/v1/kpis/league", params={"score": "handling", "language": "en", "format": "csv"})
    words = [row["rank_in_words"] for row in csv.DictReader(io.StringIO(english.content.decode("utf-8-sig")))]
    assert set(words) == {"not ranked: no data"}
    told = client.get("/api/v1/kpis/definitions").json()
    assert {one["key"] for one in told["kpis"]} >= {"closing_rate", "within_level_3"}
    assert told["scores"][0]["points"]["handling_rate"] == 30


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("league", {}, "query_invalid"),
        ("league", {"kpi": "reported"}, "query_invalid"),
        ("league", {"score": "happiness"}, "query_invalid"),
        ("league", {"kpi": "closing_rate", "level": 9}, "query_invalid"),
        ("cases", {"of": "happiness"}, "query_invalid"),
        ("cases", {}, "request_invalid"),
        ("cases", {"of": "open", "within": "1:nowhere"}, "grid_unknown"),
        ("cases", {"of": "open", "limit": 0}, "request_invalid"),
    ],
)
def test_a_table_without_meaning_is_refused(plain_served: Any, path: str, query: dict[str, Any], code: str) -> None:
    answer = plain_served.client.get(f"/api/v1/kpis/{path}", params=query)
    assert (answer.status_code, plain_served.error(answer)["code"]) == (422, code)


def test_categories_are_listed(plain_served: Any) -> None:
    assert plain_served.client.get("/api/v1/categories").json() == [
        {"code": "garbage", "name_zh": "暴露垃圾", "name_en": "Exposed garbage", "class_name": "市容环境"}
    ]


def test_health(served: Any, a_report: Report) -> None:
    assert served.client.get("/healthz").json() == {"status": "ok"}
    served.post_lines(a_report())
    served.followed(1)
    ready = served.client.get("/readyz")
    assert (ready.status_code, ready.json()["seq"]) == (200, 1)
    metrics = served.client.get("/metrics").text.splitlines()
    for line in ("grid_log_seq 1", "grid_mirror_rows 1", 'grid_incidents{stage="reported"} 1', "grid_has_edition 1"):
        assert line in metrics
    names = {line.split()[2] for line in metrics if line.startswith("# TYPE")}
    assert {line.partition("{")[0].split()[0] for line in metrics if not line.startswith("#")} == names


def test_without_grids_it_says_so_and_stays_alive(empty_served: Any) -> None:
    client = empty_served.client
    assert client.get("/healthz").status_code == 200
    assert "\ngrid_has_edition 0\n" in client.get("/metrics").text
    answers = [client.get(f"/api/v1/{path}") for path in ("grids", "kpis", "incidents", "incidents/1", "stream")]
    answers += [client.get("/readyz"), client.post("/api/v1/incidents", json={})]
    for answer in answers:
        assert (answer.status_code, empty_served.error(answer)["code"]) == (503, "no_edition")
        assert answer.headers["retry-after"]


def test_the_database_away_is_a_clear_503(services: Any, serve: Any, a_report: Report) -> None:
    served = serve(services)
    services.store.close()
    for answer in (
        served.client.get("/readyz"),
        served.client.get("/api/v1/incidents"),
        served.client.post("/api/v1/incidents", json=a_report()),
        served.client.get("/api/v1/exports/incidents.csv"),
    ):
        assert (answer.status_code, served.error(answer)["code"]) == (503, "database_unavailable")
    assert served.client.get("/healthz").status_code == 200


def test_an_unforeseen_error_keeps_its_secrets(
    plain_services: Any, serve: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: Any, **_named: Any) -> None:
        raise RuntimeError("the password is 1234")

    served = serve(replace(plain_services, settings=free_port(plain_services.settings)))
    monkeypatch.setattr(plain_services.desk, "newest", broken)
    answer = served.client.get("/api/v1/incidents")
    error = served.error(answer)
    assert (answer.status_code, error["code"]) == (500, "internal")
    assert "password" not in answer.text
    assert error["values"]["id"] in caplog.text
    assert "the password is 1234" in caplog.text


def free_port(settings: Any) -> Any:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return replace(settings, port=free.getsockname()[1])


def test_every_answer_carries_the_headers_of_this_house(plain_served: Any) -> None:
    answers: list[httpx.Response] = [
        plain_served.client.get(path) for path in ("/healthz", "/api/v1/grids", "/api/v1/nothing", "/openapi.json")
    ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "http" not in policy
        assert "unsafe-eval" not in policy
    incidents = plain_served.client.get("/api/v1/incidents")
    assert incidents.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/", "/api/v2/incidents", "/api/v1/grids/"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_address_of_the_api_that_is_none(plain_served: Any, path: str, method: str) -> None:
    answer = plain_served.client.request(method, path, follow_redirects=False)
    if answer.status_code != 307:
        assert (answer.status_code, plain_served.error(answer)["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "takes"),
    [
        ("DELETE", "/api/v1/incidents", "GET, POST"),
        ("PUT", "/api/v1/incidents/1/events", "POST"),
        ("GET", "/api/v1/alerts/abc/acknowledge", "POST"),
        ("OPTIONS", "/api/v1/grids", "GET"),
    ],
)
def test_an_address_that_does_something_else(plain_served: Any, method: str, path: str, takes: str) -> None:
    answer = plain_served.client.request(method, path)
    assert (answer.status_code, plain_served.error(answer)["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == takes
    assert takes in answer.json()["error"]["message"]


def test_no_page_that_loads_from_elsewhere(plain_served: Any) -> None:
    for path in ("/docs", "/redoc"):
        assert plain_served.client.get(path).status_code == 404


def test_the_api_describes_itself(plain_served: Any) -> None:
    document = plain_served.client.get("/openapi.json").json()
    expected = {
        "/api/v1/incidents": {"get", "post"},
        "/api/v1/incidents/{incident_id}": {"get"},
        "/api/v1/incidents/{incident_id}/events": {"post"},
        "/api/v1/grids": {"get"},
        "/api/v1/grids/geometry": {"get"},
        "/api/v1/grids/at": {"get"},
        "/api/v1/kpis": {"get"},
        "/api/v1/kpis/league": {"get"},
        "/api/v1/kpis/cases": {"get"},
        "/api/v1/kpis/definitions": {"get"},
        "/api/v1/frame": {"get"},
        "/api/v1/frame/cases": {"get"},
        "/api/v1/incidents/{incident_id}/photos": {"post"},
        "/api/v1/incidents/{incident_id}/photos/{sha256}": {"get"},
        "/api/v1/desk/queue": {"get"},
        "/api/v1/desk/incidents/{incident_id}": {"get"},
        "/api/v1/units": {"get"},
        "/api/v1/powers/who": {"get"},
        "/api/v1/grids/{grid_id}/people": {"get"},
        "/api/v1/session": {"get", "post", "delete"},
        "/api/v1/people": {"get"},
        "/api/v1/exports/incidents.csv": {"get"},
        "/api/v1/exports/map.html": {"get"},
        "/api/v1/categories": {"get"},
        "/api/v1/alerts": {"get"},
        "/api/v1/alerts/{key}/acknowledge": {"post"},
        "/api/v1/layers/hexes": {"get"},
        "/api/v1/layers/density": {"get"},
        "/api/v1/layers/teams": {"get"},
        "/api/v1/layers/cameras": {"get"},
        "/api/v1/layers/tracks": {"get"},
        "/api/v1/positions": {"post"},
        "/api/v1/basemap/{z}/{x}/{y}": {"get"},
        "/api/v1/walls/control": {"get"},
        "/api/v1/walls/pair": {"post"},
        "/api/v1/walls/commands": {"post"},
        "/api/v1/stream": {"get"},
        "/api/v1/steps": {"get"},
        "/healthz": {"get"},
        "/readyz": {"get"},
        "/metrics": {"get"},
    }
    assert {path: set(methods) for path, methods in document["paths"].items()} == expected
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), (method, path)
            for parameter in operation.get("parameters", []):
                assert parameter["schema"], (method, path, parameter["name"])
    body = document["paths"]["/api/v1/incidents"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/json", "application/x-ndjson"}
    assert body["application/json"]["schema"]["examples"]
    # Every reference leads somewhere.
    text = plain_served.client.get("/openapi.json").text
    names = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert names <= set(document["components"]["schemas"])
