"""The one door: what is a report, and what is refused, by name of the field."""

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import ReportInvalid
from data.feeds.reports import EARLIEST, FIELDS, MAX_NAME_CHARS, MAX_TEXT_CHARS, parse_report, shorten
from data.incidents.lifecycle import MAX_CLOCK_SKEW
from data.incidents.model import Report

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LEAST = {"source": "12345", "source_id": "A-1", "reported_at": "2026-11-22T15:36:19+08:00"}


def parse(zone: ZoneInfo = SHANGHAI, **fields: Any) -> Report:
    return parse_report({**LEAST, **fields}, zone, NOW)


def refusal(**fields: Any) -> dict[str, Any]:
    with pytest.raises(ReportInvalid) as caught:
        parse(**fields)
    assert set(caught.value.values) >= {"field", "value", "reason"}
    assert len(caught.value.message) < 2_000
    return caught.value.values


def test_the_least_report() -> None:
    assert parse() == Report(
        source="12345", source_id="A-1", category="", reported_at=datetime(2026, 11, 22, 7, 36, 19, tzinfo=UTC)
    )


def test_a_full_report() -> None:
    report = parse(
        category=" 0102 ", occurred_at="2026-11-22 15:00", lon="120.3390", lat=31.77, coordinate_system="GCJ-02",
        address=" 徐霞客镇\n示例路 22 号 ", title="路面有坑，\r\n\t下雨积水", grid_code="0032",
    )  # fmt: skip
    assert report == Report(
        source="12345", source_id="A-1", category="0102", reported_at=datetime(2026, 11, 22, 7, 36, 19, tzinfo=UTC),
        occurred_at=datetime(2026, 11, 22, 7, 0, tzinfo=UTC), lon=120.339, lat=31.77, coordinate_system="gcj02",
        address="徐霞客镇 示例路 22 号", title="路面有坑， 下雨积水", grid_code="0032",
    )  # fmt: skip
    assert report.reported_at.tzinfo is UTC


def test_none_is_the_same_as_left_out() -> None:
    assert parse(**dict.fromkeys(set(FIELDS) - set(LEAST))) == parse()


@pytest.mark.parametrize("field", ["source", "source_id", "reported_at"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_required(field: str, value: str | None) -> None:
    assert refusal(**{field: value})["field"] == field


def test_unknown_fields_are_named() -> None:
    values = refusal(longitude=120, colour="red")
    assert "longitude" in values["reason"]
    assert "colour" in values["reason"]
    assert "coordinate_system" in values["reason"]


@pytest.mark.parametrize(
    ("given_id", "text"),
    [
        (2**31, "2147483648"),
        (2**63 + 1, "9223372036854775809"),
        (10**30, "1" + "0" * 30),
        (1e9, "1000000000"),
        (40611598.0, "40611598"),
        ("1000000000.1.0", "1000000000.1.0"),
        ("007", "007"),
        ("1E5", "1E5"),
        (" A 1 ", "A 1"),
        (-3, "-3"),
    ],
)
def test_ids_become_text_without_loss(given_id: object, text: str) -> None:
    assert parse(source_id=given_id).source_id == text


@given(st.integers(-(10**100), 10**100))
def test_any_whole_number_is_kept_as_it_is(number: int) -> None:
    assert parse(source_id=number).source_id == str(number)


@pytest.mark.parametrize(
    "given_id",
    [
        1.5,
        2.0**53,
        1e300,
        math.nan,
        math.inf,
        True,
        ["a"],
        {"a": 1},
        b"a",
        10**200,
        pytest.param(10**5000, id="5001 digits"),
        "x" * 201,
    ],
)
def test_ids_that_would_lose_something_are_refused(given_id: object) -> None:
    assert refusal(source_id=given_id)["field"] == "source_id"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *((text, "rounded") for text in ("4.06E+07", "4E+11", "2.02609e+17", "2.02609E17", "2,02609E+17", "1,234,567")),
        *((text, "decimals") for text in ("20260920.0", "1000000000.0", "12.", "-3.00")),
        *((text, "error of a spreadsheet") for text in ("#REF!", "#N/A", "#NAME?", "#DIV/0!", "#ref!", "Err:502")),
        *((text, "there is none") for text in ("########", "nan", "NaN", "None", "NULL", "null", "<NA>", "\\N", "-")),
        *((text, "there is none") for text in ("--", "?", "/", "无", "undefined", "N/A", "NA", "…")),
        *((text, "yes or no") for text in ("true", "FALSE")),
        *((text, "formula") for text in ("=A1", '=CONCAT("a";B2)')),
        *((text, "date") for text in ("1-Mar", "Mar-05", "3月1日")),
    ],
)
@pytest.mark.parametrize("field", ["source_id", "source"])
def test_what_is_left_of_a_lost_id_is_refused(field: str, text: str, reason: str) -> None:
    values = refusal(**{field: text})
    assert (values["field"], values["value"]) == (field, text)
    assert reason in values["reason"]


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "-1",
        "1E5",
        "12E17",
        "1.10",
        "2026.1.0",
        "A#1",
        "#12",
        "#A",
        "NAN-1",
        "nullpunkt",
        "1,23",
        "True-1",
        "4-2",
        "10月",
    ],
)
def test_unusual_ids_are_kept(text: str) -> None:
    assert parse(source_id=text).source_id == text


@pytest.mark.parametrize("field", ["source", "source_id", "category", "address", "title", "grid_code"])
@pytest.mark.parametrize("bad", ["\0", "\x07", "\x1b", "\x7f", "\x85", "\ud800"])
def test_control_characters_are_refused(field: str, bad: str) -> None:
    values = refusal(**{field: f"a{bad}b"})
    assert values["field"] == field
    assert f"U+{ord(bad):04X}" in values["reason"]
    # What goes into an answer or a log must itself be storable.
    values["value"].encode()
    assert "\0" not in values["value"]


@pytest.mark.parametrize("field", ["source", "source_id", "category", "grid_code"])
def test_ids_and_codes_have_no_line_breaks(field: str) -> None:
    assert refusal(**{field: "a\nb"})["field"] == field


@pytest.mark.parametrize(
    ("field", "limit"),
    [("source", MAX_NAME_CHARS), ("source_id", MAX_NAME_CHARS), ("category", MAX_NAME_CHARS),
     ("grid_code", MAX_NAME_CHARS), ("address", MAX_TEXT_CHARS), ("title", MAX_TEXT_CHARS)],
)  # fmt: skip
def test_lengths(field: str, limit: int) -> None:
    assert getattr(parse(**{field: " " + "x" * limit + " "}), field) == "x" * limit
    values = refusal(**{field: "x" * (limit + 1)})
    assert values["field"] == field
    assert len(values["value"]) <= 100


def test_a_field_of_ten_megabytes_is_refused_and_not_repeated() -> None:
    for field in FIELDS:
        values = refusal(**{field: "9" * 10_000_000})
        assert values["field"] == field
        assert len(values["value"]) <= 100


def test_the_longest_identity_passes_the_desks_own_check() -> None:
    # check_report counts bytes, this door characters: four bytes a character is the most.
    longest = "\U00020bb7" * MAX_NAME_CHARS
    report = parse(source=longest, source_id=longest)
    assert report.source == report.source_id == longest


@pytest.mark.parametrize("field", ["address", "title"])
@pytest.mark.parametrize("value", [5, ["a"], {"a": 1}, True])
def test_texts_must_be_text(field: str, value: object) -> None:
    assert refusal(**{field: value})["field"] == field


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T15:36:19+08:00", datetime(2026, 11, 22, 7, 36, 19, tzinfo=UTC)),
        ("2026-11-22T07:36:19Z", datetime(2026, 11, 22, 7, 36, 19, tzinfo=UTC)),
        ("2026-11-22T07:36:19.123456Z", datetime(2026, 11, 22, 7, 36, 19, 123456, tzinfo=UTC)),
        ("20261122T073619Z", datetime(2026, 11, 22, 7, 36, 19, tzinfo=UTC)),
        ("2026-11-22 15:36", datetime(2026, 11, 22, 7, 36, tzinfo=UTC)),
        ("  2026-11-22 15:36:19 ", datetime(2026, 11, 22, 7, 36, 19, tzinfo=UTC)),
        ("1990-01-01T00:00:00Z", EARLIEST),
    ],
)
def test_times(text: str, moment: datetime) -> None:
    assert parse(reported_at=text).reported_at == moment


@pytest.mark.parametrize(
    "value",
    [
        "yesterday", "22/11/2026 15:36", "2026-11-22", "20261122", "2026-W47-7", "2026-11-22T25:00:00",
        "2026-02-30T10:00",
        "2026-11-22T15:36:60", "2026-11-22T15:36:19+99:00", "1732260979", 1732260979, 1.5, True, ["2026-11-22T15:36"],
        "２０２６-11-22T15:36", "1989-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00",
        datetime(1989, 12, 31, 23, 59, tzinfo=UTC), datetime.max, datetime.min,  # noqa: DTZ901
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", ["reported_at", "occurred_at"])
def test_times_that_cannot_be(field: str, value: object) -> None:
    assert refusal(**{field: value})["field"] == field


def test_the_future_is_refused_but_for_the_difference_of_two_clocks() -> None:
    assert parse(reported_at=(NOW + MAX_CLOCK_SKEW).isoformat()).reported_at == NOW + MAX_CLOCK_SKEW
    too_late = NOW + MAX_CLOCK_SKEW + timedelta(seconds=1)
    assert "future" in refusal(reported_at=too_late.isoformat())["reason"]
    # Local time of the zone, not of UTC: 19:00 in Jiangyin is 11:00 UTC.
    assert parse(reported_at="2026-11-22 19:00").reported_at == NOW - timedelta(hours=1)
    assert refusal(reported_at="2026-11-22 21:00")["field"] == "reported_at"


def test_it_cannot_be_reported_before_it_happened() -> None:
    told = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    within = parse(reported_at=told.isoformat(), occurred_at=(told + timedelta(minutes=10)).isoformat())
    assert within.occurred_at == told + timedelta(minutes=10)
    late = (told + timedelta(minutes=10, seconds=1)).isoformat()
    assert refusal(reported_at=told.isoformat(), occurred_at=late)["field"] == "occurred_at"


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-11-01 01:30", "2026-11-01T05:30Z"),  # shown twice: the first, daylight saving
        ("2026-11-01 02:00", "2026-11-01T07:00Z"),
        ("2026-03-08 02:30", "2026-03-08T07:30Z"),  # never shown: half an hour after the clocks went forward
        ("2026-03-08 01:59", "2026-03-08T06:59Z"),
        ("2026-03-08 03:00", "2026-03-08T07:00Z"),
    ],
)
def test_local_times_around_daylight_saving_are_definite(local: str, utc: str) -> None:
    assert parse(NEW_YORK, reported_at=local).reported_at == datetime.fromisoformat(utc)


@given(
    st.datetimes(datetime(1990, 1, 2), datetime(2026, 11, 20)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60),
)
def test_every_moment_with_an_offset_is_kept_to_the_microsecond(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse(reported_at=moment.isoformat()).reported_at == moment


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_coordinates_are_kept_as_given(lon: float, lat: float) -> None:
    as_numbers, as_text = parse(lon=lon, lat=lat), parse(lon=repr(lon), lat=repr(lat))
    assert (as_numbers.lon, as_numbers.lat) == (lon, lat) == (as_text.lon, as_text.lat)


@pytest.mark.parametrize(
    ("lon", "lat", "field", "reason"),
    [
        (120.3, None, "lat", "both"),
        (None, 31.9, "lon", "both"),
        (31.9, 120.3, "lat", "swapped"),
        (-73.9, 140.7, "lat", "swapped"),
        ("31.9", "120.3", "lat", "swapped"),
        (181, 31.9, "lon", "-180 and 180"),
        (120.3, 100.5, "lat", "-90 and 90"),
        (40_537_000, 3_531_000, "lon", "metres"),
        (math.nan, 31.9, "lon", "finite"),
        (120.3, math.inf, "lat", "finite"),
        ("nan", 31.9, "lon", "finite"),
        (120.3, "-Infinity", "lat", "finite"),
        ("1e999", 31.9, "lon", "finite"),
        (10**400, 31.9, "lon", "finite"),
        ("120,3", 31.9, "lon", "decimal"),
        ("1,012.5", 31.9, "lon", "decimal"),
        ("", "", "lon", "decimal"),
        ("N/A", 31.9, "lon", "decimal"),
        ("1_2", 31.9, "lon", "decimal"),
        ("１２０", 31.9, "lon", "decimal"),
        ("120.3°E", 31.9, "lon", "decimal"),
        (True, 31.9, "lon", "number"),
        ([120.3], 31.9, "lon", "number"),
    ],
)
def test_impossible_coordinates(lon: object, lat: object, field: str, reason: str) -> None:
    values = refusal(lon=lon, lat=lat)
    assert values["field"] == field
    assert reason in values["reason"]


def test_zero_zero_is_a_place_unless_a_mapping_says_otherwise() -> None:
    report = parse(lon=0, lat=0)
    assert (report.lon, report.lat) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("written", "system"),
    [("wgs84", "wgs84"), ("WGS 84", "wgs84"), ("GCJ-02", "gcj02"), ("bd09", "bd09"), ("BD-09", "bd09"),
     ("CGCS2000", "cgcs2000")],
)  # fmt: skip
def test_coordinate_systems(written: str, system: str) -> None:
    assert parse(coordinate_system=written).coordinate_system == system


@pytest.mark.parametrize("value", ["mars", "", "epsg:4326", 4326, ["wgs84"]])
def test_unknown_coordinate_systems_are_refused_and_the_known_listed(value: object) -> None:
    values = refusal(coordinate_system=value)
    assert values["field"] == "coordinate_system"
    assert "gcj02" in values["reason"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), json_values, max_size=6))
def test_whatever_comes_is_a_report_or_refused(fields: dict[str, Any]) -> None:
    try:
        report = parse_report({**LEAST, **fields}, SHANGHAI, NOW)
    except ReportInvalid as error:
        assert len(error.values["value"]) <= 100  # noqa: PT017  # both outcomes are right, each in its form
    else:
        assert report.source
        assert report.source_id
        assert report.reported_at.utcoffset() == timedelta(0)
        assert (report.lon is None) == (report.lat is None)


@given(st.text() | st.integers() | st.lists(st.text()), st.integers(1, 300))
def test_shortened_values_fit_and_can_be_stored(value: object, limit: int) -> None:
    text = shorten(value, limit)
    assert len(text) <= limit
    assert "\0" not in text
    text.encode()


@pytest.mark.parametrize("field", ["source", "source_id", "category", "grid_code"])
def test_characters_nobody_sees_make_no_other_id(field: str) -> None:
    for unseen in "\ufeff\u200b\u200e\u202d\u00ad\u2060":
        assert getattr(parse(**{field: f"{unseen} A1{unseen} "}), field) == "A1"
        values = refusal(**{field: f"A{unseen}1"})
        assert (values["field"], f"U+{ord(unseen):04X}" in values["reason"]) == (field, True)
    assert "letters that were lost" in refusal(**{field: "工单\ufffd1"})["reason"]
    assert refusal(source_id="\u200b")["reason"] == "is empty"


def test_texts_keep_what_joins_their_letters() -> None:
    assert parse(title="👨\u200d👩\u200d👧 路灯").title == "👨\u200d👩\u200d👧 路灯"


@pytest.mark.parametrize("field", ["reported_at", "occurred_at"])
def test_nanoseconds_are_refused_with_the_time_to_write(field: str) -> None:
    found = refusal(**{"reported_at": "2026-11-22T11:00:00Z", field: "2026-11-22T10:00:00.123456789Z"})
    assert found["field"] == field
    assert found["reason"] == "is written finer than in microseconds: write 2026-11-22T10:00:00.123456Z"
