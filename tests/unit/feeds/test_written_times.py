"""Times as offices write them: each is read as what it says, or refused; none becomes another time."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.feeds.time_patterns import compiled
from data.feeds.times import NAMED_FORMATS, clock_doubt, other_format, parse_time

OFFICE = ["ymd", "excel"]
FOUR = "2026-09-20T16:04:00"
FIVE = "2026-09-20T16:04:05"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026/9/20 16:04", FOUR),
        ("2026-9-20 16:04:05", FIVE),
        ("2026年9月20日 16:04", FOUR),
        ("2026年9月20日 16时04分", FOUR),
        ("2026年9月20日16时4分", FOUR),
        ("2026年09月20日 16:04:05", FIVE),
        ("2026年9月20日16时04分05秒", FIVE),
        ("2026年9月20日16点", "2026-09-20T16:00:00"),
        ("2026年9月20日16点半", "2026-09-20T16:30:00"),
        ("2026年9月20日16:04", FOUR),
        ("2026年9月20日 星期日 16:04", FOUR),
        ("2026年9月20日（周日）16:04", FOUR),
        ("46285.6694", FOUR),
        ("46285.669444444", FOUR),
        ("46285.66950231", FIVE),
        ("46285.5", "2026-09-20T12:00:00"),
        ("2026-09-19 24:00", "2026-09-20T00:00:00"),
        ("2026年9月19日24时", "2026-09-20T00:00:00"),
        ("2026/9/20 下午 4:04", FOUR),
        ("2026/9/20 下午4:04:05", FIVE),
        ("2026/9/20 下午16:04", FOUR),
        ("2026年9月20日 下午4:04", FOUR),
        ("2026年9月20日下午4点04分", FOUR),
        ("2026-09-20 4:04 下午", FOUR),
        ("2026/9/20 4:04 PM", FOUR),
        ("2026/9/20 4:04 p.m.", FOUR),
        ("2026/9/20 上午12:04", "2026-09-20T00:04:00"),
        ("2026/9/20 下午12:04", "2026-09-20T12:04:00"),
        ("2026/9/20 中午12:04", "2026-09-20T12:04:00"),
        ("2026/9/20 凌晨1:04", "2026-09-20T01:04:00"),
        ("2026/9/20 晚上8:04", "2026-09-20T20:04:00"),
        ("2026.9.20 16:04", FOUR),
        ("20260920160405", FIVE),
        ("202609201604", FOUR),
        ("20260920 1604", FOUR),
        ("20260920 16:04:05", FIVE),
        ("20260920160405123", FIVE + ".123"),
        ("2026-09-20T16:04:05", FIVE),
        ("2026-09-20T16:04:05Z", FIVE + "+00:00"),
        ("2026-09-20T16:04:05.123+0800", FIVE + ".123+08:00"),
        ("2026/9/20 16:04 +08:00", FOUR + "+08:00"),
        ("2026/9/20 16:04 GMT+8", FOUR + "+08:00"),
        ("2026-09-20 16:04:05.0", FIVE),
        ("２０２６-０９-２０ １６：０４", FOUR),
        ("2026-09-20  16:04:05", FIVE),
        ("2026-09-20,16:04:05", FIVE),
        ("2026-9-20 9:4:05", "2026-09-20T09:04:05"),
        ("2026-Sep-20 16:04", FOUR),
    ],
)
def test_year_first(text: str, iso: str) -> None:
    assert parse_time(text, OFFICE) == datetime.fromisoformat(iso)


@pytest.mark.parametrize(
    "text",
    [
        "", "20260920160", "2026920160405", "2026092016", "2026-09-20", "2026年9月20日", "20260920", "46285", "46285.0",
        "下午 4:04", "16:04", "26-9-20 16:04", "2026-09-20 16:04:60", "2026/13/1 10:00", "2026-02-30 10:00",
        "2026-09-20 25:00", "2026-09-20 24:01", "2026-09-20 16:4", "2026-09-20 16:04:5", "2026-9-2016:04",
        "2026/9/20 上午16:04", "2026/9/20 下午0:30", "2026/9/20 晚上12:00", "2026/9/20 上午4:04 PM",
        "2026/9/20 AM 4:04 AM AM", "2026年9月20日 星期一 16:04", "2026-09/20 16:04", "9/20/2026 16:04",
        "2026-09-20 16:04 CST", "2026-09-20 16:04 x", "x 2026-09-20 16:04", "2026-09-20 16:04 - 17:00",
        "46285.669", "46285.67", "46285.6697", "46285.6675", "1.7E9",
        "2026-09-20 16:04:05 +99:00", "115年9月20日 16:04", "2026-09-20T",
        "2026-09-20 16:04" + "0" * 60,
    ],
)  # fmt: skip
def test_what_is_not_a_time_or_may_be_two_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time in the format 'ymd' or 'excel'"):
        parse_time(text, OFFICE)


@pytest.mark.parametrize(
    ("text", "order", "iso"),
    [
        ("9/20/2026 4:04:05 PM", "mdy", FIVE),
        ("9/20/26 16:04", "mdy", FOUR),
        ("Sep 20, 2026 4:04 PM", "mdy", FOUR),
        ("Sunday, September 20, 2026 at 4:04 PM", "mdy", FOUR),
        ("20/9/2026 16:04", "dmy", FOUR),
        ("20.09.2026 16.04", "dmy", FOUR),
        ("20-SEP-26 04.04.05.000000 PM", "dmy", FIVE),
        ("20th September 2026, 16:04", "dmy", FOUR),
        ("05/06/2026 10:00", "dmy", "2026-06-05T10:00"),
        ("05/06/2026 10:00", "mdy", "2026-05-06T10:00"),
    ],
)
def test_the_order_is_said(text: str, order: str, iso: str) -> None:
    assert parse_time(text, [order]) == datetime.fromisoformat(iso)


@pytest.mark.parametrize("formats", [["mdy", "dmy"], ["%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"], ["dmy", "%m/%d/%Y %H:%M"]])
def test_two_orders_are_refused_where_they_differ(formats: list[str]) -> None:
    with pytest.raises(ValueError, match=r"can be 2026-0[56].* and 2026-0[56]"):
        parse_time("05/06/2026 10:00", formats)
    assert parse_time("20/06/2026 10:00", formats) == parse_time("06/20/2026 10:00", formats)
    assert parse_time("06/06/2026 10:00", formats) == datetime(2026, 6, 6, 10)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("202609201604", "%Y%m%d%H%M%S"),
        ("20260920160", "%Y%m%d%H%M"),
        ("2026920160405", "%Y%m%d%H%M%S"),
        ("20261320160405123", "%Y%m%d%H%M%S%f"),
        ("2026920 16:04", "%Y%m%d %H:%M"),
        ("16042026", "%d%m%y%H"),
        ("2026-09-20 04:04 EST", "%Y-%m-%d %H:%M %Z"),
        ("Mon 2026-09-20 04:04", "%a %Y-%m-%d %H:%M"),
        ("2026-09-20 16:04:05", "%Y-%m-%d %H:%M"),
        ("2026-09-20 13:04 PM", "%Y-%m-%d %I:%M %p"),
        ("2026-09-20 16:04 AM", "%Y-%m-%d %H:%M %p"),
        ("2026366", "%Y%j"),
    ],
)
def test_a_pattern_never_makes_another_time_of_a_text(text: str, pattern: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        parse_time(text, [pattern])


@pytest.mark.parametrize(
    ("text", "pattern", "iso"),
    [
        ("20260920160405123", "%Y%m%d%H%M%S%f", FIVE + ".123"),
        ("2026/9/20 下午4:04", "%Y/%m/%d %p%I:%M", FOUR),
        ("2026-09-20 04:04 PM", "%Y-%m-%d %H:%M %p", FOUR),
        ("2026-09-19 24:00", "%Y-%m-%d %H:%M", "2026-09-20T00:00"),
        ("２０２６年９月２０日 16：04", "%Y年%m月%d日 %H:%M", FOUR),
        ("20-SEP-26 04.04.05.000000 PM", "%d-%b-%y %I.%M.%S.%f %p", FIVE),
        ("Sun Sep 20 16:04:05 2026", "%c", FIVE),
        ("2026-09-20 16:04 UTC", "%Y-%m-%d %H:%M %Z", FOUR + "+00:00"),
        ("26-9-20 16:04", "%y-%m-%d %H:%M", FOUR),
        ("2026263", "%Y%j", "2026-09-20T00:00"),
    ],
)
def test_patterns(text: str, pattern: str, iso: str) -> None:
    assert parse_time(text, [pattern]) == datetime.fromisoformat(iso)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("%Y-%m-%d %I:%M", "morning or afternoon"),
        ("%m/%d %H:%M", "no day"),
        ("%H:%M", "no day"),
        ("%Y-%m-%d %Q", "has %Q"),
        ("%Y-%m-%d %Y", "one thing twice"),
        ("%Y-%m-%d %", "has %"),
    ],
)
def test_patterns_that_leave_a_time_open_are_refused(pattern: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        compiled(pattern)


def test_another_format_is_advised() -> None:
    assert "'excel'" in other_format("46285.6694", ["iso"])
    assert "'mdy'" in other_format("9/20/2026 4:04:05 PM", OFFICE)
    assert "'unix_s'" in other_format("1789891445", OFFICE)
    assert other_format("26-9-20 16:04", OFFICE) == ""
    assert other_format("x" * 1_000, OFFICE) == ""


def test_seconds_and_milliseconds_are_not_taken_for_each_other() -> None:
    both = ["unix_s", "unix_ms"]
    assert parse_time("1789891445", both) == parse_time("1789891445000", both) == parse_time("1789891445.0", both)
    with pytest.raises(ValueError, match="is not a time"):
        parse_time("17898914450", both)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_every_second_comes_back_from_every_way_to_write_it(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    for order, pattern in (
        ("ymd", "%Y-%m-%d %H:%M:%S"), ("ymd", "%Y年%m月%d日%H时%M分%S秒"), ("ymd", "%Y%m%d%H%M%S"),
        ("ymd", "%Y/%m/%d %I:%M:%S %p"), ("mdy", "%m/%d/%Y %I:%M:%S %p"), ("dmy", "%d %B %Y %H:%M:%S"),
        ("iso", "%Y-%m-%dT%H:%M:%S"),
    ):  # fmt: skip
        text = moment.strftime(pattern)
        assert parse_time(text, [order]) == moment
        if order != "iso":
            assert parse_time(text, [pattern]) == moment
    days = (moment - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001
    if moment.hour or moment.minute or moment.second:
        assert parse_time(f"{days:.9f}", ["excel"]) == moment


@given(st.text("0123456789/-: .年月日时分APM下午T", max_size=24))
def test_any_text_is_a_time_or_a_value_error(text: str) -> None:
    for wanted in (*NAMED_FORMATS, "%Y%m%d%H%M%S", "%d-%b-%y %I.%M.%S.%f %p"):
        try:
            found = parse_time(text.strip(), [wanted])
        except ValueError:
            continue
        digits = re.sub(r"\D", "", text)
        # Whatever it became, the digits of its minute stand in the text.
        assert wanted in ("excel", "excel_day", "unix_s", "unix_ms") or f"{found.minute}" in digits


def test_times_that_clocks_show_twice_or_never() -> None:
    zone = ZoneInfo("America/New_York")
    assert clock_doubt(datetime(2026, 11, 1, 1, 10), zone) == "shown_twice"  # noqa: DTZ001
    assert clock_doubt(datetime(2026, 3, 8, 2, 30), zone) == "skipped"  # noqa: DTZ001
    assert clock_doubt(datetime(2026, 3, 8, 3, 30), zone) == ""  # noqa: DTZ001
    assert clock_doubt(datetime(2026, 11, 1, 1, 10, tzinfo=zone), zone) == ""
    # China's clocks were changed, too, until 1991.
    assert clock_doubt(datetime(1991, 4, 14, 2, 30), ZoneInfo("Asia/Shanghai")) == "skipped"  # noqa: DTZ001
