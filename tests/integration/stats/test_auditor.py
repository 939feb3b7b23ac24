"""What an auditor counts on the store with SQL: every measure and every KPI, on random logs with all side paths.

The statements are written from the definitions in docs/kpis.md, over the table `incident`: no predicate of ours is in
them.
"""

import random
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from data.city.editions import Edition, current_edition
from data.incidents import log
from data.incidents.model import Event
from data.stats.measures.counting_rules import CountingRules
from data.stats.measures.kpi_rows import all_kpis, all_measures, kpi_rows
from data.stats.measures.question import Question
from data.stats.mirror.mirror import Mirror
from data.store.connection import Store
from data.store.openers import System
from data.words import OPEN_STAGES
from tests.unit.stats.cities import CITY, LEAVES, NOON
from tests.unit.stats.logs import Scribe, states_of

# Times are cut to the second, as everywhere in the center.
INCIDENTS = """
WITH told AS (
    SELECT leaf, means, level, self_handled, suspended, returns, reworks, extensions, escalations, satisfaction,
           date_trunc('second', reported_at) AS reported, date_trunc('second', verified_at) AS verified,
           date_trunc('second', filed_at) AS filed, date_trunc('second', dispatched_at) AS dispatched,
           date_trunc('second', claimed_at) AS claimed, date_trunc('second', handled_at) AS handled,
           date_trunc('second', checked_at) AS checked, date_trunc('second', closed_at) AS closed,
           date_trunc('second', voided_at) AS voided, date_trunc('second', due_at) AS due,
           date_trunc('second', due_claim_at) AS claim_due,
           date_trunc('second', clock_due_at) AS clock_due, date_trunc('second', clock_yellow_at) AS clock_yellow
    FROM incident WHERE leaf >= %(lo)s AND leaf < %(hi)s OR %(unlocated)s AND leaf = -1
)
"""
IN_SPAN = "{time} >= %(since)s AND {time} < %(until)s AND {time} <= %(moment)s"
# What was handled on the spot and reworked since waits to be handled again.
SPOT = "(self_handled AND handled IS NOT NULL)"
DUE = "due < %(moment)s AND (voided IS NULL) AND (closed IS NOT NULL OR NOT suspended OR %(suspended_is_due)s)"
ON_THE_WAY = "closed IS NULL AND voided IS NULL"
RUNS = f"{ON_THE_WAY} AND (NOT suspended OR %(suspended_is_due)s)"
# The moment lies behind every step, so a clock that is known is the one that runs.
RED = f"{RUNS} AND coalesce(clock_due, due) < %(moment)s"
YELLOW = f"""{RUNS} AND CASE
    WHEN clock_due IS NOT NULL THEN clock_due >= %(moment)s AND clock_yellow <= %(moment)s
    ELSE due >= %(moment)s AND extract(epoch FROM due - %(moment)s)
         < %(yellow_share)s * extract(epoch FROM due - coalesce(dispatched, reported)) END"""
DISPATCH_DUE = f"voided IS NULL AND (dispatched IS NOT NULL OR NOT {SPOT} AND filed + %(dispatch_within)s < %(moment)s)"

# What was in the span: time that places it, and what else must hold.
FLOWS = {
    "reported": ("reported", "true"),
    "reported_unlocated": ("reported", "leaf = -1"),
    "valid": ("reported", "voided IS NULL"),
    "valid_closed": ("reported", "closed IS NOT NULL"),
    "sent_up": ("reported", f"%(self_handled_is_sent_up)s OR filed IS NOT NULL OR NOT {SPOT}"),
    "sent_up_filed": ("reported", "filed IS NOT NULL"),
    "verified": ("verified", "true"),
    "filed": ("filed", "true"),
    "filed_sent_out": ("filed", "dispatched IS NOT NULL OR returns > 0"),
    "filed_sent_out_right": ("filed", "dispatched IS NOT NULL AND returns = 0"),
    "dispatch_due": ("filed", DISPATCH_DUE),
    "dispatched_on_time": ("filed", f"{DISPATCH_DUE} AND dispatched <= filed + %(dispatch_within)s"),
    "dispatched": ("dispatched", "true"),
    "dispatched_handled": ("dispatched", "handled IS NOT NULL"),
    "claimed": ("claimed", "true"),
    "handled": ("handled", "true"),
    "checked": ("checked", "true"),
    "voided": ("voided", "true"),
    "closed": ("closed", "true"),
    "service": ("closed", "means = 'service'"),
    "management": ("closed", "means = 'management'"),
    "enforcement": ("closed", "means = 'enforcement'"),
    "closed_on_time": ("closed", "closed <= due"),
    "self_handled": ("closed", "self_handled"),
    "reworked": ("closed", "reworks > 0"),
    "returned": ("closed", "returns > 0"),
    "extended": ("closed", "extensions > 0"),
    "escalated": ("closed", "escalations > 0"),
    "rated": ("closed", "satisfaction IS NOT NULL"),
    "satisfied": ("closed", "satisfaction = 'satisfied' OR %(neutral_is_satisfied)s AND satisfaction = 'neutral'"),
    "due": ("due", DUE),
    "due_closed": ("due", f"{DUE} AND closed IS NOT NULL"),
    "due_closed_on_time": ("due", f"{DUE} AND closed <= due"),
    "due_handled_on_time": ("due", f"{DUE} AND handled <= due"),
    "due_pending": ("due", f"{DUE} AND handled IS NULL"),
    "claim_due": ("claim_due", "claim_due < %(moment)s AND voided IS NULL"),
    "claimed_on_time": ("claim_due", "claim_due < %(moment)s AND voided IS NULL AND claimed <= claim_due"),
    **{f"closed_level_{level}": ("closed", f"level = {level}") for level in range(4)},
    **{f"closed_within_level_{level}": ("closed", f"level >= {level}") for level in range(1, 4)},
}
STOCKS = {
    "open": ON_THE_WAY,
    "pending": f"{ON_THE_WAY} AND handled IS NULL",
    "overdue": RED,
    "yellow": YELLOW,
    "overdue_pending": f"{RED} AND handled IS NULL",
    "unlocated": f"{ON_THE_WAY} AND leaf = -1",
    "suspended": f"{ON_THE_WAY} AND suspended",
}
# Above and below the line.
RATES = {
    "filing_rate": ("sent_up_filed", "sent_up"), "closing_rate": ("valid_closed", "valid"),
    "due_closing_rate": ("due_closed", "due"), "on_time_closing_rate": ("due_closed_on_time", "due"),
    "on_time_share_of_closed": ("closed_on_time", "closed"), "handling_rate": ("dispatched_handled", "dispatched"),
    "on_time_handling_rate": ("due_handled_on_time", "due"), "overdue_pending_rate": ("due_pending", "due"),
    "accurate_dispatch_rate": ("filed_sent_out_right", "filed_sent_out"),
    "on_time_dispatch_rate": ("dispatched_on_time", "dispatch_due"),
    "claim_on_time_rate": ("claimed_on_time", "claim_due"), "self_handling_rate": ("self_handled", "closed"),
    "rework_rate": ("reworked", "closed"), "return_rate": ("returned", "closed"),
    "extension_rate": ("extended", "closed"), "escalation_rate": ("escalated", "closed"),
    "satisfaction_rate": ("satisfied", "rated"), "service_share": ("service", "closed"),
    "management_share": ("management", "closed"), "enforcement_share": ("enforcement", "closed"),
    **{f"within_level_{level}": (f"closed_within_level_{level}", "closed") for level in range(1, 4)},
}  # fmt: skip
HOURS = {
    f"{name}_hours_to_{verb}": (share, start, end)
    for name, share in (("median", 0.5), ("p90", 0.9))
    for verb, start, end in (
        ("claim", "dispatched", "claimed"), ("handle", "reported", "handled"), ("close", "reported", "closed"),
    )
}  # fmt: skip


def busy_log(seed: int, size: int) -> list[Event]:
    """A log in which a step follows the other within the hour, so that deadlines are kept as well as missed."""
    scribe = Scribe(random.Random(seed), NOON - timedelta(hours=40), weights=(12, 3))
    while len(scribe.events) < size:
        scribe.clock += timedelta(seconds=scribe.rng.choice([0, 1, 60, 300, 1000]), milliseconds=1)
        moving = [state for state in scribe.states.values() if state.stage in OPEN_STAGES]
        closed = [state for state in scribe.states.values() if state.stage == "closed"]
        if len(moving) < 18:
            scribe.report()
        elif closed and scribe.rng.random() < 0.02:
            scribe.move(scribe.rng.choice(closed))
        else:
            scribe.move(scribe.rng.choice(moving))
    return scribe.events


def audit(store: Store, **asked: Any) -> dict[str, float | None]:
    """Every measure, rate and duration, in one statement."""
    filters = {name: f"{IN_SPAN.format(time=time)} AND ({holds})" for name, (time, holds) in FLOWS.items()} | STOCKS
    chosen = [f"count(*) FILTER (WHERE {holds}) AS {name}" for name, holds in filters.items()]
    chosen += [
        f"percentile_cont({share}) WITHIN GROUP (ORDER BY extract(epoch FROM {end} - {start}) / 3600.0) "
        # What lies the wrong way round in an old log was not measured.
        f"FILTER (WHERE {IN_SPAN.format(time=end)} AND {end} >= {start}) AS {name}"
        for name, (share, start, end) in HOURS.items()
    ]
    rates = [f"{above}::float8 / nullif({below}, 0) AS {name}" for name, (above, below) in RATES.items()]
    statement = (
        f"{INCIDENTS}, counted AS (SELECT {', '.join(chosen)} FROM told)\nSELECT *, {', '.join(rates)} FROM counted"
    )
    with store.transaction(System("test")) as cursor:
        cursor.execute(statement, asked)
        (row,) = cursor.fetchall()
        return dict(zip((column.name for column in cursor.description or ()), row, strict=True))


@pytest.fixture
def edition(store: Store, edition_id: int) -> Edition:
    assert edition_id == 1
    return current_edition(store, date(2100, 1, 1))


def answered(store: Store, edition: Edition, question: Question, level: int) -> dict[str, Any]:
    mirror = Mirror(LEAVES, edition.id)
    mirror.refresh(store)
    return kpi_rows(mirror.view(), edition=edition, level=level, question=question)


@pytest.mark.parametrize(
    "rules",
    [CountingRules(), CountingRules(0.6, True, True, True, 1200)],
    ids=["as shipped", "all definitions otherwise"],
)
def test_every_number_is_what_an_auditor_counts(store: Store, edition: Edition, rules: CountingRules):
    events = busy_log(3, 2400)
    with store.transaction(System("test")) as cursor:
        log.append(cursor, events)
        log.insert_states(cursor, states_of(events))
    moment = max(event.at for event in events).replace(microsecond=0) + timedelta(seconds=1)
    since, until = moment - timedelta(hours=900), moment - timedelta(hours=1)
    question = Question(moment, since, until, CITY, rules=rules)
    asked = sql_asked(moment, since, until, rules)
    seen: set[str] = set()
    for level in (1, 2):
        found = answered(store, edition, question, level)
        places = [(row, edition.system.find(row["id"])) for row in found["rows"]]
        for row, (lo, hi, unlocated) in [
            (found["total"], (0, LEAVES, True)),
            *((row, (grid.lo, grid.hi, False)) for row, grid in places),
        ]:
            expected = audit(store, lo=lo, hi=hi, unlocated=unlocated, **asked)
            for one in all_measures(edition):
                assert row["measures"][one.name] == expected[one.name], one.name
                seen |= {one.name} if expected[one.name] else set()
            for key in (*RATES, *HOURS):
                value = expected[key]
                assert row["kpis"][key]["value"] == (None if value is None else pytest.approx(value, abs=1e-6)), key
    assert seen >= set(FLOWS), set(FLOWS) - seen
    assert set(RATES) | set(HOURS) == {one.key for one in all_kpis(edition) if one.unit in ("ratio", "hours")}


def sql_asked(moment: datetime, since: datetime, until: datetime, rules: CountingRules) -> dict[str, Any]:
    return {
        "moment": moment, "since": since, "until": until,
        "suspended_is_due": rules.suspended_is_due, "self_handled_is_sent_up": rules.self_handled_is_sent_up,
        "neutral_is_satisfied": rules.neutral_is_satisfied, "yellow_share": rules.yellow_share,
        "dispatch_within": timedelta(seconds=rules.dispatch_within_s),
    }  # fmt: skip


def test_an_empty_store_has_no_rates(store: Store, edition: Edition):
    found = answered(store, edition, Question(NOON, NOON - timedelta(days=1), NOON, CITY), 1)["total"]
    expected = audit(
        store, lo=0, hi=LEAVES, unlocated=True, **sql_asked(NOON, NOON - timedelta(days=1), NOON, CountingRules())
    )
    assert {key: found["kpis"][key]["value"] for key in RATES} == {key: expected[key] for key in RATES}
    assert {expected[key] for key in RATES} == {None}
