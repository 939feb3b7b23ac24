"""Time formats, and local times that clocks show twice or never."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.feeds.times import other_format, parse_time, to_utc

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


@pytest.mark.parametrize(
    ("text", "wanted", "right"),
    [
        ("2026-09-20T16:04:05.123456789+08:00", "iso", "2026-09-20T16:04:05.123456+08:00"),
        ("20260920T160405,1234567Z", "iso", "20260920T160405,123456Z"),
        ("2026/9/20 16:04:05.0000001", "ymd", "2026/9/20 16:04:05.000000"),
        ("1790000000.123456789", "unix_s", "1790000000.123456"),
    ],
)
def test_what_is_finer_than_microseconds_is_refused_with_what_to_write(text: str, wanted: str, right: str) -> None:
    with pytest.raises(ValueError, match="finer than in microseconds") as refused:
        parse_time(text, [wanted])
    assert str(refused.value).endswith(f": write {right}")
    assert parse_time(right, [wanted])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("2026-09-20T16:04:05.123456000Z", "iso"), ("2026-09-20 16:04:05.1200000", "ymd"), ("46285.6695023148", "excel")],
)
def test_zeros_after_the_microseconds_say_nothing(text: str, wanted: str) -> None:
    assert parse_time(text, [wanted])


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("20-SEP-26 04.04.05 PM", "'dmy'"),
        ("20-SEP-26 04.04.05.123456000 PM +08:00", "'dmy'"),
        ("20 Sep 26 16:04", "'dmy'"),
        ("Sep 20, 2026 4:04 PM", "'mdy' or 'dmy'"),
        ("26-9-20 16:04", ""),
    ],
)
def test_a_time_in_another_format_is_advised_on(text: str, hint: str) -> None:
    advice = other_format(text, ["iso"])
    assert advice == (f"it is one in the format {hint}: add it to times.formats if that is meant" if hint else "")
