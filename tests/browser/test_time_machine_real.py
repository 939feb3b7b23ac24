"""The time machine on a real server with real PostGIS: panels, map and lists are what the log says was true then."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from data.access.actor import Actor
from data.access.scope import Scope
from data.incidents.model import Event, Report, Step
from tests.browser.field_center import SOUTH, STEP, WEST, FieldCenter
from tests.unit.stats import slow_log, slow_supervision
from tests.unit.stats.logs import known_part

pytestmark = [pytest.mark.browser, pytest.mark.postgis, pytest.mark.timeout(300)]

SHOWN = "gridCenter.timeMachine.state().drawn !== null"
LIVE = "gridCenter.state().past.moment === null && document.documentElement.dataset.past === undefined"
TODAY = ("reported", "closed")  # of the day so far; the others are open at the moment
NUMBERS = (*TODAY, "open", "overdue", "yellow", "unlocated")
# The six numbers as they stand on the page, and the leaves whose colour is not the one of nothing; nowhere are two
# incidents open at a time, so one is always a class above none.
PANEL = (
    "JSON.stringify(Object.fromEntries("
    f"{list(NUMBERS)}.map((name) =>"
    " [name, document.querySelector(`:is(#today, #now) [data-cases=${name}]`)?.innerText])))"
)
COLOURED = (
    "JSON.stringify([...document.querySelector('#map .js-plotly-plot').data[0].z]"
    ".flatMap((step, leaf) => (step > 0 ? [leaf] : [])))"
)
PATH = ("verified", "filed", "dispatched", "claimed", "handled", "checked", "closed")
SAID = {
    "dispatched": {"unit": "squad", "means": "service", "reason": "测试"},
    "closed": {"means": "service", "level": 3},
    "voided": {"reason": "重复"},
}


class Told:
    """A few incidents in the log of a real center, each step at an hour of its own before a fixed minute."""

    def __init__(self, center: FieldCenter) -> None:
        self.center = center
        self.zone: ZoneInfo = center.settings.zone
        self.desk = center.services.desk
        self.leaf_count = len(center.services.edition.system.leaves)
        self.city = Scope.city(self.leaf_count, role="administrator")
        self.begun = datetime.now(UTC).replace(second=0, microsecond=0)
        self.ids: dict[str, int] = {}
        self.write()

    def at(self, hours_ago: float) -> datetime:
        """So many hours ago, at half past a minute: never at the very moment a test looks at."""
        return self.begun - timedelta(hours=hours_ago) + timedelta(seconds=30)

    def minute(self, hours_ago: float) -> datetime:
        """The whole minute so many hours ago."""
        return self.begun - timedelta(hours=hours_ago)

    def write(self) -> None:
        self.report("closed", 30, (0, 0))
        self.walk("closed", dict(zip(PATH, (29.5, 29, 28.5, 28, 27, 26, 25), strict=True)))
        # Closed before two of the moments looked at, and told after all of them.
        self.report("told late", 20, (4, 1))
        self.walk("told late", dict(zip(PATH, (19.5, 19, 18.5, 18, 12, 10, 9), strict=True)), closed=1)
        self.report("voided, told late", 21, (2, 1))
        self.walk("voided, told late", {"voided": 3}, voided=0.5)
        self.report("overdue", 11, (1, 2))
        self.walk("overdue", {"verified": 10.5, "filed": 10.2, "dispatched": 10})
        self.report("nowhere", 5, None)
        self.report("new", 2, (0, 0))

    def report(self, name: str, hours_ago: float, cell: tuple[int, int] | None) -> None:
        place = {}
        if cell is not None:
            place = {"lon": WEST + (cell[0] + 0.5) * STEP, "lat": SOUTH + (cell[1] + 0.5) * STEP}
        moment = self.at(hours_ago)
        report = Report("hotline", name, "0102", moment, title=name, **place)
        self.ids[name] = self.desk.report_many([report], Actor.nobody("12345"), now=moment)[0].id

    def walk(self, name: str, steps: dict[str, float], **told: float) -> None:
        """Steps at so many hours ago; the log learns of each at once, or at the hour it was told."""
        for kind, hours in steps.items():
            said = dict(SAID.get(kind, {}))
            if name == "overdue" and kind == "dispatched":
                said["due_at"] = self.at(6).astimezone(self.zone).isoformat()
            learned = self.at(told.get(kind, hours))
            self.desk.take(
                self.ids[name], Step(kind, self.at(hours), Actor.nobody("王芳"), said), self.city, now=learned
            )

    @property
    def lives(self) -> dict[int, list[Event]]:
        """The log, incident by incident."""
        return {number: list(self.desk.events(number, self.city)) for number in self.ids.values()}

    def counted(self, moment: datetime, known: str) -> dict[str, list[int]]:
        """The incidents that each number of "today" counts, by a plain reading of each one's events."""
        midnight = moment.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        found: dict[str, list[int]] = {name: [] for name in NUMBERS}
        for number, life in self.lives.items():
            held = slow_log.counts(life, moment, midnight, moment + timedelta(seconds=1), known)
            for name in NUMBERS:
                found[name] += [number] * sum(n for (measure, _), n in held.items() if measure == name)
        return found

    def by_day(self, name: str, moment: datetime, known: str) -> Counter[str]:
        """Reports or closings by the city's day."""
        end = moment + timedelta(seconds=1)
        parts = (known_part(life, end, known) for life in self.lives.values())
        return Counter(
            f"{event.at.astimezone(self.zone):%Y-%m-%d}"
            for part in parts
            for event in part
            if event.kind == name and event.at < end
        )

    def open_in(self, moment: datetime, known: str) -> list[int]:
        """What was open in each leaf, in depth-first order."""
        events = [event for life in self.lives.values() for event in life]
        open_then = Counter(one.leaf for one in slow_supervision.open_of_log(events, moment, known))
        return [open_then[leaf] for leaf in range(self.leaf_count)]


@dataclass
class Viewer:
    """A page on the center, and what can be read off it."""

    screen: Any
    told: Told

    def go(self, moment: datetime) -> None:
        """Through the field, as a viewer would."""
        text = f"{moment.astimezone(self.told.zone):%Y-%m-%d %H:%M}"
        field = self.screen.page.locator("#time-field input")
        field.fill(text)
        field.press("Enter")
        field.blur()
        self.screen.wait(f"document.querySelector('#past-moment').innerText === '回放 {text}' && {SHOWN}")

    def know(self, known: str) -> None:
        self.screen.page.locator(f"[data-time=known][data-value={known}]").click()
        self.screen.wait(f"gridCenter.timeMachine.drawnAs() === '{known}'")

    def stands(self, numbers: dict[str, int], open_in: list[int]) -> None:
        """Wait until panel and map say this: the numbers of "today", and colours where something was open."""
        told = {name: str(number) for name, number in numbers.items()}
        self.screen.wait(f"{PANEL} === '{json.dumps(told, separators=(',', ':'))}'")
        coloured = [leaf for leaf, number in enumerate(open_in) if number]
        self.screen.wait(f"{COLOURED} === '{json.dumps(coloured, separators=(',', ':'))}'")

    def list_behind(self, name: str) -> tuple[int, list[int]]:
        """Press a number: the length the drawer says, and the incidents it lists."""
        page = self.screen.page
        page.locator(f":is(#today, #now) [data-cases={name}]").first.click()
        self.screen.wait("gridCenter.cases.state().count !== null && !document.getElementById('cases').hidden")
        said = int(self.screen.text("cases-count").split()[1])
        links = page.locator("#cases-list a").evaluate_all("(all) => all.map((one) => one.getAttribute('href'))")
        page.locator("#cases-close").click()
        return said, [int(link.removeprefix("/desk?id=")) for link in links]

    def is_as_in_the_log(self, moment: datetime, known: str) -> dict[str, list[int]]:
        """Panel, map and the lists behind all six numbers; returned is what the log says of them."""
        expected, open_in = self.told.counted(moment, known), self.told.open_in(moment, known)
        numbers = {name: len(found) for name, found in expected.items()}
        self.stands(numbers, open_in)
        for name, found in expected.items():
            assert self.list_behind(name) == (len(found), sorted(found)), (name, moment, known)
        self.stands(numbers, open_in)
        return expected

    @property
    def shown_at(self) -> datetime:
        return datetime.fromisoformat(self.screen.page.evaluate("gridCenter.live.shown().moment"))


@pytest.fixture
def told(postgis_url: str, tmp_path: Path) -> Iterator[Told]:
    center = FieldCenter(postgis_url, tmp_path).start()
    try:
        yield Told(center)
    finally:
        center.stop()


@pytest.fixture
def viewer(told: Told, visit: Callable[..., Any]) -> Viewer:
    screen = visit(told.center).open("?level=3&kpi=open")
    # The stream has told all of the log.
    screen.wait("document.querySelector('#now [data-cases=open]')?.innerText === '3'")
    return Viewer(screen, told)


def test_a_past_moment_is_what_the_log_says_was_so_then(viewer: Viewer, told: Told) -> None:
    live = viewer.is_as_in_the_log(viewer.shown_at, "now")
    assert live["open"] == [told.ids[name] for name in ("overdue", "nowhere", "new")]
    # Before the first closing.
    moment = told.minute(25.5)
    viewer.go(moment)
    assert viewer.is_as_in_the_log(moment, "now")["open"] == [told.ids["closed"]]
    assert viewer.screen.text("newest").count("12345 热线") == 1
    # Back, and the stream is heard again.
    viewer.screen.page.keyboard.press("l")
    viewer.screen.wait(LIVE)
    assert viewer.is_as_in_the_log(viewer.shown_at, "now")["open"] == live["open"]
    elsewhere = {"lon": WEST + 5.5 * STEP, "lat": SOUTH + 0.5 * STEP}
    told.ids["last"] = told.center.report("last", "刚刚上报", hours_ago=0.01, **elsewhere)
    viewer.screen.wait("document.querySelector('#now [data-cases=open]').innerText === '4'")
    assert viewer.is_as_in_the_log(viewer.shown_at, "now")["open"] == [*live["open"], told.ids["last"]]
    assert viewer.screen.complaints == []
    assert viewer.screen.abroad == []


def test_what_was_told_late_is_known_now_and_was_not_then(viewer: Viewer, told: Told) -> None:
    late, void = told.ids["told late"], told.ids["voided, told late"]
    for hours, told_since in ((8, {late}), (2.5, {late, void})):
        moment = told.minute(hours)
        viewer.go(moment)
        viewer.know("now")
        now = viewer.is_as_in_the_log(moment, "now")
        viewer.know("then")
        then = viewer.is_as_in_the_log(moment, "then")
        assert set(then["open"]) - set(now["open"]) == told_since
    # When all had been told, there is nothing left to tell apart.
    moment = told.minute(0.2)
    viewer.go(moment)
    assert viewer.is_as_in_the_log(moment, "then")["open"] == told.counted(moment, "now")["open"]
    assert viewer.screen.complaints == []


def test_supervision_and_trend_of_the_past_are_what_the_log_says(told: Told) -> None:
    """Panels of the wall, over HTTP: their numbers, and behind each as many incidents."""

    def ask(address: str, **query: Any) -> dict[str, Any]:
        answer = httpx.get(f"{told.center.url}api/v1/{address}", params=query, timeout=30)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def listed(of: str, **query: Any) -> list[int]:
        cases = ask("frame/cases", of=of, moment=moment.isoformat(), known=known, **query)
        assert cases["count"] == len(cases["rows"])
        return [row["id"] for row in cases["rows"]]

    told.center.until(lambda: told.center.services.mirror.seq >= max(life[-1].seq for life in told.lives.values()))
    events = [event for life in told.lives.values() for event in life]
    seen = Counter[str]()
    for hours, known in product((25.5, 8, 2.5, 0.2), ("now", "then")):
        moment = told.minute(hours)
        found = slow_supervision.open_of_log(events, moment, known)
        frame = ask("frame", moment=moment.isoformat(), known=known)["frame"]
        for one in frame["deadlines"]["counts"]:
            mine = sorted(still.id for still in found if still.ends == one["key"])
            assert listed(one["key"]) == mine
            assert one["count"] == len(mine)
            seen[one["key"]] += len(mine)
        assert frame["units"] == slow_supervision.units(found, {"squad": "澄江城管中队", "center": "市指挥中心"})
        for row in frame["units"]["rows"]:
            mine = [still for still in found if still.unit == row["unit"]]
            assert listed("open", unit=row["unit"]) == sorted(still.id for still in mine)
            assert listed("overdue", unit=row["unit"]) == sorted(still.id for still in mine if still.red)
        eldest = sorted(found, key=lambda still: (still.reported, still.id))
        assert [(one["id"], one["unit"]) for one in frame["oldest"]] == [(still.id, still.unit) for still in eldest]
        for name in TODAY:
            by_day = Counter(dict(zip(frame["trend"]["days"], frame["trend"][name], strict=True)))
            assert +by_day == told.by_day(name, moment, known)
    # Which others there are depends on the day of the week and its office hours.
    assert seen["overdue_day"] > 0
    assert len(+seen) > 1
