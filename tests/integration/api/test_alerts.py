"""Alerts over HTTP: who sees which, who takes note, and the same for any past moment."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data.access.scope import Scope
from data.attention.alert import Alert, matter_of
from data.attention.matters import continuing, seen_of
from data.attention.tables import keep_alerts
from data.attention.watcher import QUIET

WHOLE = (-1, 8)


def keep(served: Any, *alerts: Alert, ago: timedelta = timedelta(0)) -> None:
    services = served.services
    moment = datetime.now(UTC) - ago
    keep_alerts(services.store, services.edition.id, [seen_of(one) for one in alerts], moment, QUIET, continuing)


def an_alert(served: Any, grid: str | None, category: str | None = "garbage") -> Alert:
    found = None if grid is None else served.services.edition.system.find(grid)
    lo, hi = WHOLE if found is None else (found.lo, found.hi)
    values = {"hours": 3, "count": 14, "expected": 2.5, "days": 8}
    reason = "surge_of_all" if category is None else "surge_of_category"
    matter = matter_of("surge", grid, category)
    base = {"days": 8}
    return Alert("surge", matter, grid, lo, hi, category, datetime.now(UTC), 14, 2.5, base, reason, values, "red")


def listed(client: Any, **asked: Any) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/alerts", params=asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["alerts"])


def test_an_alert_says_why_in_both_languages(served: Any) -> None:
    keep(served, an_alert(served, "2:V1"), an_alert(served, None, None))
    of_city, of_village = sorted(listed(served.client), key=lambda one: one["grid"] is not None)
    assert of_village["grid"] == {"id": "2:V1", "name": "村1"}
    assert of_village["text"]["zh"].startswith("村1近 3 小时")
    assert "14 件" in of_village["text"]["zh"]
    assert "in the last 3 h" in of_village["text"]["en"]
    assert of_city["grid"] is of_city["category"] is None
    assert of_city["text"]["zh"].startswith(served.services.edition.city)
    assert (of_village["running"], of_village["acknowledged"]) == (True, None)


def test_over_and_running(served: Any) -> None:
    keep(served, an_alert(served, "2:V0"), ago=timedelta(hours=2))
    keep(served, an_alert(served, "2:V1"))
    assert [(one["grid"]["id"], one["running"]) for one in listed(served.client)] == [("2:V1", True), ("2:V0", False)]
    assert [one["grid"]["id"] for one in listed(served.client, running=True)] == ["2:V1"]
    assert listed(served.client, kind="silent") == []
    assert [one["grid"]["id"] for one in listed(served.client, within="2:V0")] == ["2:V0"]
    assert [one["grid"]["id"] for one in listed(served.client, since=ago(minutes=60))] == ["2:V1"]


def ago(**past: float) -> str:
    return (datetime.now(UTC) - timedelta(**past)).isoformat()


# Times are reckoned when the question is asked: a suite runs longer than ten minutes.
@pytest.mark.parametrize(
    "ask",
    [
        lambda: {"within": "2:V9"},
        lambda: {"kind": "x"},
        lambda: {"moment": "2200-01-01T00:00:00Z"},
        lambda: {"known": 1},
        lambda: {"since": ago(minutes=-10)},
        lambda: {"since": ago(days=2), "moment": ago(days=1)},
    ],
)
def test_questions_without_meaning(served: Any, ask: Callable[[], dict[str, str]]) -> None:
    asked = ask()
    assert served.client.get("/api/v1/alerts", params=asked).status_code == 422


def test_scope_is_respected(manned: Any) -> None:
    keep(manned, an_alert(manned, "2:V0"), an_alert(manned, "2:V2"), an_alert(manned, None, None))
    keys = {one["grid"] and one["grid"]["id"]: one["key"] for one in listed(manned.client)}
    assert set(keys) == {"2:V0", "2:V2", None}
    with manned.as_person("c1") as client:
        assert [one["grid"]["id"] for one in listed(client)] == ["2:V0"]
        for grid in ("2:V2", None):
            answer = client.post(f"/api/v1/alerts/{keys[grid]}/acknowledge", json={})
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "alert_unknown")
        answer = client.post(f"/api/v1/alerts/{keys['2:V0']}/acknowledge", json={"note": "已安排"})
        assert answer.status_code == 200, answer.text
        noted = answer.json()["acknowledged"]
        assert (noted["by"], noted["by_id"]) == ("周长 c1", "person:c1")
    with manned.as_person("d1") as client:
        for note in ("", "已安排"):
            again = client.post(f"/api/v1/alerts/{keys['2:V0']}/acknowledge", json={"note": note}).json()
            assert (again["acknowledged"]["by"], again["acknowledged"]["note"]) == ("周长 c1", "已安排")


def test_a_second_note_is_refused_by_name(manned: Any) -> None:
    keep(manned, an_alert(manned, "2:V0"))
    address = f"/api/v1/alerts/{listed(manned.client)[0]['key']}/acknowledge"
    with manned.as_person("c1") as client:
        assert client.post(address, json={"note": "已安排"}).status_code == 200
    with manned.as_person("d1") as client:
        answer = client.post(address, json={"note": "又去了一次"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "alert_acknowledged")
    values = error["values"]
    assert (values["by"], values["by_id"], values["note"]) == ("周长 c1", "person:c1", "已安排")
    assert "又去了一次" in error["message"]
    assert listed(manned.client)[0]["acknowledged"]["note"] == "已安排"


def test_what_the_newest_look_saw_no_more_does_not_last(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(served, an_alert(served, "2:V0"), ago=timedelta(minutes=3))
    keep(served, an_alert(served, "2:V1"), ago=timedelta(seconds=30))

    def lasting() -> list[str]:
        served.services.alerts.changed()
        lasting = {one["grid"]["id"] for one in listed(served.client, running=True)}
        assert lasting == {one["grid"] for one in on_screen(served.services)["rows"]}
        return sorted(lasting)

    watcher = served.services.city.watcher
    # Nobody has looked: what was seen within half an hour stands.
    monkeypatch.setattr(watcher, "looked_at", None)
    assert lasting() == ["2:V0", "2:V1"]
    # It was looked, and the grid reports again.
    monkeypatch.setattr(watcher, "looked_at", datetime.now(UTC))
    assert lasting() == ["2:V1"]
    # Nobody has looked since: nothing is known to be over.
    monkeypatch.setattr(watcher, "looked_at", datetime.now(UTC) - timedelta(minutes=10))
    assert lasting() == ["2:V0", "2:V1"]


def test_notes_that_cannot_be_kept(served: Any) -> None:
    keep(served, an_alert(served, "2:V0"))
    address = f"/api/v1/alerts/{listed(served.client)[0]['key']}/acknowledge"
    for note in ("\u0000", "x" * 2001, 7):
        assert served.client.post(address, json={"note": note}).status_code == 422
    assert served.client.post("/api/v1/alerts/ffff/acknowledge", json={}).status_code == 404
    assert listed(served.client)[0]["acknowledged"] is None


def test_screens_show_what_lasts_and_who_took_note(manned: Any) -> None:
    keep(manned, an_alert(manned, "2:V2"), an_alert(manned, "2:V0"), an_alert(manned, None, None))
    keep(manned, an_alert(manned, "2:V1"), ago=timedelta(hours=2))
    services = manned.services
    services.alerts.changed()

    def shown(within: str | None = None) -> list[tuple[Any, bool]]:
        told = on_screen(services, within)
        assert told["total"] == len(told["rows"])
        return [(one["grid"], one["acknowledged"] is not None) for one in told["rows"]]

    assert sorted(shown(), key=str) == [("2:V0", False), ("2:V2", False), (None, False)]
    assert shown("1:T2") == [("2:V2", False)]
    key = next(one["key"] for one in listed(manned.client) if one["grid"] and one["grid"]["id"] == "2:V0")
    with manned.as_person("c1") as client:
        assert client.post(f"/api/v1/alerts/{key}/acknowledge", json={}).status_code == 200
    # At once, and behind those that nobody has noted.
    assert shown()[-1] == ("2:V0", True)
    (row,) = [one for one in on_screen(services)["rows"] if one["acknowledged"]]
    assert (row["acknowledged"]["by"], row["severity"]) == ("周长 c1", "red")
    assert row["text"]["zh"].startswith("村0近 3 小时")


def on_screen(services: Any, within: str | None = None) -> dict[str, Any]:
    scope = Scope.city(len(services.edition.system.leaves))
    if within is not None:
        grid = services.edition.system.find(within)
        scope = scope.narrowed(grid.lo, grid.hi)
    return dict(services.alerts.running(scope))


def test_a_past_moment_is_found_out_anew(served: Any, a_report: Callable[..., dict[str, Any]]) -> None:
    """Two reports a day for nine weeks, and twelve of a rare category within an hour, two days ago."""
    then = datetime.now(UTC) - timedelta(days=2)
    usual = [then - timedelta(hours=12 * back + 3) for back in range(130)]
    reports = [a_report(reported_at=moment.isoformat()) for moment in usual]
    reports += [a_report(category="rare", reported_at=(then - timedelta(minutes=4 * i)).isoformat()) for i in range(12)]
    assert served.post_lines(*reports)["created"] == len(reports)
    served.followed(len(reports))
    surges = listed(served.client, moment=then.isoformat(), kind="surge")
    assert [(one["category"], one["count"], one["key"]) for one in surges] == [("rare", 12, None)]
    asked = {"moment": then.isoformat(), "level": 1, "kpi": "open"}
    told = served.client.get("/api/v1/frame", params=asked).json()["frame"]["alerts"]
    assert ("rare", None) in [(one["category"], one["key"]) for one in told["rows"] if one["kind"] == "surge"]
    assert listed(served.client, moment=(then - timedelta(hours=6)).isoformat(), kind="surge") == []
    # The log learned of all of it only now.
    assert listed(served.client, moment=then.isoformat(), kind="surge", known="then") == []
    assert listed(served.client) == []
