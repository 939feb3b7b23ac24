"""Time formats, and local times that clocks show twice or never."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.feeds.times import parse_time, to_utc

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "formats", "iso"),
    [
        ("10/21/18 0:59", ["%m/%d/%y %H:%M"], "2018-10-21T00:59"),
        ("10/21/2018 12:59:00 AM", ["%m/%d/%y %H:%M", "%m/%d/%Y %I:%M:%S %p"], "2018-10-21T00:59"),
        ("2018-10-21 00:59", ["%d.%m.%Y", "iso"], "2018-10-21T00:59"),
        ("1540083540", ["unix_s"], "2018-10-21T00:59+00:00"),
        ("1540083540123", ["unix_ms"], "2018-10-21T00:59:00.123+00:00"),
        ("2018年10月21日 00:59", ["%Y年%m月%d日 %H:%M"], "2018-10-21T00:59"),
        ("2018-10-21 00:59 +0800", ["%Y-%m-%d %H:%M %z"], "2018-10-21T00:59+08:00"),
    ],
)
def test_formats(text: str, formats: list[str], iso: str) -> None:
    assert parse_time(text, formats) == datetime.fromisoformat(iso)


@pytest.mark.parametrize("text", ["", "10/21/18", "10/21/18 0:59 x", "1" * 20, "9" * 10_000_000, "２０18-10-21 00:59"])
def test_what_fits_no_format_names_them(text: str) -> None:
    with pytest.raises(ValueError, match=r"%m/%d/%y %H:%M.*unix_s.*ISO 8601"):
        parse_time(text, ["%m/%d/%y %H:%M", "unix_s", "iso"])


@given(st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)))  # noqa: DTZ001
def test_a_local_time_that_exists_once_comes_back(naive: datetime) -> None:
    utc = to_utc(naive, NEW_YORK)
    assert utc.tzinfo is UTC
    back = utc.astimezone(NEW_YORK).replace(tzinfo=None)
    if back != naive:
        # Skipped by the clocks: moved forward by the hour they skipped.
        assert (back - naive).total_seconds() == 3600


def test_a_time_shown_twice_is_the_second_only_where_the_first_cannot_be() -> None:
    naive = datetime(2026, 11, 1, 1, 10)  # noqa: DTZ001
    first, second = datetime(2026, 11, 1, 5, 10, tzinfo=UTC), datetime(2026, 11, 1, 6, 10, tzinfo=UTC)
    assert to_utc(naive, NEW_YORK) == first
    assert to_utc(naive, NEW_YORK, not_before=first) == first
    assert to_utc(naive, NEW_YORK, not_before=datetime(2026, 11, 1, 5, 50, tzinfo=UTC)) == second
    # Neither can be: the first, to be refused by who asks.
    assert to_utc(naive, NEW_YORK, not_before=datetime(2026, 11, 1, 7, tzinfo=UTC)) == first
