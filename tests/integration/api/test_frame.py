"""The picture of a past moment over HTTP: what was shown then, what is known now, and for whom."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboard.live.past import WINDOW_S
from dashboard.map.shapes import shapes_of
from data.access.actor import Actor
from data.access.scope import Scope
from data.errors import QueryInvalid
from data.incidents.model import Report, Step
from data.stats.measures.counting import count
from data.stats.picture.frames import frame, map_document
from data.stats.picture.key import PictureCity, PictureKey
from data.stats.picture.reel import Reel
from data.store.openers import System
from tests.integration.api.conftest import SOUTH, STEP, WEST

CITY = Scope.city(8, role="administrator")


def at_work(served: Any, hours_ago: list[float]) -> list[int]:
    """Incidents reported so many hours ago, as the log learned then; one in each leaf in turn."""
    now = datetime.now(served.services.settings.zone)
    ids = []
    for number, hours in enumerate(hours_ago):
        moment = now - timedelta(hours=hours)
        place = {"lon": WEST + (number % 4 + 0.5) * STEP, "lat": SOUTH + 0.5 * STEP}
        report = Report("hotline", f"P-{number}", "garbage", moment, title=f"第{number}件", **place)
        ids.append(served.services.desk.report_many([report], Actor.nobody("test"), now=moment)[0].id)
    return ids


def ended(served: Any, incident_id: int, happened: datetime, told: datetime) -> None:
    step = Step("voided", happened, Actor.nobody("王芳"), {"reason": "重复"})
    served.services.desk.take(incident_id, step, CITY, now=told)


def followed(served: Any) -> None:
    with served.services.store.transaction(System("test")) as cursor:
        cursor.execute("SELECT max(seq) FROM event")
        served.followed(cursor.fetchone()[0])


def asked(served: Any, moment: datetime, **query: Any) -> dict[str, Any]:
    answer = served.client.get("/api/v1/frame", params={"moment": moment.isoformat(), **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def open_then(served: Any, moment: datetime, **query: Any) -> int:
    return int(asked(served, moment, **query)["frame"]["today"]["open"]["value"])


def test_a_moment_of_the_past_as_known_now_and_as_known_then(served: Any) -> None:
    now = datetime.now(served.services.settings.zone)
    ids = at_work(served, [30, 20, 10, 5])
    ended(served, ids[0], now - timedelta(hours=25), now - timedelta(hours=25))
    # Ended before the second moment, and told after it.
    ended(served, ids[1], now - timedelta(hours=9), now - timedelta(hours=1))
    followed(served)
    moments = [now - timedelta(hours=hours) for hours in (27, 8, 0.5)]
    assert [open_then(served, moment) for moment in moments] == [1, 1, 2]
    assert [open_then(served, moment, known="then") for moment in moments] == [1, 2, 2]
    assert open_then(served, now - timedelta(days=3)) == 0


def test_now_is_what_the_live_screen_shows(served: Any) -> None:
    at_work(served, [50, 20, 10, 5, 0.1])
    followed(served)
    moment = datetime.now(served.services.settings.zone).replace(microsecond=0)
    services, view = served.services, served.services.mirror.view()
    names = {code: (one.name_zh, one.name_en) for code, one in services.categories.items()}
    titles = {number + 1: f"第{number}件" for number in range(5)}
    city = PictureCity(services.edition, names, services.settings.zone)
    key = PictureKey("1:T1", 2, "open", CITY)
    shown = frame(view, city, key, moment, titles=titles)
    town = services.edition.system.find("1:T1")
    shown["alerts"] = services.alerts.past(view, moment, CITY.narrowed(town.lo, town.hi))
    for known in ("now", "then"):
        document = asked(served, moment, known=known, level=2, kpi="open", within="1:T1")
        assert document == {"known": known, "frame": shown, "map": {**map_document(view, city, key, moment),
                            "breaks": document["map"]["breaks"], "classes": document["map"]["classes"]}}  # fmt: skip
    assert served.client.get("/api/v1/frame").json()["frame"]["today"]["open"]["value"] == 5


def test_a_window_is_read_once_and_again_when_more_was_told_about_it(
    served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(served.services.settings.zone)
    ids = at_work(served, [100, 90, 80])
    followed(served)
    loads: list[datetime] = []
    load = Reel.load.__func__

    def counted(_: type[Reel], view: Any, store: Any, since: datetime, *rest: Any, **more: Any) -> Reel:
        loads.append(since)
        return load(Reel, view, store, since, *rest, **more)

    monkeypatch.setattr(Reel, "load", classmethod(counted))
    begin_s = (now - timedelta(hours=60)).timestamp() // WINDOW_S * WINDOW_S
    moments = [datetime.fromtimestamp(begin_s + minutes * 60, now.tzinfo) for minutes in (10, 200, 100, 300)]
    assert [open_then(served, moment) for moment in moments] == [3] * 4
    assert len(loads) == 1
    # What happens now says nothing about that time.
    at_work(served, [100, 90, 80, 0.1])
    followed(served)
    assert open_then(served, moments[0]) == 3
    assert len(loads) == 1
    ended(served, ids[0], moments[2], now)
    followed(served)
    assert [open_then(served, moment) for moment in moments] == [3, 2, 2, 2]
    assert len(loads) == 2
    assert [open_then(served, moment, known="then") for moment in moments] == [3] * 4


def test_more_windows_than_are_kept(served: Any) -> None:
    now = datetime.now(served.services.settings.zone)
    at_work(served, [24.5 * day for day in range(12, 0, -1)])
    followed(served)
    for _ in range(2):
        assert [open_then(served, now - timedelta(days=day)) for day in range(12, -1, -1)] == [*range(1, 13), 12]


def test_what_is_seen_is_what_one_may_see(manned: Any) -> None:
    at_work(manned, [5, 4, 3, 2])
    followed(manned)
    moment = datetime.now(manned.services.settings.zone) - timedelta(hours=1)
    assert open_then(manned, moment) == 4
    with manned.as_person("c1") as chief:
        answer = chief.get("/api/v1/frame", params={"moment": moment.isoformat(), "level": 1, "kpi": "open"}).json()
    assert answer["frame"]["today"]["open"]["value"] == 2
    assert answer["map"]["values"] == [2, None]
    assert [one["title"] for one in answer["frame"]["newest"]] == ["第1件", "第0件"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"moment": "2999-01-01T00:00:00Z"}, "query_invalid"),
        ({"moment": "2100-01-01T00:00:00Z"}, "query_invalid"),
        ({"moment": "soon"}, "request_invalid"),
        ({"within": "1:nowhere"}, "grid_unknown"),
        ({"level": 9}, "query_invalid"),
        ({"kpi": "happiness"}, "query_invalid"),
        ({"known": "never"}, "request_invalid"),
    ],
)
def test_a_question_without_meaning_is_refused(plain_served: Any, query: dict[str, Any], code: str) -> None:
    answer = plain_served.client.get("/api/v1/frame", params=query)
    assert (answer.status_code, plain_served.error(answer)["code"]) == (422, code)


def test_without_grids_it_says_so(empty_served: Any) -> None:
    answer = empty_served.client.get("/api/v1/frame")
    assert (answer.status_code, empty_served.error(answer)["code"]) == (503, "no_edition")


def test_a_view_of_the_past_reaches_as_far_back_as_is_asked(served: Any) -> None:
    ids = at_work(served, [24 * days for days in (400, 300, 50, 2)])
    now = datetime.now(served.services.settings.zone)
    for incident_id, days in zip(ids, (399, 299, 49), strict=False):
        ended(served, incident_id, now - timedelta(days=days), now - timedelta(days=days))
    followed(served)
    past, moment = served.services.past, now - timedelta(hours=1)
    for days, expected in ((500, 3), (350, 2), (60, 1)):
        for known in ("now", "then"):
            view = past.view(moment, known, now - timedelta(days=days))
            span = {"moment": moment, "since": now - timedelta(days=days), "until": moment, "scope": CITY}
            counts = count(view, **span)
            assert (counts.total("voided"), counts.total("open")) == (expected, 1)
    with pytest.raises(QueryInvalid, match="future"):
        past.view(now + timedelta(hours=1), "now", now - timedelta(days=500))


def test_shapes_are_made_once(plain_services: Any) -> None:
    assert shapes_of(plain_services) is shapes_of(plain_services)
