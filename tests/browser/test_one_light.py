"""One light, one answer: the same random incidents at the same second, told by database, mirror, API and browser."""

import random
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page

from dashboard.api.desk_documents import Writer
from data.access.scope import Scope
from data.city.editions import save_edition
from data.errors import StepIllegal, StepInvalid
from data.incidents import log
from data.incidents.clocks import Clocks
from data.incidents.columns import incident_columns
from data.incidents.lifecycle import allowed
from data.incidents.model import State
from data.incidents.queue import QueueQuestion
from data.incidents.queue_table import read_queue
from data.stats.measures.counting_rules import CountingRules
from data.stats.measures.rows import Rows
from data.stats.mirror.mirror import Mirror
from data.stats.mirror.seconds import to_seconds
from data.stats.picture.incidents_shown import LIGHTS, lights
from data.store.connection import Store
from data.store.openers import System
from tests.browser.modules import module_page
from tests.unit.incidents.life_model import SYSTEM
from tests.unit.incidents.pure_life import CALENDAR, PureLife

pytestmark = pytest.mark.browser

# The end of all lives, shortly before Europe's clocks are set back.
NOW = datetime(2026, 10, 23, 14, 30, tzinfo=UTC)
SECOND, LIVES, MOMENTS = timedelta(seconds=1), 120, 24
CITY = Scope.city(8)
NOT_HERE = {"merged", "voided", "attached"}


def lived(seed: int) -> State:
    """One incident as it is at `NOW`: a random life, of which some steps say that they lie ahead."""
    rng = random.Random(seed)
    now = NOW - timedelta(hours=rng.choice([1, 5, 30, 100, 400]), microseconds=rng.choice([0, 0, 500_000, 999_999]))
    life = PureLife(now)
    for _ in range(rng.randint(0, 12)):
        now += timedelta(minutes=rng.choice([0, 1, 7, 90, 600, 3000]), microseconds=rng.choice([0, 0, 1, 250_000]))
        kinds = [kind for kind in allowed(life.state) if kind not in NOT_HERE]
        if now > NOW or not kinds:
            break
        said: dict[str, Any] = {}
        kind = rng.choice(kinds)
        if kind == "dispatched":
            minutes = rng.choice([5, 40, 400, 4000])
            said = rng.choice([{}, {"finish_limit": "3h"}, {"due_at": (now + timedelta(minutes=minutes)).isoformat()}])
        at = now + timedelta(seconds=rng.choice([0, 0, 0, 20, 300, -60]))
        try:
            life.take(kind, at, now=now, as_an_old_log=True, **said)
        except (StepInvalid, StepIllegal):
            continue
    # The last word of many comes from a clock that goes fast, shortly before they are looked at.
    kinds = [kind for kind in allowed(life.state) if kind not in NOT_HERE]
    if rng.random() < 0.7 and kinds:
        with suppress(StepInvalid, StepIllegal):
            life.take(rng.choice(kinds), NOW + timedelta(seconds=rng.randint(1, 300)), now=NOW, as_an_old_log=True)
    state = life.state
    if rng.random() < 0.15:
        # A log of before clocks were kept.
        state = replace(state, clock_due_at=None, clock_yellow_at=None)
    return replace(state, id=seed + 1, seq=seed + 1, source_id=str(seed))


def moments(states: list[State], rng: random.Random) -> list[datetime]:
    """Any time from `NOW` on, most of them where a light changes, to the second and within it."""
    edges = [edge for state in states for edge in (state.clock_due_at, state.clock_yellow_at, state.due_at) if edge]
    edges = [edge for edge in edges if edge >= NOW]
    near = [
        timedelta(),
        SECOND,
        -SECOND,
        SECOND / 2,
        -SECOND / 2,
        timedelta(microseconds=1),
        -timedelta(microseconds=1),
    ]
    found = [NOW, *(NOW + rng.randint(0, 300) * SECOND for _ in range(4)), NOW + timedelta(days=3)]
    found += [max(NOW, rng.choice(edges) + rng.choice(near)) for _ in range(MOMENTS)]
    return found


def of_database(store: Store, question: QueueQuestion) -> dict[int, str]:
    found = {state.id: "none" for state in read_queue(store, replace(question, queue="all")).states}
    for colour in ("yellow", "red"):
        page = read_queue(store, replace(question, queue=cast(Any, colour)))
        assert page.counts[cast(Any, colour)] == len(page.states)
        found |= {state.id: colour for state in page.states}
    return found


def of_mirror(mirror: Mirror, moment: datetime, rules: CountingRules) -> dict[int, str]:
    rows = Rows(mirror.view(), None, to_seconds(moment), rules)
    return dict(zip(rows["id"].tolist(), (LIGHTS[code] for code in lights(rows)), strict=True))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page that knows the lights of the phones and of the desk."""
    opened = module_page(browser, phone="field/clock.js", desk="desk/words.js")
    yield opened
    opened.close()


def of_browser(page: Page, rows: list[Mapping[str, Any]], moment: datetime) -> list[list[str]]:
    found: list[list[str]] = page.evaluate(
        "([rows, ms]) => rows.map((row) => [phone.lightOf(row, ms), desk.light(row, ms)])",
        [rows, moment.timestamp() * 1000],
    )
    return found


@pytest.mark.parametrize(
    ("zone", "rules"),
    [
        ("Asia/Shanghai", CountingRules()),
        ("Europe/Berlin", CountingRules(suspended_is_due=True)),
        ("America/St_Johns", CountingRules(yellow_share=0.35)),
    ],
)
def test_four_paths_tell_the_same_light(embedded_store: Store, page: Page, zone: str, rules: CountingRules) -> None:
    store, rng = embedded_store, random.Random(zone)
    edition_id = save_edition(store, SYSTEM, city="小城", name="2026", holds_from=date(2020, 1, 1))
    first = rng.randrange(10**6)
    states = [replace(lived(first + at), edition_id=edition_id) for at in range(LIVES)]
    with store.transaction(System("test")) as cursor:
        log.insert_states(cursor, states)
    mirror = Mirror(8)
    mirror.apply(*incident_columns(store, 0, edition_id))
    clocks = Clocks(CALENDAR, unsaid_share=rules.yellow_share, suspended_runs=rules.suspended_is_due)
    services: Any = SimpleNamespace(edition=SimpleNamespace(system=SYSTEM), categories={})
    colours = set()
    for moment in moments(states, rng):
        local = moment.astimezone(ZoneInfo(zone))
        question = QueueQuestion(
            CITY, (), edition_id, local, limit=1000, unsaid_share=rules.yellow_share,
            suspended_runs=rules.suspended_is_due,
        )  # fmt: skip
        asked = of_database(store, question)
        writer = Writer(services, clocks, local)
        documents = [writer.row(state) for state in states]
        told = {row.id: row.light for row in documents}
        counted = of_mirror(mirror, moment, rules)
        drawn = of_browser(page, [row.model_dump(mode="json") for row in documents], moment)
        for state, (on_phone, at_desk) in zip(states, drawn, strict=True):
            answers = {
                "database": asked.get(state.id, "none"), "mirror": counted[state.id], "api": told[state.id],
                "phone": on_phone, "desk": at_desk,
            }  # fmt: skip
            assert len(set(answers.values())) == 1, (moment, answers, state)
            colours.add(on_phone)
    assert colours == set(LIGHTS)


def test_a_phone_goes_by_the_clock_of_the_server(page: Page) -> None:
    """Its own clock may be wrong by hours; the date of each answer says what time it is there."""
    ahead = page.evaluate(
        """() => {
          const before = phone.now() - Date.now();
          phone.heard(new Date(Date.now() - 7200e3).toUTCString());
          return [before, phone.now() - Date.now()];
        }"""
    )
    assert ahead[0] == 0
    assert -7_200_600 <= ahead[1] <= -7_199_400
    times = ["2026-10-25T02:59:59.999+02:00", "2026-10-25T02:00:00.000001+01:00", "2026-10-25T02:00:00+01:00"]
    assert page.evaluate("(times) => phone.latest(times)", times) == times[1]
    assert page.evaluate("phone.latest([])") is None
