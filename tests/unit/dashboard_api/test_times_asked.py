# ruff: noqa: DTZ001 - a question may leave the offset out
"""The times of a question: whole seconds, in order, and not in the future."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboard.questions.times import bound_asked, check_span, moment_asked, span_asked
from data.errors import QueryInvalid

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 15, 36, 19, 700_000, tzinfo=ZONE)
SECOND = NOW.replace(microsecond=0)
MONTH = timedelta(days=30)


def test_no_moment_is_the_second_that_is_now() -> None:
    assert moment_asked(None, NOW) == SECOND


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        (NOW - timedelta(days=1), SECOND - timedelta(days=1)),
        (datetime(2026, 11, 22, 15, 0), datetime(2026, 11, 22, 15, 0, tzinfo=ZONE)),
        (datetime(2026, 11, 22, 7, 0, tzinfo=UTC), datetime(2026, 11, 22, 15, 0, tzinfo=ZONE)),
        (SECOND + timedelta(seconds=8), SECOND),
    ],
)
def test_a_moment_means_its_second(asked: datetime, meant: datetime) -> None:
    assert moment_asked(asked, NOW) == meant


@pytest.mark.parametrize(
    "asked", [NOW + timedelta(seconds=12), datetime(2026, 11, 22, 7, 37, tzinfo=UTC), datetime(9999, 12, 31),
              datetime(1, 1, 1), datetime(1, 1, 1, tzinfo=UTC)]
)  # fmt: skip
def test_a_moment_that_has_not_come_or_is_out_of_reach_is_refused(asked: datetime) -> None:
    with pytest.raises(QueryInvalid):
        moment_asked(asked, NOW)


def test_a_bound_within_a_second_is_refused_with_the_second_to_write() -> None:
    assert bound_asked("since", datetime(2026, 11, 1), ZONE) == datetime(2026, 11, 1, tzinfo=ZONE)
    assert bound_asked("since", None, ZONE) is None
    with pytest.raises(QueryInvalid, match="write 2026-11-01T00:00:00") as caught:
        bound_asked("since", datetime(2026, 11, 1, microsecond=500_000), ZONE)
    assert caught.value.values["field"] == "since"


@pytest.mark.parametrize(
    "span",
    [
        {"since": SECOND, "until": SECOND},
        {"since": SECOND, "until": SECOND - timedelta(days=1)},
        {"since": SECOND + timedelta(days=1), "until": None},
        {"since": SECOND + timedelta(days=1), "until": SECOND + timedelta(days=2)},
    ],
)
def test_a_span_that_holds_nothing_is_refused(span: dict[str, Any]) -> None:
    with pytest.raises(QueryInvalid):
        check_span(**span, moment=SECOND)


def test_a_span_ends_with_its_moment_and_is_as_long_as_usual() -> None:
    past = SECOND - timedelta(days=100)
    end = past + timedelta(seconds=1)
    assert span_asked(None, None, past, MONTH) == (end - MONTH, end)
    assert span_asked(past - MONTH, SECOND + MONTH, past, MONTH) == (past - MONTH, SECOND + MONTH)


@pytest.mark.parametrize("hour", [datetime(2026, 10, 25, 2, 30), datetime(2026, 3, 29, 2, 30)])
def test_a_time_that_clocks_show_twice_or_never_wants_its_offset(hour: datetime) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    with pytest.raises(QueryInvalid, match="twice or never"):
        bound_asked("since", hour, berlin)
    assert bound_asked("since", hour.replace(tzinfo=UTC), berlin) == hour.replace(tzinfo=UTC)
    assert bound_asked("since", hour.replace(hour=4), berlin) == hour.replace(hour=4, tzinfo=berlin)
