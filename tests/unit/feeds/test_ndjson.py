"""Many reports in one body: each line is a report or an error, and none spoils the next."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import ReportInvalid
from data.feeds.ndjson import parse_lines
from data.feeds.reports import parse_report
from data.incidents.model import Report

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GOOD = {"source": "app", "source_id": "1", "reported_at": "2026-11-22T15:36:19+08:00", "title": "垃圾"}
GOOD_LINE = json.dumps(GOOD, ensure_ascii=False).encode()


def test_reports_and_errors_keep_their_line_numbers() -> None:
    lines = [GOOD_LINE + b"\r\n", b"\n", b'{"source": "app"}\n', b"nonsense\n", b"  \n", GOOD_LINE]
    parsed = list(parse_lines(lines, SHANGHAI, NOW))
    assert [number for number, _ in parsed] == [1, 3, 4, 6]
    assert [isinstance(result, Report) for _, result in parsed] == [True, False, False, True]
    assert parsed[0][1] == parsed[3][1] == parse_report(GOOD, SHANGHAI, NOW)


def test_nothing_in_nothing_out() -> None:
    assert list(parse_lines([], SHANGHAI, NOW)) == []
    assert list(parse_lines([b"\n", b"   "], SHANGHAI, NOW)) == []


def test_a_byte_order_mark_is_read_over() -> None:
    assert isinstance(next(parse_lines([b"\xef\xbb\xbf" + GOOD_LINE], SHANGHAI, NOW))[1], Report)


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (b"[1, 2]", "line", "object"),
        (b'"text"', "line", "object"),
        (b"null", "line", "object"),
        (GOOD_LINE[:-5], "line", "JSON"),
        (GOOD_LINE + GOOD_LINE, "line", "JSON"),
        (GOOD_LINE.replace(b'"1"', b"NaN"), "line", "NaN"),
        (b"\xff\xfe{}", "line", "UTF-8"),
        (json.dumps(GOOD, ensure_ascii=False).encode("gbk"), "line", "UTF-8"),
        (b"[" * 100_000, "line", "deeply"),
        (b'{"source": "a", "source": "b"}', "line", "twice"),
        (b'{"source_id": ' + b"9" * 5_000 + b"}", "line", "JSON"),
        (b'{"source": "' + b"x" * 1_000_000 + b'"}', "line", "1,000,000"),
        (json.dumps({**GOOD, "colour": "red"}).encode(), "colour", "unknown"),
        (json.dumps({**GOOD, "title": "\ud800"}).encode(), "title", "U+D800"),
        (json.dumps({**GOOD, "source_id": 2**70}).encode().replace(b"}", b', "lon": 5}'), "lat", "both"),
    ],
)
def test_bad_lines(line: bytes, field: str, reason: str) -> None:
    parsed = list(parse_lines([line, GOOD_LINE], SHANGHAI, NOW))
    assert [number for number, _ in parsed] == [1, 2]
    error = parsed[0][1]
    assert isinstance(error, ReportInvalid)
    assert error.values["field"] == field
    assert reason in error.values["reason"]
    assert isinstance(parsed[1][1], Report)


def test_numbers_beyond_32_and_64_bits_are_kept() -> None:
    line = json.dumps({**GOOD, "source_id": 2**70}).encode()
    report = next(parse_lines([line], SHANGHAI, NOW))[1]
    assert isinstance(report, Report)
    assert report.source_id == str(2**70)


def test_it_streams() -> None:
    taken = []

    def body() -> Iterator[bytes]:
        for number in range(1_000_000):
            taken.append(number)
            yield GOOD_LINE

    parsed = parse_lines(body(), SHANGHAI, NOW)
    next(parsed)
    next(parsed)
    assert len(taken) == 2


@given(st.lists(st.binary(max_size=60)))
def test_any_bytes_give_one_answer_a_line(lines: list[bytes]) -> None:
    answered = [number for number, _ in parse_lines(lines, SHANGHAI, NOW)]
    assert answered == [number for number, line in enumerate(lines, start=1) if line.strip()]
