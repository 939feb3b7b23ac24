"""Worked examples from published reports: the numbers of the report in, its percentages out, through incidents."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from data.stats.measures.counting_rules import CountingRules
from data.stats.measures.kpi_rows import kpi_rows
from data.stats.measures.question import Question
from data.stats.mirror.mirror import Mirror, MirrorView
from tests.unit.stats import slow
from tests.unit.stats.cities import CITY, LEAVES, NOON, make_edition, make_system, state

EDITION = make_edition(make_system())
REPORTED = NOON - timedelta(days=9)


def view_of_lots(lots: Sequence[tuple[int, dict[str, Any]]]) -> MirrorView:
    """So many incidents of each kind, over all leaves; times are given in hours after the report."""
    columns = []
    for _, more in lots:
        times = {name: REPORTED + timedelta(hours=hours) for name, hours in more.items() if name.endswith("_at")}
        columns.append(slow.columns_of([state(1, REPORTED, **{**more, **times})]))
    sizes = [count for count, _ in lots]
    every = {
        name: np.concatenate([np.repeat(one[name], size) for one, size in zip(columns, sizes, strict=True)])
        for name in (columns[0] if columns else ())
    }
    mirror = Mirror(LEAVES)
    if every:
        every["id"] = every["seq"] = np.arange(1, sum(sizes) + 1)
        every["leaf"] = (every["id"] % LEAVES).astype(np.int32)
        mirror.apply(sum(sizes), every)
    return mirror.view()


def percents(*lots: tuple[int, dict[str, Any]], rules: CountingRules | None = None) -> dict[str, float | None]:
    """Every rate of the city, in percent to two places."""
    question = Question(NOON, NOON - timedelta(days=30), NOON, CITY, rules=rules or CountingRules())
    found = kpi_rows(view_of_lots(lots), edition=EDITION, level=1, question=question)["total"]["kpis"]
    return {
        key: None if entry["value"] is None else round(100 * entry["value"], 2)
        for key, entry in found.items()
        if entry["denominator"] is not None
    }


def test_closed_of_reported():
    """9,213 reported and 9,201 closed is 99.87 %."""
    assert percents((9201, {"closed_at": 5}), (12, {}))["closing_rate"] == 99.87


@pytest.mark.parametrize(
    ("received", "closed", "percent"),
    [(14090, 14068, 99.84), (1420, 1410, 99.30), (3620, 3619, 99.97), (7921, 7910, 99.86), (103, 103, 100.0)],
)
def test_jiangmen_july(received: int, closed: int, percent: float):
    """江门市 digital urban management, a July bulletin: all cases, then four of its classes (market surroundings,
    advertising, street order, sudden events). Source: jmscsglhzhzfj, content/post_3163772.
    """
    assert percents((closed, {"closed_at": 5}), (received - closed, {}))["closing_rate"] == percent


def test_tianmen_december_2016():
    """天门 digital urban management: 1,054 received, 996 filed, 972 due, 911 of them closed (93.72 %), 737 in time
    (75.82 %). Source: 天门日报, 2017-01-03, hbcic.net.cn/info/wcm/74587.htm.
    """
    filed = {"verified_at": 1, "filed_at": 2}
    sent = filed | {"dispatched_at": 3, "due_at": 48}
    found = percents(
        (737, sent | {"closed_at": 40}),
        (911 - 737, sent | {"closed_at": 60}),
        (972 - 911, sent),
        (996 - 972, filed | {"dispatched_at": 3, "due_at": 24 * 30}),
        (1054 - 996, {}),
    )
    assert found["due_closing_rate"] == 93.72
    assert found["on_time_closing_rate"] == 75.82
    assert found["filing_rate"] == 94.50  # 996 of 1,054; not in the bulletin


@pytest.mark.parametrize(("due", "closed", "percent"), [(956, 902, 94.35), (16, 9, 56.25)])
def test_tianmen_events_and_components(due: int, closed: int, percent: float):
    """The same bulletin, events (事件类) and components (部件类) apart."""
    sent = {"filed_at": 2, "dispatched_at": 3, "due_at": 48}
    assert percents((closed, sent | {"closed_at": 40}), (due - closed, sent))["due_closing_rate"] == percent


def test_jiangyin_hotline_september_2023():
    """江阴 12345: 46,653 requests, 27,929 closed at the desk (59.87 %), 18,724 dispatched (40.13 %); 246 of 300 callers
    reached, 240 satisfied, 5 so-so. The bulletin gives no rate of satisfaction; it is reckoned here.
    """
    at_desk = {"self_handled": True, "handled_at": 1, "closed_at": 2}
    sent = {"filed_at": 1, "dispatched_at": 2, "handled_at": 30, "closed_at": 40}
    lots = [
        (27929, at_desk),
        (240, sent | {"satisfaction": "satisfied"}),
        (5, sent | {"satisfaction": "neutral"}),
        (1, sent | {"satisfaction": "dissatisfied"}),
        (18724 - 246, sent),
    ]
    found = percents(*lots)
    assert found["self_handling_rate"] == 59.87
    assert found["filing_rate"] == 100.0  # what the desk closed was never to be filed
    assert found["satisfaction_rate"] == 97.56
    assert percents(*lots, rules=CountingRules(neutral_is_satisfied=True))["satisfaction_rate"] == 99.59
    assert percents(*lots, rules=CountingRules(self_handled_is_sent_up=True))["filing_rate"] == 40.13


def test_a_county_s_hotline_april_2022():
    """A county's 12345 and letters: 2,877 received, 2,276 settled at the desk, 601 dispatched: 597 closed in time and 4
    late, "closed 100 %, in time 99 %". Source: its circular of 2022-05-18.
    """
    sent = {"filed_at": 1, "dispatched_at": 2, "due_at": 72}
    found = percents(
        (2276, {"self_handled": True, "handled_at": 1, "closed_at": 2}),
        (597, sent | {"closed_at": 50}),
        (4, sent | {"closed_at": 80}),
    )
    assert (found["due_closing_rate"], found["on_time_closing_rate"]) == (100.0, 99.33)
    assert found["closing_rate"] == 100.0


def test_nothing_in_is_no_rate_out():
    found = percents()
    assert {found[key] for key in found if key.endswith("_rate")} == {None}
